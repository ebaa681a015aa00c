"""The command line: serve, work, migrate, demo, simulate, schema, settings, jobs, people, accounts, tokens, files."""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from json import dumps
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NoReturn, TextIO
from uuid import UUID

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from app.db.engine import FAULTS, is_away
from app.db.ids import global_id, parse
from app.domain.access import INGEST_SCOPES, STAFF_LEVELS, Level
from app.domain.errors import Refusal
from app.domain.jobs import JobStatus
from app.jobs.demo import Scale
from app.jobs.files import Outcome
from app.jobs.files import Progress as Report
from app.jobs.summary import HEADINGS, lines, rows
from app.web.delivery import openapi
from app.web.gate import Limits
from app.web.server import Application
from app.wiring import Installation, installation, rehearsal

app = typer.Typer(help="Endcap: advertising for a retailer and its brands.", no_args_is_help=True, add_completion=False)
users = typer.Typer(name="user", help="People.", no_args_is_help=True)
accounts = typer.Typer(name="account", help="Advertising accounts.", no_args_is_help=True)
tokens = typer.Typer(name="token", help="Tokens of the retailer's own feeds.", no_args_is_help=True)
imports = typer.Typer(name="import", help="Data from the retailer's files.", no_args_is_help=True)
rebuilds = typer.Typer(name="rebuild", help="What can be made anew.", no_args_is_help=True)
jobs = typer.Typer(name="jobs", help="Work that is owed.", no_args_is_help=True)
ledger = typer.Typer(name="ledger", help="The books of what clicks cost.", no_args_is_help=True)
for group in (users, accounts, tokens, imports, rebuilds, jobs, ledger):
    app.add_typer(group)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
SCALE, FIRST_DAY = Scale(), datetime(2026, 1, 5)  # noqa: DTZ001 - a day as it is written on the command line
MOST_NAMED = 20  # broken lines that are named one by one

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Plain, or gzipped as .gz")]


class Interrupted(Exception):
    """The command ends here, with a message that was printed."""


class Server(uvicorn.Server):
    """uvicorn's, which ends the streams before it waits for what still runs."""

    def __init__(self, application: Application, host: str, port: int) -> None:
        sockets: dict[str, Any] = {"ws_max_size": Limits().body_bytes, "ws_per_message_deflate": False}
        timing: dict[str, Any] = {"log_level": "warning", "access_log": False, "timeout_graceful_shutdown": 10}
        super().__init__(uvicorn.Config(application, host=host, port=port, **timing, **sockets))
        self._application = application

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._application.end_streams()
        await super().shutdown(sockets)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8000,
) -> None:
    """Serve the API and GraphiQL, and do the jobs."""
    wired = installation()
    reason = _run(_then_close(wired, wired.ready()))
    if reason:
        _fail(f"Not ready: {reason}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn, once it has drained, raises it again
    server = Server(installation().application, host, port)
    with suppress(KeyboardInterrupt):  # uvicorn raises it again likewise
        server.run()
    if not server.started:
        raise Interrupted


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    wired = installation()
    revision = _run(_then_close(wired, wired.migrate()))
    out.print(f"The database is at revision {revision}.")


@app.command()
def demo() -> None:
    """Make the demonstration: people, accounts, campaigns, and two weeks of simulated shoppers. Only once."""
    wired = installation()
    with _progress("Letting two weeks of shoppers come") as report:
        made = _run(_then_close(wired, wired.demonstration().run(report)))
    out.print("The demonstration is made." if made else "The demonstration is there already.")


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other shoppers")] = SCALE.seed,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long they come")] = SCALE.days,
    shoppers: Annotated[int, typer.Option(min=1, max=100_000, help="How many on a mean day")] = SCALE.shoppers,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day, UTC")] = FIRST_DAY,
    events: Annotated[Path | None, typer.Option(dir_okay=False, writable=True, help="Keep all reports here")] = None,
) -> None:
    """Let shoppers come to a shop that is made for it and thrown away. The same options, the same figures."""
    scale, until = Scale(seed, days, shoppers), start.replace(tzinfo=UTC) + timedelta(days=days)
    with TemporaryDirectory() as folder, _kept(events) as kept, _progress(f"Simulating {days} days") as report:
        wired = rehearsal(Path(folder), until, seed)
        found, simulation = _run(_then_close(wired, wired.simulate(scale, kept, report)))
    table = Table(*HEADINGS[:2], *(Column(each, justify="right") for each in HEADINGS[2:]), box=None, pad_edge=False)
    for row in rows(found):
        table.add_row(*row)
    out.print(table, "", *lines(found, simulation.stage.tally, simulation.journal.digest), sep="\n")
    out.print(f"again    endcap simulate --seed {seed} --days {days} --shoppers {shoppers} --start {start:%Y-%m-%d}")


def _kept(path: Path | None) -> AbstractContextManager[TextIO | None]:
    return path.open("w", encoding="utf-8") if path else nullcontext()


