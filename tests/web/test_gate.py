"""What a request must be before its document is looked at."""

import asyncio
import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web.gate import GRAPHQL, JSON, Asked, Limits, Origins, Refused, admit, media_type, parse_json, read, status_of

LIMITS = Limits(body_bytes=1000, json_nesting=4)
SHOP = Origins.of("https://Ads.example:443/", ["https://console.example"])
BROWSER = {"host": "ads.example", "cookie": "session=x; other=y"}


async def endpoint(request):
    try:
        admit(request, SHOP, "session")
        asked = await read(request, LIMITS)
    except Refused as no:
        return JSONResponse({"code": no.code, "message": no.message}, no.status, no.headers)
    return JSONResponse([asked.query, asked.variables, asked.operation_name, asked.extensions])


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CLIENT = TestClient(Starlette(routes=[Route("/", endpoint, methods=METHODS)]), base_url="https://ads.example")


def answer(response):
    """Return status, code and message of a refusal."""
    return response.status_code, *response.json().values()


def post(body=b'{"query": "{a}"}', kind="application/json", **headers):
    return CLIENT.post("/", content=body, headers={"content-type": kind} | headers)


def bad(message):
    return 400, "BAD_REQUEST", message


def asked(method="POST", body=(), headers=(), query_string=b"", limits=LIMITS):
    """Read a request as the server hands it over: chunks of a body; None is a client that went away."""
    chunks = iter(body)

    async def receive():
        chunk = next(chunks, b"")
        if isinstance(chunk, float):
            await asyncio.sleep(chunk)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": bytes(chunk or b""), "more_body": chunk != b""}

    pairs = [(b"content-type", b"application/json"), *headers]
    scope = {"type": "http", "method": method, "headers": pairs, "query_string": query_string}
    return asyncio.run(read(Request(scope, receive), limits))


def refused(*args, **kwargs):
    with pytest.raises(Refused) as caught:
        asked(*args, **kwargs)
    return caught.value.status, caught.value.code, caught.value.message


# Who calls


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_get_and_post_are_known(method):
    response = CLIENT.request(method, "/")
    assert answer(response) == (405, "METHOD_NOT_ALLOWED", f"{method} is not supported: use POST")
    assert response.headers["allow"] == "GET, POST"


def test_a_foreign_host_is_refused_with_the_setting_that_helps():
    message = "Host 'evil.example' is not ours: see the setting ENDCAP_BASE_URL"
    assert answer(post(host="evil.example")) == (421, "HOST_NOT_ALLOWED", message)
    assert post(host="").status_code == 421
    assert post(host="ads.example:8443").status_code == 421
    assert post(host="localhost").status_code == 421


def test_our_host_may_be_written_with_its_usual_port_and_in_any_case():
    assert post(host="ads.example:443").status_code == 200
    assert post(host="ADS.example").status_code == 200


