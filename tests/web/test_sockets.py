"""The protocol graphql-transport-ws: what may be said when, and how a connection ends."""

import asyncio

import pytest

from app.web import sockets, streams
from tests.conftest import Api
from tests.people import EDITOR, NORTH, OWNER, SPRING
from tests.streams import ACCOUNT, PROTOCOL, Line, codes, followed, line, rename, until
from tests.web.asking import NAME

COOKIE = {"cookie": f"endcap_session={OWNER.token}"}
HOME = {"origin": "http://127.0.0.1:8000"}
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": ACCOUNT, "variables": {"id": NORTH}}}


def said(api: Api, *messages, who=OWNER):
    """What is heard after messages of somebody who is acknowledged."""

    async def talk():
        async with line(api, who) as socket:
            for message in messages:
                socket.say(message)
            return await socket.hear()

    return api.run(talk)


def refused(api: Api, headers, protocol=PROTOCOL):
    """The status and code of a refused handshake."""

    async def knock():
        made = Line(api, headers, [protocol])
        start, body = await made.event(), await made.event()
        await made.task
        return start["status"], body["body"].decode()

    return api.run(knock)


def begun(api: Api, parameters, headers=None):
    async def talk():
        async with line(api, headers=headers) as socket:
            socket.say(type="connection_init", payload=parameters)
            return await socket.hear()

    return api.run(talk)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"host": "evil.example"}, 421, "HOST_NOT_ALLOWED"),
        ({"origin": "https://evil.example"}, 403, "CSRF"),
        ({"origin": "null", **COOKIE}, 403, "CSRF"),
        (COOKIE, 403, "CSRF"),
    ],
)
def test_a_handshake_passes_the_gate(api: Api, headers, status, code):
    answered, body = refused(api, headers)
    assert (answered, code in body) == (status, True)


@pytest.mark.parametrize("protocol", ["graphql-ws", "chat"])
def test_other_protocols_are_refused(api: Api, protocol):
    async def knock():
        made = Line(api, {}, [protocol])
        opened, closed = await made.event(), await made.hear()
        await made.leave()
        return opened.get("subprotocol"), closed

    assert api.run(knock) == (None, 4406)


ACK = {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("parameters", "headers"),
    [
        ({"Authorization": f"Bearer {OWNER.token}"}, {}),
        ({"authorization": f"bearer {OWNER.token}"}, HOME),
        ({}, {"authorization": f"Bearer {OWNER.token}"}),
        (None, {**COOKIE, **HOME}),
    ],
)
def test_who_it_is_comes_by_parameters_header_or_cookie(api: Api, parameters, headers):
    assert begun(api, parameters, headers) == ACK


@pytest.mark.parametrize(
    ("parameters", "headers", "code"),
    [
        ({}, {}, 4403),
        ({"Authorization": "Bearer ecs_wrong"}, {**COOKIE, **HOME}, 4403),
        ({"Authorization": "Basic abc"}, {}, 4403),
        ({"Authorization": 1}, {}, 4400),
        ("text", {}, 4400),
        (["list"], {}, 4400),
    ],
)
def test_nobody_is_acknowledged_without_good_credentials(api: Api, parameters, headers, code):
    assert begun(api, parameters, headers) == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", 4400),
        ("[1]", 4400),
        ("[" * 100, 4400),
        ('{"type": "connection_init", "payload": {"a": "\\u0000"}}', 4400),
        ({"type": "start"}, 4400),
        ({}, 4400),
        ({"type": ["ping"]}, 4400),
        ({"type": "connection_init"}, 4429),
        ({"type": "subscribe", "payload": {"query": ACCOUNT}}, 4400),
        ({"type": "subscribe", "id": "", "payload": {"query": ACCOUNT}}, 4400),
        ({"type": "subscribe", "id": "1" * 256, "payload": {"query": ACCOUNT}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": "text"}, 4400),
        ({"type": "complete"}, 4400),
        ('"' + "a" * 262_144 + '"', 1009),
    ],
)
def test_what_breaks_the_protocol_closes_the_connection(api: Api, message, code):
    assert said(api, message) == code


def test_subscribing_before_the_acknowledgement_is_unauthorized(api: Api):
    async def talk():
        async with line(api) as socket:
            socket.say(SUBSCRIBE)
            return await socket.hear()

    assert api.run(talk) == 4401


def test_who_does_not_begin_in_time_is_cut_off(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.05)

    async def talk():
        async with line(api) as socket:
            return await socket.hear()

    assert api.run(talk) == 4408