@app.command()
def schema(
    http: Annotated[bool, typer.Option("--http", help="The OpenAPI document of delivery over HTTP instead")] = False,
) -> None:
    """Print the GraphQL schema, as in frontend-contract/schema.graphql."""
    sys.stdout.write(openapi.printed().decode() if http else installation().schema.as_str() + "\n")


@app.command()
def settings() -> None:
    """List the settings: environment variable, value in force, meaning."""
    current = installation().settings
    for name, field in type(current).model_fields.items():
        out.print(f"ENDCAP_{name.upper()}={_shown(name, getattr(current, name))}", markup=False)
        out.print(f"    {field.description}", style="dim", markup=False)


@app.command()
def work(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end")] = False,
) -> None:
    """Do the jobs: mail, deadlines, the schedule. `serve` does them too, unless ENDCAP_WORK=false."""
    wired = installation()
    reason = _run(_then_close(wired, wired.ready()))
    if reason:
        _fail(f"Not ready: {reason}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wired = installation()
    try:
        done = _run(_then_close(wired, wired.runner.drain() if once else wired.runner.keep()))
    except KeyboardInterrupt:
        return
    out.print(f"{done:,} jobs done.")


@jobs.command("list")
def jobs_list(
    status: Annotated[JobStatus, typer.Option(help="Which")] = JobStatus.DEAD,
) -> None:
    """List jobs, those that were given up without a status."""
    wired = installation()
    found = _run(_then_close(wired, wired.jobs().of_status(status)))
    for job in found:
        arguments = " ".join(f"{name}={value}" for name, value in job.arguments.items())
        out.print(f"{job.id}  {job.due_at:%Y-%m-%d %H:%M:%S}  {job.kind}  {arguments}", markup=False)
        if job.last_error:
            out.print(f"    {job.failures} failures, the last: {job.last_error}", style="dim", markup=False)
    out.print(f"{len(found)} jobs are {status.value}." if found else f"No job is {status.value}.")


@jobs.command("retry")
def jobs_retry(
    ids: Annotated[list[UUID] | None, typer.Argument(help="Which; without any all of them")] = None,
) -> None:
    """Try again what was given up."""
    wired = installation()
    out.print(f"{_run(_then_close(wired, wired.jobs().revive(ids or None)))} jobs are tried again.")


@users.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="Address they sign in with")],
    name: Annotated[str, typer.Option(help="Their name")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input")
    ] = False,
    staff: Annotated[
        list[str] | None, typer.Option(help=f"Staff level: {', '.join(s.value for s in STAFF_LEVELS)}")
    ] = None,
) -> None:
    """Add a person, whose address counts as verified."""
    if not password_stdin:
        _fail("Give the password on standard input: add --password-stdin.")
    wired, password = installation(), sys.stdin.readline().rstrip("\r\n")
    levels = [_staff(level) for level in staff or ()]
    user = _run(_then_close(wired, wired.desk().add_user(email, name, password, levels)))
    out.print(f"Added {user.email}.")


@accounts.command("create")
def account_create(
    name: Annotated[str, typer.Argument(help="Name of the account and of its first brand")],
    vendor: Annotated[str, typer.Option(help="Vendor code")],
    admin: Annotated[str, typer.Option(help="Address of its first ADMIN, a user already")],
) -> None:
    """Make an account in UTC, with an approved brand and an ADMIN. Prints its id."""
    wired = installation()
    account = _run(_then_close(wired, wired.desk().create_account(name, vendor, admin)))
    out.print(global_id("Account", account.id))


@tokens.command("create")
def token_create(
    name: Annotated[str, typer.Option(help="What it is for")],
    scope: Annotated[list[str], typer.Option(help=f"What it may do: {', '.join(INGEST_SCOPES)}")],
    expires: Annotated[datetime | None, typer.Option(help="When it ends, UTC; without it never")] = None,
) -> None:
    """Make a token for a feed of the retailer's own. Prints its secret, once."""
    wired = installation()
    ends = expires and expires.replace(tzinfo=UTC)
    out.print(_run(_then_close(wired, wired.desk().create_token(name, scope, ends))))


@tokens.command("list")
def token_list() -> None:
    """List the tokens: prefix, state, last use, scopes, name."""
    wired = installation()
    for token in _run(_then_close(wired, wired.desk().tokens())):
        used = f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
        state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "valid"
        out.print(f"{token.prefix}  {state}  {used}  {' '.join(token.scopes)}  {token.name}", markup=False)


@tokens.command("revoke")
def token_revoke(prefix: Annotated[str, typer.Argument(help="What `token list` shows of it")]) -> None:
    """End a token at once."""
    wired = installation()
    token = _run(_then_close(wired, wired.desk().revoke_token(prefix)))
    out.print(f"Revoked {token.name}.")


