"""Jobs of an account: what takes long is done beside the requests, can be looked at and canceled, and has a result."""

from datetime import timedelta
from decimal import Decimal
from enum import Enum

from app.domain.errors import LimitExceeded, Problem
from app.domain.metrics import ratio
from app.domain.states import Lifecycle

MOST_OPEN = 5  # jobs of an account that have not ended
MOST_ATTEMPTS = 5  # in seven minutes: somebody waits for it
GRACE = timedelta(hours=1)
"""How long after its end the files of a job without a result stay: whoever still writes one has noticed by then."""


class JobKind(Enum):
    REPORT = "REPORT"
    SANDBOX_ADVANCE = "SANDBOX_ADVANCE"


class AccountJobStatus(Enum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


OPEN = (AccountJobStatus.QUEUED, AccountJobStatus.RUNNING)
ACCOUNT_JOB = Lifecycle(
    "job",
    {
        AccountJobStatus.QUEUED: frozenset(
            {AccountJobStatus.RUNNING, AccountJobStatus.FAILED, AccountJobStatus.CANCELED}
        ),
        AccountJobStatus.RUNNING: frozenset(
            {AccountJobStatus.SUCCEEDED, AccountJobStatus.FAILED, AccountJobStatus.CANCELED}
        ),
        AccountJobStatus.SUCCEEDED: frozenset(),
        AccountJobStatus.FAILED: frozenset(),
        AccountJobStatus.CANCELED: frozenset(),
    },
)
"""A job whose runner died stays RUNNING: another begins it again."""


def room_problem(open_: int) -> Problem | None:
    """An account has a bounded number of jobs that have not ended."""
    if open_ < MOST_OPEN:
        return None
    message = f"{MOST_OPEN} jobs of the account have not ended: wait for one, or cancel it (`jobCancel`)."
    return LimitExceeded(message=message, path=("accountId",), limit=MOST_OPEN)


def progress(status: AccountJobStatus, done: int, total: int) -> Decimal:
    """How much of a job is done, 0 to 1; 1 is only what succeeded."""
    if status is AccountJobStatus.SUCCEEDED:
        return Decimal(1)
    return min(ratio(done, total) or Decimal(0), Decimal("0.99"))
