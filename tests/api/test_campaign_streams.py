"""Campaigns, ads and cases as they change: who is told of which, and that each event asks anew who asks."""

from typing import Any

import pytest

from tests.api.test_subscriptions import event, refusal
from tests.conftest import Api
from tests.moderating import APPEAL, CLAIM, DECIDE, SUBMIT
from tests.people import (
    BAG_AD,
    DRAFT_AD,
    EDITOR,
    FEED,
    ISLAND,
    ISLAND_AD,
    MODERATOR,
    NORTH,
    OWNER,
    SECOND,
    SOUTH,
    SPRING,
    STRANGER,
    SUMMER,
    TENT,
    TENT_AD,
    gid,
)
from tests.streams import ADS, CAMPAIGNS, CASES, ask, codes, followed, line, rename, until

PAUSE = "mutation ($id: ID!) { adPause(input: {id: $id}) { userErrors { code } } }"
DELETE = "mutation ($id: ID!) { adDelete(input: {id: $id}) { userErrors { code } } }"
UPDATE = "mutation ($id: ID!, $title: String!) { adUpdate(input: {id: $id, changes: {title: $title}}) { seq } }"
CREATE = """mutation ($id: ID!, $product: ID!) { adCreate(input: {campaignId: $id, title: "New", headline: "H",
  landing: {productId: $product}, bid: {micros: "250000", currency: "USD"}}) { ad { id } } }"""
OUT = """mutation { stockReport(input: {items: [{sku: "N-1", inStock: false, at: "2026-11-20T11:00:00Z"}]}) {
  userErrors { code } } }"""
REMOVE = "mutation ($id: ID!) { membershipRemove(input: {id: $id}) { userErrors { code } } }"
NEITHER = "subscription { adChanged { seq } }"
BOTH_IDS = "subscription ($id: ID!) { campaignChanged(campaignId: $id, accountId: $id) { seq } }"
EXACTLY = "Name exactly one of adId, campaignId, accountId."


def told(api: Api, who: Any, document: str, steps: Any, count: int, **variables: Any) -> tuple[list[Any], int]:
    """The next *count* events after what *steps* do, and how many more wait."""

    async def watched() -> tuple[list[Any], int]:
        async with line(api, who) as socket:
            await socket.follow("1", document, **variables)
            await steps()
            heard = [event(await socket.hear()) for _ in range(count)]
            return heard, socket.heard.qsize()

    return api.run(watched)


def steps(api: Api, *wishes: tuple) -> Any:
    async def run() -> None:
        for document, who, variables in wishes:
            await ask(api, document, who, **variables)

    return run


# ---- ads


@pytest.mark.parametrize(("name", "id"), [("adId", TENT_AD), ("campaignId", SPRING), ("accountId", NORTH)])
def test_an_ad_is_told_as_it_is_by_now(api: Api, name, id):
    others = [(PAUSE, STRANGER, {"id": ISLAND_AD})]
    wishes = steps(api, *others, (PAUSE, EDITOR, {"id": TENT_AD}))
    (seen,), more = told(api, EDITOR, ADS[name], wishes, 1, id=id)

    assert seen["ad"] == {"id": TENT_AD, "title": "The tent", "effectiveStatus": "PAUSED"}
    assert (seen["change"], more) == ({"action": "adPause", "actor": "Ben Editor"}, 0)


def test_one_ad_is_not_told_of_another_nor_of_its_campaign(api: Api):
    async def run() -> None:
        await rename(api, EDITOR, SPRING, "a")
        await steps(api, (PAUSE, EDITOR, {"id": BAG_AD}), (PAUSE, EDITOR, {"id": TENT_AD}))()

    (seen,), more = told(api, EDITOR, ADS["adId"], run, 1, id=TENT_AD)
    assert (seen["ad"]["id"], more) == (TENT_AD, 0)


def test_the_ads_of_another_campaign_are_not_told(api: Api):
    made = [(CREATE, EDITOR, {"id": each, "product": TENT}) for each in (SUMMER, SPRING)]
    (seen,), more = told(api, EDITOR, ADS["campaignId"], steps(api, *made), 1, id=SPRING)

    assert (seen["ad"]["title"], seen["change"]["action"], more) == ("New", "adCreate", 0)


@pytest.mark.parametrize(("name", "id"), [("adId", DRAFT_AD), ("campaignId", SPRING), ("accountId", NORTH)])
def test_a_draft_that_was_deleted_is_null_and_its_stream_goes_on(api: Api, name, id):
    (seen,), _ = told(api, EDITOR, ADS[name], steps(api, (DELETE, EDITOR, {"id": DRAFT_AD})), 1, id=id)

    assert (seen["ad"], seen["change"]["action"]) == (None, "adDelete")


