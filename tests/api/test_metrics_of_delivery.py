"""What delivery adds to metrics: detail page views, keywords and interests, spend by calendar, and live figures."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app.db.tables.campaigns import Ad, Keyword
from app.db.tables.catalogue import AdInterest, Interest
from app.db.tables.metrics import MetricHour, TargetHour
from app.domain.campaigns.targeting import MatchType
from app.domain.delivery.events import EventKind
from app.domain.delivery.reports import beacon
from app.domain.metrics import Dimension, Placement
from tests.conftest import Api
from tests.people import EDITOR, ISLAND, NORTH, NOW, SOUTH, SPRING, STRANGER, SUMMER, TODAY, uid
from tests.serving import empty, report, seen_and_clicked, token, visit
from tests.streams import codes, line

RANGE = {"from": "2026-11-01", "to": "2026-11-30"}
ASK = """query ($account: ID!, $query: MetricsQuery!) { metrics(accountId: $account, query: $query) {
  rows { %s impressions clicks detailPageViews detailPageViewsAfterClick detailPageViewsAfterView detailPageViewRate }
  totals { impressions clicks detailPageViews detailPageViewRate } truncated } }"""
NAMES = {
    "KEYWORD": "keyword keywordMatch",
    "INTEREST": "interest { name }",
    "CAMPAIGN": "campaign { id name }",
    "AD": "ad { id title }",
    "PRODUCT": "product { sku }",
}
SPEND = """query ($id: ID!) { account(id: $id) { spend { today { micros } yesterday { micros } monthToDate { micros }
  lifetime { micros } remainingBudget { micros } runningCampaigns freshness { state } } } }"""
TICK = """subscription ($ids: [ID!]!, $seconds: Int) { metricsTick(campaignIds: $ids, everySeconds: $seconds) {
  seq at campaignId row { impressions clicks spend { micros } freshness { state } } } }"""


def ask(api: Api, *dimensions: str, **more: Any) -> Any:
    shown = " ".join(NAMES.get(each, each.lower()) for each in dimensions)
    query = {"range": RANGE, "dimensions": list(dimensions), **more}
    return api(ASK % shown, as_=EDITOR, account=NORTH, query=query)


async def aim(api: Api) -> None:
    """Two keywords of an ad for the stove, and the interests of one for the bag: both are drafts, which may change."""
    async with api.installation.database.writer.begin() as connection:
        for place, (words, match) in enumerate([("trail tent", MatchType.BROAD), ("tents", MatchType.EXACT)]):
            values = {"id": uid(words), "ad_id": uid("draft-ad"), "place": place, "text": words, "match": match}
            await connection.execute(insert(Keyword).values(**values, currency="USD"))
        draft = Ad.__table__.select().where(Ad.id == uid("draft-ad"))
        like = (await connection.execute(draft)).mappings().one()
        await connection.execute(insert(Ad).values({**like, "id": uid("display-ad"), "product_id": uid("bag")}))
        for name in ("Hiking", "Camping"):
            row = {"id": uid(name), "name": name, "name_key": name.lower(), "path": [name]}
            await connection.execute(insert(Interest).values(**row))
            await connection.execute(insert(AdInterest).values(ad_id=uid("display-ad"), interest_id=uid(name)))


SHOWN = [("draft-ad", 1), ("draft-ad", 2), ("draft-ad", 2), ("display-ad", 2), ("display-ad", 0)]


@pytest.fixture
def aimed(api: Api) -> Api:
    empty(api)
    api.run(aim, api)
    for number, (ad, target) in enumerate(SHOWN):
        seen_and_clicked(api, token(api, number, ad=ad, target=target, shopper=f"shopper {number}"))
        api.clock.pass_(minutes=1)
    report(api, visit(api.clock(), "v1", "N-3", "shopper 1"), visit(api.clock(), "v2", "N-2", "shopper 3"))
    return api


# ---- rows


def test_rows_are_told_apart_by_keyword(aimed: Api):
    answer = ask(aimed, "KEYWORD").data["metrics"]

    rows = [(r["keyword"], r["keywordMatch"], r["clicks"], r["detailPageViews"]) for r in answer["rows"]]
    assert rows == [("tents", "EXACT", "2", "1"), ("trail tent", "BROAD", "1", "0")]
    assert answer["totals"] == {
        "impressions": "3", "clicks": "3", "detailPageViews": "1", "detailPageViewRate": "0.333333"
    }  # fmt: skip


def test_rows_are_told_apart_by_interest(aimed: Api):
    answer = ask(aimed, "INTEREST", "DAY").data["metrics"]

    second = max(("Hiking", "Camping"), key=uid)
    (row,) = answer["rows"]
    assert (row["interest"]["name"], row["day"], row["clicks"]) == (second, "2026-11-20", "1")
    assert (row["detailPageViewsAfterClick"], row["detailPageViewRate"]) == ("1", "1")


def test_keywords_and_interests_never_meet(aimed: Api):
    answer = ask(aimed, "KEYWORD", "INTEREST")

    assert (answer.codes, answer.data["metrics"]) == (["INVALID"], None)


def test_rows_are_sorted_by_detail_page_views(aimed: Api):
    for metric in ("DETAIL_PAGE_VIEWS", "DETAIL_PAGE_VIEWS_AFTER_CLICK", "DETAIL_PAGE_VIEW_RATE"):
        rows = ask(aimed, "KEYWORD", sortBy=metric).data["metrics"]["rows"]
        assert [row["keyword"] for row in rows] == ["tents", "trail tent"]


def test_totals_of_an_account_have_its_detail_page_views(aimed: Api):
    document = """query ($id: ID!, $range: DateRange!) { account(id: $id) { metrics(range: $range) {
      clicks detailPageViews detailPageViewsAfterClick detailPageViewsAfterView detailPageViewRate } } }"""
    metrics = aimed(document, as_=EDITOR, id=NORTH, range=RANGE).data["account"]["metrics"]

    assert metrics == {
        "clicks": "5",
        "detailPageViews": "2",
        "detailPageViewsAfterClick": "2",
        "detailPageViewsAfterView": "0",
        "detailPageViewRate": "0.4",
    }


def test_definitions_say_how_long_a_visit_counts(api: Api):
    document = """query ($id: ID!, $query: MetricsQuery!) { metrics(accountId: $id, query: $query) {
      definitions { metric attributionWindow countedWhen } } }"""
    query = {"range": RANGE, "dimensions": ["DAY"]}
    found = api(document, as_=EDITOR, id=NORTH, query=query).data["metrics"]["definitions"]
    windows = {each["metric"]: each["attributionWindow"] for each in found if each["attributionWindow"]}

    assert len(found) == 11
    assert windows == {
        "DETAIL_PAGE_VIEWS": "PT336H",
        "DETAIL_PAGE_VIEWS_AFTER_CLICK": "PT336H",
        "DETAIL_PAGE_VIEWS_AFTER_VIEW": "PT24H",
        "DETAIL_PAGE_VIEW_RATE": "PT336H",
    }


# ---- statements

PAIRS = [
    (one.value, other.value)
    for place, one in enumerate(Dimension)
    for other in list(Dimension)[place + 1 :]
    if {one, other} != {Dimension.KEYWORD, Dimension.INTEREST}
]


async def fill_90_days(api: Api) -> None:
    """500 ads, with a row on each of 90 days and for each of two targets."""
    first = TODAY - timedelta(days=90)
    copies = {"account_id": uid("north"), "campaign_id": uid("spring"), "product_id": uid("tent")}
    async with api.installation.database.writer.begin() as connection:
        ad = (await connection.execute(Ad.__table__.select().where(Ad.id == uid("tent-ad")))).mappings().one()
        ads = [{**ad, "id": uid(f"ad {number}")} for number in range(500)]
        await connection.execute(insert(Ad), ads)
        for table, targets in ((MetricHour, [{}]), (TargetHour, [{"target": 1}, {"target": 2}])):
            rows = [
                {**copies, **target, "ad_id": each["id"], **cell(first + timedelta(days=day)), **FIGURES}
                for each in ads
                for day in range(0, 90, 9)
                for target in targets
            ]
            await connection.execute(insert(table), rows)


FIGURES = {"impressions": 9, "clicks": 1, "unbilled_clicks": 0, "invalid_clicks": 0, "spend_micros": 5}


def cell(day: date) -> dict[str, Any]:
    start = datetime(day.year, day.month, day.day, 12, tzinfo=NOW.tzinfo)
    return {"placement": Placement.SEARCH_RESULTS, "position": 1, "starts_at": start, "day": day, "hour": 12}


def test_any_two_dimensions_of_500_ads_over_90_days_take_at_most_3_statements(api: Api):
    api.run(fill_90_days, api)
    counts = {}
    for pair in PAIRS:
        api.statements.clear()
        answer = ask(api, *pair, range={"from": "2026-08-22", "to": "2026-11-20"})
        assert answer.errors == []
        counts[pair] = len(api.statements) - 1  # without that which asks who the caller is

    assert len(PAIRS) == 35
    assert max(counts.values()) == 3, counts


# ---- spend


def test_spend_goes_by_the_days_and_months_of_the_accounts_zone(api: Api):
    spend = api(SPEND, as_=EDITOR, id=NORTH).data["account"]["spend"]

    assert [int(spend[name]["micros"]) for name in SUMS] == [0, 1_900_000, 2_500_000, 2_500_000, 197_500_000]
    assert (spend["runningCampaigns"], spend["freshness"]) == (1, {"state": "LIVE"})


SUMS = ("today", "yesterday", "monthToDate", "lifetime", "remainingBudget")


@pytest.mark.parametrize(
    ("at", "zone", "today", "yesterday", "month"),
    [
        ("2026-11-19T23:30:00", "UTC", 1_900_000, 600_000, 2_500_000),
        ("2026-11-19T23:30:00", "Pacific/Auckland", 0, 1_900_000, 2_500_000),
        ("2026-11-20T03:00:00", "America/New_York", 1_900_000, 600_000, 2_500_000),
        ("2026-12-01T03:00:00", "America/New_York", 0, 0, 2_500_000),
        ("2026-12-01T03:00:00", "UTC", 0, 0, 0),
        ("2026-11-30T12:00:00", "Pacific/Auckland", 0, 0, 0),
    ],
)
def test_today_is_another_day_elsewhere(api: Api, at, zone, today, yesterday, month):
    api.write("UPDATE account SET time_zone = :zone WHERE display_name = 'North'", zone=zone)
    api.clock.now = datetime.fromisoformat(f"{at}+00:00")
    spend = api(SPEND, as_=EDITOR, id=NORTH).data["account"]["spend"]

    assert [int(spend[name]["micros"]) for name in SUMS[:4]] == [today, yesterday, month, 2_500_000]


# ---- live


def value(message: Any) -> Any:
    return message["payload"]["data"]["metricsTick"]


def test_watched_campaigns_are_told_at_once_and_then_when_they_change(api: Api):
    empty(api)
    shown = token(api)

    async def watched() -> tuple[list[Any], Any, int]:
        async with line(api, EDITOR) as socket:
            await socket.follow("1", TICK, ids=[SPRING, SUMMER], seconds=1)
            first = [value(await socket.hear()) for _ in range(2)]
            await api.installation.services.collector.put([event(api, shown)])
            return first, value(await socket.hear()), socket.heard.qsize()

    first, then, more = api.run(watched)
    assert [(each["campaignId"], each["row"]["impressions"]) for each in first] == [(SPRING, "0"), (SUMMER, "0")]
    assert (then["campaignId"], then["row"]["impressions"], more) == (SPRING, "1", 0)
    assert then["row"]["freshness"] == {"state": "LIVE"}


def event(api: Api, shown: str) -> Any:
    return beacon(EventKind.IMPRESSION, shown, api.installation.services.seals, api.clock(), None)


@pytest.mark.parametrize(
    ("who", "variables", "wanted"),
    [
        (EDITOR, {"ids": []}, ["INVALID"]),
        (EDITOR, {"ids": [SPRING] * 51}, ["INVALID"]),
        (EDITOR, {"ids": [SPRING], "seconds": 0}, ["INVALID"]),
        (EDITOR, {"ids": [SPRING], "seconds": 61}, ["INVALID"]),
        (EDITOR, {"ids": [SPRING, ISLAND]}, ["NOT_FOUND"]),
        (STRANGER, {"ids": [SPRING]}, ["NOT_FOUND"]),
        (EDITOR, {"ids": [SOUTH]}, ["NOT_FOUND"]),
    ],
)
def test_what_cannot_be_watched_is_refused(api: Api, who, variables, wanted):
    async def asked() -> list[str]:
        async with line(api, who) as socket:
            await socket.follow("1", TICK, **variables)
            return codes(await socket.hear())

    assert api.run(asked) == wanted


def test_whoever_is_removed_hears_no_more_figures(api: Api):
    async def watched() -> Any:
        async with line(api, EDITOR) as socket:
            await socket.follow("1", TICK, ids=[SPRING], seconds=60)
            await socket.hear()
            async with api.installation.database.writer.begin() as connection:
                await connection.exec_driver_sql("UPDATE membership SET status = 'REMOVED'")
            return await socket.hear()

    assert codes(api.run(watched)) == ["NOT_FOUND"]
