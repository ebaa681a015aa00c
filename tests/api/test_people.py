"""The people of an account: they answer invitations, get other levels, leave, are removed; one ADMIN always stays."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import BOTH, EDITOR, NORTH, OUTSIDER, OWNER, SOUTH, STRANGER

INVITE = f"""mutation ($email: String!, $level: MemberLevel = EDITOR) {{ userInvite(input: {{
  accountId: "{NORTH}", name: "Otto", email: $email, level: $level, organizationName: "Compass"}}) {{
  invitation {{ id }} userErrors {{ code }} }} }}"""
PREVIEW = """query ($token: String!) {
  invitationByToken(token: $token) { accountName name level status expiresAt invitedByName } }"""
ACCEPT = """mutation ($token: String!) { invitationAccept(input: {token: $token}) {
  membership { level status organization { name kind } account { displayName } } userErrors { code path } } }"""
DECLINE = "mutation ($token: String!) { invitationDecline(input: {token: $token}) { ok userErrors { code path } } }"
REVOKE = """mutation ($id: ID!) { invitationRevoke(input: {id: $id}) {
  invitation { status } userErrors { code ... on IllegalTransition { from attempted instead_: insteadUse } } } }"""
RESEND = """mutation ($id: ID!) { invitationResend(input: {id: $id}) {
  invitation { status expiresAt } userErrors { code ... on LimitExceeded { retryAt } } } }"""
LEVEL = """mutation ($id: ID!, $level: MemberLevel!) { membershipSetLevel(input: {id: $id, level: $level}) {
  membership { level } userErrors { code path } } }"""
REMOVE = """mutation ($id: ID!) { membershipRemove(input: {id: $id}) {
  membership { status removedAt } userErrors { code path } } }"""
LEAVE = "mutation ($id: ID!) { membershipLeave(input: {accountId: $id}) { ok userErrors { code path } } }"
MUTE = """mutation ($id: ID!, $muted: [EmailKind!]!) {
  notificationPreferencesSet(input: {accountId: $id, muted: $muted}) {
    membership { mutedEmails } userErrors { code } } }"""
ACCOUNT = "query ($id: ID!) { account(id: $id) { displayName } }"
STATUS = "SELECT status FROM invitation"
UNKNOWN = [{"code": "INVALID", "path": ["token"]}]


def invited(api: Api, email: str = OUTSIDER.email, **given: Any) -> str:
    """The id of a new invitation to NORTH."""
    return api(INVITE, as_=OWNER, email=email, **given).data["userInvite"]["invitation"]["id"]


def member(api: Api, who: Any) -> str:
    """The id of somebody's membership of NORTH."""
    ask = "query ($id: ID!) { account(id: $id) { members(first: 100) { nodes { id user { id } } } } }"
    members = api(ask, as_=OWNER, id=NORTH).data["account"]["members"]["nodes"]
    return next(each["id"] for each in members if each["user"]["id"] == who.id)


def sees(api: Api, who: Any) -> bool:
    return api(ACCOUNT, as_=who, id=NORTH).data["account"] is not None


def admins(api: Api) -> list[str]:
    rows = api.rows(
        'SELECT u.name FROM membership m JOIN "user" u ON u.id = m.user_id JOIN account a ON a.id = m.account_id'
        " WHERE a.name_key = 'north' AND m.status = 'ACTIVE' AND m.level = 'ADMIN' ORDER BY 1"
    )
    return [name for (name,) in rows]


# ---- answering


def test_access_begins_with_acceptance(api: Api):
    invited(api)
    token = api.token(OUTSIDER.email)
    assert not sees(api, OUTSIDER)

    made = api(ACCEPT, as_=OUTSIDER, token=token).data["invitationAccept"]
    agency = {"name": "Compass", "kind": "AGENCY"}
    membership = {"level": "EDITOR", "status": "ACTIVE", "organization": agency, "account": {"displayName": "North"}}
    assert made == {"membership": membership, "userErrors": []}
    assert sees(api, OUTSIDER)
    assert api.rows(STATUS) == [("ACCEPTED",)]


def test_the_holder_of_the_link_sees_the_account_and_its_name_only(api: Api):
    invited(api)

    assert api(PREVIEW, token=api.token(OUTSIDER.email)).data == {
        "invitationByToken": {
            "accountName": "North",
            "name": "Otto",
            "level": "EDITOR",
            "status": "PENDING",
            "expiresAt": "2026-11-27T12:00:00Z",
            "invitedByName": "Ada Owner",
        }
    }
    assert api(PREVIEW, token="ecl_unknown").data == {"invitationByToken": None}


