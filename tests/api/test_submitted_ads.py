"""Whatever anybody does, in any order: what was submitted never changes (I8), and only what was approved runs (I10)."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.schema.relay import global_id
from tests.api.test_feeds import REPORT, stock
from tests.conftest import Api
from tests.people import BAG, EDITOR, FEED, MODERATOR, SECOND, SPRING, SUMMER, TENT, Person

CHANGES = (
    'headline: "Another"',
    f'landing: {{productId: "{BAG}"}}',
    'bid: {micros: "990000", currency: "USD"}',
    'keywords: [{text: "stove", match: BROAD}]',
    'keywords: [], title: "New"',
    "interestIds: []",
)
DEEDS = (
    *(f'adUpdate(input: {{id: "AD", changes: {{{each}}}}})' for each in CHANGES),
    *(f'adReplace(input: {{id: "AD", changes: {{{each}}}}})' for each in CHANGES[:3]),
    *(f'{each}(input: {{id: "AD"}})' for each in ("adDelete", "adPause", "adResume", *["adSubmit"] * 6)),
    'adAppeal(input: {id: "AD", message: "Look again."})',
    'changeRevert(input: {changeEventId: "CHANGE"})',
    f'campaignUpdate(input: {{id: "{SPRING}", totalBudget: {{micros: "9000000", currency: "USD"}}}})',
    *(f'{each}(input: {{id: "{SPRING}"}})' for each in ("campaignPause", "campaignResume")),
    f'campaignDuplicate(input: {{id: "{SPRING}", name: "Copy", start: "2026-12-01T00:00:00Z"}})',
    *(
        f'adCreate(input: {{campaignId: "{campaign}", title: "T", headline: "H", landing: {{productId: "{TENT}"}}, '
        'keywords: [{text: "tent", match: EXACT}], bid: {micros: "500000", currency: "USD"}})'
        for campaign in (SPRING, SUMMER)
    ),
)
FOUND = 'findings: [{kind: CLAIM, ruleId: "CLAIM-1", field: "headline", explanation: "E"}]'
OF_DESK = (
    'moderationClaim(input: {id: "CASE"})',
    'moderationDecide(input: {id: "CASE", decision: APPROVE, findings: []})',
    f'moderationDecide(input: {{id: "CASE", decision: REJECT, {FOUND}}})',
    f'adStop(input: {{id: "AD", reason: "R", {FOUND}}})',
)
KEYS = {"AD": ("Ad", "ad"), "CHANGE": ("ChangeEvent", "change"), "CASE": ("ModerationCase", "moderation_case")}
CONTENT = """SELECT id, campaign_id, title, headline, product_id, brand_page_id, image_id, currency, bid_micros,
  replaces_id, submitted_at FROM ad WHERE submitted_at IS NOT NULL"""
WORDS = """SELECT ad_id, place, text, "match", keyword.bid_micros FROM keyword JOIN ad ON ad.id = ad_id
  WHERE submitted_at IS NOT NULL ORDER BY ad_id, place"""
INTERESTS = "SELECT ad_id, interest_id FROM ad_interest JOIN ad ON ad.id = ad_id WHERE submitted_at IS NOT NULL"
RUNS = """SELECT review_status, system_stop, ad.configured_status, campaign.effective_status FROM ad
  JOIN campaign ON campaign.id = campaign_id WHERE ad.effective_status = 'RUNNING'"""


def step(api: Api, dice: Random) -> None:
    """A deed of an editor, of a moderator or of the retailer's feed, on anything that there is."""
    api.clock.pass_(minutes=1)
    kind = dice.random()
    if kind < 0.1:
        items = [stock(dice.choice(("N-1", "N-2", "N-3")), "2026-11-20T11:00:00Z", there=dice.random() < 0.7)]
        assert api(REPORT, as_=FEED, items=items).errors == []
        return
    who: Person = EDITOR if kind < 0.6 else dice.choice((MODERATOR, SECOND))
    deed = dice.choice(DEEDS if who is EDITOR else OF_DESK)
    for word, (name, table) in KEYS.items():
        ids = sorted(str(id) for (id,) in api.rows(f"SELECT id FROM {table}"))
        deed = deed.replace(f'"{word}"', f'"{global_id(name, UUID(dice.choice(ids)))}"') if ids else deed
    assert api(f"mutation {{ it: {deed} {{ userErrors {{ code }} }} }}", as_=who).errors == []


def content(api: Api) -> dict[Any, list[Any]]:
    """All that was submitted of each ad."""
    ads, words, interests = api.each(CONTENT, WORDS, INTERESTS)
    of = {id: [rest] for id, *rest in ads}
    for id, *rest in (*words, *sorted(interests, key=str)):
        of[id].append(rest)
    return of


@pytest.mark.parametrize("turn", range(3))
def test_what_was_submitted_stays_and_only_what_was_approved_runs(api: Api, dice, turn):  # S55, I8, I10
    known = content(api)
    for _ in range(100):
        step(api, dice)
        now = content(api)
        assert {id: now.get(id) for id in known} == known
        known = now
        assert {tuple(row) for row in api.rows(RUNS)} <= {("APPROVED", "NONE", "ENABLED", "RUNNING")}