def test_bytes_are_no_message(api: Api):
    async def talk():
        async with line(api, OWNER) as socket:
            socket.said.put_nowait({"type": "websocket.receive", "bytes": b"{}"})
            return await socket.hear()

    assert api.run(talk) == 4400


def test_a_ping_is_answered_with_its_payload_and_a_pong_is_not(api: Api):
    pong = {"type": "pong", "payload": {"a": 1}}
    assert said(api, {"type": "pong"}, {"type": "ping", "payload": {"a": 1}}) == pong
    assert said(api, {"type": "ping"}) == {"type": "pong"}


def test_an_id_that_is_in_use_closes_the_connection(api: Api):
    assert said(api, SUBSCRIBE, SUBSCRIBE) == 4409


def test_a_completed_id_is_free_at_once(api: Api):
    async def talk():
        async with line(api, OWNER) as socket:
            for _ in range(3):
                await socket.follow("1", ACCOUNT, id=NORTH)
                socket.say(type="complete", id="1")
                await until(lambda: followed(api) == 0)
            socket.say(type="complete", id="unknown")
            await socket.follow("1", ACCOUNT, id=NORTH)
            seq = await rename(api, EDITOR, SPRING, "b")
            return seq, await socket.hear(), socket.heard.qsize(), followed(api)

    seq, heard, more, following = api.run(talk)
    assert heard["payload"]["data"]["accountEvents"]["seq"] == str(seq)
    assert (more, following) == (0, 1)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "subscription {"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { a: reviewQueueChanged { seq } b: reviewQueueChanged { seq } }"}, "GRAPHQL_VALID"),
        ({"query": "subscription { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { reviewQueueChanged " + "{ a " * 70 + "}" * 71}, "TOO_COMPLEX"),
        ({"query": ACCOUNT}, "BAD_USER_INPUT"),
        ({"query": ACCOUNT, "variables": {"id": NORTH, "since": "x"}}, "BAD_USER_INPUT"),
        ({"query": ACCOUNT, "operationName": "Other"}, "BAD_USER_INPUT"),
        ({"query": NAME, "variables": {"id": SPRING}}, "BAD_REQUEST"),
        ({"query": "mutation { signOut { ok } }"}, "BAD_REQUEST"),
        ({"query": 1}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {}}}, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
def test_a_document_at_fault_is_an_error_of_its_operation(api: Api, payload, code):
    heard = said(api, {"type": "subscribe", "id": "7", "payload": payload})
    assert (heard["type"], heard["id"], codes(heard)[0].startswith(code)) == ("error", "7", True)


def test_a_connection_and_a_caller_have_so_many_subscriptions(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "MOST_OF_SOCKET", 2)
    monkeypatch.setattr(streams, "MOST_OF_CALLER", 3)

    async def talk():
        async with line(api, OWNER) as one, line(api, OWNER) as two, line(api, EDITOR) as other:
            for socket, id in ((one, "1"), (one, "2"), (one, "3"), (two, "1"), (two, "2"), (other, "1")):
                await socket.follow(id, ACCOUNT, id=NORTH)
            return [await one.hear(), await two.hear()], other.heard.qsize()

    refusals, more = api.run(talk)
    assert ([codes(each) for each in refusals], more) == ([["LIMIT"], ["LIMIT"]], 0)
    assert [each["id"] for each in refusals] == ["3", "2"]


def test_a_caller_has_so_many_connections(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "MOST_OF_CALLER", 1)

    async def talk():
        async with line(api, OWNER), line(api) as more:
            return await more.begin(OWNER)

    assert api.run(talk) == 1013


def test_who_leaves_is_followed_by_nothing(api: Api):
    async def talk():
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH)
        return followed(api), len(asyncio.all_tasks())

    assert api.run(talk) == (0, 1)


def test_who_takes_nothing_any_more_is_cut_off(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "SEND_SECONDS", 0.05)

    async def talk():
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH)
            socket.heard._maxsize = 1
            for number in range(2):
                await rename(api, EDITOR, SPRING, f"name {number}")
            await asyncio.sleep(0.2)
            return followed(api)

    assert api.run(talk) == 0


def test_the_end_of_the_server_ends_connections(api: Api):
    async def talk():
        async with line(api, OWNER) as socket, line(api) as late:
            await socket.follow("1", ACCOUNT, id=NORTH)
            api.installation.application.end_streams()
            heard = [await socket.hear(), await socket.hear() if socket.heard.qsize() else 1012]
            return heard[-1], await late.begin(OWNER)

    assert api.run(talk) == (1012, 1012)
