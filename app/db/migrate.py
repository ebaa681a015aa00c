"""Brings a database to the tables of this version, with Alembic; the same revisions on SQLite and PostgreSQL."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.engine import Database
from app.db.fulltext import INDEX

HERE = Path(__file__).parent / "migrations"


async def migrate(database: Database) -> str:
    """Run the revisions that are still to be run; the revision the database is at."""
    if database.writer.dialect.name == "sqlite" and database.writer.url.database:
        Path(database.writer.url.database).parent.mkdir(parents=True, exist_ok=True)
    async with database.writer.begin() as connection:
        await connection.run_sync(_upgrade)
        return await connection.run_sync(_revision) or ""


async def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision) == ScriptDirectory(str(HERE)).get_current_head()


def is_declared(name: str | None, kind: str, _: Any) -> bool:
    """Whether a table or index is one that the code declares: the search index and its tables are not."""
    return kind not in ("table", "index") or not (name or "").startswith(INDEX)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
