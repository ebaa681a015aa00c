"""Metrics: totals, rows by dimensions, how final they are, and who may see them."""

import pytest

from tests.conftest import Api
from tests.people import BAG_AD, EDITOR, ISLAND, NORTH, OWNER, SOUTH, SPRING, STRANGER, TENT_AD

RANGE = {"from": "2026-11-01", "to": "2026-11-20"}
ASK = """query ($account: ID!, $query: MetricsQuery!) { metrics(accountId: $account, query: $query) {
  rows { day hour position placement campaign { id } ad { id } product { sku }
    impressions clicks ctr averageCpc { micros } spend { micros } }
  truncated totals { impressions clicks ctr spend { micros } } freshness { state completeThrough finalBy } } }"""
SHAPE = {"day", "hour", "position", "placement", "campaign", "ad", "product"}


def ask(api: Api, *dimensions: str, as_=EDITOR, account=NORTH, **more):
    query = {"range": RANGE, "dimensions": list(dimensions), **more}
    return api(ASK, as_=as_, account=account, query=query)


def rows(api: Api, *dimensions: str, **more):
    """The rows without the dimensions that were not asked for, which must be null."""
    return [
        {name: value for name, value in row.items() if not (name in SHAPE and value is None)}
        for row in ask(api, *dimensions, **more).data["metrics"]["rows"]
    ]


def figures(impressions: int, clicks: int, ctr: str, cpc: int, spend: int):
    return {
        "impressions": str(impressions),
        "clicks": str(clicks),
        "ctr": ctr,
        "averageCpc": {"micros": str(cpc)},
        "spend": {"micros": str(spend)},
    }


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (
            "DAY",
            [
                {"day": "2026-11-18", **figures(40, 2, "0.05", 300_000, 600_000)},
                {"day": "2026-11-19", **figures(120, 6, "0.05", 316_667, 1_900_000)},
            ],
        ),
        (
            "HOUR",
            [
                {"hour": 9, **figures(120, 6, "0.05", 316_667, 1_900_000)},
                {"hour": 23, **figures(40, 2, "0.05", 300_000, 600_000)},
            ],
        ),
        ("CAMPAIGN", [{"campaign": {"id": SPRING}, **figures(160, 8, "0.05", 312_500, 2_500_000)}]),
        ("POSITION", [{"position": 1, **figures(160, 8, "0.05", 312_500, 2_500_000)}]),
        ("PLACEMENT", [{"placement": "SEARCH_RESULTS", **figures(160, 8, "0.05", 312_500, 2_500_000)}]),
    ],
)
def test_rows_are_told_apart_by_a_dimension(api: Api, dimension, expected):
    assert rows(api, dimension) == expected


def test_rows_are_sorted_by_a_metric(api: Api):
    dearest = rows(api, "AD", sortBy="AVERAGE_CPC")
    most = rows(api, "PRODUCT", sortBy="CLICKS", sortDirection="ASC")

    assert [row["ad"]["id"] for row in dearest] == [BAG_AD, TENT_AD]
    assert [(row["product"]["sku"], row["clicks"]) for row in most] == [("N-2", "1"), ("N-1", "7")]


@pytest.mark.parametrize(
    ("more", "clicks"),
    [
        ({"adIds": [BAG_AD]}, "1"),
        ({"campaignIds": [SPRING]}, "8"),
        ({"campaignIds": [ISLAND]}, "0"),
        ({"adIds": []}, "0"),
        ({"placements": ["EMAIL"]}, "0"),
        ({"range": {"from": "2026-11-19", "to": "2026-11-19"}}, "6"),
    ],
)
def test_figures_are_narrowed(api: Api, more, clicks):
    answer = ask(api, "DAY", **more).data["metrics"]

    assert answer["totals"]["clicks"] == clicks
    assert sum(int(row["clicks"]) for row in answer["rows"]) == int(clicks)


def test_totals_hold_also_the_rows_beyond_the_limit(api: Api):
    answer = ask(api, "AD", "DAY", limit=1).data["metrics"]

    assert (len(answer["rows"]), answer["truncated"]) == (1, True)
    assert answer["totals"] == {k: v for k, v in figures(160, 8, "0.05", 0, 2_500_000).items() if k != "averageCpc"}


@pytest.mark.parametrize(
    ("to", "state", "complete", "final"),
    [
        ("2026-11-16", "FINAL", "2026-11-17T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("2026-11-19", "PROVISIONAL", "2026-11-17T12:00:00Z", "2026-11-23T00:00:00Z"),
        ("2026-11-20", "LIVE", "2026-11-17T12:00:00Z", "2026-11-24T00:00:00Z"),
    ],
)
def test_figures_say_how_final_they_are(api: Api, to, state, complete, final):
    answer = ask(api, "DAY", range={"from": "2026-11-01", "to": to}).data["metrics"]

    assert answer["freshness"] == {"state": state, "completeThrough": complete, "finalBy": final}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"dimensions": []}, ["query", "dimensions"]),
        ({"dimensions": ["DAY", "DAY"]}, ["query", "dimensions"]),
        ({"dimensions": ["DAY", "HOUR", "AD"]}, ["query", "dimensions"]),
        ({"limit": 0}, ["query", "limit"]),
        ({"limit": 5001}, ["query", "limit"]),
        ({"range": {"from": "2026-11-20", "to": "2026-11-19"}}, ["query", "range", "to"]),
        ({"range": {"from": "2025-11-01", "to": "2026-11-20"}}, ["query", "range"]),
        ({"adIds": [SPRING]}, ["query", "adIds", "0"]),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_field(api: Api, query, path):
    answer = api(ASK, as_=EDITOR, account=NORTH, query={"range": RANGE, "dimensions": ["DAY"], **query})

    assert answer.data == {"metrics": None}
    assert [error["extensions"]["argument"] for error in answer.errors] == [path]


@pytest.mark.parametrize(("who", "account"), [(STRANGER, NORTH), (OWNER, SOUTH)])
def test_figures_of_a_foreign_account_are_not_found(api: Api, who, account):
    answer = ask(api, "DAY", as_=who, account=account)

    assert (answer.data, answer.codes) == ({"metrics": None}, ["NOT_FOUND"])


def test_days_are_those_of_the_accounts_time_zone(api: Api):
    state = """query ($account: ID!) { account(id: $account) {
      metrics(range: {from: "2026-11-19", to: "2026-11-19"}) { freshness { finalBy } } } }"""
    answer = api(state, as_=STRANGER, account=SOUTH).data["account"]["metrics"]

    assert answer["freshness"]["finalBy"] == "2026-11-23T05:00:00Z"  # midnight in New York and 72 hours
