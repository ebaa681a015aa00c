"""A stopped ad never serves again (I9): under any sequence of reports and wishes, and whoever comes at once."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from random import Random
from typing import Any

import pytest

from tests.api.test_feeds import REPORT, stock
from tests.conftest import Api
from tests.moderating import SUBMIT, submit
from tests.people import BAG_AD, DRAFT_AD, EDITOR, FEED, OWNER, SPRING, SUMMER, TENT, TENT_AD

IT = "mutation {{ it: {0} {{ userErrors {{ code }} }} }}"
SKUS, LAST = ("N-1", "N-2"), "2026-11-20T12:00:00Z"
WISHES = tuple(
    IT.format(wish)
    for wish in (
        *(f'{verb}(input: {{id: "{id}"}})' for verb in ("adPause", "adResume") for id in (TENT_AD, BAG_AD)),
        *(f'{verb}(input: {{id: "{SPRING}"}})' for verb in ("campaignPause", "campaignResume")),
        f'campaignUpdate(input: {{id: "{SPRING}", totalBudget: {{micros: "3000000", currency: "USD"}}}})',
        (
            f'adCreate(input: {{campaignId: "{SPRING}", title: "T", headline: "H", '
            f'landing: {{productId: "{TENT}"}}, bid: {{micros: "500000", currency: "USD"}}}})'
        ),
    )
)
SERVED = """SELECT ad.title, ad.system_stop, ad.effective_status, campaign.effective_status, ad.stopped_at IS NULL
  FROM ad JOIN campaign ON campaign.id = ad.campaign_id WHERE ad.review_status = 'APPROVED'
  AND ad.title IN ('The tent', 'The bag')"""


def step(api: Api, dice: Random) -> None:
    """A wish of a member, or a report that may be late."""
    api.clock.pass_(minutes=1)
    if dice.random() < 0.6:
        assert api(dice.choice(WISHES), as_=EDITOR).errors == []
        return
    at = f"2026-11-20T{dice.randrange(10, 12)}:{dice.randrange(60):02}:00Z"
    items = [stock(sku, at, there=dice.random() < 0.5) for sku in SKUS if dice.random() < 0.7]
    assert api(REPORT, as_=FEED, items=items).errors == []


@pytest.mark.parametrize("turn", range(3))
def test_no_sequence_lets_a_stopped_ad_serve_again(api: Api, dice, turn):
    stopped = set()
    for number in range(20):
        step(api, dice) if number < 19 else api(REPORT, as_=FEED, items=[stock(sku, LAST) for sku in SKUS])
        for title, stop, status, of_campaign, was_never_stopped in api.rows(SERVED):
            assert title not in stopped or stop == "OUT_OF_STOCK"
            assert (stop == "NONE") == bool(was_never_stopped)
            assert stop == "NONE" or status in ("OUT_OF_STOCK", "STOPPED_POLICY")
            assert status != "RUNNING" or of_campaign == "RUNNING"
            stopped |= {title} if stop == "OUT_OF_STOCK" else set()
    assert stopped == {"The tent", "The bag"}


def at_once(api: Api, *asked: tuple[str, Any, dict[str, Any]]) -> Sequence[Any]:
    """The answers of several who ask at the same time."""

    async def run() -> Sequence[Any]:
        return await asyncio.gather(*(one(*each) for each in asked))

    async def one(document: str, who: Any, variables: dict[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {who if isinstance(who, str) else who.token}"}
        body = {"query": document, "variables": variables}
        response = await api._request("POST", "/graphql", {"json": body, "headers": headers})
        return response.status_code, response.json()

    return api.run(run)


@pytest.mark.parametrize("turn", range(3))
def test_reports_and_wishes_at_once_do_not_wait_in_a_circle(api: Api, turn):
    back_and_forth = [stock(sku) for sku in SKUS], [stock(sku) for sku in reversed(SKUS)]
    reports = [(REPORT, FEED, {"items": items}) for items in back_and_forth]
    both = [f'{alias}: campaignPause(input: {{id: "{id}"}}) {{ seq }}' for alias, id in (("a", SPRING), ("b", SUMMER))]
    mixed = [*both, WISHES[-1].removeprefix("mutation {").removesuffix("}")]  # a campaign is locked before a product
    together = [f"mutation @atomic {{ {' '.join(steps)} }}" for steps in (both, mixed)]
    wishes = [(wish, OWNER, {}) for wish in (*WISHES, *together, together[1])]
    asked = list(chain(reports, wishes, reports))
    Random(turn).shuffle(asked)
    answers = at_once(api, *asked)

    assert {status for status, _ in answers} == {200}
    assert [body["errors"] for _, body in answers if "errors" in body] == []
    assert {row[1] for row in api.rows(SERVED)} == {"OUT_OF_STOCK"}


def test_of_reports_at_once_one_stops_the_ads(api: Api):
    answers = at_once(api, *[(REPORT, FEED, {"items": [stock("N-1")]})] * 4)

    stopped = [body["data"]["stockReport"]["stoppedAdIds"] for _, body in answers]
    assert sorted(stopped, key=len) == [[], [], [], [TENT_AD]]
    assert api.rows("SELECT count(*) FROM change WHERE event = 'AD_STOPPED'") == [(1,)]


OF_DRAFT = "SELECT sku FROM product JOIN ad ON ad.product_id = product.id WHERE ad.title = 'The stove'"
HANDED_IN = "SELECT review_status, system_stop FROM ad WHERE title = 'The stove'"


def test_what_is_out_of_stock_is_not_handed_in(api: Api):
    ((sku,),) = api.rows(OF_DRAFT)
    api(REPORT, as_=FEED, items=[stock(sku)])
    before = api.rows("SELECT * FROM ad")

    assert [each["code"] for each in submit(api)["userErrors"]] == ["POLICY"]
    assert api.rows("SELECT * FROM ad") == before


@pytest.mark.parametrize("turn", range(4))
def test_an_ad_handed_in_while_its_product_runs_out_is_refused_or_stopped(api: Api, turn):
    ((sku,),) = api.rows(OF_DRAFT)
    asked: list[Any] = [(REPORT, FEED, {"items": [stock(sku)]}), (SUBMIT, EDITOR, {"id": DRAFT_AD})]
    answers = at_once(api, *(asked if turn % 2 else reversed(asked)))

    assert [body["errors"] for _, body in answers if "errors" in body] == []
    ((review, stop),) = api.rows(HANDED_IN)
    assert (review, stop) in (("DRAFT", "NONE"), ("IN_MODERATION", "OUT_OF_STOCK"))
