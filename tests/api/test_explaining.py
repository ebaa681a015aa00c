"""Why only part of a budget was spent, what other bids would have brought, and how many shoppers are there (S58)."""

from uuid import UUID

import pytest

from app.db.ids import global_id
from app.domain.delivery.outcomes import Format
from tests.api.test_operations import OPERATIONS
from tests.conftest import Api
from tests.delivery.serving import see, serve
from tests.people import (
    BAG_AD,
    EDITOR,
    FEED,
    ISLAND,
    ISLAND_AD,
    NORTH,
    NORTH_BRAND,
    OPERATOR,
    OWNER,
    SPRING,
    STRANGER,
    TENT_AD,
    gid,
)

LAST = {"from": "2026-11-19", "to": "2026-11-20"}
SAMPLES = f'{{ deliveryDiagnosis(campaignId: "{SPRING}") {{ verdict causes {{ kind sampleAuctionIds }} }} }}'
USD = "USD"


def diagnosis(api: Api, campaign=SPRING, as_=EDITOR, **more):
    answer = api(OPERATIONS["DeliveryDiagnosis"], as_=as_, campaignId=campaign, **more)
    assert answer.errors == []
    return answer.data["deliveryDiagnosis"]


def shares(found):
    return {cause["kind"]: cause["share"] for cause in found["causes"]}


def wish(api: Api, name: str, given: str, as_=OWNER):
    return api(f"mutation {{ it: {name}(input: {{{given}}}) {{ userErrors {{ code }} }} }}", as_=as_).data["it"]


def served(api: Api, requests: int = 60, *, clicks: int = 3, **slot):
    """Ads are served at noon two days ago, and seen; some are clicked."""
    api.clock.pass_(days=-2)
    see(api, serve(api, *(f"r{number}" for number in range(requests)), **slot), clicks=clicks)
    api.clock.pass_(days=2)


def test_without_auctions_it_is_too_early_to_tell(api: Api):
    found = diagnosis(api)

    assert (found["verdict"], found["causes"], found["outcomes"]) == ("TOO_EARLY", [], [])
    assert (found["budgetSpentRatio"], found["funnel"]["viewed"]) == ("0.0750", "160")
    assert found["disclaimer"].endswith("are never guaranteed")


def test_auctions_are_told_from_all_of_them_to_clicks(api: Api):
    served(api, count=2)
    found = diagnosis(api, window={"from": "2026-11-18", "to": "2026-11-18"})

    assert found["funnel"] == {
        **dict.fromkeys(("opportunities", "matched", "eligible", "entered", "won"), "60"),
        "viewed": "160",
        "clicked": "5",
    }
    assert found["outcomes"] == [{"outcome": "WON", "count": "60"}]
    assert found["freshness"]["state"] == "PROVISIONAL"


def test_of_a_larger_budget_than_its_auctions_are_worth_the_audience_is_the_cause(api: Api):
    served(api, count=2)
    found = diagnosis(api)

    assert (found["verdict"], found["budgetSpentRatio"]) == ("UNDER_DELIVERING", "0.1065")
    assert shares(found) == {"AUDIENCE_TOO_NARROW": "1.0000"}
    assert found["causes"][0]["explanation"] == "Few shoppers had its interests: 60 auctions"
    assert found["causes"][0]["remedyMutation"] == "adReplace"


def test_who_is_outbid_hears_of_a_better_bid(api: Api):
    wish(api, "campaignUpdate", f'id: "{ISLAND}", totalBudget: {{micros: "2000000", currency: "USD"}}', STRANGER)
    served(api, 200, clicks=0)
    found = diagnosis(api, ISLAND, STRANGER, window={"from": "2026-11-18", "to": "2026-11-18"})

    (cause,) = found["causes"]
    assert (cause["kind"], cause["share"], found["outcomes"]) == (
        "BID_TOO_LOW",
        "1.0000",
        [{"outcome": "OUTRANKED", "count": "200"}],
    )
    assert cause["suggestedBid"] == {"micros": "390000", "currency": "USD"}
    assert cause["explanation"].startswith("Others bid more in 200 of the 200 auctions")


def paused(api: Api):
    wish(api, "campaignPause", f'id: "{SPRING}"')


def sold_out(api: Api):
    at = '"2026-11-18T12:00:00Z"'
    items = ", ".join(f'{{sku: "{sku}", inStock: false, at: {at}}}' for sku in ("N-1", "N-2"))
    wish(api, "stockReport", f"items: [{items}]", FEED)


def suspended(api: Api):
    wish(api, "accountSuspend", f'id: "{NORTH}", reason: "R"', OPERATOR)


def without_a_card(api: Api):
    api.write("UPDATE payment_method SET expires_on = '2026-11-17'")
    for step in ("Pause", "Resume"):
        wish(api, f"campaign{step}", f'id: "{SPRING}"')


