"""Test accounts: their own clock, their own shoppers, and how much of both (S28)."""

from datetime import datetime, timedelta

from app.domain.errors import Conflict, Findings, LimitExceeded, Problem

MOST_SANDBOXES = 5  # that a person administers
MOST_DAYS, MOST_SHOPPERS, MOST_VISITS = 31, 5_000, 30_000  # of one advance; shoppers a day, and in all
FARTHEST = timedelta(days=366)  # that the clock of a test account may be ahead of ours
GREATEST_SEED = 2**31 - 1
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def room_problem(count: int) -> Problem | None:
    """A person has a bounded number of test accounts."""
    if count < MOST_SANDBOXES:
        return None
    message = f"You administer {MOST_SANDBOXES} test accounts: close one (`accountClose`)."
    return LimitExceeded(message=message, limit=MOST_SANDBOXES)


def seed_problem(found: Findings, seed: int) -> None:
    if not 0 <= seed <= GREATEST_SEED:
        found.invalid("The seed is a whole number from 0 on.", "seed", constraint=f"0 <= seed <= {GREATEST_SEED}")


def check_advance(found: Findings, duration: timedelta, shoppers: int) -> None:
    """Collect what is wrong with how long time is to pass, and how many shoppers are to come a day."""
    if not HOUR <= duration <= MOST_DAYS * DAY:
        limit = f"PT1H <= duration <= P{MOST_DAYS}D"
        found.invalid(f"Let between an hour and {MOST_DAYS} days pass at once.", "duration", constraint=limit)
    if not 1 <= shoppers <= MOST_SHOPPERS:
        limit = f"1 <= shoppers <= {MOST_SHOPPERS}"
        found.invalid(f"Between 1 and {MOST_SHOPPERS:,} shoppers come a day.", "shoppers", constraint=limit)
    elif shoppers * duration > MOST_VISITS * DAY:
        message = f"At most {MOST_VISITS:,} shoppers come in one go: fewer a day, or a shorter time."
        found.add(LimitExceeded(message=message, path=("shoppers",), limit=MOST_VISITS))


def begins(clock: datetime, now: datetime) -> datetime:
    """When the next advance begins: the clock of a test account is never behind ours."""
    return max(clock, now)


def advance_problem(until: datetime, now: datetime, *, runs: bool) -> Problem | None:
    """Why time cannot pass in a test account: it passes already, or would be too far ahead."""
    if runs:
        message = "Time passes in this account already: wait until the job has ended, or cancel it (`jobCancel`)."
        return Conflict(message=message, path=("accountId",))
    if until - now > FARTHEST:
        message = f"Its clock would be more than {FARTHEST.days} days ahead: make another test account."
        return LimitExceeded(message=message, path=("duration",), limit=FARTHEST.days)
    return None
