"""Option 1 of a takeover from end to end: through GraphQL and mailed links only (S6, S18, S20, S26, S29-S33)."""

import re
from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import EDITOR, NORTH, OWNER, SPRING, TENT_AD, gid, without_cards

SIGN_UP = """mutation ($name: String!, $email: String!, $password: String!) {
  signUp(input: {name: $name, email: $email, password: $password}) { ok userErrors { message } } }"""
VERIFY = """mutation ($token: String!, $password: String!) {
  emailVerify(input: {token: $token, password: $password}) { sessionToken userErrors { message } } }"""
PREVIEW = "query ($token: String!) { invitationByToken(token: $token) { accountName level status } }"
ACCEPT = """mutation ($token: String!) { invitationAccept(input: {token: $token}) {
  membership { level organization { id name } account { id } } userErrors { message } } }"""
HAND_OVER = """mutation ($input: AccountHandoverInput!) { accountHandover(input: $input) {
  account { status } userErrors { message } } }"""
ADD = """mutation ($id: ID!) { paymentMethodAdd(input: {accountId: $id, processorToken: "pretend_mastercard"}) {
  paymentMethod { isDefault addedBy { name } } userErrors { code message } } }"""
PAUSE = "mutation ($id: ID!) { adPause(input: {id: $id}) { userErrors { code } } }"
RESUME = "mutation ($id: ID!) { adResume(input: {id: $id}) { userErrors { code } } }"
STATE = """query ($account: ID!, $campaign: ID!) {
  account(id: $account) { status } campaign(id: $campaign) { effectiveStatus } }"""
METRICS = """query ($account: ID!) { metrics(accountId: $account,
  query: {range: {from: "2026-11-01", to: "2026-11-20"}, dimensions: [DAY]}) { totals { clicks } } }"""
PASSWORD = "a long password of one's own"
AGENCY = {"ann@polaris.example": ("Ann New", "ADMIN"), "bob@polaris.example": ("Bob New", "EDITOR")}


@pytest.fixture(scope="module")
def fill():
    return without_cards


def mailed(api: Api, to: str, subject: str) -> str:
    """The token of the newest letter to somebody with such a subject."""
    letter = next(each for each in api.mail(to) if subject in each.subject)
    return re.findall(r"token=(\w[\w-]+)", letter.text)[0]


def done(answer: Any) -> Any:
    """What a mutation gave, when nothing was refused."""
    (payload,) = answer.data.values()
    assert (answer.errors, payload["userErrors"]) == ([], [])
    return payload


def joined(api: Api, email: str) -> str:
    """Somebody of the new agency signs up from the mailed link, proves the address and accepts: their session."""
    name, level = AGENCY[email]
    invitation = mailed(api, email, "invites you")
    seen = api(PREVIEW, token=invitation).data["invitationByToken"]
    assert seen == {"accountName": "North", "level": level, "status": "PENDING"}
    done(api(SIGN_UP, name=name, email=email, password=PASSWORD))
    session = done(api(VERIFY, token=mailed(api, email, "Confirm your address"), password=PASSWORD))["sessionToken"]
    assert api(STATE, as_=session, account=NORTH, campaign=SPRING).data == {"account": None, "campaign": None}
    member = done(api(ACCEPT, as_=session, token=invitation))["membership"]
    assert (member["level"], member["organization"]["name"]) == (level, "Polaris")
    return session


def hand_over(api: Api) -> None:
    people = [
        {"name": name, "email": email, "level": level, "organizationName": "Polaris"}
        for email, (name, level) in AGENCY.items()
    ]
    wanted = {"id": NORTH, "inviteAgency": people, "removeOrganizationId": gid("Organization", "agency")}
    assert done(api(HAND_OVER, as_=OWNER, input=wanted))["account"] == {"status": "PAYMENT_HOLD"}


def test_the_client_hands_the_account_to_another_agency_which_goes_on_with_it(api: Api):
    done(api(PAUSE, as_=EDITOR, id=TENT_AD))  # the old agency's last deed
    hand_over(api)
    refused = {"adResume": {"userErrors": [{"code": "NOT_FOUND"}]}}
    assert api(RESUME, as_=EDITOR, id=TENT_AD).data == refused

    ann, bob = (joined(api, email) for email in AGENCY)
    waiting = {"account": {"status": "PAYMENT_HOLD"}, "campaign": {"effectiveStatus": "ACCOUNT_INACTIVE"}}
    assert api(STATE, as_=bob, account=NORTH, campaign=SPRING).data == waiting
    assert codes(api(ADD, as_=bob, id=NORTH), "paymentMethodAdd") == ["FORBIDDEN"]
    card = done(api(ADD, as_=ann, id=NORTH))["paymentMethod"]
    assert card == {"isDefault": True, "addedBy": {"name": "Polaris"}}
    done(api(RESUME, as_=bob, id=TENT_AD))
    served = {"account": {"status": "ACTIVE"}, "campaign": {"effectiveStatus": "RUNNING"}}
    assert api(STATE, as_=ann, account=NORTH, campaign=SPRING).data == served
    assert api(METRICS, as_=bob, account=NORTH).data["metrics"]["totals"] == {"clicks": "8"}  # S32
    deeds = api.rows("SELECT actor, event FROM change WHERE event LIKE 'AD_%' ORDER BY seq")
    assert deeds == [("Ben Editor", "AD_PAUSED"), ("Bob New", "AD_RESUMED")]  # S18, I3
