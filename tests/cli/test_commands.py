"""The command line as an operator meets it: a process, its output, its exit code, and what stands in the database."""

import contextlib
import gzip
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.config import Settings
from app.jobs.schedule import SCHEDULE
from tests.conftest import Live, wait_until_ready

ENDCAP = Path(sys.executable).with_name("endcap")
PASSWORD = "a password for tests"
PUBLIC = {"ENDCAP_ENV": "production", "ENDCAP_BASE_URL": "https://ads.example"}
SERVED = 10  # seconds until a server must be ready, or gone


@dataclass
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        return self.err.splitlines()


@dataclass
class Installed:
    """An installation with a SQLite file of its own."""

    file: Path

    def __call__(self, *arguments: Any, stdin: str = "", **settings: str) -> Done:
        ran = subprocess.run(
            [ENDCAP, *map(str, arguments)],
            env=self.environment(**settings),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in ran.stdout + ran.stderr
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def environment(self, **settings: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ENDCAP_")}
        return {**inherited, "ENDCAP_DATABASE_URL": f"sqlite:///{self.file}", **settings}

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.file) as connection:
            return connection.execute(sql).fetchall()

    def count(self, table: str) -> int:
        return self.rows(f'SELECT count(*) FROM "{table}"')[0][0]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A migrated database with a user, an account of vendor V and three products; and the account's id."""
    folder = tmp_path_factory.mktemp("prepared")
    endcap = Installed(folder / "endcap.db")
    products = folder / "products.jsonl"
    products.write_text("\n".join(json.dumps({"sku": f"P-{n}", "title": f"Product {n}"}) for n in range(3)))
    endcap("migrate")
    endcap("user", "add", "ada@example.com", "--name", "Ada", "--password-stdin", stdin=f"{PASSWORD}\n")
    id = endcap("account", "create", "Northpeak", "--vendor", "V", "--admin", "ada@example.com").out.strip()
    assert endcap("import", "products", products, "--vendor", "V").code == 0
    return endcap.file, id


@pytest.fixture
def endcap(prepared: tuple[Path, str], tmp_path: Path) -> Installed:
    for each in prepared[0].parent.glob("endcap.db*"):
        shutil.copy(each, tmp_path)
    return Installed(tmp_path / "endcap.db")


@pytest.fixture
def account(prepared: tuple[Path, str]) -> str:
    return prepared[1]


@pytest.fixture
def blank(tmp_path: Path) -> Installed:
    return Installed(tmp_path / "not" / "there yet" / "endcap.db")


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """A file of lines; dicts become JSON, bytes stay."""

    def write(name: str, *lines: Any) -> Path:
        texts = [each if isinstance(each, str | bytes) else json.dumps(each) for each in lines]
        content = b"\n".join(each if isinstance(each, bytes) else each.encode() for each in texts)
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return tmp_path / name

    return write


# ---- migrate, demo, schema, settings


def test_a_database_is_made_where_there_is_none_and_migrating_again_changes_nothing(blank: Installed):
    first, again = blank("migrate"), blank("migrate")

    assert first.out.startswith("The database is at revision ")
    assert (first.code, again.code, again.out, first.err) == (0, 0, first.out, "")
    assert (blank.count("user"), blank.count("account")) == (0, 0)


def test_the_demonstration_is_made_once(blank: Installed):
    blank("migrate")
    tables = ("user", "account", "campaign", "brand_page", "asset", "ad_event")
    first, counts = blank("demo"), [blank.count(each) for each in tables]
    again = blank("demo")

    assert (first.code, first.out.splitlines()[-1]) == (0, "The demonstration is made.")
    assert (again.code, again.out.splitlines()[-1]) == (0, "The demonstration is there already.")
    assert counts == [blank.count(each) for each in tables]
    assert counts[:4] == [7, 3, 7, 2]
    plain = "SELECT count(*) FROM ad JOIN account ON account.id = ad.account_id WHERE vendor_code = 'NORTHPEAK'"
    assert blank.rows(f"{plain} AND image_id IS NULL") == [(0,)]
    told = blank.rows("SELECT DISTINCT via FROM change WHERE event IN ('AD_APPROVED', 'AD_REJECTED', 'PAGE_APPROVED')")
    assert told == [("STAFF",)]  # members are not told the names of moderators


def test_before_the_migration_commands_say_what_to_do(blank: Installed):
    blank.file.parent.mkdir(parents=True)
    advice = "Not ready: the database is behind: run `endcap migrate`."

    assert blank("serve") == Done(1, "", f"{advice}\n")


def test_the_schema_is_the_contracts(blank: Installed):
    contract = Path(__file__).parents[2] / "frontend-contract" / "schema.graphql"

    assert blank("schema") == Done(0, contract.read_text("utf-8"), "")


def test_settings_lists_every_setting_and_no_password(blank: Installed):
    address = "postgresql://endcap:s3cret@db.internal:5432/endcap"
    shown = blank("settings", ENDCAP_DATABASE_URL=address, ENDCAP_LOG_LEVEL="error")

    for name, field in Settings.model_fields.items():
        assert f"ENDCAP_{name.upper()}" in shown.out
        assert str(field.description) in shown.out
    assert "db.internal:5432/endcap" in shown.out
    assert "s3cret" not in shown.out + shown.err


def test_every_wrong_setting_is_named_with_what_would_be_right(blank: Installed):
    wrong = {"DATABASE_URL": "mysql://x", "BASE_URL": "nowhere", "ALLOWED_ORIGINS": "https://a.b", "LOG_LEVEL": "loud"}
    refused = blank("migrate", **{f"ENDCAP_{name}": value for name, value in wrong.items()})

    assert (refused.code, refused.out) == (1, "")
    assert refused.problems == [
        "ENDCAP_DATABASE_URL: use sqlite:///FILE or postgresql://USER@HOST:PORT/NAME",
        "ENDCAP_BASE_URL: 'nowhere' is no address: write it as https://host",
        'ENDCAP_ALLOWED_ORIGINS: write it as JSON: ["https://ads.example"]',
        "ENDCAP_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'",
    ]


def test_production_without_https_is_refused(blank: Installed):
    refused = blank("serve", ENDCAP_ENV="production")

    need = "production needs an https:// ENDCAP_BASE_URL: cookies and tokens travel over it"
    assert refused == Done(1, "", f"{need}\n")


@pytest.mark.parametrize(
    ("settings", "need"),
    [
        (
            PUBLIC,
            "production needs a mail server: set ENDCAP_MAIL_URL to smtp://... or smtps://...",
        ),
        ({"ENDCAP_MAIL_URL": "mail.example"}, "ENDCAP_MAIL_URL: use smtp://USER:PASSWORD@HOST:PORT, smtps://"),
        ({"ENDCAP_MAIL_URL": "smtp://mail.example:x"}, "ENDCAP_MAIL_URL: Port could not be cast to integer"),
        ({"ENDCAP_MAIL_FROM": "nobody"}, "ENDCAP_MAIL_FROM: write it as NAME <ADDRESS>"),
        ({"ENDCAP_BID_RESERVE": "0.0"}, "ENDCAP_BID_RESERVE: a click that costs nothing is no click"),
        ({"ENDCAP_BID_RESERVE": "1000"}, "ENDCAP_BID_RESERVE: String should match pattern"),
        ({"ENDCAP_STORAGE_URL": "bucket"}, "ENDCAP_STORAGE_URL: use file:FOLDER or s3://BUCKET/PREFIX"),
        ({"ENDCAP_STORAGE_URL": "file:"}, "ENDCAP_STORAGE_URL: use file:FOLDER or s3://BUCKET/PREFIX"),
        ({"ENDCAP_STORAGE_URL": "s3://key:secret@bucket"}, "ENDCAP_STORAGE_URL: use file:FOLDER or s3://BUCKET"),
        ({"ENDCAP_STORAGE_ENDPOINT": "s3.example"}, "ENDCAP_STORAGE_ENDPOINT: 's3.example' is no address"),
        (
            {**PUBLIC, "ENDCAP_STORAGE_ENDPOINT": "http://s3.example"},
            "production needs an https:// ENDCAP_STORAGE_ENDPOINT: browsers upload there",
        ),
        ({"ENDCAP_LANGUAGE": "xx"}, "ENDCAP_LANGUAGE: Input should be 'en'"),
    ],
)
def test_a_wrong_setting_is_said_in_one_line(blank: Installed, settings, need):
    refused = blank("serve", **settings)

    assert (refused.code, len(refused.problems)) == (1, 1)
    assert refused.err.startswith(need)


def test_an_address_of_a_mail_server_is_shown_without_its_password(blank: Installed):
    shown = blank("settings", ENDCAP_MAIL_URL="smtp://endcap:hunter2@mail.example")

    assert "ENDCAP_MAIL_URL=smtp://***@mail.example" in shown.out
    assert "hunter2" not in shown.out


def test_jobs_are_done_once_listed_and_tried_again(endcap: Installed):
    tasks = len(SCHEDULE)
    assert endcap("work", "--once") == Done(0, f"{tasks} jobs done.\n", "")
    assert endcap("work", "--once") == Done(0, "0 jobs done.\n", "")
    assert endcap("jobs", "list") == Done(0, "No job is DEAD.\n", "")
    with contextlib.closing(sqlite3.connect(endcap.file)) as database, database:
        database.execute("UPDATE job SET status = 'DEAD', failures = 3, last_error = '550 no such mailbox'")

    listed = endcap("jobs", "list")
    assert listed.out.count("3 failures, the last: 550 no such mailbox") == tasks
    assert listed.out.endswith(f"{tasks} jobs are DEAD.\n")
    assert endcap("jobs", "retry") == Done(0, f"{tasks} jobs are tried again.\n", "")
    assert endcap("jobs", "list", "--status", "QUEUED").out.endswith(f"{tasks} jobs are QUEUED.\n")


@pytest.mark.parametrize(
    "url", ["postgresql://x@127.0.0.1:9/x", "postgresql://x@no.such.host.invalid/x", "sqlite:////"]
)
def test_a_database_out_of_reach_is_said_in_one_line(blank: Installed, url):
    refused = blank("demo", ENDCAP_DATABASE_URL=url)

    assert refused == Done(1, "", "The database cannot be reached: see ENDCAP_DATABASE_URL.\n")


# ---- user, account


def test_a_user_is_added_with_staff_levels_and_a_hashed_password(endcap: Installed):
    options = ("--name", "Olga", "--staff", "operator", "--staff", "SUPPORT", "--password-stdin")
    added = endcap("user", "add", "Olga@Example.com", *options, stdin=f"{PASSWORD}\n")

    assert added == Done(0, "Added Olga@Example.com.\n", "")
    columns = "name, email_key, staff, email_verified, password_hash"
    ((*facts, hashed),) = endcap.rows(f"SELECT {columns} FROM user WHERE name = 'Olga'")
    assert facts == ["Olga", "olga@example.com", '["OPERATOR", "SUPPORT"]', 1]
    assert hashed.startswith("$argon2id$")
    assert PASSWORD not in hashed


@pytest.mark.parametrize(
    ("email", "options", "password", "problem"),
    [
        ("n@example.com", (), "short", "A password has 12 to 200 characters."),
        ("ADA@example.com", (), PASSWORD, "A user with this e-mail address exists already."),
        ("n@example.com", ("--staff", "BOSS"), PASSWORD, "BOSS is no staff level: take one of REVIEWER, MODERATOR, "),
    ],
)
def test_a_user_who_cannot_be_added_is_refused_in_one_line(endcap: Installed, email, options, password, problem):
    arguments = ("user", "add", email, "--name", "N", "--password-stdin", *options)
    refused = endcap(*arguments, stdin=f"{password}\n")

    assert (refused.code, refused.out, len(refused.problems)) == (1, "", 1)
    assert refused.err.startswith(problem)
    assert endcap.count("user") == 1


def test_every_problem_of_a_user_is_named(endcap: Installed):
    refused = endcap("user", "add", "x", "--name", " ", "--password-stdin", stdin="x\n")

    assert (refused.code, len(refused.problems)) == (1, 3)
    assert endcap.count("user") == 1


def test_a_password_is_never_taken_from_the_command_line(endcap: Installed):
    refused = endcap("user", "add", "n@example.com", "--name", "N", stdin=f"{PASSWORD}\n")

    assert refused == Done(1, "", "Give the password on standard input: add --password-stdin.\n")
    assert endcap.count("user") == 1


def test_an_account_comes_with_its_brand_and_its_admin(endcap: Installed):
    made = endcap("account", "create", "Lakeside Toys", "--vendor", "LAKE", "--admin", "ADA@example.com")

    assert (made.code, made.err) == (0, "")
    assert made.out.strip().isprintable()
    account = endcap.rows(
        "SELECT display_name, vendor_code, currency, time_zone FROM account WHERE vendor_code = 'LAKE'"
    )
    assert account == [("Lakeside Toys", "LAKE", "USD", "UTC")]
    assert endcap.rows("SELECT name, approved FROM brand WHERE vendor_code = 'LAKE'") == [("Lakeside Toys", 1)]
    assert endcap.rows("SELECT level FROM membership") == [("ADMIN",), ("ADMIN",)]


def test_an_account_without_a_known_admin_is_refused_with_the_way_out(endcap: Installed):
    refused = endcap("account", "create", "Lakeside", "--vendor", "LAKE", "--admin", "n@example.com")

    advice = "add them with `endcap user add n@example.com --name NAME --password-stdin`."
    assert refused == Done(1, "", f"No user has the address n@example.com: {advice}\n")
    assert endcap.count("account") == 1


# ---- import products

TENT = {"sku": "T-1", "title": "A tent", "brand": "Northpeak", "price_cents": 18_900}


def products(endcap: Installed) -> list[Any]:
    return endcap.rows("SELECT sku, title, price_micros FROM product WHERE sku LIKE 'T%' ORDER BY sku")


def test_products_are_imported_and_importing_again_changes_nothing(endcap: Installed, file):
    lines, names = (TENT, "", {"sku": "T-2", "title": "Bag"}), ("products.jsonl.gz", "products.jsonl")
    first, again = (endcap("import", "products", file(name, *lines), "--vendor", "V") for name in names)

    assert first == Done(0, f"Importing {names[0]} ...\n2 products new or changed, 0 known already.\n", "")
    assert again == Done(0, f"Importing {names[1]} ...\n0 products new or changed, 2 known already.\n", "")
    assert products(endcap) == [("T-1", "A tent", 189_000_000), ("T-2", "Bag", None)]
    assert endcap.rows("SELECT count(*) FROM change WHERE event = 'PRODUCTS_IMPORTED'") == [(2,)]


def test_a_changed_price_updates_that_product_alone(endcap: Installed, file):
    endcap("import", "products", file("a.jsonl", TENT, {"sku": "T-2", "title": "Bag"}), "--vendor", "V")
    changed = file("b.jsonl", {**TENT, "price_cents": 17_900}, {"sku": "T-2", "title": "Bag"})
    again = endcap("import", "products", changed, "--vendor", "V")

    assert again.out.endswith("1 products new or changed, 1 known already.\n")
    assert products(endcap) == [("T-1", "A tent", 179_000_000), ("T-2", "Bag", None)]


BROKEN = ["{", "[]", {"title": "No sku"}, {**TENT, "price_cents": -1, "title": ""}, TENT, {**TENT, "title": "Again"}]
BROKEN += [{**TENT, "sku": "T-2", "image_url": "http:// x"}, b'{"sku": "T-3", "title": "\xff\xfe"}']
SAID = """\
line 1, line: is not JSON: unexpected end of data: line 1 column 2 (char 1)
line 2, line: must be a JSON object
line 3, sku: is missing
line 4, title: breaks 1 <= length <= 500
line 4, price_cents: must be a whole number of cents, 0 or more
line 6, sku: the same as in line 5
line 7, image_url: must be an http or https address of at most 2,000 characters
line 8, line: is not UTF-8
"""


def test_broken_lines_are_named_and_the_others_imported(endcap: Installed, file):
    lines = [*BROKEN, {"sku": "T-9", "title": "Bag", "image_url": "http://[odd"}]
    done = endcap("import", "products", file("products.jsonl", *lines), "--vendor", "V")

    assert (done.code, done.err) == (1, SAID)
    assert done.out.splitlines()[-1] == "2 products new or changed, 0 known already, 8 problems named above."
    assert products(endcap) == [("T-1", "A tent", 189_000_000), ("T-9", "Bag", None)]


def test_strict_imports_nothing_where_a_line_is_broken(endcap: Installed, file):
    path = file("products.jsonl", TENT, "{")
    done = endcap("import", "products", path, "--vendor", "V", "--strict")

    assert (done.code, len(done.problems)) == (1, 2)
    assert done.problems[0].startswith("line 2, line: is not JSON: ")
    assert done.problems[1] == "Nothing was imported: 1 problems. Without --strict the good lines are."
    assert products(endcap) == []
    assert endcap("import", "products", file("good.jsonl", TENT), "--vendor", "V", "--strict").code == 0


def test_many_broken_lines_are_counted(endcap: Installed, file):
    done = endcap("import", "products", file("products.jsonl", *["{"] * 30), "--vendor", "V")

    assert (done.code, len(done.problems), done.problems[-1]) == (1, 21, "... and 10 more")


def test_a_vendor_without_an_account_is_refused_with_the_way_out(endcap: Installed, file):
    refused = endcap("import", "products", file("products.jsonl", TENT), "--vendor", "NOBODY")

    advice = "make one with `endcap account create NAME --vendor CODE --admin EMAIL`."
    assert refused.err == f"No account has the vendor code NOBODY: {advice}\n"
    assert (refused.code, products(endcap)) == (1, [])


@pytest.mark.parametrize("content", [b"no gzip at all", gzip.compress(json.dumps(TENT).encode() * 99)[:-20]])
def test_a_damaged_archive_is_said_in_one_line(endcap: Installed, tmp_path: Path, content):
    (tmp_path / "products.jsonl.gz").write_bytes(content)
    refused = endcap("import", "products", tmp_path / "products.jsonl.gz", "--vendor", "V")

    assert (refused.code, len(refused.problems)) == (1, 1)
    assert refused.err.startswith("The file cannot be unpacked: ")
    assert products(endcap) == []


# ---- replay

HEADER = "timestamp,item_id,position,click,user"
LOG = [
    "2026-11-01T09:00:00Z,0,1,0,s1",
    "2026-11-01T09:30:00Z,0,1,1,s2",
    "2026-11-01T10:00:00+01:00,2,2,1,s3",
    "2026-11-02T00:00:00Z,1,1,0,s4",
]


def figures(endcap: Installed) -> list[Any]:
    return endcap.rows("SELECT sum(impressions), sum(clicks), sum(spend_micros) FROM metric_hour")


def test_a_log_is_counted_and_replaying_it_again_changes_nothing(endcap: Installed, account, file):
    path = file("log.csv.gz", HEADER, *LOG)
    first, again = (endcap("replay", path, "--account", account) for _ in range(2))

    said = "Replaying log.csv.gz ...\n"
    assert first == Done(0, f"{said}6 events new or changed, 0 known already.\n", "")
    assert again == Done(0, f"{said}0 events new or changed, 6 known already.\n", "")
    assert figures(endcap) == [(4, 2, 200_000)]
    assert endcap.rows("SELECT name, spent_micros FROM campaign") == [("Replay of log.csv.gz", 200_000)]
    assert (endcap.count("ad"), endcap.rows("SELECT count(*) FROM change WHERE event = 'LOG_REPLAYED'")) == (3, [(1,)])


def test_broken_lines_of_a_log_are_named_and_the_others_counted(endcap: Installed, account, file):
    broken = ["yesterday,0,1,0,s", "2026-11-01T09:00:00Z,x,0,2,s", "2026-11-01T09:00:00,0,1,0,s", b"\xff\xfe"]
    done = endcap("replay", file("log.csv", HEADER, *broken, *LOG), "--account", account)

    named = [line.split(":")[0] for line in done.problems]
    assert (done.code, named[:5]) == (
        1,
        ["line 2, timestamp", *(f"line 3, {n}" for n in ("item_id", "position", "click")), "line 4, timestamp"],
    )
    assert {line.split(",")[0] for line in named[5:]} == {"line 5"}
    assert figures(endcap) == [(4, 2, 200_000)]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["timestamp,item_id", "x"], "The first line must name the columns; missing: click, position, user."),
        ([HEADER], "The log has no line that can be replayed."),
        ([], "The log has no line that can be replayed."),
        (
            [HEADER, "2026-11-01T09:00:00Z,3,1,0,s"],
            "Too few products: the catalogue of vendor V has 3 products, the log ",
        ),
    ],
)
def test_a_log_that_cannot_be_replayed_is_refused_in_one_line(endcap: Installed, account, file, lines, problem):
    refused = endcap("replay", file("log.csv", *lines), "--account", account)

    assert (refused.code, len(refused.problems)) == (1, 1)
    assert refused.err.startswith(problem)
    assert (endcap.count("campaign"), endcap.count("ad_event")) == (0, 0)


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("nonsense", "nonsense is no id of an account."),
        ("00000000-0000-7000-8000-000000000000", "No such account."),
    ],
)
def test_an_unknown_account_is_refused(endcap: Installed, file, account, problem):
    refused = endcap("replay", file("log.csv", HEADER, *LOG), "--account", account)

    assert (refused.code, refused.err) == (1, f"{problem}\n")
    assert endcap.count("campaign") == 0


