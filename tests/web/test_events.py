"""Subscriptions as server-sent events, and what decides between an answer and a stream."""

import pytest

from app.web import events
from tests.conftest import Api
from tests.people import EDITOR, NORTH, OWNER, SPRING
from tests.streams import ACCOUNT, codes, followed, rename, stream
from tests.web.asking import NAME

BOTH = {"accept": "text/event-stream, application/json"}
COOKIE = {"cookie": f"endcap_session={OWNER.token}"}


def first(api: Api, who, document: str, headers=None, **variables):
    """Status, type and first piece of an answer."""

    async def asked():
        async with stream(api, who, document, headers, **variables) as heard:
            status, names = await heard.start()
            return status, names["content-type"], await heard.text()

    return api.run(asked)


@pytest.mark.parametrize("headers", [{}, BOTH, {"accept": "text/event-stream;q=0.1"}])
def test_a_subscription_is_a_stream_of_events(api: Api, headers):
    async def watched():
        async with stream(api, OWNER, ACCOUNT, headers, id=NORTH) as heard:
            start, begun = await heard.start(), await heard.text()
            seq = await rename(api, EDITOR, SPRING, "b")
            return start[0], start[1]["content-type"], begun, seq, await heard.hear()

    status, kind, begun, seq, event = api.run(watched)
    assert (status, kind, begun) == (200, "text/event-stream; charset=utf-8", ":\n\n")
    assert event["data"]["accountEvents"]["seq"] == str(seq)


@pytest.mark.parametrize("accept", ["text/event-stream, application/json", "text/event-stream, */*;q=0.1"])
def test_a_query_is_answered_as_json_whatever_else_is_accepted(api: Api, accept):
    status, kind, text = first(api, OWNER, NAME, {"accept": accept}, id=SPRING)
    assert (status, kind) == (200, "application/json; charset=utf-8")
    assert text == '{"data":{"campaign":{"name":"Spring"}}}'


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/event-stream;q=0, application/json"])
def test_a_subscription_needs_a_client_that_takes_events(api: Api, accept):
    status, _, text = first(api, OWNER, ACCOUNT, {"accept": accept}, id=NORTH)
    assert (status, "accept text/event-stream" in text, followed(api)) == (406, True, 0)


@pytest.mark.parametrize(
    ("who", "document", "code"),
    [
        (None, ACCOUNT, "UNAUTHENTICATED"),
        ("ecs_wrong", ACCOUNT, "UNAUTHENTICATED"),
        (OWNER, ACCOUNT.replace("$since: BigInt", "$since: BigInt!"), "BAD_USER_INPUT"),
        (OWNER, "subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (OWNER, "subscription { reviewQueueChanged { seq } }", "FORBIDDEN"),
    ],
)
def test_what_is_in_the_way_is_the_only_event(api: Api, who, document, code):
    async def asked():
        async with stream(api, who, document, id=NORTH) as heard:
            status, _ = await heard.start()
            event = await heard.text()
            return status, code in event, event.endswith("event: complete\ndata: \n\n")

    assert (*api.run(asked), followed(api)) == (200, True, True, 0)


def test_a_query_is_no_stream(api: Api):
    assert first(api, OWNER, NAME, id=SPRING)[:2] == (406, "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403), (COOKIE, 403)],
)
def test_a_stream_passes_the_gate(api: Api, headers, status):
    assert first(api, None, ACCOUNT, headers, id=NORTH)[:2] == (status, "application/json; charset=utf-8")


def test_a_page_follows_with_its_cookie(api: Api):
    headers = {**COOKIE, "origin": "http://127.0.0.1:8000", "x-requested-with": "x"}
    assert first(api, None, ACCOUNT, headers, id=NORTH)[2] == ":\n\n"


def test_silence_is_filled_with_comments(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "BEAT", 0.05)

    async def watched():
        async with stream(api, OWNER, ACCOUNT, id=NORTH) as heard:
            await heard.start()
            return [await heard.text() for _ in range(3)]

    assert api.run(watched) == [":\n\n"] * 3


def test_who_leaves_is_followed_by_nothing(api: Api):
    assert first(api, OWNER, ACCOUNT, id=NORTH)[0] == 200
    assert followed(api) == 0


def test_the_end_of_the_server_cuts_streams_off_so_that_clients_try_again(api: Api):
    async def watched():
        async with stream(api, OWNER, ACCOUNT, id=NORTH) as heard:
            await heard.start()
            api.installation.application.end_streams()
            return await heard.hear()

    assert api.run(watched) is None
    assert "RESTARTING" in first(api, OWNER, ACCOUNT, id=NORTH)[2]


def test_a_refusal_has_the_code_that_a_query_has(api: Api):
    async def asked():
        async with stream(api, OWNER, ACCOUNT, id="no id") as heard:
            await heard.start()
            return await heard.hear()

    assert codes(api.run(asked)) == ["NOT_FOUND"]
