"""/graphql and its neighbours over HTTP: statuses, media types, faults, sessions and who may call from where."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from app.config import Settings
from app.wiring import Installation
from tests.conftest import Answer, Api
from tests.people import EDITOR, OWNER, PASSWORD, SPRING

GRAPHQL, JSON = "application/graphql-response+json", "application/json"
NAME = "query Name($id: ID!) { campaign(id: $id) { name } }"
PAUSE = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }"
STATUS = "query ($id: ID!) { campaign(id: $id) { configuredStatus } }"
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { user { name } sessionToken userErrors { code } } }"""
VIEWER = "{ viewer { user { name } } }"
BEARER = {"authorization": f"Bearer {EDITOR.token}"}
PAGE = {"origin": "http://127.0.0.1:8000"}  # what a browser's page of ours sends
CUSTOM = {"x-requested-with": "x"}
ON_SQLITE, ON_POSTGRESQL = (
    pytest.mark.parametrize("database_url", [kind], indirect=True) for kind in ("sqlite", "postgresql")
)


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def configured(api: Api) -> Iterator[Callable[..., Api]]:
    """The same world under other settings."""
    made: list[Api] = []

    def configure(**settings: Any) -> Api:
        settings = {"database_url": api.installation.settings.database_url, **settings}
        made.append(Api(Installation(Settings(**settings), api.clock), api.runner, api.clock))
        return made[-1]

    yield configure
    for each in made:
        api.run(each.installation.database.close)


def ask(api: Api, document: str, headers: dict[str, str], **variables: Any) -> Answer:
    return api.post({"query": document, "variables": variables}, headers=headers)


def unchanged(api: Api) -> bool:
    return api.rows("SELECT count(*) FROM change") == [(0,)]


# ---- statuses and media types

MISTAKES = [
    ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": NAME, "variables": {"id": None}}, "BAD_USER_INPUT"),
    ({"query": NAME, "variables": {"id": "x"}, "operationName": "Other"}, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("media", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize(("body", "code"), MISTAKES)
def test_a_mistake_before_execution_has_no_data_and_the_status_of_its_media_type(api: Api, media, status, body, code):
    answer = api.post(body, headers={"accept": media, **BEARER})

    assert (answer.status, answer.codes) == (status, [code])
    assert "data" not in answer.body
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize("media", [GRAPHQL, JSON])
def test_an_answer_with_data_is_200_even_with_errors(api: Api, media):
    answer = ask(api, NAME, {"accept": media}, id=SPRING)

    assert (answer.status, answer.data, answer.codes) == (200, {"campaign": None}, ["UNAUTHENTICATED"])
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "media"), [("*/*", JSON), (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL), ("text/*, */*;q=0.1", JSON)]
)
def test_the_media_type_is_what_the_client_likes_best(api: Api, accept, media):
    answer = ask(api, "{ __typename }", {"accept": accept})

    assert answer.headers["content-type"] == f"{media}; charset=utf-8"


def test_a_client_that_takes_neither_media_type_is_told_which_there_are(api: Api):
    answer = api.request("POST", "/graphql", json={"query": PAUSE}, headers={"accept": "text/csv", **BEARER})

    assert (answer.status_code, answer.text) == (406, f"Accept {GRAPHQL} or {JSON}")
    assert unchanged(api)


def test_every_answer_is_private_and_of_the_type_it_says(api: Api):
    for answer in (ask(api, "{ __typename }", {}), ask(api, "{", {}), api.post([], headers={})):
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert set(answer.headers["vary"].split(", ")) == {"Accept", "Origin"}


def test_every_error_bears_the_id_of_its_request(api: Api):
    answers = [api.post(body, headers=BEARER) for body, _ in MISTAKES]
    answers += [
        ask(api, NAME, {}, id=SPRING),
        api.post({}),
        api.post([]),
        api.post({"query": "{a}"}, headers={"host": "x"}),
    ]
    ids = [error["extensions"]["requestId"] for answer in answers for error in answer.errors]

    assert len(ids) == len(set(ids)) == 8
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


# ---- GET, and persisted queries


def test_a_query_may_come_by_get(api: Api):
    parameters = {"query": NAME, "variables": f'{{"id": "{SPRING}"}}', "operationName": "Name"}
    answer = api.request("GET", "/graphql", params=parameters, headers=BEARER)

    assert (answer.status_code, answer.json()) == (200, {"data": {"campaign": {"name": "Spring"}}})


def test_a_mutation_may_not_come_by_get(api: Api):
    parameters = {"query": PAUSE, "variables": f'{{"id": "{SPRING}"}}'}
    answer = api.request("GET", "/graphql", params=parameters, headers=BEARER)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert unchanged(api)


def test_a_persisted_query_is_not_found_as_apollos_clients_expect(api: Api):
    answer = api.post({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}})

    assert (answer.status, answer.errors[0]["message"]) == (200, "PersistedQueryNotFound")
    assert answer.codes == ["PERSISTED_QUERY_NOT_FOUND"]


