"""Keys of events in the order in which they came, on SQLite.

In the order of the keys themselves both the table and its index by days are written at places that chance chooses: two
pages for each event instead of one.
"""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0024"
down_revision = "0023"
KINDS = ("IMPRESSION", "CLICK", "DETAIL_PAGE_VIEW")


def upgrade() -> None:
    _arranged(with_rowid=True)


def _arranged(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    kinds = sa.Enum(*KINDS, name="eventkind", native_enum=False, create_constraint=True, length=40)
    op.rename_table("event_key", "event_key_before")
    op.create_table(
        "event_key",
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("slot", base.Text(64), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("auction_id", "slot", "kind", name=op.f("pk_event_key")),
        sqlite_with_rowid=with_rowid,
    )
    op.execute("INSERT INTO event_key SELECT auction_id, slot, kind, at, forget_on FROM event_key_before")
    op.drop_table("event_key_before")
    op.create_index("ix_event_key_forget_on", "event_key", ["forget_on"])


def downgrade() -> None:
    _arranged(with_rowid=False)
