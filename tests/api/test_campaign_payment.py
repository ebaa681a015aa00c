"""What a campaign is charged to: the account's default, another by an ADMIN's choice; what follows a removed card."""

import asyncio
from typing import Any

import pytest

from tests.api.test_billing import add
from tests.api.test_handover import ANN, COMPASS, HANDOVER, promote
from tests.conftest import Api
from tests.people import (
    BOTH,
    EDITOR,
    NORTH,
    NORTH_BRAND,
    OLD,
    OUTSIDER,
    OWNER,
    SOUTH,
    SPRING,
    STRANGER,
    SUMMER,
    gid,
    without_cards,
)
from tests.streams import ask

CREATE = """mutation ($input: CampaignCreateInput!) { campaignCreate(input: $input) { campaign { id }
  userErrors { code path ... on AccessDenied { required have } } } }"""
SET = """mutation ($id: ID!, $card: ID, $version: Int) {
  campaignSetPaymentMethod(input: {id: $id, paymentMethodId: $card, expectedVersion: $version}) {
    campaign { paymentMethod { last4 } version } userErrors { code path ... on IllegalTransition { insteadUse } }
    seq } }"""
CHARGED = (
    "query ($id: ID!) { campaign(id: $id) { paymentMethod { last4 } permissions { setPaymentMethod { allowed } } } }"
)
REMOVE = "mutation ($id: ID!) { paymentMethodRemove(input: {id: $id}) { userErrors { code } seq } }"
DEFAULT = "mutation ($id: ID!) { paymentMethodSetDefault(input: {id: $id}) { userErrors { code } } }"
COPY = """mutation ($id: ID!) { campaignDuplicate(input: {id: $id, name: "C", start: "2026-12-01T00:00:00Z"}) {
  campaign { id } } }"""
HISTORY = """query ($id: ID!) { changeEvents(accountId: $id, last: 1, filter: {actions: ["campaignSetPaymentMethod"]}) {
  nodes { after revertible { denials { code message } } } } }"""
TOKEN = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { secret } }"""
SPRING_NEW = {"accountId": NORTH, "brandId": NORTH_BRAND, "kind": "ECOMMERCE_DISPLAY", "name": "N"}
BUDGET = {"totalBudget": {"micros": "5000000", "currency": "USD"}, "start": "2026-12-01T00:00:00Z"}
UNKNOWN = gid("PaymentMethod", "unknown")


@pytest.fixture(scope="module")
def fill():
    return without_cards


def card(api: Api, token: str = "pretend_visa", **given: Any) -> str:
    return add(api, token, **given)["paymentMethod"]["id"]


def create(api: Api, who: Any, id: str | None) -> Any:
    return api(CREATE, as_=who, input={**SPRING_NEW, **BUDGET, "paymentMethodId": id}).data["campaignCreate"]


def choose(api: Api, id: str | None, who: Any = OWNER, campaign: str = SPRING, **more: Any) -> Any:
    return api(SET, as_=who, id=campaign, card=id, **more).data["campaignSetPaymentMethod"]


def charged(api: Api, campaign: str = SPRING) -> Any:
    """The last digits of the card that a campaign is charged to; None: the account's default."""
    method = api(CHARGED, as_=OWNER, id=campaign).data["campaign"]["paymentMethod"]
    return method and method["last4"]


def refusals(payload: Any) -> list[tuple[str, str]]:
    return [(each["code"], ".".join(each["path"])) for each in payload["userErrors"]]


def kept(api: Api) -> list[Any]:
    return api.kept("campaign", "change", "payment_method")


# ---- choosing


def test_a_campaign_is_charged_to_the_default_until_an_admin_chooses(api: Api):  # S85
    card(api)
    other = card(api, "pretend_amex")
    assert charged(api) is None

    assert choose(api, other)["campaign"] == {"paymentMethod": {"last4": "0005"}, "version": 2}
    assert (charged(api), charged(api, SUMMER)) == ("0005", None)
    assert choose(api, None)["campaign"] == {"paymentMethod": None, "version": 3}