def test_a_link_is_answered_once(api: Api):
    invited(api)
    token = api.token(OUTSIDER.email)
    assert api(DECLINE, token=token).data == {"invitationDecline": {"ok": True, "userErrors": []}}

    assert api(ACCEPT, as_=OUTSIDER, token=token).data["invitationAccept"]["userErrors"] == UNKNOWN
    assert api(DECLINE, token=token).data["invitationDecline"]["userErrors"] == UNKNOWN
    assert api(PREVIEW, token=token).data == {"invitationByToken": None}
    assert not sees(api, OUTSIDER)
    assert api.rows(STATUS) == [("DECLINED",)]


def test_an_invitation_is_accepted_within_a_week(api: Api):
    invited(api)
    token = api.token(OUTSIDER.email)
    api.clock.pass_(days=7)
    api.write("UPDATE session SET expires_at = '2027-01-01 00:00:00.000000'")

    assert api(ACCEPT, as_=OUTSIDER, token=token).data["invitationAccept"]["userErrors"] == UNKNOWN
    assert not sees(api, OUTSIDER)


def test_nobody_accepts_without_signing_in_and_no_member_twice(api: Api):
    invited(api, "another@example.com")
    token = api.token("another@example.com")

    assert api(ACCEPT, token=token).codes == ["UNAUTHENTICATED"]
    refused = api(ACCEPT, as_=EDITOR, token=token).data["invitationAccept"]
    assert refused == {"membership": None, "userErrors": [{"code": "CONFLICT", "path": ["token"]}]}
    assert api.rows(STATUS) == [("PENDING",)]
    assert codes(api(ACCEPT, as_=OUTSIDER, token=token), "invitationAccept") == [], "the link was not used up"


def test_one_of_many_who_accept_at_once_gets_in(api: Api):
    invited(api)
    body = {"query": ACCEPT, "variables": {"token": api.token(OUTSIDER.email)}}
    headers = {"authorization": f"Bearer {OUTSIDER.token}"}

    async def all_at_once() -> list[Any]:
        ask = (api._request("POST", "/graphql", {"json": body, "headers": headers}) for _ in range(20))
        return [response.json()["data"]["invitationAccept"] for response in await asyncio.gather(*ask)]

    answers = api.run(all_at_once)
    assert sum(each["membership"] is not None for each in answers) == 1
    assert all(each["userErrors"] == UNKNOWN for each in answers if each["membership"] is None)
    assert api.rows("SELECT count(*) FROM membership WHERE status = 'ACTIVE'") == [(6,)]


def test_what_is_only_rehearsed_opens_nothing_to_what_follows(api: Api):
    invited(api, level="ADMIN")
    document = f"""mutation ($token: String!) {{
      a: invitationAccept(input: {{token: $token}}) @dryRun {{ membership {{ level }} }}
      b: userInvite(input: {{accountId: "{NORTH}", name: "X", email: "x@example.com", level: ADMIN}}) {{
        userErrors {{ code }} }} }}"""
    answer = api(document, as_=OUTSIDER, token=api.token(OUTSIDER.email))

    refused = {"userErrors": [{"code": "NOT_FOUND"}]}
    assert answer.data == {"a": {"membership": {"level": "ADMIN"}}, "b": refused}
    assert api.rows(STATUS) == [("PENDING",)]


def test_who_has_accepted_goes_on_as_a_member_in_the_same_request(api: Api):
    invited(api, level="ADMIN")
    document = f"""mutation ($token: String!) {{
      a: invitationAccept(input: {{token: $token}}) {{ membership {{ level }} }}
      b: userInvite(input: {{accountId: "{NORTH}", name: "X", email: "x@example.com", level: EDITOR}}) {{
        userErrors {{ code }} }} }}"""
    answer = api(document, as_=OUTSIDER, token=api.token(OUTSIDER.email))

    assert answer.data == {"a": {"membership": {"level": "ADMIN"}}, "b": {"userErrors": []}}


def test_who_has_left_is_out_of_the_same_request_too(api: Api):
    promote(api, EDITOR)
    document = f"""mutation {{
      a: membershipLeave(input: {{accountId: "{NORTH}"}}) {{ ok }}
      b: userInvite(input: {{accountId: "{NORTH}", name: "X", email: "x@example.com", level: ADMIN}}) {{
        userErrors {{ code }} }}
      c: membershipLeave(input: {{accountId: "{NORTH}"}}) {{ userErrors {{ code }} }} }}"""
    answer = api(document, as_=EDITOR)

    refused = {"userErrors": [{"code": "NOT_FOUND"}]}
    assert answer.data == {"a": {"ok": True}, "b": refused, "c": refused}
    assert api.rows(STATUS) == []


