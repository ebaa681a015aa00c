"""What tests share: an installation on SQLite and on PostgreSQL, asked through its HTTP face."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random, SystemRandom
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx2
import pytest
from asyncpg import connect
from sqlalchemy import event, make_url, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import aiosqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.passwords import Argon2
from app.adapters.throttle import MemoryThrottle
from app.config import Settings
from app.db.base import Base
from app.db.jobs import Lane
from app.db.migrate import migrate
from app.db.prepared import Prepared
from app.domain.ports import Letter
from app.execution.plans import Plans
from app.jobs.demo import PASSWORD as DEMO_PASSWORD
from app.jobs.runner import AT_ONCE
from app.jobs.schedule import SCHEDULE
from app.resolvers.identity.sessions import TRIES
from app.schema.root import build
from app.wiring import WINDOW_MINUTES, Installation
from tests.people import NOW, PASSWORD, Person, populate

pytest_plugins = ["tests.browser"]
POSTGRES = os.environ.get("ENDCAP_TEST_POSTGRES_URL")
HOW = "PostgreSQL is not tested: install its server and run scripts/with_postgres.sh, or set ENDCAP_TEST_POSTGRES_URL"
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
Fill = Callable[[Installation], Awaitable[None]]
ADDRESS = "http://127.0.0.1:8000"
CHEAP = Argon2(memory_kib=64, passes=1)  # the real hasher, with parameters that do not slow tests


@dataclass
class Clock:
    """The time it is in a test; it stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Answer:
    """An answer of /graphql."""

    status: int
    body: dict[str, Any]
    headers: httpx2.Headers

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors", [])

    @property
    def codes(self) -> list[str]:
        """Codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.errors]


@dataclass
class Api:
    """An installation with a world in it, asked over ASGI; every statement it sends is noted."""

    installation: Installation
    runner: asyncio.Runner
    clock: Clock
    statements: list[str] = field(default_factory=list)
    others: dict[str, Installation] = field(default_factory=dict)
    """The same installation on other engines: every query must be answered alike."""

    def __call__(self, document: str, as_: Person | str | None = None, **variables: Any) -> Answer:
        headers = {"accept": "application/graphql-response+json"}
        if as_ is not None:
            headers["authorization"] = f"Bearer {as_ if isinstance(as_, str) else as_.token}"
        return self.post({"query": document, "variables": variables}, headers=headers)

    def post(self, body: Any, **options: Any) -> Answer:
        response = self.request("POST", "/graphql", json=body, **options)
        answer = Answer(response.status_code, response.json(), response.headers)
        if is_query(body):
            self._compare(answer, body, options)
        return answer

    def _compare(self, answer: Answer, body: Any, options: dict[str, Any]) -> None:
        """On SQLite with graphql-core, on PostgreSQL without folds: each test runs on both, so all three agree."""
        sent = list(self.statements)
        on_sqlite = self.installation.database.dialect.name == "sqlite"
        other = self.others.get("graphql-core" if on_sqlite else "rows")
        if other is None:  # an installation of a test's own
            return
        response = self.run(self._request, "POST", "/graphql", {"json": body, **options}, other)
        assert told(response.json()) == told(answer.body)
        self.statements[:] = sent

    def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self.run(self._request, method, path, options)

    async def _request(
        self, method: str, path: str, options: dict[str, Any], installation: Installation | None = None
    ) -> httpx2.Response:
        application = (installation or self.installation).application
        transport = httpx2.ASGITransport(application, client=("203.0.113.9", 50_000))
        async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.request(method, path, **options)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a coroutine function on the loop that the database's connections belong to."""
        return self.runner.run(function(*arguments))

    def work(self) -> int:
        """Do all jobs that are due. How many there were."""
        return self.run(self.installation.runner.drain)

    def deliver(self) -> None:
        """Do the jobs that somebody's doing made, letters among them, but none of the schedule."""
        lane = Lane(AT_ONCE, frozenset(task.name for task in SCHEDULE), others=True)
        while self.run(self.installation.runner.turn, lane):
            pass

    def mail(self, to: str) -> list[Letter]:
        """The letters that were sent to an address, the last one that was written first: many are sent at once."""
        self.deliver()
        mailbox: Any = self.installation.mailer
        found = [kept.letter for kept in mailbox.kept() if kept.letter.to == to]
        return sorted(found, key=lambda letter: letter.id.int, reverse=True)  # UUIDv7

    def token(self, to: str) -> str:
        """The token of the link in the newest letter to an address."""
        (found,) = re.findall(r"token=(\w[\w-]+)", self.mail(to)[0].text)
        return found

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What stands in the database."""
        return self.each(sql, **values)[0]

    def each(self, *statements: str, **values: Any) -> list[list[Any]]:
        """What several statements find, one after the other on one connection."""

        async def read() -> list[list[Any]]:
            async with self.installation.database.reading() as connection:
                found = [await connection.execute(text(sql), values) for sql in statements]
                return [[tuple(row) for row in rows] for rows in found]

        return self.run(read)

    def kept(self, *tables: str) -> list[list[str]]:
        """All rows of some tables as text, table by table: to hold what was beside what is."""
        on_sqlite = self.installation.database.dialect.name == "sqlite"
        row = _quoted if on_sqlite else "{0}::text".format
        each = (f"SELECT {at} AS t, {row(table)} AS row FROM {table}" for at, table in enumerate(tables))
        rows = self.rows(f"{' UNION ALL '.join(each)} ORDER BY 1, 2")
        return [[row for at, row in rows if at == number] for number in range(len(tables))]

    def write(self, sql: str, **values: Any) -> None:
        """Change the world by hand, where no operation does it yet."""

        async def execute() -> None:
            async with self.installation.database.writer.begin() as connection:
                await connection.execute(text(sql), values)

        self.run(execute)


def _quoted(table: str) -> str:
    """All columns of a row as text, in SQLite."""
    return " || ',' || ".join(f'quote("{column.name}")' for column in Base.metadata.tables[table].columns)


def is_query(body: Any) -> bool:
    """Whether a body holds a query, which can be sent again."""
    document = body.get("query") if isinstance(body, dict) else None
    return isinstance(document, str) and not re.search(r"\b(mutation|__schema)\b", document)


def told(body: Any) -> Any:
    """An answer without the number of its request."""
    return json.loads(re.sub(r"[0-9a-f]{32}", "-", json.dumps(body)))


def codes(answer: Answer, field: str) -> list[str]:
    """Codes of a mutation's userErrors."""
    return [error["code"] for error in answer.data[field]["userErrors"]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not SHARED_DATA.is_dir():
        skip = pytest.mark.skip(reason="the real data is not here: put it at ../shared/data beside the project")
        for item in items:
            if "shared_data" in item.keywords:
                item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line each what was skipped, and how to have it."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    for reason, times in sorted(reasons.items()):
        terminalreporter.write_line(f"{times} skipped. {reason.removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Callable[[str, Fill | None], str]]:
    """Template databases with the world in them and what a module adds, made when they are first asked for."""
    made: dict[tuple[str, Fill | None], str] = {}

    def template(kind: str, fill: Fill | None) -> str:
        if (kind, fill) not in made:
            url = _new_url(kind, tmp_path_factory.mktemp("world"), f"endcap_{worker_id}_{uuid4().hex[:8]}")
            asyncio.run(_make_world(url, fill))
            made[kind, fill] = url
        return made[kind, fill]

    yield template
    for (kind, _), url in made.items():
        if kind == "postgresql":
            drop(make_url(url).database or "")


@pytest.fixture(scope="module")
def fill() -> Fill | None:
    """What a module adds to the world, once for all its tests; a module may define its own."""
    return None


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, worlds: Callable[..., str], fill: Fill | None, tmp_path: Path
) -> Iterator[str]:
    """A database of a test's own, a copy of the world."""
    if request.param == "sqlite":
        copy = tmp_path / "endcap.db"
        shutil.copy(make_url(worlds("sqlite", fill)).database or "", copy)
        yield f"sqlite:///{copy}"
        return
    if not POSTGRES:
        pytest.skip(HOW)
    template = make_url(worlds("postgresql", fill))
    name = f"{template.database}_{uuid4().hex[:8]}"
    asyncio.run(_admin(f"CREATE DATABASE {name} TEMPLATE {template.database} STRATEGY FILE_COPY"))
    yield template.set(database=name).render_as_string(hide_password=False)
    drop(name)


@pytest.fixture
def dice() -> Random:
    """Chance, another in every run. Where a test fails, what it printed has the seed that gives the same again."""
    seed = int(os.environ.get("ENDCAP_TEST_SEED") or SystemRandom().randrange(2**32))
    sys.stdout.write(f"ENDCAP_TEST_SEED={seed}\n")
    return Random(seed)


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Api]:
    clock = Clock()
    folders = {"mail_url": f"file:{tmp_path}/mail", "storage_url": f"file:{tmp_path}/assets"}
    installation = Installation(Settings(database_url=database_url, **folders), clock)
    installation.transport = httpx2.ASGITransport(served(installation))
    throttle, plans = MemoryThrottle(TRIES, WINDOW_MINUTES), kept(installation.database.dialect.name)
    installation.services = replace(
        installation.services, passwords=CHEAP, throttle=throttle, plans=plans, version="test"
    )
    installation.schema = schema()
    with asyncio.Runner() as runner:
        world = Api(installation, runner, clock, others=others(installation))
        for engine in {installation.database.writer, installation.database.reader}:
            event.listen(engine.sync_engine, "before_cursor_execute", lambda *a: world.statements.append(a[2]))
        columns = Prepared.columns

        def recorded(self: Prepared, *arguments: Any) -> Any:
            world.statements.append(self.sql)
            return columns(self, *arguments)

        with patch.object(Prepared, "columns", recorded):
            yield world
        plans = installation.services.plans
        assert plans is None or plans.fallbacks["operation"] == 0, "a root field had no plan"
        runner.run(installation.close())


