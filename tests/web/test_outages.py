"""Without a database, and when time is up: the answer is to try again, and nothing is left half done."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import make_url

from tests.conftest import Answer, Api
from tests.people import EDITOR, OWNER, PASSWORD, SPRING
from tests.web.asking import BEARER, NAME, PAUSE, SIGN_IN, STATUS, VIEWER, ask, unchanged

ON_SQLITE, ON_POSTGRESQL = (
    pytest.mark.parametrize("database_url", [kind], indirect=True) for kind in ("sqlite", "postgresql")
)


# ---- the database is away

NOWHERE = ["postgresql://postgres@127.0.0.1:9/endcap", "postgresql://postgres@localhost:9/endcap"]
NOWHERE += ["postgresql://postgres@no.such.host.invalid/endcap", "sqlite:////"]


def check_away(answer: Answer) -> None:
    assert (answer.status, answer.codes, answer.headers["retry-after"]) == (503, ["UNAVAILABLE"], "5")
    assert "data" not in answer.body


@pytest.mark.parametrize("url", NOWHERE)
@pytest.mark.parametrize("headers", [{}, BEARER])
def test_without_a_database_the_answer_is_to_try_again(configured, url, headers):
    lost = configured(database_url=url)

    check_away(ask(lost, VIEWER, headers))
    assert lost.request("GET", "/readyz").status_code == 503
    assert lost.request("GET", "/healthz").status_code == 200
    assert ask(lost, "{ __typename }", {}).status == 200


def test_a_mutation_that_finds_no_database_says_so(configured):
    lost = configured(database_url=NOWHERE[0])

    check_away(ask(lost, SIGN_IN, {}, email=OWNER.email, password=PASSWORD))


@ON_POSTGRESQL
def test_a_postgresql_that_does_not_know_us_is_away(api: Api, configured):
    url = make_url(api.installation.settings.database_url)
    for wrong in (url.set(database="no_such_database"), url.set(username="no_such_user")):
        check_away(ask(configured(database_url=wrong.render_as_string(hide_password=False)), VIEWER, BEARER))


@ON_SQLITE
def test_a_locked_file_is_tried_again_later(api: Api, configured, monkeypatch):
    url = make_url(api.installation.settings.database_url)
    monkeypatch.setattr("app.db.engine.PRAGMAS", ("journal_mode=wal", "busy_timeout=50"))
    hurried, other = configured(), sqlite3.connect(url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = ask(hurried, PAUSE, BEARER, id=SPRING)
    other.close()

    check_away(answer)
    assert unchanged(api)
    assert ask(hurried, PAUSE, BEARER, id=SPRING).data == {"campaignPause": {"seq": "1"}}


@ON_POSTGRESQL
def test_connections_that_were_cut_are_made_anew(api: Api):
    api(NAME, as_=EDITOR, id=SPRING)
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    api.rows(f"SELECT pg_terminate_backend(pid) FROM {others}")

    assert api(NAME, as_=EDITOR, id=SPRING).data == {"campaign": {"name": "Spring"}}


# ---- time is up


def test_an_operation_that_takes_too_long_is_ended(configured, monkeypatch):
    monkeypatch.setattr("app.db.reader.Pooled.columns", lambda *_: asyncio.sleep(5))
    answer = ask(configured(execution_seconds=0.05), NAME, BEARER, id=SPRING)

    assert (answer.status, answer.codes, answer.headers["retry-after"]) == (503, ["TIMEOUT"], "5")
    assert answer.errors[0]["message"] == "The operation ran longer than 0.05 seconds: ask for less at once."


def test_a_mutation_that_takes_too_long_leaves_nothing(api: Api, configured, monkeypatch):
    hurried = configured(execution_seconds=0.3)
    ask(hurried, NAME, BEARER, id=SPRING)
    monkeypatch.setattr("app.resolvers.campaigns.campaign.refresh", lambda *_: asyncio.sleep(5))
    answer = ask(hurried, PAUSE, BEARER, id=SPRING)

    assert (answer.status, answer.codes) == (503, ["TIMEOUT"])
    assert unchanged(api)
    assert api(STATUS, as_=EDITOR, id=SPRING).data == {"campaign": {"configuredStatus": "ENABLED"}}