def test_two_who_answer_and_take_back_at_once_do_not_wait_for_each_other(api: Api):
    id = invited(api)
    accept = {"query": ACCEPT, "variables": {"token": api.token(OUTSIDER.email)}}
    revoke = {"query": REVOKE, "variables": {"id": id}}

    async def both() -> list[Any]:
        asks = (
            api._request("POST", "/graphql", {"json": body, "headers": {"authorization": f"Bearer {who.token}"}})
            for body, who in ((accept, OUTSIDER), (revoke, OWNER))
        )
        return [response.status_code for response in await asyncio.gather(*asks)]

    assert api.run(both) == [200, 200]
    assert api.rows(STATUS) in ([("ACCEPTED",)], [("REVOKED",)])


def test_a_letter_that_was_not_sent_yet_is_not_sent_once_its_invitation_is_taken_back(api: Api):
    api(REVOKE, as_=OWNER, id=invited(api))

    assert api.mail(OUTSIDER.email) == []
    state = ("DEAD", "withdrawn before it was sent")
    assert api.rows("SELECT status, last_error FROM email_message") == [state]
    assert api.rows("SELECT status FROM job WHERE kind = 'notices.send'") == [("DONE",)]


# ---- taking back, mailing again


def test_an_open_invitation_is_taken_back_and_its_link_ends(api: Api):
    id = invited(api)
    token = api.token(OUTSIDER.email)
    assert api(REVOKE, as_=OWNER, id=id).data["invitationRevoke"]["invitation"] == {"status": "REVOKED"}

    assert api(ACCEPT, as_=OUTSIDER, token=token).data["invitationAccept"]["userErrors"] == UNKNOWN
    again = api(REVOKE, as_=OWNER, id=id).data["invitationRevoke"]["userErrors"]
    assert again == [{"code": "ILLEGAL_TRANSITION", "from": "REVOKED", "attempted": "REVOKED", "instead_": None}]
    assert not sees(api, OUTSIDER)


def test_an_invitation_is_mailed_again_after_ten_minutes_and_the_first_link_ends(api: Api):
    id = invited(api)
    first = api.token(OUTSIDER.email)
    early = api(RESEND, as_=OWNER, id=id).data["invitationResend"]["userErrors"]
    assert early == [{"code": "LIMIT", "retryAt": "2026-11-20T12:10:00Z"}]
    assert len(api.mail(OUTSIDER.email)) == 1

    api.clock.pass_(minutes=10)
    again = api(RESEND, as_=OWNER, id=id).data["invitationResend"]["invitation"]
    assert again == {"status": "PENDING", "expiresAt": "2026-11-27T12:10:00Z"}
    second = api.token(OUTSIDER.email)
    assert api(ACCEPT, as_=OUTSIDER, token=first).data["invitationAccept"]["userErrors"] == UNKNOWN
    assert codes(api(ACCEPT, as_=OUTSIDER, token=second), "invitationAccept") == []


def test_an_invitation_past_its_time_is_neither_mailed_nor_taken_back(api: Api):
    id = invited(api)
    api.clock.pass_(days=8)

    assert codes(api(RESEND, as_=OWNER, id=id), "invitationResend") == ["ILLEGAL_TRANSITION"]
    assert codes(api(REVOKE, as_=OWNER, id=id), "invitationRevoke") == ["ILLEGAL_TRANSITION"]
    assert api.rows(STATUS) == [("PENDING",)]


# ---- levels, leaving, removing


def promote(api: Api, who: Any) -> None:
    assert codes(api(LEVEL, as_=OWNER, id=member(api, who), level="ADMIN"), "membershipSetLevel") == []
    api.write("UPDATE session SET revoked_at = NULL")  # they sign in again


def test_an_admin_makes_an_editor_an_admin_and_back(api: Api):
    for level, names in (("ADMIN", ["Ada Owner", "Ben Editor"]), ("EDITOR", ["Ada Owner"])):
        set_ = api(LEVEL, as_=OWNER, id=member(api, EDITOR), level=level).data["membershipSetLevel"]
        assert set_ == {"membership": {"level": level}, "userErrors": []}
        assert admins(api) == names


@pytest.mark.parametrize("document", [LEVEL, REMOVE])
def test_only_admins_of_the_account_say_who_is_in_it(api: Api, document):
    there, given = member(api, BOTH), {"level": "ADMIN"} if document is LEVEL else {}

    for who, code in ((EDITOR, "FORBIDDEN"), (STRANGER, "NOT_FOUND"), (OUTSIDER, "NOT_FOUND")):
        (payload,) = api(document, as_=who, id=there, **given).data.values()
        assert [error["code"] for error in payload["userErrors"]] == [code]
        assert payload["membership"] is None
    assert sees(api, BOTH)
    assert admins(api) == ["Ada Owner"]


