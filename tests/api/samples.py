"""A sample of every field that says who may use it: a new one needs an entry here."""

from hashlib import sha256
from typing import Any, NamedTuple

from tests.people import (
    DRAFT_AD,
    NORTH,
    NORTH_BRAND,
    OUTSIDER,
    OWNER,
    PASSWORD,
    SPRING,
    SUMMER,
    TENT,
    TENT_AD,
    gid,
)
from tests.pictures import picture

RANGE = '{from: "2026-11-01", to: "2026-11-20"}'
USD = '{micros: "5000000", currency: "USD"}'
CENT = '{micros: "10000", currency: "USD"}'
TOKEN = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { token { id } secret } }"""
INVITE = f'userInvite(input: {{accountId: "{NORTH}", name: "N", email: "n@example.com", level: EDITOR}})'
ERRORS = "{ seq userErrors { code } }"
CARD = "{ paymentMethod { id } }"
SLOT = 'requestId: "r", placements: [{slotId: "s", kind: PRODUCT_DETAIL, format: BANNERS}]'
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
    "Query.charge": Sample('{ it: charge(id: "OWED_CHARGE") { status } }'),
    "Query.financeQueue": Sample("{ it: financeQueue(first: 1) { nodes { id } } }", "FORBIDDEN"),
    "Mutation.balancePay": wish(
        f'balancePay(input: {{campaignId: "{SPRING}", paymentMethodId: "PAYING"}}) @idempotent(key: "b")'
    ),
    "Mutation.chargeAdjust": staff_wish(
        f'chargeAdjust(input: {{id: "OWED_CHARGE", amount: {CENT}, reason: "R"}}) @idempotent(key: "a")'
    ),
    "Mutation.chargeReverseClicks": staff_wish(
        f'chargeReverseClicks(input: {{campaignId: "{SPRING}", clickIds: ["CLICK"], reason: "R"}}) '
        '@idempotent(key: "r")'
    ),
    "Mutation.creditLimitSet": staff_wish(
        f'creditLimitSet(input: {{accountId: "{NORTH}", limit: {USD}, reason: "R"}})'
    ),
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
    "Query.auction": Sample('{ it: auction(id: "AUCTION") { id } }', "FORBIDDEN"),
    "Mutation.adDecide": Sample(f"mutation {{ it: adDecide(input: {{{SLOT}}}) {ERRORS} }}", "FORBIDDEN"),
    "Query.deliveryDiagnosis": Sample(
        f'{{ it: deliveryDiagnosis(campaignId: "{SPRING}") {{ verdict }} }}', "NOT_FOUND"
    ),
    "Query.bidLandscape": Sample(f'{{ it: bidLandscape(campaignId: "{SPRING}") {{ method }} }}', "NOT_FOUND"),
    "Query.audienceEstimate": Sample(
        f'{{ it: audienceEstimate(input: {{accountId: "{NORTH}", interestIds: []}}) {{ dailyImpressions }} }}',
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
    "Mutation.campaignSetPaymentMethod": wish(
        f'campaignSetPaymentMethod(input: {{id: "{SPRING}", paymentMethodId: "CARD"}})'
    ),
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
    "Query.brandPage": Sample('{ it: brandPage(slug: "PUBLIC_SLUG") { slug } }', "everybody's"),
    "Query.searchBrandPages": Sample(
        '{ it: searchBrandPages(query: "north", first: 1) { nodes { slug } } }', "everybody's"
    ),
    "Query.brandPageProducts": Sample(
        '{ it: brandPageProducts(slug: "PUBLIC_SLUG", query: "tent", first: 1) { nodes { sku } } }', "everybody's"
    ),
    "Mutation.brandPageCreate": wish(
        f'brandPageCreate(input: {{brandId: "{NORTH_BRAND}", kind: BASIC, slug: "north-new", title: "N"}})'
    ),
    "Mutation.brandPageUpdate": wish('brandPageUpdate(input: {id: "DRAFT_PAGE", title: "N"})'),
    "Mutation.brandPageSetWidget": wish(
        'brandPageSetWidget(input: {id: "DRAFT_PAGE", kind: BEST_SELLERS, enabled: true})'
    ),
    "Mutation.brandPageUpgrade": wish('brandPageUpgrade(input: {id: "BASIC_PAGE"})'),
    "Mutation.brandPagePublish": wish('brandPagePublish(input: {id: "DRAFT_PAGE"})'),
    "Mutation.brandPageUnpublish": wish('brandPageUnpublish(input: {id: "PUBLISHED_PAGE"})'),
    "Mutation.brandPageAppeal": wish('brandPageAppeal(input: {id: "REJECTED_PAGE", message: "Look again"})'),
    "Query.changeEvents": Sample(
        f'{{ it: changeEvents(accountId: "{NORTH}", first: 1) {{ nodes {{ action }} }} }}', "NOT_FOUND"
    ),
    "Mutation.changeRevert": wish('changeRevert(input: {changeEventId: "PAUSE"})'),
    "Query.job": Sample('{ it: job(id: "JOB") { status } }'),
    "Mutation.reportCreate": wish(
        f'reportCreate(input: {{accountId: "{NORTH}", format: CSV, query: {{range: {RANGE}, dimensions: [AD]}}}})'
    ),
    "Mutation.sandboxAccountCreate": Sample(
        'mutation { it: sandboxAccountCreate(input: {name: "N"}) { account { displayName } } }', "their own"
    ),
    "Mutation.sandboxAdvance": wish('sandboxAdvance(input: {accountId: "SANDBOX", duration: "PT1H", shoppers: 1})'),
    "Mutation.jobCancel": wish('jobCancel(input: {id: "JOB"})'),
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
    "Mutation.eventsReport": Sample(
        'mutation { it: eventsReport(input: {events: [{kind: DETAIL_PAGE_VIEW, eventId: "v1", sku: "N-1", '
        'opaqueUserId: "s1", at: "2026-11-20T11:00:00Z"}]}) { seq userErrors { code } } }',
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
    "Account.jobs": below("Account", NORTH, "jobs(first: 1) { nodes { id } }"),
    "Account.ads": below("Account", NORTH, "ads(first: 1) { nodes { id } }"),
    "Account.metrics": below("Account", NORTH, TOTALS),
    "Account.spend": below("Account", NORTH, "spend { runningCampaigns }"),
    "Ad.metrics": below("Ad", TENT_AD, TOTALS),
    "Billing.account": of_billing("account { id }"),
    "Billing.paymentMethods": of_billing("paymentMethods { id }"),
    "Campaign.balanceDue": below("Campaign", SPRING, "balanceDue { micros }"),
    "Campaign.nextThreshold": below("Campaign", SPRING, "nextThreshold { micros }"),
    "Campaign.unbilled": below("Campaign", SPRING, "unbilled { micros }"),
    "Charge.paymentMethod": below("Charge", "OWED_CHARGE", "paymentMethod { id }"),
    "Brand.account": below("Brand", NORTH_BRAND, "account { id }"),
    "Brand.vendorCode": below("Brand", NORTH_BRAND, "vendorCode"),
    "BrandPage.draft": below("BrandPage", "PUBLISHED_PAGE", "draft { title }"),
    "BrandPage.hasUnpublishedChanges": below("BrandPage", "PUBLISHED_PAGE", "hasUnpublishedChanges"),
    "BrandPage.moderation": below("BrandPage", "PUBLISHED_PAGE", "moderation { id }"),
    "BrandPage.statusReasons": below("BrandPage", "DRAFT_PAGE", "statusReasons { code }"),
    "Campaign.account": below("Campaign", SPRING, "account { id }"),
    "Campaign.dailyMetrics": below("Campaign", SPRING, f"dailyMetrics(range: {RANGE}) {{ clicks }}"),
    "Campaign.paymentMethod": below("Campaign", "CHARGED", "paymentMethod { id }"),
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