@pytest.mark.parametrize(
    ("stop", "kind", "remedy"),
    [
        (without_a_card, "BILLING", "paymentMethodAdd"),
        (paused, "PAUSED", "campaignResume"),
        (sold_out, "OUT_OF_STOCK", "adReplace"),
        (suspended, "POLICY", "adReplace"),
    ],
)
def test_what_stopped_a_campaign_two_days_ago_is_why_it_spent_nothing_since(api: Api, stop, kind, remedy):
    api.clock.pass_(days=-2)
    stop(api)
    api.clock.pass_(days=2)
    api.write("UPDATE ad SET stopped_at = '2026-11-01 00:00:00.000000' WHERE title = 'The lamp'")
    found = diagnosis(api, window={"from": "2026-11-20", "to": "2026-11-20"})

    assert found["verdict"] == "NOT_SERVING"
    assert (found["causes"][0]["kind"], found["causes"][0]["remedyMutation"]) == (kind, remedy)
    assert float(found["causes"][0]["share"]) > 0.6


def test_a_campaign_without_an_ad_waits_for_one(api: Api):
    budget = 'totalBudget: {micros: "5000000", currency: "USD"}, start: "2026-11-20T12:00:00Z"'
    given = f'accountId: "{NORTH}", brandId: "{NORTH_BRAND}", kind: SPONSORED_SEARCH, name: "N", {budget}'
    make = f"mutation {{ campaignCreate(input: {{{given}}}) {{ campaign {{ id }} }} }}"
    campaign = api(make, as_=EDITOR).data["campaignCreate"]["campaign"]["id"]
    assert diagnosis(api, campaign)["verdict"] == "NOT_SERVING"
    api.clock.pass_(days=2)

    assert shares(diagnosis(api, campaign)) == {"IN_MODERATION": "1.0000"}


def test_only_operators_of_the_account_see_sample_auctions(api: Api):
    served(api, count=2)
    hidden = api(SAMPLES, as_=OWNER)
    api.write("""UPDATE "user" SET staff = '["OPERATOR"]' WHERE name = 'Ada Owner'""")
    (shown,) = api(SAMPLES, as_=OWNER).data["deliveryDiagnosis"]["causes"]

    assert hidden.data["deliveryDiagnosis"]["causes"] == [{"kind": "AUDIENCE_TOO_NARROW", "sampleAuctionIds": None}]
    assert hidden.codes == ["FORBIDDEN"]
    assert shown == {"kind": "AUDIENCE_TOO_NARROW", "sampleAuctionIds": []}
    assert api(SAMPLES, as_=OPERATOR).codes == ["NOT_FOUND"]


def keep(api: Api) -> None:
    """Auctions as they are recorded."""


def age(api: Api) -> None:
    """Auctions as they were recorded once: ids without hyphens."""
    entries = "replace(CAST(entries AS text), '-', '')"
    is_sqlite = api.installation.database.writer.dialect.name == "sqlite"
    api.write(f"UPDATE auction SET entries = {entries if is_sqlite else f'CAST({entries} AS json)'}")


@pytest.mark.parametrize("recorded", [keep, age])
def test_samples_are_auctions_that_the_cause_shows_in(api: Api, recorded):
    wish(api, "campaignUpdate", f'id: "{ISLAND}", totalBudget: {{micros: "2000000", currency: "USD"}}', STRANGER)
    served(api, 200, clicks=0)
    recorded(api)
    api.write("""UPDATE "user" SET staff = '["OPERATOR"]' WHERE name = 'Sam Stranger'""")
    causes = api(SAMPLES.replace(SPRING, ISLAND), as_=STRANGER).data["deliveryDiagnosis"]["causes"]
    shown = {cause["kind"]: cause["sampleAuctionIds"] for cause in causes}

    held = {global_id("Auction", UUID(str(row[0]))) for row in api.rows("SELECT id FROM auction")}
    assert shown["AUDIENCE_TOO_NARROW"] == []
    assert len(shown["BID_TOO_LOW"]) == 10
    assert set(shown["BID_TOO_LOW"]) < held


