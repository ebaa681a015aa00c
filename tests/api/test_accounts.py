"""Accounts: what they show to whom, their members and brands, and inviting people to them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.accounts import Invitation
from app.domain.access import MemberLevel
from app.domain.accounts import InvitationStatus
from tests.conftest import Answer, Api, codes
from tests.people import BOTH, EDITOR, NORTH, NOW, OPERATOR, OUTSIDER, OWNER, SOUTH, SPRING, STRANGER, gid, uid

ACCOUNT = """query ($id: ID!) { account(id: $id) {
  id displayName status isSandbox currency timeZone createdAt updatedAt version } }"""
MEMBERS = """query ($id: ID!, $filter: MembershipFilter) { account(id: $id) { displayName
  members(filter: $filter, first: 10) { totalCount { value } nodes {
    level status since removedAt user { name email } organization { name kind } } } } }"""
NAMES = """query ($id: ID!, $filter: MembershipFilter) { account(id: $id) {
  members(filter: $filter, first: 10) { nodes { user { name } } } } }"""
INVITATIONS = """query ($id: ID!, $status: [InvitationStatus!]) { account(id: $id) { displayName
  invitations(status: $status, first: 10) { totalCount { value } nodes { name status } } } }"""
INVITE = """mutation ($input: UserInviteInput!) { userInvite(input: $input) {
  invitation { account { displayName } name email organizationName level status createdAt expiresAt
    invitedBy { name } } seq
  userErrors { __typename code path ... on AccessDenied { required have } ... on GateNotMet { gate } } } }"""
PERMISSIONS = """query ($id: ID!) { account(id: $id) { permissions {
  inviteUser { allowed denials { code message gate required } }
  createCampaign { allowed denials { code message gate required } } } } }"""
FULL = {"accountId": NORTH, "name": " Nia New ", "email": "Nia.New@Example.com", "level": "ADMIN"}


def invite(api: Api, who=OWNER, **changes: Any) -> dict:
    return api(INVITE, as_=who, input={**FULL, **changes}).data["userInvite"]


def refusals(answer: dict) -> list[tuple]:
    return [(error["code"], error["path"]) for error in answer["userErrors"]]


def unchanged(api: Api) -> bool:
    """Whether nobody was invited, told or noted."""
    counts = [api.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("invitation", "email_message", "change")]
    return counts == [0, 0, 0]


# ---- the account itself


@pytest.mark.parametrize("who", [OWNER, EDITOR, BOTH])
def test_a_member_sees_the_account(api: Api, who):
    moment = "2026-11-20T12:00:00Z"
    assert api(ACCOUNT, as_=who, id=NORTH).data["account"] == {
        "id": NORTH,
        "displayName": "North",
        "status": "ACTIVE",
        "isSandbox": False,
        "currency": "USD",
        "timeZone": "UTC",
        "createdAt": moment,
        "updatedAt": moment,
        "version": 1,
    }


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER, OPERATOR])
def test_to_others_it_looks_like_none(api: Api, who):
    for id in (NORTH, gid("Account", "unknown"), "nonsense", SPRING):
        assert api(ACCOUNT, as_=who, id=id).body == {"data": {"account": None}}


def test_brands_come_by_name_with_what_may_be_advertised(api: Api):
    brands = """query ($id: ID!) { account(id: $id) { brands(first: 9) { totalCount { value precision }
      nodes { name vendorCode approved account { id } } } } }"""
    seen = api(brands, as_=EDITOR, id=NORTH).data["account"]["brands"]

    facts = {"vendorCode": "NORTH", "account": {"id": NORTH}}
    assert seen["nodes"] == [
        {"name": "Newcomer", "approved": False, **facts},
        {"name": "Northpeak", "approved": True, **facts},
    ]
    assert seen["totalCount"] == {"value": 2, "precision": "EXACT"}


# ---- members


def test_an_admin_sees_the_members_the_longest_first(api: Api):
    seen = api(MEMBERS, as_=OWNER, id=NORTH).data["account"]["members"]

    facts = {"status": "ACTIVE", "removedAt": None}
    ada, ben, bea = ({"name": each.name, "email": each.email} for each in (OWNER, EDITOR, BOTH))
    agency = {"name": "Compass", "kind": "AGENCY"}
    assert seen["nodes"] == [
        {"level": "ADMIN", "since": "2026-10-21T12:00:00Z", "user": ada, "organization": None, **facts},
        {"level": "EDITOR", "since": "2026-10-22T12:00:00Z", "user": ben, "organization": agency, **facts},
        {"level": "EDITOR", "since": "2026-10-23T12:00:00Z", "user": bea, "organization": None, **facts},
    ]
    assert seen["totalCount"] == {"value": 3}


@pytest.mark.parametrize("who", [EDITOR, BOTH])
@pytest.mark.parametrize("field", ["members", "invitations"])
def test_an_editor_sees_no_people_and_the_rest_of_the_page_stays(api: Api, who, field):
    asked = f"query ($id: ID!) {{ account(id: $id) {{ displayName {field}(first: 1) {{ nodes {{ id }} }} version }} }}"
    answer = api(asked, as_=who, id=NORTH)

    assert answer.data == {"account": {"displayName": "North", field: None, "version": 1}}
    assert (answer.status, answer.codes, answer.errors[0]["path"]) == (200, ["FORBIDDEN"], ["account", field])


def test_tokens_are_for_admins(api: Api):
    tokens = "query ($id: ID!) { account(id: $id) { displayName apiTokens { id } } }"
    answer = api(tokens, as_=EDITOR, id=NORTH)

    assert (answer.data, answer.codes) == ({"account": {"displayName": "North", "apiTokens": None}}, ["FORBIDDEN"])
    assert api(tokens, as_=OWNER, id=NORTH).data["account"]["apiTokens"] == []


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ({"level": ["ADMIN"]}, ["Ada Owner"]),
        ({"level": ["EDITOR"]}, ["Ben Editor"]),
        ({"level": ["ADMIN", "EDITOR"]}, ["Ada Owner", "Ben Editor"]),
        ({"level": []}, []),
        ({"status": ["REMOVED"]}, ["Bea Both"]),
        ({"status": ["ACTIVE", "REMOVED"]}, ["Ada Owner", "Ben Editor", "Bea Both"]),
        ({"status": []}, []),
        ({"query": "ben"}, ["Ben Editor"]),
        ({"query": "  BEN   Edit "}, ["Ben Editor"]),
        ({"query": "OWNER@"}, ["Ada Owner"]),
        ({"query": "example.com", "level": ["EDITOR"]}, ["Ben Editor"]),
        ({"query": "a_a"}, []),
        ({"query": "%"}, []),
        ({"query": "stranger"}, []),
        ({"query": ""}, ["Ada Owner", "Ben Editor"]),
        ({}, ["Ada Owner", "Ben Editor"]),
        (None, ["Ada Owner", "Ben Editor"]),
    ],
)
def test_members_can_be_narrowed(api: Api, filter, names):
    api.write("UPDATE membership SET status = 'REMOVED' WHERE since = (SELECT max(since) FROM membership)")
    removed = api.rows("SELECT count(*) FROM membership WHERE status = 'REMOVED'")
    seen = api(NAMES, as_=OWNER, id=NORTH, filter=filter).data["account"]["members"]["nodes"]

    assert removed == [(1,)]
    assert [each["user"]["name"] for each in seen] == names


@pytest.mark.parametrize("query", ["Jürgen", "jurgen"])
def test_a_member_is_found_by_the_name_as_it_is_written(api: Api, query):
    named = "name = 'Jürgen Groß', name_key = 'jurgen gross'"
    api.write(f"UPDATE \"user\" SET {named} WHERE name = 'Ben Editor'")
    seen = api(NAMES, as_=OWNER, id=NORTH, filter={"query": query}).data["account"]["members"]["nodes"]

    assert seen == [{"user": {"name": "Jürgen Groß"}}]


# ---- e-mail addresses


USER = "query ($id: ID!) { node(id: $id) { ... on User { name email emailVerified createdAt } } }"


def address(answer: Answer, *path: str) -> Any:
    """The e-mail shown at a path, or the code of its refusal."""
    found = answer.data
    for each in path:
        found = found[each]
    return found["email"] if not answer.errors else (found["email"], answer.codes)


@pytest.mark.parametrize(
    ("who", "whose", "shown"),
    [
        (EDITOR, EDITOR, EDITOR.email),
        (OUTSIDER, OUTSIDER, OUTSIDER.email),
        (OWNER, EDITOR, EDITOR.email),
        (OWNER, BOTH, BOTH.email),
        (STRANGER, BOTH, BOTH.email),
        (EDITOR, OWNER, (None, ["FORBIDDEN"])),
        (EDITOR, BOTH, (None, ["FORBIDDEN"])),
        (BOTH, STRANGER, STRANGER.email),  # an ADMIN with them in SOUTH
        (BOTH, OWNER, (None, ["FORBIDDEN"])),  # and an EDITOR with them in NORTH
    ],
    ids=lambda value: getattr(value, "key", ""),
)
def test_an_address_is_shown_to_oneself_and_to_the_admins_over_one(api: Api, who, whose, shown):
    answer = api(USER, as_=who, id=whose.id)

    assert address(answer, "node") == shown
    assert answer.data["node"]["name"] == whose.name


@pytest.mark.parametrize(("who", "whose"), [(STRANGER, OWNER), (OWNER, STRANGER), (OUTSIDER, OWNER), (OPERATOR, OWNER)])
def test_people_without_a_shared_account_do_not_see_each_other(api: Api, who, whose):
    assert api(USER, as_=who, id=whose.id).body == {"data": {"node": None}}


@pytest.mark.parametrize(("who", "shown"), [(OWNER, BOTH.email), (BOTH, BOTH.email)])
def test_a_membership_shows_the_address_by_the_level_in_its_own_account(api: Api, who, shown):
    asked = "query ($id: ID!) { node(id: $id) { ... on Membership { user { email } } } }"
    answer = api(asked, as_=who, id=gid("Membership", "both-north"))

    assert address(answer, "node", "user") == shown


@pytest.mark.parametrize("who", [EDITOR, BOTH])
def test_an_editor_sees_no_membership_but_their_own_even_as_an_admin_elsewhere(api: Api, who):
    asked = "query ($id: ID!) { node(id: $id) { ... on Membership { level } } }"

    assert api(asked, as_=who, id=gid("Membership", "owner-north")).body == {"data": {"node": None}}
    own = gid("Membership", f"{who.key}-north")
    assert api(asked, as_=who, id=own).data == {"node": {"level": "EDITOR"}}


def test_whoever_left_is_nobody_s_business(api: Api):
    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'EDITOR'")

    assert api(USER, as_=OWNER, id=EDITOR.id).data == {"node": None}
    assert api(USER, as_=EDITOR, id=OWNER.id).data == {"node": None}


# ---- invitations


async def _invitations(api: Api) -> None:
    """One of each status, the newest last; of two that are PENDING one is past its time."""
    states = [*InvitationStatus, InvitationStatus.PENDING]
    made = [
        Invitation(
            account_id=uid("north"),
            name=f"{state.value} {place}",
            email=f"{place}@example.com",
            email_key=f"{place}@example.com",
            level=MemberLevel.EDITOR,
            status=state,
            invited_by=uid("owner"),
            created_at=NOW + timedelta(minutes=place),
            mailed_at=NOW,
            expires_at=NOW + timedelta(days=-1 if place == 5 else 1),
        )
        for place, state in enumerate(states)
    ]
    async with AsyncSession(api.installation.database.writer) as session, session.begin():
        session.add_all(made)


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (["PENDING"], ["PENDING 0"]),
        (["EXPIRED"], ["PENDING 5", "EXPIRED 4"]),
        (["PENDING", "EXPIRED"], ["PENDING 5", "EXPIRED 4", "PENDING 0"]),
        (["ACCEPTED", "REVOKED"], ["REVOKED 3", "ACCEPTED 1"]),
        (["DECLINED", "EXPIRED"], ["PENDING 5", "EXPIRED 4", "DECLINED 2"]),
        ([], []),
        (None, ["PENDING 5", "EXPIRED 4", "REVOKED 3", "DECLINED 2", "ACCEPTED 1", "PENDING 0"]),
    ],
)
def test_invitations_come_the_newest_first_by_their_status_of_now(api: Api, status, names):
    api.run(_invitations, api)
    seen = api(INVITATIONS, as_=OWNER, id=NORTH, status=status).data["account"]["invitations"]

    assert [each["name"] for each in seen["nodes"]] == names
    assert seen["totalCount"] == {"value": len(names)}
    for each in seen["nodes"]:
        assert each["status"] == ("EXPIRED" if each["name"] == "PENDING 5" else each["name"].split()[0])


def test_a_pending_invitation_expires_by_time_alone(api: Api):
    invite(api)
    seen = []
    for days in (0, 6.9, 0.1):
        api.clock.pass_(days=days)
        answer = api(INVITATIONS, as_=OWNER, id=NORTH, status=["EXPIRED"])
        seen.append([each["status"] for each in answer.data["account"]["invitations"]["nodes"]])

    assert seen == [[], [], ["EXPIRED"]]


# ---- inviting


def test_an_admin_invites_a_person(api: Api):
    made = invite(api, organizationName=" Compass ")

    assert made["invitation"] == {
        "account": {"displayName": "North"},
        "name": "Nia New",
        "email": "Nia.New@Example.com",
        "organizationName": "Compass",
        "level": "ADMIN",
        "status": "PENDING",
        "createdAt": "2026-11-20T12:00:00Z",
        "expiresAt": "2026-11-27T12:00:00Z",
        "invitedBy": {"name": "Ada Owner"},
    }
    assert (made["userErrors"], made["seq"]) == ([], "1")


def test_an_invitation_owes_one_mail_without_a_secret(api: Api):
    invite(api)

    ((kind, to, parameters, status),) = api.rows('SELECT kind, "to", parameters, status FROM email_message')
    facts = parameters if isinstance(parameters, dict) else json.loads(parameters)
    assert (kind, to, status) == ("INVITATION", "Nia.New@Example.com", "QUEUED")
    said = {"account": "North", "level": "ADMIN", "inviter": "Ada Owner"}
    assert facts == {**said, "name": "Nia New", "until": "2026-11-27 12:00 UTC"}
    assert api.rows("SELECT kind, status FROM job") == [("notices.send", "QUEUED")]
    assert api.rows("SELECT count(*) FROM one_time_link") == [(0,)]


def test_an_invitation_is_written_to_history(api: Api):
    invite(api)

    columns = "event, action, actor, subject_type"
    assert api.rows(f"SELECT {columns} FROM change") == [("USER_INVITED", "userInvite", "Ada Owner", "Invitation")]


def test_an_invitation_opens_nothing_before_it_is_accepted(api: Api):
    invite(api, email=OUTSIDER.email)

    assert api(ACCOUNT, as_=OUTSIDER, id=NORTH).data == {"account": None}
    assert api(USER, as_=OUTSIDER, id=OWNER.id).data == {"node": None}


def test_every_invalid_field_of_an_invitation_is_reported_at_once(api: Api):
    made = invite(api, name=" ", email="nia at example", organizationName="")

    assert made["invitation"] is None
    assert sorted(refusals(made)) == [("INVALID", ["email"]), ("INVALID", ["name"]), ("INVALID", ["organizationName"])]
    assert unchanged(api)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "n" * 101),
        ("name", "N\nBcc: x@example.com"),
        ("email", ""),
        ("email", "a@b"),
        ("email", "a@example.com\nBcc: x@example.com"),
        ("email", "a@example.com, b@example.com"),
        ("email", f"{'x' * 250}@example.com"),
        ("organizationName", "o" * 101),
    ],
)
def test_what_cannot_be_an_invitation_is_refused(api: Api, field, value):
    assert refusals(invite(api, **{field: value})) == [("INVALID", [field])]
    assert unchanged(api)


def test_an_address_that_grows_when_folded_is_no_fault(api: Api):
    email = f"{chr(0xFDFA) * 21}@example.com"  # each of them is 18 characters when folded

    assert invite(api, email=email)["invitation"]["email"] == email
    assert refusals(invite(api, email=email)) == [("CONFLICT", ["email"])]


@pytest.mark.parametrize(
    ("who", "account", "error"),
    [
        (EDITOR, NORTH, {"__typename": "AccessDenied", "code": "FORBIDDEN", "required": "ADMIN", "have": "EDITOR"}),
        (BOTH, NORTH, {"__typename": "AccessDenied", "code": "FORBIDDEN", "required": "ADMIN", "have": "EDITOR"}),
        (STRANGER, NORTH, {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OUTSIDER, NORTH, {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OWNER, SOUTH, {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OWNER, gid("Account", "unknown"), {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OWNER, SPRING, {"__typename": "NotFound", "code": "NOT_FOUND"}),
    ],
)
def test_only_an_admin_of_the_account_invites(api: Api, who, account, error):
    made = invite(api, who, accountId=account)

    assert made == {"invitation": None, "seq": None, "userErrors": [{**error, "path": ["accountId"]}]}
    assert unchanged(api)


@pytest.mark.parametrize("email", [EDITOR.email, "EDITOR@example.com", OWNER.email])
def test_a_member_is_not_invited_again(api: Api, email):
    assert refusals(invite(api, email=email)) == [("CONFLICT", ["email"])]
    assert unchanged(api)


def test_whoever_left_can_be_invited_again(api: Api):
    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'EDITOR'")

    assert invite(api, email=EDITOR.email)["userErrors"] == []


def test_an_open_invitation_is_not_repeated(api: Api):
    invite(api)
    again = invite(api, email="nia.new@EXAMPLE.com")

    assert refusals(again) == [("CONFLICT", ["email"])]
    assert api.rows("SELECT count(*) FROM invitation") == api.rows("SELECT count(*) FROM email_message") == [(1,)]


@pytest.mark.parametrize("status", ["DECLINED", "REVOKED"])
def test_a_closed_invitation_can_be_repeated(api: Api, status):
    invite(api)
    api.write("UPDATE invitation SET status = :status", status=status)

    assert invite(api)["userErrors"] == []


def test_an_expired_invitation_can_be_repeated(api: Api):
    invite(api)
    api.clock.pass_(days=7)
    again = invite(api)

    assert (again["userErrors"], again["invitation"]["expiresAt"]) == ([], "2026-12-04T12:00:00Z")
    assert api.rows("SELECT count(*) FROM email_message") == [(2,)]


def test_the_same_person_can_be_invited_to_another_account(api: Api):
    invite(api)

    assert invite(api, STRANGER, accountId=SOUTH)["userErrors"] == []


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
def test_a_suspended_account_invites_nobody(api: Api, status):
    api.write("UPDATE account SET status = :status", status=status)
    made = invite(api)

    error = {"__typename": "GateNotMet", "code": "GATE", "path": ["accountId"], "gate": "ACCOUNT_ACTIVE"}
    assert made == {"invitation": None, "seq": None, "userErrors": [error]}
    assert unchanged(api)


def test_an_account_that_waits_for_a_payment_method_may_still_invite(api: Api):
    api.write("UPDATE account SET status = 'PAYMENT_HOLD'")

    assert invite(api)["userErrors"] == []


# ---- permissions


@pytest.mark.parametrize(
    ("who", "status", "invites", "creates"),
    [
        (OWNER, "ACTIVE", [], []),
        (EDITOR, "ACTIVE", ["FORBIDDEN"], []),
        (OWNER, "SUSPENDED", ["GATE"], ["GATE"]),
        (EDITOR, "CLOSED", ["FORBIDDEN", "GATE"], ["GATE"]),
        (OWNER, "PAYMENT_HOLD", [], []),
    ],
)
def test_permissions_say_beforehand_what_mutations_would_say(api: Api, who, status, invites, creates):
    api.write("UPDATE account SET status = :status", status=status)
    seen = api(PERMISSIONS, as_=who, id=NORTH).data["account"]["permissions"]

    assert [each["code"] for each in seen["inviteUser"]["denials"]] == invites
    assert [each["code"] for each in seen["createCampaign"]["denials"]] == creates
    assert [seen[name]["allowed"] for name in ("inviteUser", "createCampaign")] == [not invites, not creates]
    assert codes(api(INVITE, as_=who, input=FULL), "userInvite") == invites[:1]


def test_a_denial_says_which_level_or_condition_is_missing(api: Api):
    api.write("UPDATE account SET status = 'SUSPENDED'")
    level, gate = api(PERMISSIONS, as_=EDITOR, id=NORTH).data["account"]["permissions"]["inviteUser"]["denials"]

    assert (level["required"], level["gate"]) == ("ADMIN", None)
    assert (gate["required"], gate["gate"]) == (None, "ACCOUNT_ACTIVE")