def test_what_is_chosen_already_stays_as_it_is(api: Api):
    other = card(api)
    choose(api, other)
    again = choose(api, other)

    assert (again["campaign"]["version"], again["seq"], again["userErrors"]) == (2, None, [])


def test_a_new_campaign_is_charged_to_what_an_admin_names(api: Api):
    card(api)
    made = create(api, OWNER, card(api, "pretend_amex"))

    assert (charged(api, made["campaign"]["id"]), made["userErrors"]) == ("0005", [])


def test_an_editors_campaign_takes_the_default_and_follows_it(api: Api):  # S23
    first, other = card(api), card(api, "pretend_amex")
    made = [create(api, EDITOR, id)["campaign"]["id"] for id in (first, None)]
    assert [charged(api, id) for id in made] == [None, None]

    before = kept(api)
    refused = create(api, EDITOR, other)["userErrors"]
    assert refused == [{"code": "FORBIDDEN", "path": ["paymentMethodId"], "required": "ADMIN", "have": "EDITOR"}]
    assert kept(api) == before


@pytest.mark.parametrize(("scopes", "wanted"), [([], [("FORBIDDEN", "paymentMethodId")]), (["billing:write"], [])])
def test_a_token_chooses_a_card_with_the_scope_alone(api: Api, scopes, wanted):
    card(api)
    secret = api(TOKEN, as_=OWNER, account=NORTH, scopes=["campaigns:write", *scopes]).data["apiTokenCreate"]["secret"]

    assert refusals(create(api, secret, card(api, "pretend_amex"))) == wanted


@pytest.mark.parametrize("who", [OWNER, EDITOR], ids=lambda who: who.key)
@pytest.mark.parametrize("id", [UNKNOWN, "rubbish", SPRING, "FOREIGN"])
def test_a_card_that_is_none_of_the_account_is_unknown(api: Api, who, id):
    foreign = card(api, "pretend_visa", who=STRANGER, id=SOUTH)
    before = kept(api)

    assert refusals(create(api, who, foreign if id == "FOREIGN" else id)) == [("NOT_FOUND", "paymentMethodId")]
    if who is OWNER:
        assert refusals(choose(api, foreign if id == "FOREIGN" else id)) == [("NOT_FOUND", "paymentMethodId")]
    assert kept(api) == before


def test_whoever_administers_two_accounts_keeps_their_cards_apart(api: Api):
    promote(api, BOTH)
    foreign = card(api, "pretend_visa", who=BOTH, id=SOUTH)

    assert refusals(choose(api, foreign, who=BOTH)) == [("NOT_FOUND", "paymentMethodId")]
    assert refusals(create(api, BOTH, foreign)) == [("NOT_FOUND", "paymentMethodId")]


def test_a_card_that_cannot_be_charged_is_not_chosen(api: Api):
    gone, waiting, usual = card(api), card(api, "pretend_confirm"), card(api, "pretend_amex")
    api(DEFAULT, as_=OWNER, id=usual)
    api(REMOVE, as_=OWNER, id=gone)

    (refused,) = choose(api, gone)["userErrors"]
    assert (refused["code"], refused["path"], refused["insteadUse"]) == (
        "ILLEGAL_TRANSITION",
        ["paymentMethodId"],
        "paymentMethodAdd",
    )
    assert refusals(choose(api, waiting)) == refusals(create(api, OWNER, waiting)) == [("CONFLICT", "paymentMethodId")]
    assert charged(api) is None


def test_every_problem_is_told_at_once(api: Api):
    wanted = [("ILLEGAL_TRANSITION", "id"), ("NOT_FOUND", "paymentMethodId")]

    assert sorted(refusals(choose(api, UNKNOWN, campaign=OLD))) == wanted
    assert refusals(choose(api, None, version=7)) == [("STALE_VERSION", "expectedVersion")]


# ---- who