def test_in_development_every_loopback_name_passes_with_any_port():
    here = Origins.of("http://localhost:8000", development=True)
    assert all(map(here.is_ours, ["localhost", "localhost:1", "127.0.0.1:65535", "[::1]:80", "shop.localhost:8000"]))
    assert all(map(here.may_call, ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:3000"]))
    assert not any(map(here.is_ours, ["localhost.evil", "127.0.0.1.evil", "evil:80", "10.0.0.1", "localhost:x"]))
    assert not any(map(here.may_call, ["http://localhost.evil", "null", "http://evil/localhost", "file://localhost"]))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://ads.example", "https://ads.example.evil"])
def test_a_foreign_origin_is_refused(origin):
    message = f"Origin '{origin}' is not allowed: see the setting ENDCAP_ALLOWED_ORIGINS"
    assert answer(post(origin=origin)) == (403, "CSRF", message)


def test_our_own_and_the_allowed_origins_may_call():
    assert post(origin="https://ads.example").status_code == 200
    assert post(origin="https://console.example", **{"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_cross_site_request_without_an_origin_is_refused():
    response = CLIENT.get("/?query={a}", headers={"sec-fetch-site": "cross-site"})
    assert answer(response) == (403, "CSRF", "Cross-site requests are not allowed")
    assert CLIENT.get("/?query={a}", headers={"sec-fetch-site": "same-site"}).status_code == 200


def test_a_cookie_call_must_carry_a_header_that_no_form_can_send():
    message = "A call with the session cookie must carry the header X-Requested-With (any value)"
    assert answer(post(**BROWSER)) == (403, "CSRF", message)
    assert post(**BROWSER, **{"x-requested-with": ""}).status_code == 403
    assert post(**BROWSER, **{"x-requested-with": "console"}).status_code == 200
    assert post(**BROWSER, **{"x-endcap-client": "console/1"}).status_code == 200


def test_a_call_with_a_token_or_another_cookie_needs_no_such_header():
    assert post(**BROWSER, authorization="Bearer t").status_code == 200
    assert post(cookie="other=y").status_code == 200


# What a POST carries


def test_a_post_is_read():
    body = {"query": "{a}", "variables": {"v": [1, "ü"]}, "operationName": "A", "extensions": {"e": {}}, "more": 1}
    assert post(orjson.dumps(body)).json() == ["{a}", {"v": [1, "ü"]}, "A", {"e": {}}]


def test_absent_null_and_empty_members_are_the_same():
    body = b'{"query": "{a}", "variables": null, "operationName": "", "extensions": null}'
    assert asked(body=[body]) == asked(body=[b'{"query": "{a}"}']) == Asked("{a}", {}, None, {})


@pytest.mark.parametrize("kind", ["", "text/plain", "application/jsonp", "multipart/form-data", "application/graphql"])
def test_only_json_is_accepted(kind):
    message = f"Content-Type must be application/json, not '{kind}'"
    assert answer(post(kind=kind)) == (415, "UNSUPPORTED_MEDIA_TYPE", message)


def test_only_utf_8_and_no_compression_is_accepted():
    assert post(kind='Application/JSON; Charset="UTF-8"').status_code == 200
    message = "charset must be utf-8, not 'utf-16'"
    assert answer(post(kind="application/json; charset=utf-16")) == (415, "UNSUPPORTED_MEDIA_TYPE", message)
    message = "Content-Encoding is not supported: send the body as it is"
    assert answer(post(**{"content-encoding": "gzip"})) == (415, "UNSUPPORTED_MEDIA_TYPE", message)


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("query", 1, "query must be a string, not a number"),
        ("query", {}, "query must be a string, not an object"),
        ("query", None, "query is missing"),
        ("query", "", "query is missing"),
        ("variables", [], "variables must be an object, not an array"),
        ("variables", "{}", "variables must be an object, not a string"),
        ("operationName", True, "operationName must be a string, not a boolean"),
        ("extensions", 1.5, "extensions must be an object, not a number"),
    ],
)
def test_a_member_of_another_type_is_named(member, value, message):
    assert answer(post(orjson.dumps({"query": "{a}", member: value}))) == bad(message)


def test_a_persisted_document_needs_no_query():
    assert asked(body=[b'{"extensions": {"persistedQuery": {}}}']) == Asked("", {}, None, {"persistedQuery": {}})


def test_batches_are_refused():
    message = "Body must be one JSON object: batches are not supported"
    assert answer(post(b'[{"query": "{a}"}]')) == (400, "BATCHING_DISABLED", message)


def test_a_body_that_is_no_object_is_refused():
    assert answer(post(b"")) == bad("Body is empty: send a JSON object with query")
    assert answer(post(b'"{a}"')) == bad("Body must be a JSON object, not a string")
    assert answer(post(b"null")) == bad("Body must be a JSON object, not null")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'"\\ud800"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        b"{}{}",
    ],
)
def test_what_is_not_strict_json_is_refused(body):
    status, code, message = answer(post(body))
    assert (status, code, message.split(":")[0]) == (400, "BAD_REQUEST", "Body is not valid JSON")


def test_an_integer_that_would_become_a_float_is_refused():
    message = "Body has an integer of more than 18 digits: send it as a string"
    assert answer(post(b'{"query": "{a}", "variables": {"n": -9223372036854775809}}')) == bad(message)
    variables = b'{"n": 999999999999999999, "s": "12345678901234567890", "f": 0.1000000000000000055}'
    fine = post(b'{"query": "{a}", "variables": %b}' % variables)
    assert fine.json()[1] == {"n": 999999999999999999, "s": "12345678901234567890", "f": 0.1}


def test_deep_json_is_refused_and_brackets_in_strings_do_not_count():
    assert refused(body=[b"[" * 900]) == bad("Body is nested 900 levels deep, at most 4 are allowed")
    assert refused(body=[b'{"variables":' + b'{"a":' * 4]) == bad("Body is nested 5 levels deep, at most 4 are allowed")
    assert asked(body=[b'{"query": "[[[[[[\\"[["}']).query == '[[[[[["[['


# How a body arrives


def test_a_body_may_come_in_pieces():
    assert asked(body=[b'{"query"', b': "{', b'a}"}']) == Asked("{a}")


def test_a_body_announced_too_large_is_not_read():
    headers = [(b"content-length", b"1001")]
    assert refused(body=[None], headers=headers) == (413, "PAYLOAD_TOO_LARGE", "Body is larger than 1000 bytes")
    assert refused(headers=[(b"content-length", b"9" * 5000)])[0] == 413


def test_a_body_that_grows_too_large_is_cut():
    assert refused(body=[b" " * 600, b" " * 401]) == (413, "PAYLOAD_TOO_LARGE", "Body is larger than 1000 bytes")
    assert asked(body=[b'{"query": "{a}"}'.ljust(1000)]) == Asked("{a}")
    assert post(b" " * 1001).headers["connection"] == "close"


def test_a_slow_body_is_cut():
    message = "Body was not received within 0.05 seconds"
    assert refused(body=[b"{", 60.0], limits=Limits(read_seconds=0.05)) == (408, "REQUEST_TIMEOUT", message)