# ---- serve


def test_a_server_is_ready_and_knows_the_demonstration(live: Live):
    sign_in = """mutation ($email: String!, $password: String!) {
      signIn(input: {email: $email, password: $password}) { user { name } } }"""
    variables = {"email": live.email, "password": live.password}
    answer = httpx2.post(f"{live.url}/graphql", json={"query": sign_in, "variables": variables})

    assert httpx2.get(f"{live.url}/readyz").json() == {"status": "ready"}
    assert answer.json() == {"data": {"signIn": {"user": {"name": "Ada Brandt"}}}}


@pytest.mark.parametrize("with_", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_when_it_is_told_to(endcap: Installed, with_):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = endcap.file.with_name("log")
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [ENDCAP, "serve", "--port", str(port)], env=endcap.environment(), stdout=out, stderr=out
        ) as server,
    ):
        wait_until_ready(f"http://127.0.0.1:{port}")
        server.send_signal(with_)
        assert server.wait(SERVED) == 0
    assert "Traceback" not in log.read_text()


# ---- what people see while they wait


def on_a_terminal(endcap: Installed, *arguments: str) -> str:
    """What a command shows on a terminal."""
    mine, its = os.openpty()
    settings = endcap.environment(TERM="xterm")
    with subprocess.Popen([ENDCAP, *arguments], env=settings, stdout=its, stderr=its), os.fdopen(mine, "rb") as screen:
        os.close(its)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
            while part := screen.read1():
                shown += part
        return shown.decode()


