"""Jobs of accounts, as clients see, follow and cancel them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.looking import Looking
from app.db.scope import unknown
from app.domain import account_jobs as rules
from app.domain.access import Level
from app.domain.account_jobs import AccountJobStatus as JobStatus
from app.domain.account_jobs import JobKind
from app.domain.errors import Refusal, read
from app.domain.passes import issue
from app.execution.vocabulary import Arguments, asked, column, computed
from app.resolvers import account_jobs as jobs
from app.schema.context import Context, Info
from app.schema.enums import enum
from app.schema.errors import UserError, user_errors
from app.schema.guards import Access
from app.schema.history import ChangeMessage
from app.schema.payloads import MutationPayload
from app.schema.relay import NODES, Node, identity, ids, key, node
from app.schema.scalars import URL, BigInt
from app.schema.watch import Topic, Watch

READ, WRITE = Access(Level.EDITOR, scope="jobs:read"), Access(Level.EDITOR, scope="jobs:write")
FIGURES = "metrics:read"
"""The scope without which a token gets no figures, in a file neither."""
LOOK = 0.5  # seconds between looks how far a job has come

enum(
    JobKind,
    "JobKind",
    "What a job does",
    REPORT="Writes the rows of a query for metrics to a file",
    SANDBOX_ADVANCE="Lets time pass in a test account",
)
enum(
    JobStatus,
    "JobStatus",
    "How far a job has come",
    QUEUED="Waits for its turn",
    RUNNING="Is being done, or tried again",
    SUCCEEDED="Is done",
    FAILED="Could not be done; userErrors say why",
    CANCELED="Was canceled",
)


def _url(context: Context, id: UUID, kind: JobKind, download_key: str | None) -> str | None:
    caller = context.caller
    holder = caller.token_id or caller.user_id
    if download_key is None or holder is None or (kind is JobKind.REPORT and not caller.in_scope(FIGURES)):
        return None
    return f"{context.services.address}/v1/results/{issue(download_key, id, holder, context.now)}"


def _errors(problems: list[dict[str, Any]]) -> list[UserError]:
    return user_errors(Refusal(*(read(each) for each in problems)))


@node(jobs.JOBS, Level.EDITOR, "jobs:read")
@strawberry.type(description="Something that takes long and is done beside the requests")
class Job(Node):
    id: strawberry.ID = identity("Job")
    kind: JobKind = column(description="What it does")
    status: JobStatus = column(description="How far it has come")
    progress: Decimal = computed(
        rules.progress, "status", "steps_done", "steps_total", description="How much of it is done, 0 to 1"
    )
    result_url: URL | None = computed(
        _url,
        "id",
        "kind",
        "download_key",
        asks=True,
        description="Where the reader downloads the result within an hour, while they are a member; a fresh address "
        "each time. Null until it SUCCEEDED, once the file is discarded, and for tokens without metrics:read",
    )
    result_expires_at: datetime | None = column(description="When the result is discarded")
    user_errors: list[UserError] = computed(_errors, "problems", description="Why it FAILED, and the way out")
    created_at: datetime = column(description="When it was asked for")
    finished_at: datetime | None = column(description="When it ended")


@strawberry.input(description="A job to cancel")
class JobCancelInput:
    id: strawberry.ID = strawberry.field(description="The job")


@strawberry.type(description="The job that was canceled")
class JobCancelPayload(MutationPayload):
    job: Job | None = strawberry.field(default=None, description="The job, CANCELED")


@strawberry.type(description="How far a job has come")
class JobProgress(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the last change of its status")
    at: datetime = strawberry.field(description="When it was looked at")
    job: Job = strawberry.field(description="As it is when the event is sent")


@dataclass(frozen=True)
class _Progress(Topic):
    """How far one job has come."""

    id: UUID

    def wants(self, change: Any) -> bool:  # noqa: ARG002 - progress is no change
        return False

    async def check(self, context: Context) -> None:
        await self._seen(context)

    async def show(self, context: Context, change: jobs.Glance) -> JobProgress:
        row = await self._seen(context)
        return JobProgress(seq=BigInt(change.seq), at=context.now, job=Job(row=row))

    async def _seen(self, context: Context) -> Any:
        kind = NODES["Job"]
        row = await context.loads.root(kind.read, kind.reach(context.caller), {"ids": [self.id]})
        if row is None:
            raise unknown("Job")
        return row


@strawberry.type
class JobQueries:
    @asked(jobs.JOBS, gives=Job | None, access=READ, description="Job by id")
    def job(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Job")


@strawberry.type
class JobMutations:
    @strawberry.mutation(
        description="Cancel a job that has not ended; no file of it is kept, and no more time passes in a test account",
        extensions=[WRITE],
    )
    async def job_cancel(self, work: Any, input: JobCancelInput) -> JobCancelPayload:
        job = await jobs.cancel(work, key(input.id, "Job"))
        return JobCancelPayload(job=Job.keyed(job.id))


@strawberry.type
class JobSubscriptions:
    @strawberry.subscription(
        description="How far a job has come: at once, then whenever that has changed; completed when the job ends",
        extensions=[READ],
    )
    async def job_progress(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The job")]
    ) -> AsyncIterator[JobProgress]:
        topic = _Progress(key(id, "Job"))
        await topic.check(info.context)
        look = partial(jobs.glance, info.context.services.database, topic.id)
        return Watch(topic, Looking(look, LOOK))  # type: ignore[return-value] - an iterable of what is still to be shown
