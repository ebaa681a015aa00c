"""Alembic's entry: runs on the connection that app/db/migrate.py hands in."""

from typing import Any, Literal

from alembic import context

import app.db.tables  # noqa: F401 - registers the tables for autogenerate
from app.db.base import Base, Text, UtcDateTime
from app.db.migrate import is_declared


def render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write our column types by their short names."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "base.UtcDateTime()"
    if kind == "type" and isinstance(item, Text):
        return f"base.Text({item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
    include_name=is_declared,
    compare_type=False,
)
context.run_migrations()
