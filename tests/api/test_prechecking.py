"""The check beforehand: what the rules find before an ad is made, and whether the page it leads to answers."""

from typing import Any

import pytest

from app.adapters.outgoing import Remembered
from app.config import Settings
from app.wiring import Installation
from tests.conftest import Api
from tests.moderating import Shop, world
from tests.paging import published
from tests.people import EDITOR, LAMP, SOUTH_PRODUCT, SPRING, STRANGER, TENT, gid

CHECK = """query ($input: PolicyPrecheckInput!) { policyPrecheck(input: $input) { verdict checkedRules policyVersion
  findings { kind ruleId policyUrl field evidence explanation fix automatic } } }"""
WORD = {"text": "gas stove", "match": "PHRASE"}
GONE = "it answered with the status 404"


def check(api: Api, who=EDITOR, **more: Any) -> Any:
    sent = {"headline": "Boils fast", "landing": {"productId": TENT}, **more}
    return api(CHECK, as_=who, input=sent)


def test_a_plain_ad_passes_the_check(api: Api):
    before = world(api)

    passed = {"verdict": "PASS", "checkedRules": 13, "policyVersion": 1, "findings": []}
    assert check(api, title="The stove", keywords=[WORD]).data["policyPrecheck"] == passed
    assert world(api) == before


def test_the_check_tells_what_it_finds_before_an_ad_is_made(api: Api):
    seen = check(api, title="The best stove", headline="Hot shit").data["policyPrecheck"]
    told = [(each["ruleId"], each["field"], each["evidence"], each["automatic"]) for each in seen["findings"]]

    assert seen["verdict"] == "FAIL"
    assert told == [("LANGUAGE-1", "headline", "shit", True), ("CLAIM-1", "title", "best", True)]
    assert seen["findings"][1]["policyUrl"] == "https://shop.example/ad-policy#CLAIM-1"
    assert check(api, landing={"productId": LAMP}).data["policyPrecheck"]["verdict"] == "FAIL"


@pytest.mark.parametrize("product", [SOUTH_PRODUCT, gid("Product", "unknown"), "nonsense", SPRING])
def test_the_check_knows_no_foreign_product(api: Api, product):
    answer = check(api, landing={"productId": product})

    assert (answer.data, answer.codes) == ({"policyPrecheck": None}, ["NOT_FOUND"])
    assert answer.errors[0]["extensions"]["argument"] == ["landing", "productId"]


# ---- the page that it leads to


def shop(api: Api, said: str | None) -> Shop:
    """A shop whose pages the installation asks for; the engines that are compared with it ask another."""
    for each in (api.installation, *api.others.values()):
        each.services.pages = Shop(said, [])
    return api.installation.services.pages


def test_a_page_that_does_not_answer_is_told_before_an_ad_is_made(api: Api):  # S56
    pages, before = shop(api, GONE), world(api)
    seen = check(api, title="The best stove").data["policyPrecheck"]
    told = [(each["ruleId"], each["field"], each["evidence"], each["automatic"]) for each in seen["findings"]]

    assert told == [("CLAIM-1", "title", "best", True), ("LANDING-2", "landing", GONE, True)]
    assert (seen["verdict"], seen["checkedRules"]) == ("WARN", 14)
    assert (pages.asked, world(api)) == (["https://shop.example/products/N-1"], before)


def test_a_page_that_answers_passes_the_check(api: Api):
    shop(api, None)

    passed = {"verdict": "PASS", "checkedRules": 14, "policyVersion": 1, "findings": []}
    assert check(api).data["policyPrecheck"] == passed


def test_a_brands_page_is_not_asked_for(api: Api):
    """It answers while we do."""
    pages = shop(api, GONE)
    sent = {"landing": {"brandPageId": published(api)}}

    assert (check(api, **sent).data["policyPrecheck"]["checkedRules"], pages.asked) == (13, [])


@pytest.mark.parametrize(
    ("env", "landing_checks", "asks"),
    [
        ("development", "auto", False),
        ("development", "on", True),
        ("production", "auto", True),
        ("production", "off", False),
    ],
)
def test_pages_are_asked_for_where_the_installation_wants_it(env, landing_checks, asks):
    settings = Settings.model_construct(env=env, landing_checks=landing_checks)

    assert isinstance(Installation(settings).pages, Remembered) is asks


@pytest.mark.parametrize("who", [STRANGER, None])
def test_no_page_is_asked_for_in_vain(api: Api, who):
    pages = shop(api, GONE)

    assert check(api, who).data == {"policyPrecheck": None}
    assert check(api, imageAssetId="nonsense").codes == ["NOT_FOUND"]
    assert pages.asked == []
