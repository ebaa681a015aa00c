"""Events by their day instead of the start of their hour.

PostgreSQL knows nothing yet of the hour that runs, took it for a few rows, and read all of it by that index whenever
the events of some shoppers were looked for in a time.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
BY_HOUR, BY_DAY = ("ix_ad_event_starts_at", "starts_at"), ("ix_ad_event_day", "day")


def upgrade() -> None:
    _instead(BY_HOUR, BY_DAY)


def downgrade() -> None:
    _instead(BY_DAY, BY_HOUR)


def _instead(former: tuple[str, str], now: tuple[str, str]) -> None:
    op.drop_index(former[0], "ad_event")
    op.create_index(now[0], "ad_event", [now[1]])