def test_a_long_command_shows_a_bar_on_a_terminal_and_plain_lines_elsewhere(endcap: Installed, tmp_path: Path):
    more = tmp_path / "more.jsonl"
    more.write_text("\n".join(json.dumps({"sku": f"more-{n}", "title": "T"}) for n in range(1_000)))
    command = ("import", "products", str(more), "--vendor", "V")
    elsewhere, shown = endcap(*command).out, on_a_terminal(endcap, *command)

    assert elsewhere.splitlines() == [
        "Importing more.jsonl ...",
        "1,000 products new or changed, 0 known already.",
    ]
    assert "100%" in shown
    assert "0 products new or changed, 1,000 known already." in shown


# ---- rebuild


def test_rollups_are_compared_with_their_events_and_made_anew(endcap: Installed, account, file):
    endcap("replay", file("log.csv", HEADER, *LOG), "--account", account)
    fine = endcap("rebuild", "rollups", "--check")
    with contextlib.closing(sqlite3.connect(endcap.file)) as database, database:
        database.execute("UPDATE metric_hour SET clicks = clicks + 1 WHERE clicks = 1 AND hour = 9 AND position = 1")
    wrong, mended, again = (endcap("rebuild", "rollups", *each) for each in (["--check"], [], ["--check"]))

    said = "Checking the rollups ...\n2 days were compared with their events, 0 made anew.\n"
    assert (fine, again) == (Done(0, said, ""), Done(0, said, ""))
    assert (wrong.code, len(wrong.problems)) == (1, 2)
    assert wrong.problems[0].endswith(": clicks is 2, by the events 1")
    assert wrong.problems[0].startswith("metric_hour ad_id=")
    assert mended.out.endswith("2 days were compared with their events, 1 made anew.\n")
    assert figures(endcap) == [(4, 2, 200_000)]


# ---- ledger


def test_the_ledger_is_proved_and_what_contradicts_is_named(endcap: Installed, account, file):
    endcap("replay", file("log.csv", HEADER, *LOG), "--account", account)
    fine = endcap("ledger", "check")
    ((campaign,),) = endcap.rows("SELECT id FROM campaign WHERE unbilled_micros > 0")
    with contextlib.closing(sqlite3.connect(endcap.file)) as database, database:
        database.execute("UPDATE campaign SET unbilled_micros = unbilled_micros + 1 WHERE unbilled_micros > 0")
    wrong = endcap("ledger", "check")

    said = "Checking the ledger ...\n"
    right = "The ledger is right: 1 campaigns, 1 transfers, 1 charges, 2 clicks.\n"
    assert fine == Done(0, said + right, "")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err == f"campaign {UUID(campaign)}, its row: unbilled is 200001, expected 200000\n"