# ---- faults of ours


def test_a_fault_in_a_field_is_masked_and_logged(api: Api, logs, monkeypatch):
    api.others.clear()  # they would log it too
    monkeypatch.setattr("app.domain.money.Money.decimal", property(lambda _: {}["the secret"]))
    spent = "query ($id: ID!) { campaign(id: $id) { name spent { decimal } } }"
    answer = ask(api, spent, BEARER, id=SPRING)

    (error,) = answer.errors
    request_id = error["extensions"].pop("requestId")
    assert (answer.status, answer.data, error["extensions"]) == (200, {"campaign": None}, {"code": "INTERNAL"})
    assert error["message"] == f"Something went wrong on our side. Tell support the request id {request_id}."
    assert "secret" not in str(answer.body)
    assert [(log["request_id"], repr(log["exc_info"])) for log in logs] == [(request_id, "KeyError('the secret')")]


def test_a_fault_in_a_mutation_is_masked_and_undone(api: Api, monkeypatch):
    monkeypatch.setattr("app.resolvers.campaigns.campaign.refresh", lambda *_: {}["the secret"])
    answer = ask(api, PAUSE, BEARER, id=SPRING)

    assert (answer.status, answer.data, answer.codes) == (200, None, ["INTERNAL"])
    assert "secret" not in str(answer.body)
    assert unchanged(api)


def test_a_fault_outside_of_fields_is_a_masked_500(api: Api, logs, monkeypatch):
    api.others.clear()  # they would log it too
    monkeypatch.setattr("app.web.graphql.authenticate", lambda *_: {}["the secret"])
    answer = ask(api, NAME, {"authorization": "Bearer eca_any"}, id=SPRING)

    assert (answer.status, answer.codes, "data" in answer.body) == (500, ["INTERNAL"], False)
    assert "secret" not in str(answer.body)
    assert [repr(log["exc_info"]) for log in logs] == ["KeyError('the secret')"]


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


# ---- who asks


@pytest.mark.parametrize(
    "header", ["Bearer ecs_unknown", "Bearer eca_unknown", "Bearer x", "Bearer", "Basic b3duZXI6", ""]
)
def test_an_unknown_token_is_refused_with_the_way_to_sign_in(api: Api, header):
    answer = ask(api, VIEWER, {"authorization": header})

    assert (answer.status, answer.codes, answer.headers["www-authenticate"]) == (401, ["UNAUTHENTICATED"], "Bearer")
    assert "data" not in answer.body


def test_an_expired_or_revoked_session_counts_as_unknown(api: Api):
    api.clock.pass_(days=13)
    assert ask(api, VIEWER, BEARER).status == 200
    api.write("UPDATE session SET revoked_at = created_at")
    assert ask(api, VIEWER, BEARER).status == 401
    api.write("UPDATE session SET revoked_at = NULL")
    api.clock.pass_(days=1)

    assert ask(api, VIEWER, BEARER).status == 401