def test_a_truncated_body_is_refused():
    assert refused(body=[b"{", None]) == bad("Body ended early: the connection was closed")
    assert refused(body=[b"{}"], headers=[(b"content-length", b"7")]) == bad(
        "Body ended early: 2 of 7 bytes were received"
    )


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", "²".encode("latin-1")])
def test_a_length_that_is_no_number_is_refused(length):
    assert refused(headers=[(b"content-length", length)]) == bad("Content-Length must be a number")


# What a GET carries


def test_a_get_is_read():
    parameters = {"query": "{ü}", "variables": '{"a": 1}', "operationName": "A", "extensions": "{}"}
    assert CLIENT.get("/", params=parameters).json() == ["{ü}", {"a": 1}, "A", {}]
    assert asked("GET", query_string=b"query={a}&variables=&extensions=null") == Asked("{a}")


@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        (b"", "query is missing"),
        (b"variables={}", "query is missing"),
        (b"query={a}&query={b}", "'query' is given twice"),
        (b"query={a}&variables=[1]", "variables must be an object, not an array"),
        (b"query={a}&variables={{{{{", "variables is nested 5 levels deep, at most 4 are allowed"),
        (b"query=%ff", "Query string cannot be read: not percent-encoded UTF-8"),
        (b"query=%ed%a0%80", "Query string cannot be read: not percent-encoded UTF-8"),
        (b"query=\xc3\xbc", "Query string cannot be read: not percent-encoded UTF-8"),
        (b"a&" * 21, "Query string cannot be read: more than 20 parameters"),
    ],
)
def test_a_query_string_that_cannot_be_read_is_refused(query_string, message):
    assert refused("GET", query_string=query_string) == bad(message)


def test_a_long_query_string_is_refused():
    message = "Query string is longer than 1000 bytes: use POST"
    assert refused("GET", query_string=b"query=" + b"a" * 1000) == (414, "PAYLOAD_TOO_LARGE", message)


# Whatever comes


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions"]), JSON_VALUES)


def outcome(*args, **kwargs):
    try:
        return asked(*args, **kwargs)
    except Refused as refusal:
        return refusal


@settings(deadline=None)
@given(st.binary(max_size=1200) | MEMBERS.map(lambda members: json.dumps(members).encode()))
def test_any_body_is_read_or_refused(body):
    assert isinstance(outcome(body=[body]), Asked | Refused)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.builds(b"query=%b&variables=%b".__mod__, st.tuples(st.binary(), st.binary())))
def test_any_query_string_is_read_or_refused(query_string):
    assert isinstance(outcome("GET", query_string=query_string), Asked | Refused)


@settings(deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_header_is_read_or_refused(kind, length):
    headers = [(b"content-type", kind), (b"content-length", length), (b"content-encoding", kind)]
    assert isinstance(outcome(body=[b"{}"], headers=headers), Asked | Refused)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_caller_is_admitted_or_refused(name, value):
    pairs = [(key, choice) for key in (b"host", b"origin", b"cookie", b"sec-fetch-site") for choice in (name, value)]
    request = Request({"type": "http", "method": "POST", "headers": pairs})
    with pytest.raises(Refused):
        admit(request, Origins.of("http://localhost", development=True), "session")


@given(
    st.text(max_size=80) | st.lists(st.sampled_from(["*/*", JSON, GRAPHQL, ";", "q=", "0.5", ",", "1"])).map("".join)
)
def test_any_accept_header_is_answered(accept):
    assert media_type(accept) in {JSON, GRAPHQL, None}


@given(st.recursive(st.just([]), lambda inner: st.lists(inner, max_size=3)))
def test_the_nesting_of_json_is_counted_exactly(value):
    def levels(part):
        return 1 + max(map(levels, part), default=0)

    limit = levels(value)
    assert parse_json(orjson.dumps(value), limit, "Body") == value
    with pytest.raises(Refused):
        parse_json(orjson.dumps(value), limit - 1, "Body")


# What the client takes


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("Application/GraphQL-Response+JSON; charset=utf-8", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json, application/json", GRAPHQL),
        ("application/json, application/graphql-response+json", JSON),
        ("application/graphql-response+json;q=0.2, */*;q=0.1", GRAPHQL),
        ("application/json;q=0, */*", GRAPHQL),
        ("text/event-stream, application/json", JSON),
        ("text/html", None),
        ("text/event-stream", None),
        ("application/json;q=0", None),
        ("application/json;q=many", None),
    ],
)
def test_the_type_of_the_answer_is_the_one_wanted_most(accept, expected):
    assert media_type(accept) == expected


def test_a_result_without_data_is_400_for_those_who_know_and_200_for_older_clients():
    assert [status_of(GRAPHQL, has_data=False), status_of(GRAPHQL, has_data=True)] == [400, 200]
    assert [status_of(JSON, has_data=False), status_of(JSON, has_data=True)] == [200, 200]
