"""Why a campaign or an ad is not served: every reason by its own cause, in order of weight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import pytest

from app.domain.accounts import AccountStatus
from app.domain.campaigns.status import (
    REASONS,
    AdFacts,
    CampaignFacts,
    ConfiguredStatus,
    EffectiveStatus,
    ReasonCode,
    ReviewStatus,
    SystemStop,
    ad_reasons,
    campaign_reasons,
    effective,
    servable,
    waits_for_page,
)

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
RUNNING = CampaignFacts(
    configured=ConfiguredStatus.ENABLED,
    account=AccountStatus.ACTIVE,
    brand_approved=True,
    has_card=True,
    start=NOW - DAY,
    end=NOW + DAY,
    total_budget=100,
    spent=0,
    daily_budget=10,
    spent_today=0,
    has_approved_ad=True,
)
SERVED = AdFacts(ConfiguredStatus.ENABLED, ReviewStatus.APPROVED, SystemStop.NONE)
IN_ORDER = {  # weightiest first: the effective status each gives, and the mutation that remedies it
    "ARCHIVED": ("ARCHIVED", "campaignCreate"),
    "ACCOUNT_CLOSED": ("ACCOUNT_INACTIVE", None),
    "ACCOUNT_SUSPENDED": ("ACCOUNT_INACTIVE", None),
    "ACCOUNT_PAYMENT_HOLD": ("ACCOUNT_INACTIVE", "paymentMethodAdd"),
    "BRAND_NOT_APPROVED": ("ACCOUNT_INACTIVE", None),
    "NO_PAYMENT_METHOD": ("ACCOUNT_INACTIVE", "paymentMethodAdd"),
    "POLICY_STOP": ("STOPPED_POLICY", "adReplace"),
    "BILLING_FAILED": ("STOPPED_BILLING", "adReplace"),
    "OUT_OF_STOCK": ("OUT_OF_STOCK", "adReplace"),
    "REJECTED": ("REJECTED", "adReplace"),
    "NOT_SUBMITTED": ("DRAFT", "adSubmit"),
    "IN_MODERATION": ("IN_MODERATION", None),
    "ENDED": ("ENDED", "campaignUpdate"),
    "PAUSED_BY_USER": ("PAUSED", None),
    "CAMPAIGN_PAUSED": ("PAUSED", "campaignResume"),
    "PAGE_NOT_PUBLISHED": ("READY", "brandPagePublish"),
    "TOTAL_BUDGET_SPENT": ("OUT_OF_BUDGET", "campaignUpdate"),
    "DAILY_BUDGET_SPENT": ("OUT_OF_BUDGET", "campaignUpdate"),
    "NOT_STARTED": ("SCHEDULED", None),
    "NO_APPROVED_AD": ("READY", "adCreate"),
}
CAMPAIGN_CAUSES = {
    "ARCHIVED": {"configured": ConfiguredStatus.ARCHIVED},
    "PAUSED_BY_USER": {"configured": ConfiguredStatus.PAUSED},
    "ACCOUNT_CLOSED": {"account": AccountStatus.CLOSED},
    "ACCOUNT_SUSPENDED": {"account": AccountStatus.SUSPENDED},
    "ACCOUNT_PAYMENT_HOLD": {"account": AccountStatus.PAYMENT_HOLD},
    "BRAND_NOT_APPROVED": {"brand_approved": False},
    "NO_PAYMENT_METHOD": {"has_card": False},
    "ENDED": {"end": NOW},
    "NOT_STARTED": {"start": NOW + MOMENT},
    "TOTAL_BUDGET_SPENT": {"spent": 100},
    "DAILY_BUDGET_SPENT": {"spent_today": 10},
    "NO_APPROVED_AD": {"has_approved_ad": False},
}
AD_CAUSES = {
    "POLICY_STOP": {"stop": SystemStop.POLICY},
    "BILLING_FAILED": {"stop": SystemStop.BILLING},
    "OUT_OF_STOCK": {"stop": SystemStop.OUT_OF_STOCK},
    "REJECTED": {"review": ReviewStatus.REJECTED},
    "NOT_SUBMITTED": {"review": ReviewStatus.DRAFT},
    "IN_MODERATION": {"review": ReviewStatus.IN_MODERATION},
    "PAUSED_BY_USER": {"configured": ConfiguredStatus.PAUSED},
    "PAGE_NOT_PUBLISHED": {"landing_public": False},
}
OF_PAGES = {"BRAND_NOT_APPROVED"}  # see test_pages_page.py
BELONGS_TO_CAMPAIGN = {"PAUSED_BY_USER": "CAMPAIGN_PAUSED"}


def of_campaign(**facts):
    return [code.value for code in campaign_reasons(replace(RUNNING, **facts), NOW)]


def of_ad(campaign=(), **facts):
    return [code.value for code in ad_reasons(replace(SERVED, **facts), [ReasonCode(code) for code in campaign])]


def in_order(codes):
    return sorted(codes, key=list(IN_ORDER).index)


def together(causes, most):
    """Every set of up to *most* causes that can hold at once: no two about the same fact."""
    for count in range(most + 1):
        for codes in combinations(causes, count):
            facts = [fact for code in codes for fact in causes[code]]
            if len(facts) == len(set(facts)):
                yield codes, {fact: value for code in codes for fact, value in causes[code].items()}


@pytest.mark.parametrize(("code", "meaning"), IN_ORDER.items())
def test_a_reason_gives_its_effective_status_and_names_its_remedy(code, meaning):
    reason = REASONS[ReasonCode(code)]

    assert (reason.effective.value, reason.remedy_mutation) == meaning
    assert reason.message
    assert reason.remedy or reason.remedy_mutation is None


def test_every_reason_is_explained_and_caused_by_something():
    caused = {*CAMPAIGN_CAUSES, *AD_CAUSES, *BELONGS_TO_CAMPAIGN.values(), *OF_PAGES}

    assert {code.value for code in ReasonCode} == {code.value for code in REASONS} == caused


def test_the_order_of_weight_is_that_of_the_contract():
    assert [code.value for code in ReasonCode] == list(IN_ORDER)


def test_every_effective_status_but_running_has_a_reason():
    given = {reason.effective for reason in REASONS.values()}

    assert set(EffectiveStatus) - given == {EffectiveStatus.RUNNING}


def test_without_a_reason_campaigns_and_ads_run():
    assert of_campaign() == of_ad() == []
    assert effective(()) is EffectiveStatus.RUNNING


@pytest.mark.parametrize(("code", "facts"), CAMPAIGN_CAUSES.items())
def test_one_cause_gives_a_campaign_exactly_its_reason(code, facts):
    reasons = campaign_reasons(replace(RUNNING, **facts), NOW)

    assert reasons == (ReasonCode(code),)
    assert effective(reasons).value == IN_ORDER[code][0]


@pytest.mark.parametrize(("code", "facts"), AD_CAUSES.items())
def test_one_cause_gives_an_ad_exactly_its_reason(code, facts):
    reasons = ad_reasons(replace(SERVED, **facts), ())

    assert reasons == (ReasonCode(code),)
    assert effective(reasons).value == IN_ORDER[code][0]


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"start": NOW}, []),
        ({"end": NOW + MOMENT}, []),
        ({"end": NOW - DAY}, ["ENDED"]),
        ({"end": None}, []),
        ({"spent": 99}, []),
        ({"spent": 101}, ["TOTAL_BUDGET_SPENT"]),
        ({"spent_today": 9}, []),
        ({"spent_today": 11}, ["DAILY_BUDGET_SPENT"]),
        ({"daily_budget": None, "spent_today": 99}, []),
        ({"daily_budget": 0}, ["DAILY_BUDGET_SPENT"]),
    ],
)
def test_dates_and_budgets_turn_exactly_at_their_bounds(facts, reasons):  # S69, S83
    assert of_campaign(**facts) == reasons


def test_all_causes_of_a_campaign_that_hold_together_are_told_weightiest_first():
    for codes, facts in together(CAMPAIGN_CAUSES, most=len(CAMPAIGN_CAUSES)):
        assert of_campaign(**facts) == in_order(codes)


def test_all_causes_of_an_ad_that_hold_together_are_told_weightiest_first():
    for codes, facts in together(AD_CAUSES, most=len(AD_CAUSES)):
        assert of_ad(**facts) == in_order(codes)


@pytest.mark.parametrize("code", CAMPAIGN_CAUSES)
def test_an_ad_takes_over_the_reasons_of_its_campaign_but_the_lack_of_ads(code):
    taken = [] if code == "NO_APPROVED_AD" else [BELONGS_TO_CAMPAIGN.get(code, code)]

    assert of_ad(campaign=[code]) == taken


def test_a_campaign_whose_only_ad_waits_for_its_page_says_so_and_its_other_ads_do_not():  # S47
    facts = {"has_approved_ad": False, "waits_for_page": True}

    assert of_campaign(**facts) == ["PAGE_NOT_PUBLISHED"]
    assert of_ad(campaign=["PAGE_NOT_PUBLISHED"]) == []
    assert of_campaign(waits_for_page=True) == []  # another ad is served meanwhile


@pytest.mark.parametrize(("facts", "waits"), [({}, True), ({"stop": SystemStop.POLICY}, False)])
def test_an_ad_waits_for_its_page_where_nothing_else_is_in_the_way(facts, waits):
    ad = replace(SERVED, landing_public=False, **facts)

    assert (waits_for_page(ad), servable(ad)) == (waits, False)
    assert waits_for_page(replace(ad, landing_public=True)) is False


def test_reasons_of_ad_and_campaign_stand_in_one_order():
    theirs = list(together(CAMPAIGN_CAUSES, most=3))
    for (own, facts), (codes, _) in product(together(AD_CAUSES, most=3), theirs):
        taken = [BELONGS_TO_CAMPAIGN.get(code, code) for code in codes if code != "NO_APPROVED_AD"]

        assert of_ad(campaign=codes, **facts) == in_order([*own, *taken])


def test_the_weightiest_reason_alone_gives_the_effective_status():
    for codes in combinations(IN_ORDER, 2):
        assert effective([ReasonCode(code) for code in codes]).value == IN_ORDER[codes[0]][0]


def test_an_ad_paused_in_a_paused_campaign_needs_both_to_be_resumed():
    assert of_ad(campaign=["PAUSED_BY_USER"], configured=ConfiguredStatus.PAUSED) == [
        "PAUSED_BY_USER",
        "CAMPAIGN_PAUSED",
    ]


def test_an_ad_of_an_archived_campaign_is_archived_however_it_was_stopped():
    for stop in SystemStop:
        assert of_ad(campaign=["ARCHIVED"], stop=stop)[0] == "ARCHIVED"


@pytest.mark.parametrize("configured", [ConfiguredStatus.ENABLED, ConfiguredStatus.PAUSED])
@pytest.mark.parametrize("review", ReviewStatus)
@pytest.mark.parametrize("stop", SystemStop)
def test_an_ad_can_be_served_exactly_where_it_has_no_reason_of_its_own(configured, review, stop):  # I10
    ad = AdFacts(configured, review, stop)

    assert servable(ad) is (ad_reasons(ad, ()) == ())
