"""What every mutation writes to history, in its order, or why it writes nothing: each is carried out to see."""

import re
from hashlib import sha256
from json import loads
from typing import Any

import pytest

from app.db.base import Base, type_name
from app.domain.events import Event
from tests.api.preparing import CASES, OF_ROOTS, card, holder, prepared
from tests.api.samples import DIGEST, FINDING, ROOT_FIELDS
from tests.conftest import Api
from tests.moderating import claim
from tests.paging import drafted, handed_in, published
from tests.people import EDITOR, FEED, MODERATOR, NORTH, OWNER, REVIEWER, without_cards
from tests.pictures import uploaded
from tests.registrations import accept, do

WRITTEN = {
    "accountClose": "ACCOUNT_CLOSED",
    "accountHandover": "MEMBER_REMOVED ACCOUNT_HELD ACCOUNT_HANDED_OVER",
    "accountReinstate": "ACCOUNT_REINSTATED",
    "accountSuspend": "ACCOUNT_SUSPENDED",
    "accountUpdate": "ACCOUNT_UPDATED",
    "adAppeal": "AD_APPEALED",
    "adCreate": "AD_CREATED",
    "adDelete": "AD_DELETED",
    "adPause": "AD_PAUSED",
    "adReplace": "AD_CREATED AD_REPLACED AD_PAUSED AD_SUBMITTED",
    "adResume": "AD_RESUMED",
    "adStop": "AD_STOPPED",
    "adSubmit": "AD_SUBMITTED",
    "adUpdate": "AD_UPDATED",
    "apiTokenCreate": "API_TOKEN_CREATED",
    "apiTokenRevoke": "API_TOKEN_REVOKED",
    "assetUploadBegin": "ASSET_BEGUN",
    "assetUploadComplete": "ASSET_READY",
    "balancePay": "CHARGE_ATTEMPTED",
    "brandPageAppeal": "PAGE_APPEALED",
    "brandPageCreate": "PAGE_CREATED",
    "brandPagePublish": "PAGE_SUBMITTED",
    "brandPageSetWidget": "PAGE_WIDGET_SET",
    "brandPageUnpublish": "PAGE_UNPUBLISHED",
    "brandPageUpdate": "PAGE_UPDATED",
    "brandPageUpgrade": "PAGE_UPGRADED",
    "brandCreate": "BRAND_CREATED REGISTRATION_SUBMITTED TERMS_SENT",
    "campaignArchive": "CAMPAIGN_ARCHIVED",
    "campaignCreate": "CAMPAIGN_CREATED",
    "campaignDuplicate": "CAMPAIGN_DUPLICATED AD_CREATED AD_CREATED AD_CREATED AD_CREATED",
    "campaignPause": "CAMPAIGN_PAUSED",
    "campaignResume": "CAMPAIGN_RESUMED",
    "campaignSetPaymentMethod": "CAMPAIGN_PAYMENT_METHOD_SET",
    "campaignUpdate": "CAMPAIGN_UPDATED",
    "changeRevert": "CAMPAIGN_RESUMED",
    "chargeAdjust": "CHARGE_ADJUSTED",
    "chargeReverseClicks": "CLICKS_REVERSED",
    "creditLimitSet": "CREDIT_LIMIT_SET",
    "emailVerify": "EMAIL_VERIFIED",
    "invitationAccept": "INVITATION_ACCEPTED",
    "invitationDecline": "INVITATION_DECLINED",
    "invitationResend": "INVITATION_RESENT",
    "invitationRevoke": "INVITATION_REVOKED",
    "jobCancel": "JOB_CANCELED",
    "membershipLeave": "MEMBER_LEFT",
    "membershipRemove": "MEMBER_REMOVED",
    "membershipSetLevel": "MEMBER_LEVEL_SET",
    "moderationClaim": "MODERATION_CLAIMED",
    "moderationDecide": "AD_APPROVED",
    "moderationRelease": "MODERATION_RELEASED",
    "notificationPreferencesSet": "MAIL_MUTED",
    "passwordChange": "PASSWORD_CHANGED",
    "passwordReset": "PASSWORD_RESET",
    "paymentMethodAdd": "PAYMENT_METHOD_ADDED",
    "paymentMethodRemove": "PAYMENT_METHOD_REMOVED LAST_CARD_REMOVED ACCOUNT_HELD",
    "policyDocumentPublish": "POLICY_DOCUMENT_PUBLISHED",
    "productUpsert": "PRODUCTS_IMPORTED",
    "registrationAddStaffNote": "STAFF_NOTE_ADDED",
    "registrationApprove": "ACCOUNT_CREATED REGISTRATION_APPROVED",
    "registrationClaim": "REGISTRATION_CLAIMED",
    "registrationCreate": "REGISTRATION_CREATED",
    "registrationProvideInfo": "REGISTRATION_INFO_PROVIDED",
    "registrationReject": "REGISTRATION_REJECTED TERMS_REVOKED",
    "registrationRelease": "REGISTRATION_RELEASED",
    "registrationRequestInfo": "REGISTRATION_INFO_REQUESTED",
    "registrationResendTermsInvitation": "TERMS_SENT",
    "registrationSubmit": "REGISTRATION_SUBMITTED TERMS_SENT",
    "registrationUpdate": "REGISTRATION_UPDATED",
    "registrationWithdraw": "REGISTRATION_WITHDRAWN",
    "reportCreate": "JOB_CREATED",
    "sandboxAccountCreate": "ACCOUNT_CREATED",
    "sandboxAdvance": "JOB_CREATED",
    "serviceLevelSet": "SERVICE_LEVEL_SET",
    "signUp": "USER_SIGNED_UP",
    "stockReport": "PRODUCT_OUT_OF_STOCK AD_STOPPED",
    "termsAccept": "TERMS_ACCEPTED",
    "termsDecline": "TERMS_DECLINED",
    "userInvite": "USER_INVITED",
    "userUpdate": "USER_UPDATED",
}
SILENT = {
    "adDecide": "an auction, which is recorded as itself",
    "eventsReport": "what is counted is recorded as itself",
    "emailVerifyResend": "nobody has the address of the sample, and that is told to nobody",
    "passwordResetRequest": "likewise",
    "paymentMethodSetDefault": "the card of the sample is the default already",
    "registrationLoginBegin": "an attempt, which leaves nothing behind; its proof is LOGIN_PROVED",
    "sessionRevoke": "a session says itself when it began and ended",
    "signIn": "likewise",
    "signOut": "likewise",
}
ELSEWHERE = {
    "ASSET_LAPSED": "the job that clears uploads",
    "JOB_FAILED": "the job itself",
    "JOB_STARTED": "likewise",
    "JOB_SUCCEEDED": "likewise",
    "INGEST_TOKEN_CREATED": "the operator's command line",
    "INGEST_TOKEN_REVOKED": "likewise",
    "LANDING_FAULT_FOUND": "the job that asks for pages",
    "LOGIN_PROVED": "what an identity provider says",
    "LOG_REPLAYED": "the operator's command line",
    "PAYMENT_METHOD_CONFIRMED": "what the payment processor tells",
    "CHARGE_DUE": "the job that closes charges",
    "CHARGE_FAILED": "the job that has them paid",
    "CHARGE_GIVEN_UP": "likewise",
    "CHARGE_PAID": "likewise",
    "PAYMENT_METHOD_EXPIRED": "the job that looks at the clock",
    "PAYMENT_METHOD_EXPIRING": "likewise",
    "REVIEW_OVERDUE": "likewise",
}


