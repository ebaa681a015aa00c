"""Reports: the rows of a query for metrics as a file, written by a job."""

from typing import Any

import strawberry

from app.domain.reports import ReportFormat
from app.resolvers import reports
from app.schema.account_jobs import Job
from app.schema.enums import enum
from app.schema.metrics.rows import METRICS, MetricsQuery, wanted
from app.schema.payloads import MutationPayload
from app.schema.relay import key

enum(
    ReportFormat,
    "ReportFormat",
    "Format of a report's file",
    JSONL="A zip file of an object a line, as `metrics` shows its rows, and a file of definitions",
    CSV="A zip file of comma-separated values (RFC 4180), and a file of definitions; a text that a spreadsheet would "
    "take for a formula has an apostrophe before it",
    PARQUET="Parquet with typed columns; its metadata endcap.definitions holds the definitions",
)


@strawberry.input(description="A report to write")
class ReportCreateInput:
    account_id: strawberry.ID = strawberry.field(description="Whose metrics")
    query: MetricsQuery = strawberry.field(description="Which; a report has all rows, whatever the limit")
    format: ReportFormat = strawberry.field(description="Format of the file")


@strawberry.type(description="The job that writes the report")
class ReportCreatePayload(MutationPayload):
    job: Job | None = strawberry.field(default=None, description="The job: read or follow it until it has ended")


@strawberry.type
class ReportMutations:
    @strawberry.mutation(
        description="Have the rows of a query for metrics written to a file, with what the figures mean",
        extensions=[METRICS],
    )
    async def report_create(self, work: Any, input: ReportCreateInput) -> ReportCreatePayload:
        account = key(input.account_id, "Account", "accountId")
        job = await reports.create(work, account, wanted(input.query), input.format)
        return ReportCreatePayload(job=Job.keyed(job.id))
