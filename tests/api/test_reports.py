"""Reports: every file holds what the field `metrics` answers; jobs are looked at, followed and canceled."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.metrics import MetricHour
from app.domain.metrics import Placement
from app.wiring import Installation
from tests.conftest import Api
from tests.people import (
    BAG_AD,
    EDITOR,
    ISLAND,
    NORTH,
    SOUTH,
    SPRING,
    STRANGER,
    TODAY,
    uid,
)
from tests.reports import (
    FORMATS,
    RANGE,
    created,
    download,
    look,
    objects,
    parquet,
    table,
    unpacked,
    written,
)

METRICS = """query ($account: ID!, $query: MetricsQuery!) { metrics(accountId: $account, query: $query) {
  rows { day hour campaign { id name } ad { id title } product { id sku title } placement position
    impressions clicks ctr spend { micros currency decimal } averageCpc { micros currency decimal } unbilledClicks
    invalidClicks detailPageViews detailPageViewsAfterClick detailPageViewsAfterView detailPageViewRate
    freshness { state completeThrough finalBy } }
  freshness { state completeThrough finalBy } definitions { metric formula countedWhen attributionWindow } } }"""
PROGRESS = "subscription ($id: ID!) { jobProgress(id: $id) { seq at job { id status progress resultUrl } } }"
LIST = """query ($id: ID!) { account(id: $id) { jobs(first: 9) { nodes { id kind status } totalCount { value } } } }"""
TOKEN = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { secret } }"""
QUERIES: list[dict[str, Any]] = [
    {"dimensions": ["DAY", "AD"]},
    {"dimensions": ["AD", "HOUR"]},
    {"dimensions": ["CAMPAIGN", "POSITION"]},
    {"dimensions": ["PRODUCT"], "sortBy": "CTR"},
    {"dimensions": ["PLACEMENT", "AD"], "sortBy": "AVERAGE_CPC", "sortDirection": "ASC"},
    {"dimensions": ["DAY"], "placements": ["EMAIL"], "range": {"from": "2026-11-12", "to": "2026-11-16"}},
    {"dimensions": ["AD"], "adIds": [BAG_AD], "campaignIds": [SPRING]},
    {"dimensions": ["AD"], "adIds": []},
]
DECIMALS = ("ctr", "detailPageViewRate", "spend", "averageCpc")
HISTORY = "SELECT event, action, actor FROM change ORDER BY seq"


@pytest.fixture(scope="module")
def fill() -> Any:
    return _fill


async def _fill(installation: Installation) -> None:
    """Figures of two ads in many places, some without clicks; and a title that is a formula elsewhere."""
    random = Random(7)
    async with AsyncSession(installation.database.writer) as session, session.begin():
        for day, hour, ad, place in [
            (d, h, a, p) for d in range(9) for h in (0, 7, 13) for a in (0, 1) for p in (0, 1)
        ]:
            session.add(
                _figures(random, day, hour, ("tent-ad", "bag-ad")[ad], (Placement.EMAIL, Placement.BRAND_PAGE)[place])
            )
    async with installation.database.writer.begin() as connection:
        await connection.exec_driver_sql("UPDATE campaign SET name = '=SUM(A1), \"quoted\"' WHERE name = 'Spring'")


def _figures(random: Random, days_ago: int, hour: int, ad: str, placement: Placement) -> MetricHour:
    day = TODAY - timedelta(days=3 + days_ago)
    shown = random.choice([0, 3, 1_000_003])
    clicks = random.randint(0, min(shown, 7))
    facts = {"account_id": uid("north"), "campaign_id": uid("spring"), "product_id": uid(ad.removesuffix("-ad"))}
    counted = {"impressions": shown, "clicks": clicks, "unbilled_clicks": 1, "invalid_clicks": days_ago}
    counted |= {"detail_page_views_after_click": clicks, "detail_page_views_after_view": hour}
    return MetricHour(
        ad_id=uid(ad),
        placement=placement,
        position=1 + hour % 3,
        starts_at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        day=day,
        hour=hour,
        spend_micros=clicks * random.randint(1, 999_999),
        **facts,
        **counted,
    )


def asked(api: Api, query: dict[str, Any], account: str = NORTH, as_: Any = EDITOR) -> Any:
    """What `metrics` answers."""
    answer = api(METRICS, as_=as_, account=account, query={"range": RANGE, "limit": 5000, **query})
    assert answer.errors == []
    return answer.data["metrics"]