def test_a_wrong_cookie_counts_as_nobody(api: Api):
    answer = ask(api, VIEWER, {"cookie": "endcap_session=ecs_unknown", **CUSTOM})

    assert (answer.status, answer.body) == (200, {"data": {"viewer": None}})


def test_the_authorization_header_goes_before_the_cookie(api: Api):
    both = {"cookie": f"endcap_session={OWNER.token}", **BEARER}

    assert ask(api, VIEWER, both).data == {"viewer": {"user": {"name": "Ben Editor"}}}
    assert ask(api, VIEWER, {**both, "authorization": "Bearer x"}).status == 401


def signed_in(api: Api, **headers: str) -> Answer:
    return ask(api, SIGN_IN, {**PAGE, **headers}, email=OWNER.email, password=PASSWORD)


def test_a_browser_gets_its_session_as_a_cookie_only(api: Api):
    answer = signed_in(api)

    assert answer.data == {"signIn": {"user": {"name": "Ada Owner"}, "sessionToken": None, "userErrors": []}}
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert re.fullmatch("endcap_session=ecs_[A-Za-z0-9_-]{43}", value)
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=lax", "expires=Fri, 04 Dec 2026 12:00:00 GMT"]
    assert ask(api, VIEWER, {"cookie": value, **CUSTOM}).data == {"viewer": {"user": {"name": "Ada Owner"}}}


def test_over_https_the_cookie_is_bound_to_the_host(configured):
    answer = signed_in(
        configured(env="production", base_url="https://ads.example"), host="ads.example", origin="https://ads.example"
    )

    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert value.startswith("__Host-endcap_session=ecs_")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} < set(attributes)


def test_a_program_gets_its_session_as_a_token_only(api: Api):
    answer = ask(api, SIGN_IN, {}, email=OWNER.email, password=PASSWORD)

    token = answer.data["signIn"]["sessionToken"]
    assert "set-cookie" not in answer.headers
    assert api(VIEWER, as_=token).data == {"viewer": {"user": {"name": "Ada Owner"}}}


def test_a_failed_sign_in_sets_no_cookie(api: Api):
    answer = ask(api, SIGN_IN, PAGE, email=OWNER.email, password="a wrong password")

    assert answer.data["signIn"]["userErrors"] == [{"code": "INVALID"}]
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_and_drops_the_cookie(api: Api):
    cookie = signed_in(api).headers["set-cookie"].split(";")[0]
    answer = ask(api, "mutation { signOut { ok } }", {"cookie": cookie, **PAGE, **CUSTOM})

    assert answer.data == {"signOut": {"ok": True}}
    assert answer.headers["set-cookie"].startswith('endcap_session=""; expires=')
    assert ask(api, VIEWER, {"cookie": cookie, **CUSTOM}).data == {"viewer": None}


# ---- from where


COOKIE = {"cookie": f"endcap_session={EDITOR.token}"}


@pytest.mark.parametrize(
    "headers",
    [
        COOKIE,  # a form of another site could have sent it
        {**COOKIE, **CUSTOM, "origin": "https://evil.example"},
        {**COOKIE, **CUSTOM, "origin": "null"},
        {**COOKIE, **CUSTOM, "sec-fetch-site": "cross-site"},
        {**BEARER, "origin": "https://evil.example"},
    ],
)
def test_what_another_sites_page_could_send_is_refused(api: Api, headers):
    answer = ask(api, PAUSE, headers, id=SPRING)

    assert (answer.status, answer.codes) == (403, ["CSRF"])
    assert unchanged(api)


@pytest.mark.parametrize(
    "headers", [{**COOKIE, **CUSTOM}, {**COOKIE, "x-endcap-client": "console", **PAGE}, {**BEARER, **PAGE}]
)
def test_what_our_own_page_sends_is_carried_out(api: Api, headers):
    assert ask(api, PAUSE, headers, id=SPRING).data == {"campaignPause": {"seq": "1"}}