@imports.command("products")
def import_products(
    file: File,
    vendor: Annotated[str, typer.Option(help="Vendor code; its account must exist")],
    strict: Annotated[bool, typer.Option(help="Import nothing where a line is broken")] = False,
) -> None:
    """Import products, JSON lines. Importing again changes nothing."""
    wired = installation()
    with _progress(f"Importing {file.name}") as report:
        outcome = _run(_then_close(wired, wired.importing(file, vendor).run(strict=strict, progress=report)))
    _tell(outcome, "products", nothing=strict and bool(outcome.broken))


@rebuilds.command("rollups")
def rebuild_rollups(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail where they differ")] = False,
) -> None:
    """Make the hourly figures anew where they differ from the events that are kept."""
    wired = installation()
    work = wired.rebuilding()
    with _progress("Checking the rollups" if check else "Rebuilding the rollups") as report:
        days, found = _run(_then_close(wired, (work.check if check else work.run)(report)))
    for each in found[:MOST_NAMED]:
        err.print(str(each), style="yellow", markup=False)
    if check and found:
        _fail("The rollups differ from their events: `endcap rebuild rollups` makes them anew.")
    out.print(f"{days:,} days were compared with their events, {len(found):,} made anew.")


@ledger.command("check")
def ledger_check() -> None:
    """Prove all transfers, charges and clicks again; name the first contradiction."""
    wired = installation()
    with _progress("Checking the ledger") as report:
        seen, breach = _run(_then_close(wired, wired.audit().run(report)))
    if breach:
        _fail(str(breach))
    out.print(f"The ledger is right: {', '.join(f'{count:,} {name}' for name, count in seen.items())}.")


@app.command()
def replay(
    file: File, account: Annotated[str, typer.Option(help="Id of the account, as `account create` prints it")]
) -> None:
    """Replay a log of impressions and clicks through live counting. Replaying again changes nothing."""
    wired, account_id = installation(), _account(account)
    with _progress(f"Replaying {file.name}") as report:
        outcome = _run(_then_close(wired, wired.replaying(file, account_id).run(report)))
    _tell(outcome, "events")


def main() -> None:
    """Run a command; what is refused is one line on standard error and exit code 1."""
    try:
        app()
    except Interrupted:
        sys.exit(1)
    except ValidationError as fault:
        for problem in fault.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            err.print(f"ENDCAP_{name}: {_plain(problem)}" if name else _plain(problem), style="red")
        sys.exit(1)


def _run(task: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(task)
    except Refusal as refusal:
        _fail(*(problem.message for problem in refusal.problems))
    except FAULTS as fault:
        if not is_away(fault):
            raise
        _fail("The database cannot be reached: see ENDCAP_DATABASE_URL.")


async def _then_close(wired: Installation, task: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await task
    except FAULTS:
        await asyncio.sleep(0.1)  # a connection that failed ends in a thread, which must find the loop open
        raise
    finally:
        await wired.database.close()


@contextmanager
def _progress(title: str) -> Iterator[Report]:
    """A progress bar on a terminal; elsewhere a plain line once something is done."""
    if not out.is_terminal:
        begin = cache(lambda: out.print(f"{title} ..."))
        yield lambda done, total: begin()  # noqa: ARG005
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell(outcome: Outcome, things: str, *, nothing: bool = False) -> None:
    for each in outcome.broken[:MOST_NAMED]:
        err.print(str(each), style="yellow", markup=False)
    if len(outcome.broken) > MOST_NAMED:
        err.print(f"... and {len(outcome.broken) - MOST_NAMED:,} more", style="yellow")
    if nothing:
        _fail(f"Nothing was imported: {len(outcome.broken):,} problems. Without --strict the good lines are.")
    left_out = f", {len(outcome.broken):,} problems named above" if outcome.broken else ""
    out.print(f"{outcome.written:,} {things} new or changed, {outcome.unchanged:,} known already{left_out}.")
    if outcome.broken:
        raise Interrupted


def _account(text: str) -> UUID:
    found = parse(text)
    if found and found[0] == "Account":
        return found[1]
    try:
        return UUID(text)
    except ValueError:
        _fail(f"{text} is no id of an account.")


def _staff(name: str) -> Level:
    known = {level.value: level for level in STAFF_LEVELS}
    if name.upper() not in known:
        _fail(f"{name} is no staff level: take one of {', '.join(known)}.")
    return known[name.upper()]


def _shown(name: str, value: Any) -> str:
    """The value of a setting, without a password in the address of a server, and without keys."""
    if name in {"delivery_keys", "stripe_key", "stripe_webhook_secrets"} and value and not value.startswith("file:"):
        return "***"
    if (name in {"database_url", "mail_url"} or name.startswith("login_")) and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://***@{rest.rpartition('@')[2]}"
    return dumps(value) if isinstance(value, tuple) else str(value)


def _plain(problem: Any) -> str:
    return problem["msg"].removeprefix("Value error, ")


def _fail(*messages: str) -> NoReturn:
    for message in messages:
        err.print(message, style="red", markup=False)
    raise Interrupted