def test_a_stop_by_the_retailers_feed_is_told_of_every_ad(api: Api):
    (seen,), more = told(api, OWNER, ADS["accountId"], steps(api, (OUT, FEED, {})), 1, id=NORTH)

    assert (seen["ad"]["id"], seen["ad"]["effectiveStatus"]) == (TENT_AD, "OUT_OF_STOCK")
    assert (seen["change"]["action"], more) == ("stockReport", 0)


# ---- campaigns


@pytest.mark.parametrize(("name", "id"), [("campaignId", SPRING), ("accountId", NORTH)])
def test_a_campaign_is_told_as_it_is_by_now(api: Api, name, id):
    async def run() -> None:
        await rename(api, STRANGER, ISLAND, "Theirs")
        await ask(api, PAUSE, EDITOR, id=TENT_AD)
        await rename(api, EDITOR, SPRING, "May")

    (seen,), more = told(api, OWNER, CAMPAIGNS[name], run, 1, id=id)
    assert seen["campaign"] == {"id": SPRING, "name": "May", "effectiveStatus": "RUNNING"}
    assert (seen["change"], more) == ({"action": "campaignUpdate", "actor": "Ben Editor"}, 0)


def test_one_campaign_is_not_told_of_another(api: Api):
    async def run() -> None:
        await rename(api, EDITOR, SUMMER, "a")
        await rename(api, EDITOR, SPRING, "b")

    (seen,), more = told(api, EDITOR, CAMPAIGNS["campaignId"], run, 1, id=SPRING)
    assert (seen["campaign"]["name"], more) == ("b", 0)


# ---- the desk


def test_moderators_follow_a_case_through_the_desk(api: Api):
    async def run() -> None:
        await ask(api, UPDATE, EDITOR, id=DRAFT_AD, title="No case yet")
        case = (await ask(api, SUBMIT, EDITOR, id=DRAFT_AD))["adSubmit"]["moderationCase"]["id"]
        await ask(api, CLAIM, MODERATOR, id=case)
        found = [{"kind": "CLAIM", "ruleId": "CLAIM-1", "field": "headline", "explanation": "E"}]
        decision = {"id": case, "decision": "REJECT", "findings": found}
        await ask(api, DECIDE, MODERATOR, input=decision)
        await ask(api, APPEAL, EDITOR, id=DRAFT_AD, message="Look again")

    heard, more = told(api, SECOND, CASES, run, 4)
    states = [(each["change"]["action"], each["moderationCase"]["status"]) for each in heard]
    assert [action for action, _ in states] == ["adSubmit", "moderationClaim", "moderationDecide", "adAppeal"]
    assert (states[-1][1], heard[0]["moderationCase"]["subject"], more) == ("APPEALED", {"id": DRAFT_AD}, 0)


# ---- who


@pytest.mark.parametrize(
    ("document", "id", "path"),
    [
        (ADS["adId"], ISLAND_AD, "ad"),
        (ADS["campaignId"], ISLAND, "campaign"),
        (ADS["accountId"], SOUTH, "account"),
        (CAMPAIGNS["campaignId"], ISLAND, "campaign"),
        (CAMPAIGNS["accountId"], "rubbish", "account"),
        (ADS["adId"], SPRING, "ad"),
    ],
)
def test_what_is_foreign_unknown_or_of_another_type_is_followed_by_nobody(api: Api, document, id, path):
    assert refusal(api, OWNER, document, id=id) == (f"No such {path}.", ["NOT_FOUND"])


def test_exactly_one_id_is_named(api: Api):
    assert refusal(api, OWNER, NEITHER) == (EXACTLY, ["INVALID"])
    assert refusal(api, OWNER, BOTH_IDS, id=NORTH)[1] == ["INVALID"]


@pytest.mark.parametrize(("document", "id"), [(ADS["adId"], TENT_AD), (CAMPAIGNS["campaignId"], SPRING)])
def test_a_removed_member_is_told_nothing_more(api: Api, document, id):
    async def watched() -> Any:
        async with line(api, EDITOR) as socket:
            await socket.follow("1", document, id=id)
            await ask(api, REMOVE, OWNER, id=gid("Membership", "editor-north"))
            await ask(api, PAUSE, OWNER, id=TENT_AD)
            await rename(api, OWNER, SPRING, "Secret")
            heard = await socket.hear()
            await until(lambda: followed(api) == 0)
            return heard

    assert codes(api.run(watched)) == ["NOT_FOUND"]
