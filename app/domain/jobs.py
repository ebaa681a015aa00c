"""Work that is owed: its lease, and when what failed is tried again or given up."""

from datetime import timedelta
from enum import Enum

LEASE = timedelta(seconds=60)
"""How long a job belongs to who claimed it, unless they renew it: then they are taken for dead."""
MOST_ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)
KEPT = timedelta(days=7)
"""How long a job that is done can be looked up."""


class JobStatus(Enum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    DEAD = "DEAD"


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row, 1 or more: four times as long after each (backoff)."""
    return min(FIRST_PAUSE * 4 ** min(failures - 1, 10), LONGEST_PAUSE)


def is_hopeless(failures: int) -> bool:
    """Whether a job is given up: an operator looks at it and sends it again."""
    return failures >= MOST_ATTEMPTS