def test_an_editor_neither_sees_nor_chooses_what_it_is_charged_to(api: Api):  # S23
    choose(api, card(api))
    before = kept(api)
    answer = api(CHARGED, as_=EDITOR, id=SPRING)

    assert (answer.codes, answer.data["campaign"]["paymentMethod"]) == (["FORBIDDEN"], None)
    assert answer.data["campaign"]["permissions"] == {"setPaymentMethod": {"allowed": False}}
    assert refusals(choose(api, None, who=EDITOR)) == [("FORBIDDEN", "id")]
    assert refusals(choose(api, None, who=OUTSIDER)) == [("NOT_FOUND", "id")]
    assert kept(api) == before


def test_history_shows_the_card_to_admins_alone(api: Api):
    id = card(api)
    choose(api, id)
    (seen,) = api(HISTORY, as_=OWNER, id=NORTH).data["changeEvents"]["nodes"]
    (denial,) = seen["revertible"]["denials"]

    assert seen["after"] == {"paymentMethodId": id}
    assert "`campaignSetPaymentMethod`" in denial["message"]
    assert api(HISTORY, as_=EDITOR, id=NORTH).data["changeEvents"]["nodes"][0]["after"] == {}


# ---- what follows a card that goes


def test_campaigns_of_a_removed_card_follow_the_default(api: Api):
    card(api)
    other = card(api, "pretend_amex")
    for campaign in (SPRING, SUMMER):
        choose(api, other, campaign=campaign)
    removed = api(REMOVE, as_=OWNER, id=other).data["paymentMethodRemove"]

    assert (charged(api), charged(api, SUMMER), removed["userErrors"]) == (None, None, [])
    told = api.rows("SELECT event, reason FROM change WHERE action = 'paymentMethodRemove' ORDER BY seq")
    follows = ("CAMPAIGN_PAYMENT_METHOD_SET", "Its payment method was removed")
    assert told == [("PAYMENT_METHOD_REMOVED", None), follows, follows]


def test_campaigns_charged_to_the_last_card_wait_for_another(api: Api):
    only = card(api)
    choose(api, only)
    api(REMOVE, as_=OWNER, id=only)
    assert charged(api) is None
    assert api.rows("SELECT status FROM account WHERE name_key = 'north'") == [("PAYMENT_HOLD",)]

    card(api, "pretend_mastercard")
    assert api.rows("SELECT effective_status FROM campaign WHERE name_key = 'spring'") == [("RUNNING",)]


def test_campaigns_of_the_old_agencys_card_follow_the_default(api: Api):  # S33
    promote(api, EDITOR)
    theirs = card(api, "pretend_visa", who=EDITOR)
    own = card(api, "pretend_amex")
    api(DEFAULT, as_=OWNER, id=own)
    for campaign, id in ((SPRING, theirs), (SUMMER, own)):
        choose(api, id, campaign=campaign)
    wanted = {"id": NORTH, "inviteAgency": [ANN], "removeOrganizationId": COMPASS, "requirePaymentUpdate": False}
    api(HANDOVER, as_=OWNER, input=wanted)

    assert (charged(api), charged(api, SUMMER)) == (None, "0005")
    assert api.rows("SELECT status FROM account WHERE name_key = 'north'") == [("ACTIVE",)]


def test_a_copy_is_charged_to_the_default_whoever_copies(api: Api):
    card(api)
    choose(api, card(api, "pretend_amex"))
    copies = [api(COPY, as_=who, id=SPRING).data["campaignDuplicate"]["campaign"]["id"] for who in (OWNER, EDITOR)]

    assert [charged(api, id) for id in (SPRING, *copies)] == ["0005", None, None]


def test_no_campaign_is_ever_charged_to_a_card_that_goes_meanwhile(api: Api):
    usual, other = card(api), card(api, "pretend_amex")
    wanted = {"id": SPRING, "card": other}

    async def both() -> list[Any]:
        asks = [ask(api, SET, OWNER, **wanted), ask(api, REMOVE, OWNER, id=other), ask(api, DEFAULT, OWNER, id=usual)]
        return await asyncio.gather(*asks)

    chosen, removed, _ = api.run(both)
    assert removed["paymentMethodRemove"]["userErrors"] == []
    assert refusals(chosen["campaignSetPaymentMethod"]) in ([], [("ILLEGAL_TRANSITION", "paymentMethodId")])
    assert charged(api) is None
