"""The command line as an operator meets it: what it makes, shows and refuses; settings, people, accounts."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from app.config import Settings
from app.jobs.schedule import SCHEDULE
from tests.installed import PASSWORD, Done, Installed

PUBLIC = {"ENDCAP_ENV": "production", "ENDCAP_BASE_URL": "https://ads.example"}

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