def file(api: Api, query: dict[str, Any], format: str) -> bytes:
    more = {name: value for name, value in query.items() if name != "dimensions"}
    return download(api, written(api, *query["dimensions"], format=format, **more)["resultUrl"]).content


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `metrics` as the columns of a table, with texts for all values."""
    made: dict[str, Any] = {"currency": row["spend"]["currency"]}
    for name, value in row.items():
        if name == "freshness":
            made |= {"freshness": value["state"], **{key: value[key] for key in ("completeThrough", "finalBy")}}
        elif isinstance(value, dict) and "decimal" in value:
            made[name] = value["decimal"]
        elif isinstance(value, dict):
            made |= {f"{name}{key.capitalize()}": each for key, each in value.items()}
        else:
            made[name] = value
    return made


def texts(row: dict[str, Any]) -> dict[str, str]:
    """A row of Parquet with texts for its values, as a table has them."""
    made = {}
    for name, value in row.items():
        if value is None:
            made[name] = ""
        elif hasattr(value, "tzinfo"):
            made[name] = value.isoformat().replace("+00:00", "Z")
        else:
            made[name] = str(value)
    return made


# ---- files


@pytest.mark.parametrize("query", QUERIES)
def test_json_lines_are_the_rows_of_the_field(api: Api, query):
    rows = asked(api, query)["rows"]
    lines = objects(unpacked(file(api, query, "JSONL"))["jsonl"])

    for row in rows:
        for amount in filter(None, (row["spend"], row["averageCpc"])):
            del amount["decimal"]
    present = list(lines[0]) if lines else []
    assert lines == [{name: row[name] for name in present} for row in rows]
    assert not any(row[name] for row in rows for name in row.keys() - set(present))


@pytest.mark.parametrize("query", QUERIES)
def test_a_csv_holds_the_rows_of_the_field(api: Api, query):
    rows = [flat(row) for row in asked(api, query)["rows"]]
    lines = table(unpacked(file(api, query, "CSV"))["csv"])

    for row in filter(lambda each: "campaignName" in each, rows):
        row["campaignName"] = f"'{row['campaignName']}"  # it begins like a formula
    shown = [{name: "" if row[name] is None else str(row[name]) for name in lines[0]} for row in rows]
    assert lines == shown


@pytest.mark.parametrize("query", QUERIES)
def test_parquet_holds_the_rows_of_the_field(api: Api, query):
    rows = [flat(row) for row in asked(api, query)["rows"]]
    lines, _ = parquet(file(api, query, "PARQUET"))

    def same(shown: str, row: dict[str, Any], name: str) -> bool:
        there = "" if row[name] is None else str(row[name])
        return shown == there or (name in DECIMALS and float(shown) == float(there))

    assert len(lines) == len(rows)
    assert [
        (name, shown, row[name])
        for line_, row in zip(lines, rows, strict=True)
        for name, shown in texts(line_).items()
        if not same(shown, row, name)
    ] == []


@pytest.mark.parametrize("format", FORMATS)
def test_definitions_travel_with_the_figures(api: Api, format):
    query = {"dimensions": ["AD"], "adIds": [BAG_AD], "sortBy": "CLICKS"}
    answer, data = asked(api, query), file(api, query, format)
    definitions = (
        parquet(data)[1] if format == "PARQUET" else objects(unpacked(data)["definitions.json"].replace(b"\n", b""))[0]
    )

    meant = [
        {name: each[name] for name in ("metric", "formula", "countedWhen", "attributionWindow")}
        for each in definitions["definitions"]
    ]
    assert (meant, definitions["freshness"]) == (answer["definitions"], answer["freshness"])
    assert {each["attributionWindow"] for each in definitions["definitions"]} == {None, "PT24H", "PT336H"}
    assert definitions["account"] == {"id": NORTH, "displayName": "North"}
    assert (definitions["range"], definitions["timeZone"], definitions["currency"]) == (RANGE, "UTC", "USD")
    assert (definitions["generatedAt"], definitions["adIds"]) == ("2026-11-20T12:00:00Z", [BAG_AD])
    assert (definitions["dimensions"], definitions["sortBy"], definitions["campaignIds"]) == (["AD"], "CLICKS", None)


def test_a_report_has_all_rows_page_by_page(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.resolvers.reports.PAGE", 7)
    rows = asked(api, QUERIES[0])["rows"]
    lines = table(unpacked(file(api, {**QUERIES[0], "limit": 1}, "CSV"))["csv"])

    assert len(rows) == 21
    assert [(each["day"], each["adId"]) for each in lines] == [(row["day"], row["ad"]["id"]) for row in rows]


def test_the_figures_of_another_account_are_in_no_report(api: Api):
    mine = asked(api, {"dimensions": ["CAMPAIGN"]}, SOUTH, STRANGER)["rows"]
    ids = [created(api, "CAMPAIGN", as_=STRANGER, account=SOUTH, campaignIds=[island]) for island in (ISLAND, SPRING)]
    api.work()
    lines = [table(unpacked(download(api, look(api, id, STRANGER)["resultUrl"]).content)["csv"]) for id in ids]

    assert [row["campaign"]["id"] for row in mine] == [ISLAND]
    assert [[each["campaignName"] for each in each_] for each_ in lines] == [["Island"], []]
