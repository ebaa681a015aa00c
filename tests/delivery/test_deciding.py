"""Who asks for ads at the same time is decided for together, and each gets an answer of their own."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from app.db.ids import global_id
from app.domain.delivery.outcomes import Format
from app.domain.delivery.requests import Request, Slot
from app.domain.metrics import Placement
from app.resolvers.delivery.deciding import Answer, Decider
from tests.conftest import Api
from tests.people import FEED

SLOT = Slot("top", Placement.SEARCH_RESULTS, Format.BANNERS)
DEAR = replace(SLOT, floor=10_000_000)
ASKED = "SELECT request_id FROM auction ORDER BY request_id"
ENTRIES = "SELECT entries FROM auction ORDER BY request_id"


def test_each_of_those_who_ask_at_once_gets_the_answer_to_their_own_request(api: Api):
    first, second, again = api.run(_ask, api, ["first", "second", "first"])

    assert [answer.request_id for answer in (first, second)] == ["first", "second"]
    assert first.results[0].winners
    assert again == first
    assert [answer.results[0].auction_id for answer in (first, second)] == [
        _auction(api, id) for id in ("first", "second")
    ]
    assert api.rows(ASKED) == [("first",), ("second",)]


def test_what_is_asked_for_alike_is_recorded_for_each_with_what_decided_it(api: Api, monkeypatch):
    monkeypatch.setattr("app.domain.delivery.sums.WHOLE", 1)  # of three one is judged whole
    answers = api.run(_ask, api, ["alike", "dear", "last"])
    entries = [kept if isinstance(kept, list) else json.loads(kept) for (kept,) in api.rows(ENTRIES)]

    recorded = [[global_id("Ad", UUID(each["ad"])) for each in kept if each["rank"]] for kept in entries]
    assert recorded == [[won.content.ad_id for won in answer.results[0].winners] for answer in answers]
    assert [len(won) for won in recorded] == [1, 0, 1]


def test_what_fails_for_one_is_no_bodys_else(api: Api, monkeypatch):
    decide = Decider.decide

    def broken(self: Decider, snapshot: Any, caller: Any, request: Request, at: Any, **how: Any) -> Answer:
        if request.id == "broken":
            raise ZeroDivisionError
        return decide(self, snapshot, caller, request, at, **how)

    monkeypatch.setattr(Decider, "decide", broken)
    first, failed, last = api.run(_ask, api, ["first", "broken", "last"])

    assert [answer.request_id for answer in (first, last)] == ["first", "last"]
    assert isinstance(failed, ZeroDivisionError)
    assert api.rows(ASKED) == [("first",), ("last",)]


def test_for_who_has_left_nothing_is_decided(api: Api):
    stayed, left = api.run(_ask, api, ["stays", "leaves"])

    assert stayed.request_id == "stays"
    assert isinstance(left, asyncio.CancelledError)
    assert api.rows(ASKED) == [("stays",)]


def _auction(api: Api, request: str) -> UUID:
    """The id of what a request's slot comes to, whichever process decides."""
    caller = api.run(api.installation.services.delivery.caller, FEED)
    return uuid5(caller.token_id, f"{request}\n{SLOT.id}")


async def _ask(api: Api, requests: Sequence[str]) -> list[Any]:
    """What becomes of requests that come at once; one that is called so is dear, or leaves before it is decided."""
    delivery = api.installation.services.delivery
    caller = await delivery.caller(FEED)
    asked = [Request(id, [DEAR if id == "dear" else SLOT]) for id in requests]
    asking = [asyncio.create_task(delivery.decide(caller, each)) for each in asked]
    await asyncio.sleep(0)
    for id, task in zip(requests, asking, strict=True):
        if id == "leaves":
            task.cancel()
    async with asyncio.timeout(10):  # nobody waits for ever
        answers = await asyncio.gather(*asking, return_exceptions=True)
    await delivery.recorder.write()
    return answers