RAW = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b")
READ = "query ($id: ID!) { changeEvents(accountId: $id, last: 20) { nodes { action before after } } }"


@pytest.fixture(scope="module")
def fill():
    return without_cards


def raw(api: Api) -> list[Any]:
    """Changes in which a member would read keys that no other field takes, or that are not spelled like the others."""
    data = api(READ, as_=OWNER, id=NORTH).data
    told = data["changeEvents"]["nodes"] if data and data["changeEvents"] else []
    return [each for each in told if RAW.search(str(each)) or re.search("'[a-z]+_[a-z_]+':", str(each))]


def unsaid(api: Api) -> list[tuple[str, str]]:
    """Columns of something new that history calls null though there is always a value."""
    tables = {type_name(each.class_): each.local_table.c for each in Base.registry.mappers}
    told = api.rows("SELECT subject_type, CAST(after AS TEXT) FROM change WHERE CAST(before AS TEXT) = 'null'")
    return [
        (kind, name)
        for kind, values in told
        for name, value in (loads(values) or {}).items()
        if value is None and name in tables.get(kind, {}) and not tables[kind][name].nullable
    ]


def written(api: Api, document: str, who: Any) -> list[tuple[str, str]]:
    """Which events are written by what."""
    ((before,),) = api.rows("SELECT coalesce(max(seq), 0) FROM change")
    assert api(document, as_=who).errors == []
    return api.rows(f"SELECT event, action FROM change WHERE seq > {before} ORDER BY seq")


def of(field: str, events: str) -> list[tuple[str, str]]:
    return [(event, field) for event in events.split()]


def test_every_mutation_writes_something_or_says_why_not():
    assert WRITTEN.keys() & SILENT.keys() == set()
    assert {f"Mutation.{field}" for field in {*WRITTEN, *SILENT}} == {n for n in OF_ROOTS if n.startswith("Mutation.")}


def test_every_event_is_written_by_something():
    told = {event for events in (*WRITTEN.values(), *(events for *_, events in MORE)) for event in events.split()}

    assert told & ELSEWHERE.keys() == set()
    assert told | ELSEWHERE.keys() == {event.name for event in Event}


