"""The tables, a file for each domain; importing this registers them all."""

from app.db.tables import (
    account_jobs,
    accounts,
    assets,
    billing,
    campaigns,
    catalogue,
    delivery,
    history,
    identity,
    jobs,
    metrics,
    moderation,
    notices,
    onboarding,
    pages,
    policy,
)

__all__ = [
    "account_jobs",
    "accounts",
    "assets",
    "billing",
    "campaigns",
    "catalogue",
    "delivery",
    "history",
    "identity",
    "jobs",
    "metrics",
    "moderation",
    "notices",
    "onboarding",
    "pages",
    "policy",
]