def served(installation: Installation) -> Callable[..., Awaitable[None]]:
    """What the installation's application will be: its identity providers are pages of its own."""

    async def call(*arguments: Any) -> None:
        await installation.application(*arguments)

    return call


@cache
def schema() -> Any:
    """The one schema of all tests: plans belong to it."""
    return build()


@cache
def kept(dialect: str, *, folds: bool = True) -> Plans:
    """Plans that tests share, as requests do: making one takes longer than most tests."""
    return Plans({"sqlite": aiosqlite, "postgresql": asyncpg}[dialect].dialect(), folds=folds)


def others(installation: Installation) -> dict[str, Installation]:
    """The same on graphql-core's executor, and on plans without folds."""
    made = {}
    plans_of_rows = kept(installation.database.dialect.name, folds=False)
    for name, plans in {"graphql-core": None, "rows": plans_of_rows}.items():
        made[name] = Installation(installation.settings, installation.clock)
        made[name].schema = installation.schema
        made[name].services = replace(installation.services, plans=plans)
    return made


@dataclass
class Live:
    """A real server on a port of its own, with the demonstration in it."""

    url: str
    mail: Path
    email: str = "ada@example.com"
    password: str = DEMO_PASSWORD


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {"ENDCAP_DATABASE_URL": f"sqlite:///{folder}/endcap.db", "ENDCAP_BASE_URL": url}
    settings["ENDCAP_MAIL_URL"], settings["ENDCAP_STORAGE_URL"] = f"file:{folder}/mail", f"file:{folder}/assets"
    environment = {**os.environ, **settings}
    endcap = Path(sys.executable).with_name("endcap")
    for command in (["migrate"], ["demo"]):
        subprocess.run([endcap, *command], env=environment, check=True, capture_output=True)
    with subprocess.Popen([endcap, "serve", "--port", str(port)], env=environment) as server:
        wait_until_ready(url)
        yield Live(url, folder / "mail")
        server.terminate()


def wait_until_ready(url: str) -> None:
    for _ in range(600):
        try:
            if httpx2.get(f"{url}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not become ready")


def _new_url(kind: str, folder: Path, name: str) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/world.db"
    asyncio.run(_admin(f"CREATE DATABASE {name}"))
    return make_url(POSTGRES or "").set(database=name).render_as_string(hide_password=False)


async def _make_world(url: str, fill: Fill | None) -> None:
    installation = Installation(Settings(database_url=url))
    await migrate(installation.database)
    async with AsyncSession(installation.database.writer) as session, session.begin():
        await populate(session, await CHEAP.hash(PASSWORD))
    if fill is not None:
        await fill(installation)
    async with installation.database.writer.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("commit")
            await connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    await installation.database.close()


def drop(name: str) -> None:
    """Drop a database, and end what is connected to it.

    Not WITH (FORCE): that is refused while the server's own autovacuum looks at the database.
    """
    ours = f"FROM pg_stat_activity WHERE datname = '{name}' AND usename = current_user"
    asyncio.run(_admin(f"SELECT pg_terminate_backend(pid) {ours}", f"DROP DATABASE {name}"))


async def _admin(*statements: str) -> None:
    connection = await connect(POSTGRES)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