def test_a_form_is_refused_by_its_content_type(api: Api):
    form = {"query": PAUSE, "variables": f'{{"id": "{SPRING}"}}'}
    answer = api.request("POST", "/graphql", data=form, headers={**COOKIE, **CUSTOM})

    assert answer.status_code == 415
    assert unchanged(api)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_under_a_foreign_name_nothing_is_answered(api: Api, host):
    answer = ask(api, PAUSE, {**BEARER, "host": host}, id=SPRING)

    assert (answer.status, answer.codes) == (421, ["HOST_NOT_ALLOWED"])
    assert unchanged(api)


def preflight(api: Api, origin: str) -> Any:
    wish = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-requested-with"}
    return api.request("OPTIONS", "/graphql", headers={"origin": origin, **wish})


def test_a_single_page_app_of_an_allowed_origin_may_call(configured):
    api = configured(allowed_origins=["https://console.example"])
    asked = preflight(api, "https://console.example")
    answer = ask(api, VIEWER, {**BEARER, "origin": "https://console.example", "sec-fetch-site": "cross-site"})

    assert (asked.status_code, asked.headers["access-control-allow-credentials"]) == (200, "true")
    assert asked.headers["access-control-allow-methods"] == "GET, POST"
    for each in (asked, answer):
        assert each.headers["access-control-allow-origin"] == "https://console.example"
    assert answer.data == {"viewer": {"user": {"name": "Ben Editor"}}}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://console.example.evil", "http://console.example", "null"]
)
def test_a_page_of_any_other_origin_may_not(configured, origin):
    api = configured(allowed_origins=["https://console.example"])
    asked, answer = preflight(api, origin), ask(api, VIEWER, {**BEARER, "origin": origin})

    assert (asked.status_code, answer.status) == (400, 403)
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in answer.headers


def test_in_production_a_page_on_this_machine_is_foreign(configured):
    api = configured(env="production", base_url="https://ads.example")

    assert preflight(api, "http://localhost:5173").status_code == 400
    assert preflight(api, "https://ads.example").status_code == 200


# ---- pages and health


def browse(api: Api, path: str, **options: Any) -> Any:
    return api.request("GET", path, headers={"accept": "text/html,*/*;q=0.8"}, **options)


def test_a_browser_finds_graphiql_with_a_sign_in_that_works(api: Api):
    answer = browse(api, "/graphql")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert browse(api, "/graphql", params={"query": "{ __typename }"}).json() == {"data": {"__typename": "Query"}}


def test_graphiql_can_be_switched_off(configured):
    answer = browse(configured(graphiql=False), "/graphql")

    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, "query is missing")


def test_in_production_graphiql_knows_no_password(configured):
    page = browse(configured(env="production", base_url="https://ads.example"), "/graphql").text

    assert "endcap-demonstration" not in page
    assert "ada@example.com" not in page


def test_the_root_leads_to_graphiql(api: Api):
    answer = api.request("GET", "/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


def test_health_says_that_it_lives_and_that_it_is_ready(api: Api):
    answers = [api.request("GET", path) for path in ("/healthz", "/readyz")]

    assert [(each.status_code, each.json()) for each in answers] == [
        (200, {"status": "ok"}),
        (200, {"status": "ready"}),
    ]


def test_it_is_not_ready_before_the_migration(configured, tmp_path):
    fresh = configured(database_url=f"sqlite:///{tmp_path}/fresh.db")
    before = fresh.request("GET", "/readyz")
    fresh.run(fresh.installation.migrate)

    reason = "the database is behind: run `endcap migrate`"
    assert (before.status_code, before.json()) == (503, {"status": "not ready", "reason": reason})
    assert before.headers["retry-after"] == "5"
    assert fresh.request("GET", "/readyz").status_code == 200