def test_a_removed_member_is_out_at_once_and_so_are_their_tokens(api: Api):
    make = """mutation ($id: ID!) { apiTokenCreate(input: {accountId: $id, name: "R", scopes: ["accounts:read"]}) {
      secret } }"""
    promote(api, EDITOR)
    secret = api(make, as_=EDITOR, id=NORTH).data["apiTokenCreate"]["secret"]
    assert sees(api, secret)
    gone = api(REMOVE, as_=OWNER, id=member(api, EDITOR)).data["membershipRemove"]

    assert gone == {"membership": {"status": "REMOVED", "removedAt": "2026-11-20T12:00:00Z"}, "userErrors": []}
    assert not sees(api, EDITOR)
    assert api(ACCOUNT, as_=secret, id=NORTH).status == 401
    assert api.rows("SELECT count(*) FROM change WHERE event = 'MEMBER_REMOVED'") == [(1,)]


def test_who_was_removed_may_be_invited_again_and_their_old_tokens_stay_dead(api: Api):
    promote(api, EDITOR)
    make = 'mutation { apiTokenCreate(input: {accountId: "%s", name: "R", scopes: ["accounts:read"]}) { secret } }'
    secret = api(make % NORTH, as_=EDITOR).data["apiTokenCreate"]["secret"]
    api(REMOVE, as_=OWNER, id=member(api, EDITOR))
    invited(api, EDITOR.email, level="ADMIN")
    api(ACCEPT, as_=EDITOR, token=api.token(EDITOR.email))

    assert sees(api, EDITOR)
    assert api(ACCOUNT, as_=secret, id=NORTH).status == 401


def test_nothing_more_is_done_with_a_membership_that_has_ended(api: Api):
    gone = member(api, EDITOR)
    api(REMOVE, as_=OWNER, id=gone)

    for document, given in ((LEVEL, {"level": "EDITOR"}), (REMOVE, {})):
        (payload,) = api(document, as_=OWNER, id=gone, **given).data.values()
        assert payload["userErrors"] == [{"code": "ILLEGAL_TRANSITION", "path": ["id"]}]
    assert api.rows("SELECT count(*) FROM change WHERE event LIKE 'MEMBER%'") == [(1,)]


def test_a_member_leaves(api: Api):
    assert api(LEAVE, as_=EDITOR, id=NORTH).data == {"membershipLeave": {"ok": True, "userErrors": []}}

    assert not sees(api, EDITOR)
    assert codes(api(LEAVE, as_=EDITOR, id=NORTH), "membershipLeave") == ["NOT_FOUND"]
    assert codes(api(LEAVE, as_=EDITOR, id=SOUTH), "membershipLeave") == ["NOT_FOUND"]


def test_the_last_admin_stays(api: Api):
    mine = member(api, OWNER)
    refused = {"code": "CONFLICT", "path": ["id"]}

    assert api(LEVEL, as_=OWNER, id=mine, level="EDITOR").data["membershipSetLevel"]["userErrors"] == [refused]
    assert api(REMOVE, as_=OWNER, id=mine).data["membershipRemove"]["userErrors"] == [refused]
    assert api(LEAVE, as_=OWNER, id=NORTH).data["membershipLeave"]["userErrors"] == [refused]
    assert admins(api) == ["Ada Owner"]


def test_of_two_admins_who_leave_at_once_one_stays(api: Api):
    for who in (EDITOR, BOTH):
        promote(api, who)

    async def all_at_once() -> list[Any]:
        body = {"query": LEAVE, "variables": {"id": NORTH}}
        asks = (
            api._request("POST", "/graphql", {"json": body, "headers": {"authorization": f"Bearer {who.token}"}})
            for who in (OWNER, EDITOR, BOTH)
        )
        return [response.json()["data"]["membershipLeave"]["ok"] for response in await asyncio.gather(*asks)]

    assert sorted(map(bool, api.run(all_at_once))) == [False, True, True]
    assert len(admins(api)) == 1


def test_an_admin_does_without_some_of_the_accounts_mail(api: Api):
    muted = api(MUTE, as_=OWNER, id=NORTH, muted=["HANDOVER"]).data["notificationPreferencesSet"]

    assert muted == {"membership": {"mutedEmails": ["HANDOVER"]}, "userErrors": []}
    assert codes(api(MUTE, as_=EDITOR, id=NORTH, muted=[]), "notificationPreferencesSet") == ["FORBIDDEN"]


def test_what_an_admin_may_do_with_a_member_is_said_beforehand(api: Api):
    ask = """query ($id: ID!) { node(id: $id) { ... on Membership {
      permissions { setLevel { allowed } remove { allowed } } } } }"""
    allowed = {"setLevel": {"allowed": True}, "remove": {"allowed": True}}
    api(REMOVE, as_=OWNER, id=(gone := member(api, EDITOR)))

    assert api(ask, as_=OWNER, id=member(api, BOTH)).data == {"node": {"permissions": allowed}}
    refused = {"setLevel": {"allowed": False}, "remove": {"allowed": False}}
    assert api(ask, as_=OWNER, id=gone).data == {"node": {"permissions": refused}}
