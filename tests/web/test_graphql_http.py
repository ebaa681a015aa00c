"""/graphql and its neighbours over HTTP: statuses, media types, faults, pages and health."""

import re
from typing import Any

import pytest

from tests.conftest import Api
from tests.people import SPRING
from tests.web.asking import BEARER, NAME, PAUSE, ask, unchanged

GRAPHQL, JSON = "application/graphql-response+json", "application/json"


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


CONDITION = "query ($id: ID!, $given: Boolean = true) { campaign(id: $id) { name @skip(if: $given) } }"
ARGUMENT = "query ($given: ID = 1) { campaign(id: $given) { name } }"


@pytest.mark.parametrize(("document", "argument"), [(CONDITION, "if"), (ARGUMENT, "id")])
def test_null_in_place_of_a_variables_default_is_the_callers_mistake(api: Api, document, argument):
    answer = ask(api, document, BEARER, id=SPRING, given=None)

    message = f"Argument '{argument}' has invalid value: Expected variable '$given' provided to non-null type"
    assert (answer.status, answer.codes, answer.data) == (200, ["BAD_USER_INPUT"], {"campaign": None})
    assert answer.errors[0]["message"].startswith(message)
    assert answer.errors[0]["path"] == ["campaign"]


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
