"""A click may be found invalid by people, too, after it was counted."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
BEFORE = ["KNOWN_BOT", "PREFETCH", "ADDRESS_RATE", "SHOPPER_RATE", "NO_IMPRESSION", "TOO_FAST", "REPEATED"]
AFTER = [*BEFORE, "REVIEWED"]
NAME = "ck_ad_event_invalidtraffic"


def upgrade() -> None:
    _reasons(BEFORE, AFTER)


def downgrade() -> None:
    events = sa.table("ad_event", sa.column("invalid"))
    op.execute(sa.update(events).where(events.c.invalid == "REVIEWED").values(invalid="REPEATED"))
    _reasons(AFTER, BEFORE)


def _reasons(former: list[str], now: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(NAME), "ad_event", type_="check")
        op.create_check_constraint(op.f(NAME), "ad_event", _among(now))
    else:
        _reword("ad_event", f"CHECK ({_among(former)})", f"CHECK ({_among(now)})")


def _among(reasons: list[str]) -> str:
    return f"invalid IN ({', '.join(repr(each) for each in reasons)})"


def _reword(table: str, old: str, new: str) -> None:
    """Change the words of a declaration where it stands, as 0011 does and says why."""
    connection = op.get_bind()
    named = {"name": table}
    sql = connection.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), named)
    if sql is None or sql.count(old) != 1:
        raise LookupError(f"the table {table} is not declared with {old!r}, once")
    op.execute("PRAGMA writable_schema = ON")
    write = sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name")
    connection.execute(write, {**named, "sql": sql.replace(old, new)})
    op.execute("PRAGMA writable_schema = RESET")
