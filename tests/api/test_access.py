"""Access: every field of the schema that says who may use it, asked by all others; a new one needs a sample here."""

import json
import re
from hashlib import sha256
from typing import Any, NamedTuple

import pytest

from app.domain.access import TOKEN_SCOPES
from app.schema.relay import NODES
from tests.conftest import Api
from tests.house.contract import ROOTS, fields, guards, sdl
from tests.moderating import in_state
from tests.people import (
    BOTH,
    DRAFT_AD,
    EDITOR,
    FEED,
    ISLAND,
    ISLAND_AD,
    MODERATOR,
    NORTH,
    NORTH_BRAND,
    OPERATOR,
    OTHER_FEED,
    OUTSIDER,
    OWNER,
    PASSWORD,
    REVIEWER,
    SOUTH,
    SPRING,
    STRANGER,
    SUMMER,
    TENT,
    TENT_AD,
    gid,
)
from tests.pictures import picture, uploaded
from tests.registrations import BRAND, claimed, do, draft, ready, submitted

RANGE = '{from: "2026-11-01", to: "2026-11-20"}'
USD = '{micros: "5000000", currency: "USD"}'
TOKEN = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { token { id } secret } }"""
INVITE = f'userInvite(input: {{accountId: "{NORTH}", name: "N", email: "n@example.com", level: EDITOR}})'
ERRORS = "{ seq userErrors { code } }"
CARD = "{ paymentMethod { id } }"
TOTALS = f"metrics(range: {RANGE}) {{ clicks }}"


LONG = "a long new password"
MEMBER = gid("Membership", "editor-north")
DIGEST = sha256(picture()).hexdigest()


class Sample(NamedTuple):
    """A document that uses the field on something of NORTH, and what a stranger gets: null, a code, or a value."""

    document: str
    stranger: Any = None


def wish(field: str) -> Sample:
    return Sample(f"mutation {{ it: {field} {ERRORS} }}", {"seq": None, "userErrors": [{"code": "NOT_FOUND"}]})


def staff_wish(field: str) -> Sample:
    return Sample(f"mutation {{ it: {field} {ERRORS} }}", "FORBIDDEN")


FINDING = '{kind: CLAIM, ruleId: "CLAIM-1", field: "headline", explanation: "E"}'
ROOT_FIELDS = {
    "Query.node": Sample(f'{{ it: node(id: "{SPRING}") {{ id }} }}'),
    "Query.nodes": Sample(f'{{ it: nodes(ids: ["{SPRING}", "{NORTH}"]) {{ id }} }}', [None, None]),
    "Query.viewer": Sample("{ it: viewer { memberships { account { displayName } } } }", "their own"),
    "Query.serverInfo": Sample("{ it: serverInfo { version } }", "everybody's"),
    "Query.account": Sample(f'{{ it: account(id: "{NORTH}") {{ displayName }} }}'),
    "Query.billing": Sample(f'{{ it: billing(accountId: "{NORTH}") {{ __typename }} }}'),
    "Query.paymentOptions": Sample("{ it: paymentOptions { brand } }", "everybody's"),
    "Query.accounts": Sample("{ it: accounts(first: 1) { nodes { displayName } } }", "FORBIDDEN"),
    "Query.interests": Sample("{ it: interests(first: 1) { nodes { name } } }", "everybody's"),
    "Query.products": Sample(f'{{ it: products(accountId: "{NORTH}", first: 1) {{ nodes {{ sku }} }} }}', "NOT_FOUND"),
    "Query.campaign": Sample(f'{{ it: campaign(id: "{SPRING}") {{ name }} }}'),
    "Query.ad": Sample(f'{{ it: ad(id: "{TENT_AD}") {{ title }} }}'),
    "Query.metrics": Sample(
        f'{{ it: metrics(accountId: "{NORTH}", query: {{range: {RANGE}, dimensions: [AD]}}) {{ truncated }} }}',
        "NOT_FOUND",
    ),
    "Mutation.signIn": Sample(
        f'mutation {{ it: signIn(input: {{email: "{OUTSIDER.email}", password: "{PASSWORD}"}}) {{ seq }} }}',
        "their own",
    ),
    "Mutation.signUp": Sample(
        f'mutation {{ it: signUp(input: {{email: "nia@example.com", name: "N", password: "{LONG}"}}) {{ ok }} }}',
        "their own",
    ),
    "Mutation.emailVerify": Sample(
        f'mutation {{ it: emailVerify(input: {{token: "OF_SIGN_UP", password: "{LONG}"}}) {{ user {{ name }} }} }}',
        "their own",
    ),
    "Mutation.emailVerifyResend": Sample(
        'mutation { it: emailVerifyResend(input: {email: "nobody@example.com"}) { ok userErrors { code } } }',
        "everybody's",
    ),
    "Mutation.passwordResetRequest": Sample(
        'mutation { it: passwordResetRequest(input: {email: "nobody@example.com"}) { ok userErrors { code } } }',
        "everybody's",
    ),
    "Mutation.passwordReset": Sample(
        f'mutation {{ it: passwordReset(input: {{token: "OF_RESET", password: "{LONG}"}}) {{ ok }} }}', "their own"
    ),
    "Mutation.passwordChange": Sample(
        f'mutation {{ it: passwordChange(input: {{currentPassword: "{PASSWORD}", newPassword: "{LONG}"}}) {{ ok }} }}',
        "their own",
    ),
    "Mutation.userUpdate": Sample('mutation { it: userUpdate(input: {name: "N"}) { user { name } } }', "their own"),
    "Mutation.sessionRevoke": wish(f'sessionRevoke(input: {{id: "{gid("Session", "session-owner")}"}})'),
    "Mutation.invitationResend": wish('invitationResend(input: {id: "INVITATION"})'),
    "Mutation.invitationRevoke": wish('invitationRevoke(input: {id: "INVITATION"})'),
    "Mutation.invitationAccept": Sample(
        'mutation { it: invitationAccept(input: {token: "OF_INVITATION"}) { membership { level } } }', "the holder's"
    ),
    "Mutation.invitationDecline": Sample(
        'mutation { it: invitationDecline(input: {token: "OF_INVITATION"}) { ok } }', "the holder's"
    ),
    "Mutation.membershipSetLevel": wish(f'membershipSetLevel(input: {{id: "{MEMBER}", level: ADMIN}})'),
    "Mutation.membershipRemove": wish(f'membershipRemove(input: {{id: "{MEMBER}"}})'),
    "Mutation.membershipLeave": wish(f'membershipLeave(input: {{accountId: "{NORTH}"}})'),
    "Mutation.notificationPreferencesSet": wish(
        f'notificationPreferencesSet(input: {{accountId: "{NORTH}", muted: [HANDOVER]}})'
    ),
    "Query.invitationByToken": Sample(
        '{ it: invitationByToken(token: "OF_INVITATION") { accountName } }', "the holder's"
    ),
    "Query.outbox": Sample("{ it: outbox(first: 1) { nodes { to } } }", "FORBIDDEN"),
    "Query.registrationPaths": Sample("{ it: registrationPaths { path } }", "everybody's"),
    "Query.serviceLevels": Sample("{ it: serviceLevels { kind } }", "everybody's"),
    "Query.policyDocuments": Sample("{ it: policyDocuments { title } }", "everybody's"),
    "Query.policyDocument": Sample("{ it: policyDocument(kind: AGREEMENT) { title } }", "everybody's"),
    "Query.registration": Sample('{ it: registration(id: "DRAFT") { status } }'),
    "Query.registrations": Sample("{ it: registrations(first: 1) { nodes { brandName } } }", "their own"),
    "Query.reviewQueue": Sample("{ it: reviewQueue(first: 1) { nodes { id } } }", "FORBIDDEN"),
    "Query.termsInvitation": Sample('{ it: termsInvitation(token: "OF_TERMS") { contactName } }', "the holder's"),
    "Mutation.registrationCreate": Sample(
        "mutation { it: registrationCreate(input: {path: KDP}) { registration { status } } }", "their own"
    ),
    "Mutation.registrationLoginBegin": wish(
        'registrationLoginBegin(input: {id: "OF_KDP", returnTo: "http://127.0.0.1:8000/"})'
    ),
    "Mutation.registrationUpdate": wish('registrationUpdate(input: {id: "DRAFT", note: "N"})'),
    "Mutation.registrationSubmit": wish('registrationSubmit(input: {id: "DRAFT"})'),
    "Mutation.registrationProvideInfo": wish('registrationProvideInfo(input: {id: "ASKED", message: "N"})'),
    "Mutation.registrationWithdraw": wish('registrationWithdraw(input: {id: "DRAFT"})'),
    "Mutation.registrationResendTermsInvitation": wish('registrationResendTermsInvitation(input: {id: "MAILED"})'),
    "Mutation.registrationClaim": staff_wish('registrationClaim(input: {id: "SUBMITTED"})'),
    "Mutation.registrationRelease": staff_wish('registrationRelease(input: {id: "CLAIMED"})'),
    "Mutation.registrationRequestInfo": staff_wish('registrationRequestInfo(input: {id: "CLAIMED", message: "N"})'),
    "Mutation.registrationApprove": staff_wish('registrationApprove(input: {id: "READY"})'),
    "Mutation.registrationReject": staff_wish('registrationReject(input: {id: "CLAIMED", reason: "N"})'),
    "Mutation.registrationAddStaffNote": staff_wish('registrationAddStaffNote(input: {id: "CLAIMED", note: "N"})'),
    "Mutation.termsAccept": Sample(
        'mutation { it: termsAccept(input: {token: "OF_TERMS", documentVersion: 1, fullName: "N"}) { seq } }',
        "the holder's",
    ),
    "Mutation.termsDecline": Sample(
        'mutation { it: termsDecline(input: {token: "OF_TERMS"}) { seq } }', "the holder's"
    ),
    "Mutation.brandCreate": wish(
        f'brandCreate(input: {{accountId: "{NORTH}", name: "Further", vendorCode: "NORTH", '
        'brandContact: {name: "N", email: "n@north.example"}})'
    ),
    "Mutation.policyDocumentPublish": staff_wish(
        "policyDocumentPublish(input: {kind: AGREEMENT, "
        'title: "N", markdown: "N", effectiveAt: "2027-01-01T00:00:00Z"})'
    ),
    "Mutation.serviceLevelSet": staff_wish(
        'serviceLevelSet(input: {kind: AD_MODERATION, duration: "P2D", businessDays: true})'
    ),
    "Mutation.signOut": Sample("mutation { it: signOut { ok } }", "their own"),
    "Mutation.apiTokenCreate": wish(
        f'apiTokenCreate(input: {{accountId: "{NORTH}", name: "n", scopes: ["metrics:read"]}})'
    ),
    "Mutation.apiTokenRevoke": wish('apiTokenRevoke(input: {id: "TOKEN"})'),
    "Mutation.userInvite": wish(INVITE),
    "Mutation.accountUpdate": wish(f'accountUpdate(input: {{id: "{NORTH}", displayName: "N"}})'),
    "Mutation.accountHandover": wish(
        f'accountHandover(input: {{id: "{NORTH}", inviteAgency: [], removeMembershipIds: ["{MEMBER}"]}})'
    ),
    "Mutation.accountClose": wish(f'accountClose(input: {{id: "{NORTH}"}})'),
    "Mutation.accountSuspend": staff_wish(f'accountSuspend(input: {{id: "{NORTH}", reason: "R"}})'),
    "Mutation.accountReinstate": staff_wish(f'accountReinstate(input: {{id: "{NORTH}", reason: "R"}})'),
    "Mutation.paymentMethodAdd": wish(
        f'paymentMethodAdd(input: {{accountId: "{NORTH}", processorToken: "pretend_amex"}})'
    ),
    "Mutation.paymentMethodSetDefault": wish('paymentMethodSetDefault(input: {id: "CARD"})'),
    "Mutation.paymentMethodRemove": wish('paymentMethodRemove(input: {id: "CARD"})'),
    "Mutation.campaignCreate": wish(
        f'campaignCreate(input: {{accountId: "{NORTH}", brandId: "{NORTH_BRAND}", kind: SPONSORED_SEARCH, name: "N", '
        f'totalBudget: {USD}, start: "2026-12-01T00:00:00Z"}})'
    ),
    "Mutation.campaignUpdate": wish(f'campaignUpdate(input: {{id: "{SPRING}", name: "N"}})'),
    "Mutation.campaignPause": wish(f'campaignPause(input: {{id: "{SPRING}"}})'),
    "Mutation.campaignResume": wish(f'campaignResume(input: {{id: "{SUMMER}"}})'),
    "Mutation.campaignArchive": wish(f'campaignArchive(input: {{id: "{SUMMER}"}})'),
    "Mutation.adCreate": wish(
        f'adCreate(input: {{campaignId: "{SPRING}", title: "T", headline: "H", landing: {{productId: "{TENT}"}}, '
        f"bid: {USD}}})"
    ),
    "Query.adPreview": Sample(f'{{ it: adPreview(adId: "{TENT_AD}", placement: EMAIL) {{ html }} }}'),
    "Mutation.assetUploadBegin": wish(
        f'assetUploadBegin(input: {{accountId: "{NORTH}", filename: "a", contentType: "image/png", bytes: 9}})'
    ),
    "Mutation.assetUploadComplete": wish(f'assetUploadComplete(input: {{id: "UPLOADED", sha256: "{DIGEST}"}})'),
    "Mutation.adPause": wish(f'adPause(input: {{id: "{DRAFT_AD}"}})'),
    "Mutation.adResume": wish('adResume(input: {id: "PAUSED_AD"})'),
    "Mutation.adUpdate": wish(f'adUpdate(input: {{id: "{DRAFT_AD}", changes: {{title: "T"}}}})'),
    "Mutation.adDelete": wish(f'adDelete(input: {{id: "{DRAFT_AD}"}})'),
    "Mutation.adSubmit": wish(f'adSubmit(input: {{id: "{DRAFT_AD}"}})'),
    "Mutation.adReplace": wish(f'adReplace(input: {{id: "{TENT_AD}", changes: {{title: "T"}}}})'),
    "Mutation.adAppeal": wish('adAppeal(input: {id: "REJECTED_AD", message: "Look again"})'),
    "Query.policyPrecheck": Sample(
        f'{{ it: policyPrecheck(input: {{headline: "H", landing: {{productId: "{TENT}"}}}}) {{ verdict }} }}',
        "NOT_FOUND",
    ),
    "Query.moderationQueue": Sample("{ it: moderationQueue(first: 1) { nodes { id } } }", "FORBIDDEN"),
    "Mutation.moderationClaim": staff_wish('moderationClaim(input: {id: "QUEUED_CASE"})'),
    "Mutation.moderationRelease": staff_wish('moderationRelease(input: {id: "CLAIMED_CASE"})'),
    "Mutation.moderationDecide": staff_wish(
        'moderationDecide(input: {id: "CLAIMED_CASE", decision: APPROVE, findings: []})'
    ),
    "Mutation.adStop": staff_wish(f'adStop(input: {{id: "{TENT_AD}", reason: "R", findings: [{FINDING}]}})'),
    "Query.changeEvents": Sample(
        f'{{ it: changeEvents(accountId: "{NORTH}", first: 1) {{ nodes {{ action }} }} }}', "NOT_FOUND"
    ),
    "Mutation.changeRevert": wish('changeRevert(input: {changeEventId: "PAUSE"})'),
    "Mutation.campaignDuplicate": wish(
        f'campaignDuplicate(input: {{id: "{SPRING}", name: "N", start: "2026-12-01T00:00:00Z"}})'
    ),
    "Mutation.productUpsert": Sample(
        'mutation { it: productUpsert(input: {items: [{sku: "N-9", title: "Cup", vendorCode: "NORTH", '
        'detailUrl: "https://shop.example/N-9"}]}) { seq userErrors { code } } }',
        "FORBIDDEN",
    ),
    "Mutation.stockReport": Sample(
        'mutation { it: stockReport(input: {items: [{sku: "N-1", inStock: false, at: "2026-11-20T11:00:00Z"}]}) '
        "{ seq userErrors { code } } }",
        "FORBIDDEN",
    ),
}


def below(kind: str, id: str, field: str) -> str:
    return f'{{ node(id: "{id}") {{ ... on {kind} {{ id it: {field} }} }} }}'


def of_billing(field: str) -> str:
    return f'{{ node(id: "{NORTH}") {{ ... on Account {{ id billing {{ it: {field} }} }} }} }}'


def it(answer: Any) -> Any:
    """What the field below a node gave; billing is no node of its own."""
    node = answer.data["node"]
    holder = node if "it" in node else node["billing"]
    return None if holder is None else holder["it"]


def parent(name: str) -> str:
    kind = name.split(".", maxsplit=1)[0]
    return {"Billing": "Account"}.get(kind, kind)


PEOPLE = "members(first: 1) { nodes { id } }"
NESTED = {
    "Account.apiTokens": below("Account", NORTH, "apiTokens { id }"),
    "Account.billing": below("Account", NORTH, "billing { account { id } }"),
    "Account.organizations": below("Account", NORTH, "organizations { id }"),
    "Account.members": below("Account", NORTH, PEOPLE),
    "Account.invitations": below("Account", NORTH, "invitations(first: 1) { nodes { id } }"),
    "Account.campaigns": below("Account", NORTH, "campaigns(first: 1) { nodes { id } }"),
    "Account.assets": below("Account", NORTH, "assets(first: 1) { nodes { id } }"),
    "Account.ads": below("Account", NORTH, "ads(first: 1) { nodes { id } }"),
    "Account.metrics": below("Account", NORTH, TOTALS),
    "Ad.metrics": below("Ad", TENT_AD, TOTALS),
    "Billing.account": of_billing("account { id }"),
    "Billing.paymentMethods": of_billing("paymentMethods { id }"),
    "Brand.account": below("Brand", NORTH_BRAND, "account { id }"),
    "Brand.vendorCode": below("Brand", NORTH_BRAND, "vendorCode"),
    "Campaign.account": below("Campaign", SPRING, "account { id }"),
    "Campaign.dailyMetrics": below("Campaign", SPRING, f"dailyMetrics(range: {RANGE}) {{ clicks }}"),
    "Campaign.metrics": below("Campaign", SPRING, TOTALS),
    "Invitation.account": below("Invitation", "INVITATION", "account { id }"),
    "ModerationCase.claimedBy": below("ModerationCase", "CLAIMED_CASE", "claimedBy { name }"),
    "ModerationCase.decidedBy": below("ModerationCase", "DECIDED_CASE", "decidedBy { name }"),
    "Membership.account": below("Membership", gid("Membership", "owner-north"), "account { id }"),
    "Brand.registration": below("Brand", "FURTHER", "registration { id }"),
    "Registration.account": below("Registration", "APPROVED", "account { id }"),
    "Registration.claimedBy": below("Registration", "CLAIMED", "claimedBy { id }"),
    "Registration.staffNotes": below("Registration", "CLAIMED", "staffNotes { note }"),
    "User.email": below("User", OWNER.id, "email"),
}
ANSWERED = ("Query", "Mutation")  # subscriptions are streams: see test_subscriptions.py
OF_ROOTS = {name: field for name, field in fields(sdl(), *ANSWERED) if guards(field)}
OWN = ("Viewer",)  # what is one's own, whoever one is: see test_signing_up.py
OF_OTHERS = {name: field for name, field in fields(sdl()) if guards(field) and name.split(".")[0] not in {*ROOTS, *OWN}}
TABLES = (
    "product",
    "change",
    "account",
    "payment_method",
    "campaign",
    "ad",
    "invitation",
    "membership",
    "email_message",
    "job",
    "idempotency_key",
)
TABLES += (
    "asset",
    "moderation_case",
    "case_finding",
    "registration",
    "terms_invitation",
    "info_request",
    "staff_note",
    "policy_document",
    "service_level",
    "brand",
)
STAFF = {"REVIEWER": REVIEWER, "OPERATOR": OPERATOR, "MODERATOR": MODERATOR, "INGEST": FEED}


def holder(name: str, field: Any) -> Any:
    """Whom a field is for: the staff or feed it names, whom an invitation was mailed to, or else OWNER."""
    return OUTSIDER if name == "Mutation.invitationAccept" else STAFF.get(level(field), OWNER)


def level(field: Any) -> str:
    return guards(field)[0]["level"]


def scope(field: Any) -> str | None:
    return guards(field)[0].get("scope")


def token(api: Api, *scopes: str) -> dict:
    return api(TOKEN, as_=OWNER, account=NORTH, scopes=list(scopes)).data["apiTokenCreate"]


def every_scope_but(missing: str | None) -> list[str]:
    return sorted(set(TOKEN_SCOPES) - {missing})


def invite(api: Api) -> str:
    """The id of a new invitation to NORTH."""
    number = len(api.rows("SELECT id FROM invitation")) + 1
    document = INVITE.replace("n@", f"i{number}@")
    return api(f"mutation {{ it: {document} {{ invitation {{ id }} }} }}", as_=OWNER).data["it"]["invitation"]["id"]


def mailed(api: Api) -> str:
    """A registration whose terms were mailed some time ago."""
    id = submitted(api, OWNER)
    api.clock.pass_(minutes=10)
    return id


def asked(api: Api) -> str:
    id = claimed(api, OWNER)
    do(api, "registrationRequestInfo", REVIEWER, id=id, message="Which?")
    return id


def approved(api: Api) -> str:
    id = ready(api, OWNER)
    do(api, "registrationApprove", REVIEWER, id=id)
    return id


def further(api: Api) -> str:
    """A brand that is applied for."""
    document = ROOT_FIELDS["Mutation.brandCreate"].document.replace("seq", "brand { id }")
    return api(document, as_=OWNER).data["it"]["brand"]["id"]


CASES = {"DRAFT": lambda api: draft(api, OWNER), "SUBMITTED": lambda api: submitted(api, OWNER), "MAILED": mailed}
CASES |= {"CLAIMED": lambda api: claimed(api, OWNER), "READY": lambda api: ready(api, OWNER), "ASKED": asked}
CASES |= {"OF_KDP": lambda api: draft(api, OWNER, "KDP"), "APPROVED": approved, "FURTHER": further}


def card(api: Api) -> str:
    """The id of a new card of NORTH."""
    number = len(api.rows("SELECT id FROM payment_method"))
    add = ROOT_FIELDS["Mutation.paymentMethodAdd"].document.replace(ERRORS, CARD)
    return api(add.replace("_amex", f"_visa.{number}"), as_=OWNER).data["it"]["paymentMethod"]["id"]


def moderated(api: Api, document: str) -> str:
    if "REJECTED_AD" in document:
        in_state(api, "REJECTED")
        return document.replace("REJECTED_AD", DRAFT_AD)
    state = re.search(r"(\w+)_CASE", document)[1]
    return document.replace(f"{state}_CASE", in_state(api, "REJECTED" if state == "DECIDED" else state))


def prepared(api: Api, document: str) -> str:
    """The document with ids of things that the world has to get first."""
    for word, make in CASES.items():
        if f'"{word}"' in document:
            return document.replace(f'"{word}"', f'"{make(api)}"')
    if "PAUSED_AD" in document:
        api.write("UPDATE ad SET configured_status = 'PAUSED' WHERE title = 'The bag'")
        return document.replace("PAUSED_AD", gid("Ad", "bag-ad"))
    if '"PAUSE"' in document:
        api(f'mutation {{ campaignPause(input: {{id: "{SPRING}"}}) {{ seq }} }}', as_=OWNER)
        found = api(f'{{ changeEvents(accountId: "{NORTH}", last: 1) {{ nodes {{ id }} }} }}', as_=OWNER)
        return document.replace("PAUSE", found.data["changeEvents"]["nodes"][0]["id"])
    if "UPLOADED" in document:
        return document.replace("UPLOADED", uploaded(api, picture()))
    if "accountReinstate" in document:
        api.write("UPDATE account SET status = 'SUSPENDED' WHERE name_key = 'north'")
    if '"CARD"' in document:
        return document.replace("CARD", card(api))
    if "_CASE" in document or "REJECTED_AD" in document:
        return moderated(api, document)
    if '"TOKEN"' in document:
        return document.replace("TOKEN", token(api, "metrics:read")["token"]["id"])
    return with_tokens(api, document)


def with_tokens(api: Api, document: str) -> str:
    """The document with the tokens of mailed links."""
    if "membershipLeave" in document:  # the last ADMIN stays
        id = gid("Membership", "both-north")
        api(f'mutation {{ membershipSetLevel(input: {{id: "{id}", level: ADMIN}}) {{ seq }} }}', as_=OWNER)
    if "OF_SIGN_UP" in document:
        api(ROOT_FIELDS["Mutation.signUp"].document)
        return document.replace("OF_SIGN_UP", api.token("nia@example.com"))
    if "OF_RESET" in document:
        api(f'mutation {{ passwordResetRequest(input: {{email: "{EDITOR.email}"}}) {{ ok }} }}')
        return document.replace("OF_RESET", api.token(EDITOR.email))
    if "OF_TERMS" in document:
        submitted(api, OWNER)
        return document.replace("OF_TERMS", api.token(BRAND["contactEmail"]))
    if "OF_INVITATION" in document:
        invite(api)
        return document.replace("OF_INVITATION", api.token("i1@example.com"))
    if '"INVITATION"' in document:
        made = invite(api)
        if "Resend" in document:
            api.clock.pass_(minutes=10)
        return document.replace('"INVITATION"', f'"{made}"')
    return document


def world(api: Api) -> list[Any]:
    """Everything that a change would change."""
    kept = [api.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]
    return [*kept, api.rows("SELECT id, revoked_at FROM api_token"), api.rows("SELECT id, revoked_at FROM session")]


# ---- coverage


def test_every_guarded_field_of_the_schema_has_a_sample():
    there, have = {*OF_ROOTS, *OF_OTHERS}, {*ROOT_FIELDS, *NESTED}

    share = f"{len(there & have)} of {len(there)} guarded fields are covered"
    assert there == have, f"{share}; without a sample: {sorted(there - have)}; gone: {sorted(have - there)}"


@pytest.mark.parametrize("name", OF_ROOTS)
def test_a_sample_does_what_it_says_for_an_admin(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    answer = api(document, as_=holder(name, OF_ROOTS[name]))

    assert (answer.status, answer.errors) == (200, [])
    assert answer.data["it"] not in (None, [], [None])
    assert answer.data["it"].get("userErrors", []) == [] if isinstance(answer.data["it"], dict) else True


# ---- root fields


@pytest.mark.parametrize("name", OF_ROOTS)
def test_nobody_gets_in_where_somebody_is_asked_for(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    before = world(api)
    answer = api(document)

    if level(OF_ROOTS[name]) == "PUBLIC":
        assert answer.codes == []
        assert answer.data["it"] in (None, [None, None]) or ROOT_FIELDS[name].stranger is not None
        return
    assert (answer.status, answer.codes) == (200, ["UNAUTHENTICATED"])
    assert answer.data in (None, {"it": None})
    assert world(api) == before


@pytest.mark.parametrize("name", [name for name, field in OF_ROOTS.items() if level(field) != "PUBLIC"])
def test_a_token_without_the_scope_is_refused(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    secret = token(api, *every_scope_but(scope(OF_ROOTS[name])))["secret"]
    api("{ serverInfo { version } }", as_=secret)  # its use is noted
    before = world(api)
    answer = api(document, as_=secret)

    assert (answer.codes, answer.data in (None, {"it": None})) == (["MISSING_SCOPE"], True)
    assert world(api) == before


@pytest.mark.parametrize("name", [name for name, field in OF_ROOTS.items() if level(field) == "INGEST"])
def test_what_is_for_feeds_takes_their_token_with_the_scope_and_no_person(api: Api, name):
    before = world(api)
    answers = [api(ROOT_FIELDS[name].document, as_=who) for who in (OTHER_FEED, OWNER, OPERATOR)]

    assert [answer.codes for answer in answers] == [["MISSING_SCOPE"], ["FORBIDDEN"], ["FORBIDDEN"]]
    assert {str(answer.data) for answer in answers} == {"None"}
    assert world(api) == before


@pytest.mark.parametrize("name", [n for n, field in OF_ROOTS.items() if level(field) not in ("PUBLIC", "INGEST")])
def test_a_feeds_token_reaches_nothing_else(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    api.write("UPDATE ingest_token SET scopes = :all", all=json.dumps(sorted(TOKEN_SCOPES)))
    before = world(api)
    answer = api(document, as_=OTHER_FEED)

    assert answer.codes == ["FORBIDDEN" if scope(OF_ROOTS[name]) else "MISSING_SCOPE"]
    assert answer.data in (None, {"it": None})
    assert world(api) == before


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_feeds_token_sees_no_node(api: Api, name):
    assert api(prepared(api, NESTED[name]), as_=FEED).body == {"data": {"node": None}}


OF_ACCOUNTS = [name for name, field in OF_ROOTS.items() if scope(field) and level(field) != "INGEST"]


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_a_token_with_the_scope_passes(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    answer = api(document, as_=token(api, scope(OF_ROOTS[name]))["secret"])

    assert answer.errors == []
    assert answer.data["it"].get("userErrors", []) == []


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER, OPERATOR], ids=lambda who: who.key)
@pytest.mark.parametrize("name", OF_ROOTS)
def test_a_stranger_gets_nothing_and_changes_nothing(api: Api, name, who):
    sample = ROOT_FIELDS[name]
    if level(OF_ROOTS[name]) in who.staff:
        return  # it is theirs
    document = prepared(api, sample.document)
    before = world(api)
    answer = api(document, as_=who)

    if sample.stranger in ("their own", "everybody's"):
        assert "North" not in str(answer.body)
    elif sample.stranger == "the holder's":
        assert answer.errors == []  # who holds a link is whom it was mailed to
    elif sample.stranger in ("NOT_FOUND", "FORBIDDEN"):
        assert (answer.data in (None, {"it": None}), answer.codes) == (True, [sample.stranger])
    else:
        assert answer.body == {"data": {"it": sample.stranger}}
    assert world(api) == before or sample.stranger in ("their own", "the holder's")


@pytest.mark.parametrize("name", [name for name, field in OF_ROOTS.items() if level(field) == "ADMIN"])
def test_an_editor_is_told_that_it_takes_an_admin(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    before = world(api)
    answer = api(document, as_=EDITOR)

    assert answer.data == {"it": {"seq": None, "userErrors": [{"code": "FORBIDDEN"}]}}
    assert world(api) == before


def test_an_admin_elsewhere_is_an_editor_here(api: Api):
    names = [name for name, field in OF_ROOTS.items() if level(field) == "ADMIN"]
    documents = [prepared(api, ROOT_FIELDS[name].document) for name in names]
    before = world(api)

    for document in documents:
        assert api(document, as_=BOTH).data == {"it": {"seq": None, "userErrors": [{"code": "FORBIDDEN"}]}}
    assert world(api) == before


# ---- nested fields


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_guarded_field_is_shown_to_an_admin(api: Api, name):
    answer = api(prepared(api, NESTED[name]), as_=holder(name, OF_OTHERS[name]))

    assert answer.errors == []
    assert it(answer) is not None


@pytest.mark.parametrize("name", [name for name, field in OF_OTHERS.items() if level(field) == "ADMIN"])
def test_an_editor_gets_null_for_what_takes_an_admin_and_the_rest_stays(api: Api, name):
    document = prepared(api, NESTED[name])
    for who in (EDITOR, BOTH):
        answer = api(document, as_=who)
        assert (answer.status, answer.codes, answer.errors[0]["path"][-1]) == (200, ["FORBIDDEN"], "it")
        assert (it(answer), len(answer.data["node"]["id"]) > 20) == (None, True)


@pytest.mark.parametrize("name", [name for name, field in OF_OTHERS.items() if level(field) == "MODERATOR"])
def test_a_member_gets_null_for_what_takes_a_moderator_and_the_rest_stays(api: Api, name):
    document = prepared(api, NESTED[name])

    for who in (OWNER, EDITOR):
        answer = api(document, as_=who)
        assert (answer.codes, answer.data["node"]["it"]) == (["FORBIDDEN"], None)
        assert len(answer.data["node"]["id"]) > 20


@pytest.mark.parametrize("name", [name for name, field in OF_OTHERS.items() if level(field) == "EDITOR"])
def test_an_editor_sees_what_takes_an_editor(api: Api, name):
    document = prepared(api, NESTED[name])
    answer = api(document, as_=EDITOR)

    hidden = name.startswith(
        ("Invitation.", "Membership.", "Registration.")
    )  # the parent takes an ADMIN, or is one's own
    assert answer.errors == []
    assert (answer.data["node"] is None) is hidden
    assert hidden or it(answer) is not None


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_token_without_the_scope_of_a_nested_field_gets_null(api: Api, name):
    document, kind = prepared(api, NESTED[name]), parent(name)
    answer = api(document, as_=token(api, *every_scope_but(scope(OF_OTHERS[name])))["secret"])

    hidden = NODES[kind].scope in (None, scope(OF_OTHERS[name]))  # the parent takes the same scope, or a person
    assert answer.data == {"node": None} if hidden else it(answer) is None
    assert answer.codes == ([] if hidden else ["MISSING_SCOPE"])


@pytest.mark.parametrize("name", OF_OTHERS)
def test_strangers_do_not_even_see_the_parent(api: Api, name):
    document = prepared(api, NESTED[name])

    for who in (STRANGER, OUTSIDER, OPERATOR, None):
        assert api(document, as_=who).body == {"data": {"node": None}}


# ---- two accounts at once


def test_what_is_foreign_and_what_is_unknown_look_the_same_to_every_mutation(api: Api):
    foreign = {"Campaign": ISLAND, "Ad": ISLAND_AD, "Account": SOUTH}
    for kind, document in (
        ("Campaign", 'mutation {{ it: campaignUpdate(input: {{id: "{0}", name: ""}}) {1} }}'),
        ("Campaign", 'mutation {{ it: campaignArchive(input: {{id: "{0}"}}) {1} }}'),
        ("Ad", 'mutation {{ it: adResume(input: {{id: "{0}"}}) {1} }}'),
    ):
        answers = [
            api(document.format(id, "{ seq userErrors { __typename code message path } }"), as_=OWNER).data
            for id in (foreign[kind], gid(kind, "unknown"), gid("Product", "tent"), "nonsense")
        ]
        assert answers[1:] == [answers[0]] * 3
    assert api.rows("SELECT count(*) FROM change") == [(0,)]
