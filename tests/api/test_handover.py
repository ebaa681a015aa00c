"""A takeover, option 1 (S29-S33): who comes, who goes, what waits, what stays; and all of it or nothing."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import (
    BOTH,
    EDITOR,
    NORTH,
    OPERATOR,
    OUTSIDER,
    OWNER,
    SOUTH,
    SPRING,
    STRANGER,
    TENT_AD,
    gid,
    without_cards,
)

HANDOVER = """mutation ($input: AccountHandoverInput!) { accountHandover(input: $input) {
  account { status version } invitations { email level status organizationName }
  removedMemberships { status removedAt user { name } organization { name } }
  userErrors { code path message } seq } }"""
INVITE = f"""mutation ($email: String!, $organization: String) {{ userInvite(input: {{accountId: "{NORTH}", name: "X",
  email: $email, level: EDITOR, organizationName: $organization}}) {{ invitation {{ id }} }} }}"""
ACCEPT = "mutation ($token: String!) { invitationAccept(input: {token: $token}) { userErrors { code } } }"
LEVEL = "mutation ($id: ID!) { membershipSetLevel(input: {id: $id, level: ADMIN}) { userErrors { code } } }"
ADD = f"""mutation ($token: String!) {{
  paymentMethodAdd(input: {{accountId: "{NORTH}", processorToken: $token}}) {{ paymentMethod {{ id }} }} }}"""
CARDS = "query ($id: ID!) { billing(accountId: $id) { paymentMethods { last4 isDefault addedBy { name } } } }"
SERVED = """query ($campaign: ID!, $ad: ID!) { campaign(id: $campaign) { effectiveStatus statusReasons { code } }
  ad(id: $ad) { effectiveStatus } }"""
ORGANIZATIONS = "query ($id: ID!) { account(id: $id) { organizations { id name kind } } }"
TOKEN = """mutation ($id: ID!) { apiTokenCreate(input: {accountId: $id, name: "R", scopes: ["accounts:read"]}) {
  secret } }"""
ACCOUNT = "query ($id: ID!) { account(id: $id) { displayName } }"
OTTO = "SELECT id FROM \"user\" WHERE name = 'Otto Outsider'"
COMPASS = gid("Organization", "agency")
ANN = {"name": "Ann New", "email": "ann@polaris.example", "level": "ADMIN", "organizationName": "Polaris"}
BOB = {"name": "Bob New", "email": "bob@polaris.example", "level": "EDITOR", "organizationName": "Polaris"}
KEPT = ("membership", "invitation", "payment_method", "account", "email_message", "change", "job", "api_token")


@pytest.fixture(scope="module")
def fill():
    return without_cards


def hand(api: Api, who: Any = OWNER, **given: Any) -> dict:
    standard = {"id": NORTH, "inviteAgency": [ANN, BOB], "removeOrganizationId": COMPASS}
    wanted = {name: value for name, value in {**standard, **given}.items() if value is not None}
    return api(HANDOVER, as_=who, input=wanted).data["accountHandover"]


def refusals(payload: dict) -> list[tuple]:
    return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


def world(api: Api) -> list[Any]:
    return api.kept(*KEPT)


def member(who: Any, account: str = "north") -> str:
    return gid("Membership", f"{who.key}-{account}")


def promote(api: Api, who: Any) -> None:
    assert codes(api(LEVEL, as_=OWNER, id=member(who)), "membershipSetLevel") == []
    api.write("UPDATE session SET revoked_at = NULL")  # they sign in again


def served(api: Api) -> tuple:
    data = api(SERVED, as_=OWNER, campaign=SPRING, ad=TENT_AD).data
    return data["campaign"]["effectiveStatus"], data["ad"]["effectiveStatus"]


# ---- what it does


def test_the_new_agency_is_invited_and_the_old_one_removed_in_one_step(api: Api):  # S31
    done = hand(api)

    assert done["invitations"] == [
        {"email": each["email"], "level": each["level"], "status": "PENDING", "organizationName": "Polaris"}
        for each in (ANN, BOB)
    ]
    gone = {"status": "REMOVED", "removedAt": "2026-11-20T12:00:00Z", "user": {"name": "Ben Editor"}}
    assert done["removedMemberships"] == [{**gone, "organization": {"name": "Compass"}}]
    assert (done["account"], done["userErrors"]) == ({"status": "PAYMENT_HOLD", "version": 2}, [])
    assert api(ACCOUNT, as_=EDITOR, id=NORTH).data == {"account": None}
    assert api(ACCOUNT, as_=BOTH, id=NORTH).data["account"] is not None
    assert api.token(ANN["email"]).startswith("ecl_")


def test_serving_waits_for_a_card_and_nothing_is_stopped_for_good(api: Api):  # S33
    stops = api.rows("SELECT id, system_stop, configured_status FROM ad ORDER BY id")
    assert served(api) == ("RUNNING", "RUNNING")

    hand(api)
    assert served(api) == ("ACCOUNT_INACTIVE", "ACCOUNT_INACTIVE")
    reasons = api(SERVED, as_=OWNER, campaign=SPRING, ad=TENT_AD).data["campaign"]["statusReasons"]
    assert reasons == [{"code": "ACCOUNT_PAYMENT_HOLD"}, {"code": "NO_PAYMENT_METHOD"}]
    api(ADD, as_=OWNER, token="pretend_visa")
    assert served(api) == ("RUNNING", "RUNNING")
    assert api.rows("SELECT id, system_stop, configured_status FROM ad ORDER BY id") == stops


def test_every_campaign_and_ad_is_where_it_was_once_the_wait_is_over(api: Api):
    kept = "SELECT id, effective_status, {} FROM {} ORDER BY id"
    asks = [kept.format("reasons", table) for table in ("campaign", "ad")]
    before = [api.rows(each) for each in asks]
    hand(api)
    assert [api.rows(each) for each in asks] != before
    api(ADD, as_=OWNER, token="pretend_visa")

    assert [api.rows(each) for each in asks] == before


def test_cards_of_the_old_agency_are_taken_out_and_others_stay(api: Api):
    promote(api, EDITOR)
    api(ADD, as_=EDITOR, token="pretend_visa")
    api(ADD, as_=OWNER, token="pretend_amex")
    compass = {"last4": "4242", "isDefault": True, "addedBy": {"name": "Compass"}}
    own = {"last4": "0005", "isDefault": False, "addedBy": None}
    assert api(CARDS, as_=OWNER, id=NORTH).data["billing"]["paymentMethods"] == [compass, own]

    done = hand(api, requirePaymentUpdate=False)
    assert done["account"]["status"] == "ACTIVE"
    assert api(CARDS, as_=OWNER, id=NORTH).data["billing"]["paymentMethods"] == [{**own, "isDefault": True}]
    assert served(api) == ("RUNNING", "RUNNING")


def test_a_card_of_the_client_does_not_spare_a_new_one_where_it_is_asked_for(api: Api):
    api(ADD, as_=OWNER, token="pretend_amex")

    assert hand(api)["account"]["status"] == "PAYMENT_HOLD"
    api(ADD, as_=OWNER, token="pretend_visa")
    assert served(api) == ("RUNNING", "RUNNING")


def test_without_any_card_serving_waits_even_where_none_is_asked_for(api: Api):
    assert hand(api, requirePaymentUpdate=False)["account"]["status"] == "PAYMENT_HOLD"


def test_tokens_and_open_invitations_of_the_old_agency_end(api: Api):
    promote(api, EDITOR)
    secret = api(TOKEN, as_=EDITOR, id=NORTH).data["apiTokenCreate"]["secret"]
    api(INVITE, as_=OWNER, email="late@compass.example", organization="  COMPASS ")
    api(INVITE, as_=EDITOR, email="friend@elsewhere.example")
    api(INVITE, as_=OWNER, email="own@north.example")
    late = api.token("late@compass.example")
    hand(api)

    assert api(ACCOUNT, as_=secret, id=NORTH).status == 401
    assert codes(api(ACCEPT, as_=OUTSIDER, token=late), "invitationAccept") == ["INVALID"]
    states = api.rows("SELECT email, status FROM invitation WHERE email NOT LIKE '%polaris%' ORDER BY email")
    assert [status for _, status in states] == ["REVOKED", "REVOKED", "PENDING"]


def test_people_can_be_named_one_by_one_each_once(api: Api):
    both = [member(BOTH), member(EDITOR), member(BOTH)]
    done = hand(api, removeOrganizationId=None, removeMembershipIds=both, inviteAgency=[])

    assert sorted(each["user"]["name"] for each in done["removedMemberships"]) == ["Bea Both", "Ben Editor"]
    assert api.rows("SELECT count(*) FROM change WHERE event = 'MEMBER_REMOVED'") == [(2,)]


def test_an_agency_can_come_before_the_other_goes(api: Api):  # S29
    done = hand(api, removeOrganizationId=None)

    assert (len(done["invitations"]), done["removedMemberships"]) == (2, [])
    assert api(ACCOUNT, as_=EDITOR, id=NORTH).data["account"] is not None


def test_history_stays_and_says_what_was_done(api: Api):  # S18, S32, I3
    before = api.rows("SELECT count(*) FROM metric_hour")
    hand(api)

    events = [event for (event,) in api.rows("SELECT event FROM change ORDER BY seq")]
    assert events == ["MEMBER_REMOVED", "USER_INVITED", "USER_INVITED", "ACCOUNT_HELD", "ACCOUNT_HANDED_OVER"]
    ((after,),) = api.rows("SELECT after FROM change WHERE event = 'ACCOUNT_HANDED_OVER'")
    for told in ("Ben Editor", "Ann New (ann@polaris.example)"):
        assert told in str(after)
    assert api.rows("SELECT count(*) FROM metric_hour") == before


def test_the_admins_who_stay_get_a_report_and_who_was_removed_is_told(api: Api):
    promote(api, BOTH)
    hand(api)

    report = api.mail(OWNER.email)[0]
    assert report.subject == "North has changed hands"
    for words in ("Removed: Ben Editor.", "Ann New (ann@polaris.example)", "until an administrator adds a payment"):
        assert words in " ".join(report.text.split())
    assert api.mail(BOTH.email)[0].subject == report.subject
    (notice,) = api.mail(EDITOR.email)
    assert (notice.subject, notice.leaving) == ("You no longer work on North", None)
    assert "polaris" not in notice.text


# ---- one organization


def test_members_who_name_the_same_organization_share_it(api: Api):
    for number, name in enumerate(("Compass", "compass  ", "CÔMPASS", "Polaris")):
        api(INVITE, as_=OWNER, email=f"n{number}@example.com", organization=name)
        api.write(f"UPDATE membership SET status = 'REMOVED' WHERE user_id = ({OTTO})")
        assert codes(api(ACCEPT, as_=OUTSIDER, token=api.token(f"n{number}@example.com")), "invitationAccept") == []

    listed = api(ORGANIZATIONS, as_=OWNER, id=NORTH).data["account"]["organizations"]
    assert [each["name"] for each in listed] == ["Compass", "Polaris"]
    assert listed[0]["id"] == COMPASS
    assert api.rows("SELECT count(*) FROM organization") == [(2,)]


def test_an_organization_of_another_account_is_not_shared(api: Api):
    invite = INVITE.replace(NORTH, SOUTH)
    api(invite, as_=STRANGER, email="x@example.com", organization="Compass")
    api(ACCEPT, as_=OUTSIDER, token=api.token("x@example.com"))

    (own,) = api(ORGANIZATIONS, as_=STRANGER, id=SOUTH).data["account"]["organizations"]
    assert (own["name"], own["id"] == COMPASS) == ("Compass", False)


# ---- what is refused, with nothing done


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"inviteAgency": [], "removeOrganizationId": None}, [("INVALID", "inviteAgency")]),
        ({"removeOrganizationId": gid("Organization", "unknown")}, [("NOT_FOUND", "removeOrganizationId")]),
        ({"removeOrganizationId": "nonsense"}, [("NOT_FOUND", "removeOrganizationId")]),
        ({"removeMembershipIds": [member(STRANGER, "south")]}, [("NOT_FOUND", "removeMembershipIds.0")]),
        ({"removeMembershipIds": [member(EDITOR), "x"]}, [("NOT_FOUND", "removeMembershipIds.1")]),
        ({"removeMembershipIds": [member(OWNER)]}, [("CONFLICT", "removeOrganizationId")]),
        (
            {"removeMembershipIds": [member(OWNER)], "removeOrganizationId": None},
            [("CONFLICT", "removeMembershipIds")],
        ),
        ({"inviteAgency": [ANN] * 51}, [("LIMIT", "inviteAgency")]),
        ({"expectedVersion": 7}, [("STALE_VERSION", "expectedVersion")]),
        (
            {"inviteAgency": [{**ANN, "email": "no", "name": ""}, {**BOB, "organizationName": " "}]},
            [
                ("INVALID", "inviteAgency.0.name"),
                ("INVALID", "inviteAgency.0.email"),
                ("INVALID", "inviteAgency.1.organizationName"),
            ],
        ),
        (
            {"inviteAgency": [ANN, {**BOB, "email": "ANN@polaris.example"}, {**BOB, "email": EDITOR.email}]},
            [("CONFLICT", "inviteAgency.1.email"), ("CONFLICT", "inviteAgency.2.email")],
        ),
        (
            {"inviteAgency": [{**ANN, "name": ""}], "removeMembershipIds": [member(OWNER)]},
            [("INVALID", "inviteAgency.0.name"), ("CONFLICT", "removeOrganizationId")],
        ),
    ],
)
def test_a_handover_that_cannot_be_is_refused_with_all_reasons_and_does_nothing(api: Api, given, refused):
    before = world(api)
    payload = hand(api, **given)

    assert refusals(payload) == refused
    assert (payload["account"], payload["invitations"], payload["seq"]) == (None, None, None)
    assert world(api) == before


def test_who_has_left_is_not_removed_again(api: Api):
    hand(api)
    before = world(api)

    again = hand(api, inviteAgency=[], removeOrganizationId=None, removeMembershipIds=[member(EDITOR)])
    assert refusals(again) == [("ILLEGAL_TRANSITION", "removeMembershipIds.0")]
    assert world(api) == before


@pytest.mark.parametrize("who", [EDITOR, BOTH, STRANGER, OUTSIDER, OPERATOR], ids=lambda who: who.key)
def test_only_an_admin_hands_an_account_over(api: Api, who):
    before = world(api)

    code = "FORBIDDEN" if who in (EDITOR, BOTH) else "NOT_FOUND"
    assert refusals(hand(api, who)) == [(code, "id")]
    assert world(api) == before


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
def test_an_account_that_may_do_nothing_is_not_handed_over(api: Api, status):
    api.write(f"UPDATE account SET status = '{status}'")
    before = world(api)

    assert refusals(hand(api)) == [("GATE", "id")]
    assert world(api) == before


def test_a_rehearsed_handover_shows_what_would_be_and_does_nothing(api: Api):
    before = world(api)
    rehearsal = HANDOVER.replace("(input: $input)", "(input: $input) @dryRun")
    wanted = {"id": NORTH, "inviteAgency": [ANN], "removeOrganizationId": COMPASS}
    shown = api(rehearsal, as_=OWNER, input=wanted).data["accountHandover"]

    assert (shown["account"]["status"], len(shown["removedMemberships"])) == ("PAYMENT_HOLD", 1)
    assert world(api) == before
    assert api.mail(ANN["email"]) == []


def test_a_key_hands_over_once(api: Api):
    keyed = HANDOVER.replace("(input: $input)", '(input: $input) @idempotent(key: "h")')
    wanted = {"id": NORTH, "inviteAgency": [ANN], "removeOrganizationId": COMPASS}
    first, again = (api(keyed, as_=OWNER, input=wanted).data["accountHandover"] for _ in range(2))

    assert first == again
    assert api.rows("SELECT count(*) FROM invitation") == [(1,)]


def test_an_agency_admin_hands_over_and_is_out_of_the_same_request(api: Api):
    promote(api, EDITOR)
    document = f"""mutation ($input: AccountHandoverInput!) {{ a: accountHandover(input: $input) {{ seq }}
      b: userInvite(input: {{accountId: "{NORTH}", name: "X", email: "x@example.com", level: ADMIN}}) {{
        userErrors {{ code }} }} }}"""
    wanted = {"id": NORTH, "inviteAgency": [ANN], "removeOrganizationId": COMPASS}
    answer = api(document, as_=EDITOR, input=wanted)

    assert answer.data["b"] == {"userErrors": [{"code": "NOT_FOUND"}]}
    assert answer.data["a"] is not None


def test_of_two_admins_who_hand_over_without_each_other_one_stays(api: Api):
    promote(api, EDITOR)

    async def both() -> list[Any]:
        asks = []
        for who, other in ((OWNER, EDITOR), (EDITOR, OWNER)):
            wanted = {"id": NORTH, "inviteAgency": [], "removeMembershipIds": [member(other)]}
            body = {"query": HANDOVER, "variables": {"input": wanted}}
            headers = {"authorization": f"Bearer {who.token}"}
            asks.append(api._request("POST", "/graphql", {"json": body, "headers": headers}))
        return [response.json()["data"]["accountHandover"]["userErrors"] for response in await asyncio.gather(*asks)]

    answers = api.run(both)
    assert sorted(len(each) for each in answers) == [0, 1]
    admins = "SELECT count(*) FROM membership WHERE status = 'ACTIVE' AND level = 'ADMIN'"
    assert api.rows(admins) == [(3,)]  # two of them in the other account
