"""Files of the retailer: products and logs are read, what is broken is named, and what was counted is proved."""

import contextlib
import gzip
import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.installed import ENDCAP, Done, Installed

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
