"""The revisions make the very tables that the code declares, on both databases, and can be taken back."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect

from app.db.base import Base
from app.db.migrate import HERE, is_current, is_declared, migrate
from tests.conftest import Api
from tests.people import NOW


def changed(api: Api, change: Any) -> Any:
    """Do something to the tables, in a transaction of its own."""

    async def run() -> Any:
        async with api.installation.database.writer.begin() as connection:
            return await connection.run_sync(change)

    return api.run(run)


def downgrade(connection: Connection, revision: str = "base") -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "include_name": is_kept}
    return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def is_kept(name: str, kind: str, parents: Any) -> bool:
    """Whether the code declares it: parts of another table, events of a day on PostgreSQL, it does not."""
    return is_declared(name, kind, parents) and not (kind == "table" and name.startswith("ad_event_"))


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if is_kept(name, "table", {})}


def test_the_revisions_make_the_tables_that_the_code_declares(api: Api):
    assert changed(api, differences) == []


def test_every_check_of_the_code_is_in_the_database(api: Api):
    def declared_and_found(connection: Connection) -> tuple[set[Any], set[Any]]:
        tables, name = Base.metadata.tables, connection.dialect.identifier_preparer.format_constraint
        declared = {name(c) for table in tables.values() for c in table.constraints if isinstance(c, CheckConstraint)}
        return declared, {c["name"] for table in tables for c in inspect(connection).get_check_constraints(table)}

    declared, found = changed(api, declared_and_found)
    assert declared == found
    assert "ck_campaign_budget" in found


def test_all_revisions_can_be_taken_back_and_run_again(api: Api):
    changed(api, downgrade)
    assert changed(api, tables) == {"alembic_version"}
    assert api.run(is_current, api.installation.database) is False
    revision = api.run(migrate, api.installation.database)

    assert revision == ScriptDirectory(str(HERE)).get_current_head()
    assert changed(api, tables) == {*Base.metadata.tables, "alembic_version"}
    assert changed(api, differences) == []


def test_migrating_again_changes_nothing(api: Api):
    before = api.rows("SELECT count(*) FROM campaign")

    assert api.run(migrate, api.installation.database) == ScriptDirectory(str(HERE)).get_current_head()
    assert api.rows("SELECT count(*) FROM campaign") == before


def test_the_keys_of_events_outlive_the_order_they_are_kept_in(api: Api):
    api.write(f"INSERT INTO event_key (auction_id, slot, kind, at) VALUES ('{1:032x}', '1', 'CLICK', '{NOW}')")
    before = api.rows("SELECT * FROM event_key")

    changed(api, lambda connection: downgrade(connection, "0023"))
    assert api.rows("SELECT * FROM event_key") == before
    api.run(migrate, api.installation.database)
    assert api.rows("SELECT * FROM event_key") == before != []


def test_there_is_one_line_of_revisions():
    assert len(ScriptDirectory(str(HERE)).get_heads()) == 1