@pytest.mark.parametrize("field", [*WRITTEN, *SILENT])
def test_a_mutation_writes_exactly_this_under_its_own_name(api: Api, field):
    name = f"Mutation.{field}"
    document, who = prepared(api, ROOT_FIELDS[name].document), holder(name, OF_ROOTS[name])

    assert written(api, document, who) == of(field, WRITTEN.get(field, ""))
    assert (unsaid(api), raw(api)) == ([], [])


# ---- what else the same mutations may write


def again(field: str, **changes: str) -> str:
    """The sample of a mutation with other words."""
    document = ROOT_FIELDS[f"Mutation.{field}"].document
    for old, new in changes.items():
        document = document.replace(old, new)
    return document


def rejected(api: Api) -> str:
    return prepared(api, again("moderationDecide", APPROVE="REJECT").replace("[]", f"[{FINDING}]"))


def withdrawn(api: Api) -> str:
    handed_in(api, id := drafted(api))
    return again("brandPageUnpublish", PUBLISHED_PAGE=id)


def page_approved(api: Api) -> str:
    claim(api, case := handed_in(api, drafted(api)))
    return again("moderationDecide", CLAIMED_CASE=case)


def page_rejected(api: Api) -> str:
    finding = FINDING.replace("headline", "tagline")
    return page_approved(api).replace("APPROVE", "REJECT").replace("[]", f"[{finding}]")


def unchanged(api: Api) -> str:
    """A Page whose published content is handed in again."""
    api(again("brandPageUnpublish", PUBLISHED_PAGE=(id := published(api))), as_=OWNER)
    return again("brandPagePublish", DRAFT_PAGE=id)


def chosen(api: Api) -> str:
    card(api)
    return again("paymentMethodSetDefault", CARD=card(api))


def held(api: Api) -> str:
    api.write("UPDATE account SET awaits_card = true, status = 'PAYMENT_HOLD' WHERE name_key = 'north'")
    return again("paymentMethodAdd")


def charged(api: Api) -> str:
    card(api)
    document = again("campaignSetPaymentMethod", CARD=(other := card(api)))
    assert written(api, document, OWNER) == of("campaignSetPaymentMethod", "CAMPAIGN_PAYMENT_METHOD_SET")
    return again("paymentMethodRemove", CARD=other)


def unproved(api: Api) -> str:
    api(again("signUp"))
    return again("emailVerifyResend").replace("nobody@", "nia@")


def forgotten(api: Api) -> str:
    return again("passwordResetRequest").replace("nobody@example.com", EDITOR.email)


def back(api: Api) -> str:
    api(again("stockReport"), as_=FEED)
    return again("stockReport", false="true").replace("11:00:00", "11:30:00")


def no_image(api: Api) -> str:
    id, digest = uploaded(api, b"no image"), sha256(b"no image").hexdigest()
    return again("assetUploadComplete", UPLOADED=id).replace(DIGEST, digest)


def further(api: Api) -> str:
    """A further brand of an account that is ready for its approval."""
    CASES["FURTHER"](api)
    id = api("{ reviewQueue(first: 1) { nodes { id } } }", as_=REVIEWER).data["reviewQueue"]["nodes"][0]["id"]
    do(api, "registrationClaim", REVIEWER, id=id)
    accept(api, "n@north.example")
    return again("registrationApprove", READY=id)


MORE = [
    ("moderationDecide", rejected, MODERATOR, "AD_REJECTED"),
    ("moderationDecide", page_approved, MODERATOR, "PAGE_APPROVED"),
    ("moderationDecide", page_rejected, MODERATOR, "PAGE_REJECTED"),
    ("brandPageUnpublish", withdrawn, OWNER, "MODERATION_WITHDRAWN PAGE_UNPUBLISHED"),
    ("brandPagePublish", unchanged, OWNER, "PAGE_PUBLISHED"),
    ("paymentMethodSetDefault", chosen, OWNER, "PAYMENT_METHOD_MADE_DEFAULT"),
    ("paymentMethodAdd", held, OWNER, "PAYMENT_METHOD_ADDED ACCOUNT_RELEASED"),
    ("paymentMethodRemove", charged, OWNER, "PAYMENT_METHOD_REMOVED CAMPAIGN_PAYMENT_METHOD_SET"),
    ("emailVerifyResend", unproved, None, "PROOF_ASKED"),
    ("passwordResetRequest", forgotten, None, "PASSWORD_RESET_ASKED"),
    ("stockReport", back, FEED, "PRODUCT_BACK_IN_STOCK"),
    ("assetUploadComplete", no_image, OWNER, "ASSET_REJECTED"),
    ("registrationApprove", further, REVIEWER, "BRAND_APPROVED REGISTRATION_APPROVED"),
]


@pytest.mark.parametrize(("field", "make", "who", "events"), MORE, ids=[make.__name__ for _, make, *_ in MORE])
def test_other_input_writes_other_events(api: Api, field, make, who, events):
    assert written(api, make(api), who) == of(field, events)