@pytest.mark.parametrize("field", ["DeliveryDiagnosis", "BidLandscape"])
@pytest.mark.parametrize(
    ("window", "path"),
    [
        ({"from": "2026-11-20", "to": "2026-11-19"}, ["window", "to"]),
        ({"from": "2026-08-20", "to": "2026-11-20"}, ["window"]),
        ({"from": "1999-12-31", "to": "2000-01-01"}, ["window"]),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(api: Api, field, window, path):
    answer = api(OPERATIONS[field], as_=EDITOR, campaignId=SPRING, window=window)

    assert (answer.status, answer.codes) == (200, ["INVALID"])
    assert answer.errors[0]["extensions"]["argument"] == path


def test_days_to_come_are_no_part_of_a_diagnosis(api: Api):
    found = diagnosis(api, window={"from": "2026-11-21", "to": "2026-11-25"})

    assert (found["verdict"], found["funnel"]["viewed"]) == ("TOO_EARLY", "0")


# ---- landscapes


def landscape(api: Api, campaign=SPRING, as_=EDITOR, **more):
    return api(OPERATIONS["BidLandscape"], as_=as_, campaignId=campaign, **more)


def point(bid: int, wins: int, clicks: str, spend: int, marginal: int | None):
    money = {"bid": {"micros": str(bid), "currency": USD}, "spend": {"micros": str(spend), "currency": USD}}
    cpc = None if marginal is None else {"micros": str(marginal)}
    return {**money, "wins": str(wins), "clicks": clicks, "marginalCpc": cpc}


def test_a_landscape_has_points_from_half_to_three_times_the_bid(api: Api):
    served(api, count=2)
    found = landscape(api, window={"from": "2026-11-18", "to": "2026-11-18"}).data["bidLandscape"]

    bids = [int(each["bid"]["micros"]) for each in found["points"]]
    assert (bids[0], bids[-1], 350_000 in bids, len(bids)) == (170_000, 1_050_000, True, 21)
    assert found["basedOnAuctions"] == "120"
    wins = {each["bid"]["micros"]: each["wins"] for each in found["points"]}
    assert (wins["300000"], wins["350000"], wins["1050000"]) == ("0", "120", "120")


def test_bids_are_asked_about_for_one_ad(api: Api):
    served(api, count=2, clicks=0)
    bids = [{"micros": str(bid), "currency": USD} for bid in (600_000, 350_000, 100_000)]
    window = {"from": "2026-11-18", "to": "2026-11-18"}
    found = landscape(api, adId=TENT_AD, bids=bids, window=window).data["bidLandscape"]

    assert [each["bid"]["micros"] for each in found["points"]] == ["100000", "350000", "600000"]
    assert [each["wins"] for each in found["points"]] == ["0", "60", "60"]
    assert found["basedOnAuctions"] == "60"


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"bids": []}, "INVALID", ["bids"]),
        ({"bids": [{"micros": "9999", "currency": "USD"}]}, "INVALID", ["bids", "0", "micros"]),
        ({"bids": [{"micros": "500000", "currency": "EUR"}]}, "INVALID", ["bids", "0", "currency"]),
        ({"adId": ISLAND_AD}, "NOT_FOUND", ["adId"]),
        ({"adId": SPRING}, "NOT_FOUND", ["adId"]),
        ({"campaign": ISLAND}, "NOT_FOUND", ["campaignId"]),
        ({"campaign": BAG_AD}, "NOT_FOUND", ["campaignId"]),
    ],
)
def test_a_landscape_of_what_makes_no_sense_or_is_foreign_is_refused(api: Api, more, code, path):
    answer = landscape(api, **more)

    assert (answer.status, answer.data, answer.codes) == (200, {"bidLandscape": None}, [code])
    assert answer.errors[0]["extensions"]["argument"] == path


# ---- audiences


def audience(api: Api, as_=EDITOR, account=NORTH, **more):
    return api(OPERATIONS["AudienceEstimate"], as_=as_, input={"accountId": account, **more})


def test_an_audience_is_sized_by_the_auctions_of_the_last_days(api: Api):
    served(api, count=2)
    bid = {"micros": "500000", "currency": USD}
    everybody = audience(api, interestIds=[], bid=bid, dailyBudget={"micros": "1000000", "currency": USD})
    low = audience(api, interestIds=[], bid={**bid, "micros": "300000"})

    assert everybody.data["audienceEstimate"] == {
        "dailyImpressions": "30",
        "dailyClicks": "0.3",
        "enoughForBudget": False,
        "disclaimer": everybody.data["audienceEstimate"]["disclaimer"],
    }
    assert low.data["audienceEstimate"]["dailyImpressions"] == "0"
    assert low.data["audienceEstimate"]["enoughForBudget"] is None


def test_searches_are_an_audience_of_their_own(api: Api):
    served(api, 30, format=Format.LISTINGS, query="red tents")
    served(api, 10, format=Format.LISTINGS, query="lamp", clicks=0)
    tent = [{"text": "tent", "match": "BROAD"}]

    assert audience(api, keywords=tent).data["audienceEstimate"]["dailyImpressions"] == "15"
    assert audience(api, keywords=tent, interestIds=[]).data["audienceEstimate"]["dailyImpressions"] == "15"
    assert audience(api, interestIds=[]).data["audienceEstimate"]["dailyImpressions"] == "0"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({}, ["input"]),
        ({"keywords": [{"text": "", "match": "BROAD"}]}, ["input", "keywords", "0", "text"]),
        ({"interestIds": [gid("Interest", "none")]}, ["input", "interestIds"]),
        ({"interestIds": [], "bid": {"micros": "9999", "currency": USD}}, ["input", "bid", "micros"]),
        ({"interestIds": [], "dailyBudget": {"micros": "1", "currency": USD}}, ["input", "dailyBudget", "micros"]),
        ({"interestIds": [], "range": {"from": "2026-10-01", "to": "2026-11-20"}}, ["input", "range"]),
    ],
)
def test_an_audience_of_what_makes_no_sense_is_refused(api: Api, wrong, path):
    answer = audience(api, **wrong)

    assert (answer.data, answer.codes) == ({"audienceEstimate": None}, ["INVALID"])
    assert answer.errors[0]["extensions"]["argument"] == path


def test_an_audience_is_estimated_for_ones_own_account(api: Api):
    assert audience(api, as_=STRANGER, interestIds=[]).codes == ["NOT_FOUND"]
