"""The tables, a file for each domain; importing this registers them all."""

from app.db.tables import (
    accounts,
    assets,
    billing,
    campaigns,
    catalogue,
    history,
    identity,
    jobs,
    metrics,
    moderation,
    notices,
    onboarding,
    policy,
)

__all__ = [
    "accounts",
    "assets",
    "billing",
    "campaigns",
    "catalogue",
    "history",
    "identity",
    "jobs",
    "metrics",
    "moderation",
    "notices",
    "onboarding",
    "policy",
]
