"""How many statements each operation of the contract sends, with the one that asks who the caller is."""

from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests import paging, people
from tests.api.preparing import with_a_clock
from tests.api.test_feeds import CUP, stock
from tests.api.test_operations import OPERATIONS, RANGE
from tests.charging import EURO, charges, clicks, lines, minutes, pay_with
from tests.conftest import Api
from tests.moderating import CLAIMS, in_state
from tests.people import (
    CASHIER,
    DRAFT_AD,
    EDITOR,
    FEED,
    MODERATOR,
    NORTH,
    NORTH_BRAND,
    OPERATOR,
    OUTSIDER,
    OWNER,
    PASSWORD,
    REVIEWER,
    SPRING,
    SUMMER,
    TENT,
    TENT_AD,
    gid,
)
from tests.pictures import picture, uploaded
from tests.registrations import BRAND, begin, claimed, do, draft, ready, submitted
from tests.reports import created

NO_DECISION = {"id": gid("ModerationCase", "none"), "decision": "APPROVE", "findings": []}
USD = {"micros": "50000000", "currency": "USD"}
CAMPAIGN = {"accountId": NORTH, "brandId": NORTH_BRAND, "kind": "SPONSORED_SEARCH", "name": "Autumn"}
AD = {"campaignId": SPRING, "title": "T", "headline": "H", "landing": {"productId": TENT}}
PAGE = {"brandId": NORTH_BRAND, "slug": "northpeak", "title": "Northpeak"}
WIDGET = {"kind": "BEST_SELLERS", "enabled": True}
NEW, LONG = "new@example.com", "a long password"
INVITED = {"accountId": NORTH, "name": "Nia", "email": "nia@example.com", "level": "EDITOR"}
NIA = {"name": "Nia", "email": "nia@example.com", "level": "ADMIN", "organizationName": "Polaris"}
VISIT = {"kind": "DETAIL_PAGE_VIEW", "eventId": "v", "sku": "N-1", "opaqueUserId": "s", "at": "2026-11-20T11:00:00Z"}
TAKEOVER = {"id": NORTH, "inviteAgency": [NIA], "removeOrganizationId": gid("Organization", "agency")}


def of_sign_up(api: Api) -> dict[str, Any]:
    api(OPERATIONS["SignUp"], email=NEW, name="Nia", password=LONG)
    return {"token": api.token(NEW), "password": LONG}


def of_reset(api: Api) -> dict[str, Any]:
    api(OPERATIONS["PasswordResetRequest"], email=OWNER.email)
    return {"token": api.token(OWNER.email), "password": LONG}


def of_paused(api: Api) -> dict[str, Any]:
    api(OPERATIONS["AdPause"], as_=EDITOR, id=TENT_AD)
    return {"id": TENT_AD}


def of_clock(api: Api) -> dict[str, Any]:
    """Time passes in NORTH, as if it were a test account."""
    return {"input": {"accountId": with_a_clock(api), "duration": "PT1H", "shoppers": 1}, "key": "k"}


def of_session(api: Api) -> dict[str, Any]:
    (session,) = api(OPERATIONS["Sessions"], as_=OWNER).data["viewer"]["sessions"]
    return {"id": session["id"]}


def of_case(api: Api, state: str) -> str:
    return in_state(api, state)


def of_decision(api: Api) -> dict[str, Any]:
    return {"id": of_case(api, "CLAIMED"), "decision": "APPROVE", "findings": []}


def of_invitation(api: Api) -> dict[str, Any]:
    invitation = api(OPERATIONS["UserInvite"], as_=OWNER, input=INVITED).data["userInvite"]["invitation"]
    api.clock.pass_(minutes=10)
    return {"id": invitation["id"]}


def of_upload(api: Api) -> dict[str, Any]:
    return {"id": uploaded(api, picture()), "sha256": sha256(picture()).hexdigest()}


def of_link(api: Api) -> dict[str, Any]:
    of_invitation(api)
    return {"token": api.token(INVITED["email"])}


def draft_(api: Api) -> dict[str, Any]:
    return {"id": draft(api)}


def submitted_(api: Api) -> dict[str, Any]:
    id = submitted(api)
    api.clock.pass_(minutes=10)
    return {"id": id}


def claimed_(api: Api) -> dict[str, Any]:
    return {"id": claimed(api)}


def asked_(api: Api) -> dict[str, Any]:
    id = claimed(api)
    do(api, "registrationRequestInfo", REVIEWER, id=id, message="Which?")
    return {"id": id, "message": "These"}


def of_terms(api: Api) -> dict[str, Any]:
    submitted(api)
    return {"token": api.token(BRAND["contactEmail"]), "documentVersion": 1, "fullName": "C"}


def of_two(api: Api) -> dict[str, Any]:
    api(f'mutation {{ campaignResume(input: {{id: "{SUMMER}"}}) {{ seq }} }}', as_=EDITOR)
    return {"one": SPRING, "other": SUMMER}


def of_change(api: Api) -> dict[str, Any]:
    api(OPERATIONS["CampaignUpdate"], as_=EDITOR, input={"id": SPRING, "name": "May"})
    change = api(OPERATIONS["History"], as_=EDITOR, accountId=NORTH).data["changeEvents"]["nodes"][-1]
    return {"changeEventId": change["id"]}


def whole(make: Any, **more: Any) -> Any:
    """The variable `input` with the id of what was made."""
    return lambda api: {"input": {**make(api), **more}}


REPORT = {"accountId": NORTH, "query": {"range": RANGE, "dimensions": ["DAY"]}, "format": "PARQUET"}
FURTHER = {"accountId": NORTH, "name": "F", "vendorCode": "F", "brandContact": {"name": "F", "email": "f@f.example"}}
DOLLAR = {"micros": "1000000", "currency": "USD"}
DOCUMENT = {"kind": "USER_GUIDE", "title": "G", "markdown": "G", "effectiveAt": "2026-11-20T12:00:00Z"}


def of_login(api: Api) -> dict[str, Any]:
    return {"id": begin(api, OUTSIDER, "KDP"), "returnTo": "http://127.0.0.1:8000/"}


def of_card(api: Api) -> dict[str, Any]:
    for token in ("pretend_amex", "pretend_visa"):
        given = {"accountId": NORTH, "processorToken": token}
        made = api(OPERATIONS["PaymentMethodAdd"], as_=OWNER, input=given).data["paymentMethodAdd"]
    return {"id": made["paymentMethod"]["id"]}


def owed(api: Api) -> dict[str, Any]:
    """A charge that could not be paid."""
    pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    return {"id": charges(api)[-1]["id"]}


def owing(api: Api) -> dict[str, Any]:
    owed(api)
    return {"input": {"campaignId": SPRING, "paymentMethodId": pay_with(api, "pretend_visa")}, "key": "k"}


def adjusting(api: Api) -> dict[str, Any]:
    return {"input": {**owed(api), "amount": DOLLAR, "reason": "R"}, "key": "k"}


def reversing(api: Api) -> dict[str, Any]:
    (line,) = lines(api, owed(api)["id"])
    return {"input": {"campaignId": SPRING, "clickIds": [line["clickId"]], "reason": "R"}, "key": "k"}


def of_charge(api: Api) -> dict[str, Any]:
    return {"input": {"id": SPRING, "paymentMethodId": of_card(api)["id"]}}


def of_suspension(api: Api) -> dict[str, Any]:
    api(OPERATIONS["AccountSuspend"], as_=OPERATOR, id=NORTH, reason="R")
    return {"id": NORTH, "reason": "R"}


# operation: who sends it, its variables, and how many statements that takes. Queries ask for the caller of a session
# in their first statement where what it reads is folded, else in one of its own ("caller"), as mutations always do.
# "locked" of the first row of an account is two: once it is locked, whether the caller is still a member is asked anew.
SENT = {
    "AccountSwitcher": (OWNER, {}, 3),  # viewer with the caller, memberships, their accounts
    # caller; key; account locked; the organization; who goes; who is there of the invited; other ADMINs; what ends with
    # who goes; effect (campaigns, ads, one each for each state); letters, jobs, history; the answer
    "AccountHandover": (OWNER, {"input": TAKEOVER, "key": "k"}, 39),
    "AccountClose": (OWNER, {"id": NORTH}, 15),
    "AccountReinstate": (OPERATOR, of_suspension, 18),
    "AccountSettings": (OWNER, {"id": NORTH}, 1),
    "AccountSuspend": (OPERATOR, {"id": NORTH, "reason": "R"}, 17),
    "AccountUpdate": (OWNER, {"input": {"id": NORTH, "displayName": "N"}}, 6),
    "Accounts": (OPERATOR, {}, 2),
    # caller; account, its own clock; a sample of auctions; candidates of those met, where there are any
    "AudienceEstimate": (EDITOR, {"input": {"accountId": NORTH, "interestIds": []}}, 4),
    # caller; campaign; its ads; their landscapes; clicks
    "BidLandscape": (EDITOR, {"campaignId": SPRING}, 5),
    "Charges": (OWNER, {"accountId": NORTH}, 3),
    "Charge": (OWNER, owed, 1),
    "BillingProof": (OWNER, {"accountId": NORTH}, 2),
    "BalancePay": (OWNER, owing, 16),
    "ChargeAdjust": (CASHIER, adjusting, 22),
    "ChargeReverseClicks": (CASHIER, reversing, 36),
    "CreditLimitSet": (CASHIER, {"input": {"accountId": NORTH, "limit": DOLLAR, "reason": "R"}}, 8),
    "FinanceQueue": (CASHIER, {}, 3),
    "Billing": (OWNER, {"accountId": NORTH}, 4),
    "Invoice": (OWNER, {"id": gid("Invoice", "none")}, 2),
    "Invoices": (EDITOR, {"accountId": NORTH, "first": 10}, 1),
    "VerifyBilling": (EDITOR, {"accountId": NORTH}, 2),
    "VerifyCharge": (EDITOR, {"id": gid("Charge", "none")}, 3),
    "NotificationPreferences": (OWNER, {}, 2),
    "PaymentMethodAdd": (OWNER, {"input": {"accountId": NORTH, "processorToken": "pretend_visa"}}, 9),
    # caller; account and card locked, the others; the change; effect (campaigns locked, what is around them); history;
    # the answer
    "PaymentMethodRemove": (OWNER, of_card, 13),
    "PaymentMethodSetDefault": (OWNER, of_card, 13),
    # ad's); history; the answer: ad, product, interests, keywords
    "AdPreview": (EDITOR, {"adId": TENT_AD, "placement": "EMAIL"}, 2),  # caller; ad with product and image
    # caller; account locked; open uploads counted; the new one; history; the answer
    "AssetUploadBegin": (
        EDITOR,
        {"input": {"accountId": NORTH, "filename": "a", "contentType": "image/png", "bytes": 9}},
        7,
    ),
    # caller; asset read, then locked; the change; history; the answer
    "AssetUploadComplete": (EDITOR, of_upload, 7),
    # caller; product held; campaign and its account locked or read, product; the new ad; effect (around it, the new
    # ad's); history; the answer: ad, product, interests, keywords
    "AdCreate": (EDITOR, {"input": {**AD, "bid": {**USD, "micros": "250000"}}}, 15),
    # caller; campaign, ad and case locked; promise; the change; history; the answer
    "AdAppeal": (EDITOR, lambda api: {"id": of_case(api, "REJECTED") and DRAFT_AD, "message": "Look again."}, 9),
    # caller; campaign and ad locked; keywords, interests and itself deleted; effect; history
    "AdDelete": (EDITOR, {"id": DRAFT_AD}, 9),
    # caller; the ad; product, interests, keywords, case, its findings, and the ads before and after it
    "AdEditor": (EDITOR, {"id": TENT_AD}, 9),
    # caller; where it leads, held; campaign and ad locked; account, successor, interests, keywords, product;
    # the new ad; effect; keywords, product, brand; both changed; promise; case, job; effect (around it, both ads');
    # whether the account is a test one; history; the answer
    "AdReplace": (EDITOR, {"input": {"id": TENT_AD, "changes": {"headline": "H"}}}, 32),
    # caller; campaign and ad locked; its case; the change; effect (around it, the ad's, the campaign's); members
    # written to, message, job; history; the answer
    "AdStop": (MODERATOR, {"input": {"id": TENT_AD, "reason": "R", "findings": [CLAIMS]}}, 12),
    # caller; where it leads, held; campaign and ad locked; keywords, product, account, brand; the change; promise;
    # case,
    # job; effect (around
    # it, the ad's); whether the account is a test one; history; the answer: ad, case
    "AdSubmit": (EDITOR, {"id": DRAFT_AD}, 21),
    # caller; campaign and ad locked; account, interests, keywords; the change; history; the answer
    "AdUpdate": (EDITOR, {"input": {"id": DRAFT_AD, "changes": {"title": "T"}}}, 10),
    # caller; case locked; the change; history; the answer: case, ad with the rest
    "ModerationClaim": (MODERATOR, lambda api: {"id": of_case(api, "QUEUED")}, 6),
    # caller; which ad; campaign, ad and case locked; findings forgotten and counted; the changes; effect (around it,
    # the ad's); members written to, message, job; history; the answer: case, ad, moderator
    "ModerationDecide": (MODERATOR, lambda api: {"input": of_decision(api)}, 18),
    "ModerationDecideTwo": (MODERATOR, lambda api: {"one": of_decision(api), "other": NO_DECISION}, 17),
    "ModerationQueue": (MODERATOR, lambda api: {"filter": {"status": [of_case(api, "QUEUED") and "QUEUED"]}}, 9),
    "ModerationRelease": (MODERATOR, lambda api: {"id": of_case(api, "CLAIMED")}, 5),
    "PolicyPrecheck": (EDITOR, {"input": {"headline": "H", "landing": {"productId": TENT}}}, 2),
    # caller; the Page; brand; draft and published, each with its images, sections (with images and products) and
    # products; widgets with products; case with findings. Twice up to the first that folds cannot answer
    "BrandPage": (EDITOR, lambda api: {"id": paging.published(api)}, 21),
    # caller; case and page locked; facts; promise; the change; history; the answer
    "BrandPageAppeal": (EDITOR, whole(lambda api: {"id": paging.rejected(api)}, message="Look again."), 10),
    "BrandPageBySlug": (None, lambda api: {"slug": paging.published(api) and "northpeak"}, 3),
    "BrandPageCreate": (EDITOR, {"input": {**PAGE, "kind": "BASIC"}}, 15),
    "BrandPagePublish": (EDITOR, whole(lambda api: {"id": paging.drafted(api)}), 20),
    "BrandPageProducts": (None, lambda api: {"slug": paging.published(api) and "northpeak", "query": "tent"}, 2),
    "BrandPageSearch": (None, lambda api: {"query": paging.published(api) and "northpeak"}, 2),
    "BrandPageSetWidget": (EDITOR, whole(lambda api: {"id": paging.drafted(api)}, **WIDGET), 18),
    "BrandPageUnpublish": (EDITOR, whole(lambda api: {"id": paging.published(api)}), 9),
    "BrandPageUpdate": (EDITOR, whole(lambda api: {"id": paging.drafted(api)}, sections=[paging.TEXT] * 2), 20),
    "BrandPageUpgrade": (EDITOR, whole(lambda api: {"id": paging.drafted(api, "BASIC")}), 7),
    "BrandPages": (EDITOR, {"accountId": NORTH}, 3),
    # caller; campaign and ad locked; the change; effect (around it, the ad's); history; ad, campaign
    "AdPause": (EDITOR, {"id": TENT_AD}, 10),
    "AdResume": (EDITOR, of_paused, 10),
    # caller; account locked; tokens counted; the new one; history; the answer
    "ApiTokenCreate": (OWNER, {"input": {"accountId": NORTH, "name": "R", "scopes": ["metrics:read"]}}, 7),
    "Campaign": (EDITOR, {"id": SPRING, "range": RANGE}, 2),  # campaign with all but its ads and with the caller; ads
    # caller; key: old one deleted, claimed; account and brand locked; the new campaign; effect (around it, its
    # status); history; key: read and answered; the answer
    "CampaignCreate": (
        EDITOR,
        {"input": {**CAMPAIGN, "totalBudget": USD, "start": "2026-11-01T00:00:00Z"}, "key": "k"},
        13,
    ),
    # caller; campaign locked; the change; effect (around it, its status, and the ads' of each of three
    # states); history; the answer
    "CampaignPause": (EDITOR, {"id": SPRING}, 11),
    # caller; campaign locked; the change; effect (around it: nothing changes); history; the answer
    "CampaignUpdate": (EDITOR, {"input": {"id": SPRING, "name": "May"}}, 7),
    # caller; campaign locked; the change; effect (around it, its status); history; the answer; locked for the other
    "CampaignsResume": (EDITOR, {"one": SUMMER, "other": SUMMER}, 10),
    # account with its campaigns, their ads, the figures of both, and the caller; the account's own figures
    "Dashboard": (EDITOR, {"accountId": NORTH, "range": RANGE}, 2),
    "EmailVerify": (None, of_sign_up, 7),  # link used, others ended; user; the change, session; history; the answer
    "EmailVerifyResend": (None, {"email": NEW}, 1),  # nobody has that address
    "Invitation": (None, of_link, 1),  # link, invitation, account and inviter in one
    # caller; link used, others ended; whose it is, account, invitation locked; user, membership, the agency; the
    # invitation and the new one; history; the answer: membership, account
    "InvitationAccept": (OUTSIDER, of_link, 14),
    # link used, others ended; whose it is, account, invitation locked; the change; history
    "InvitationDecline": (None, of_link, 8),
    # caller; whose it is, account, invitation locked; links and letters
    # ended; inviter; the change, message, job; history; the answer
    "InvitationResend": (OWNER, of_invitation, 14),
    # caller; whose it is, account, invitation locked; links and letters
    # ended; the change; history; the answer
    "InvitationRevoke": (OWNER, of_invitation, 11),
    "Interests": (EDITOR, {}, 2),  # caller; interests
    # caller; account locked; which, locked; other ADMINs are none of an EDITOR's business; tokens; the change; history
    "MembershipLeave": (EDITOR, {"accountId": NORTH}, 8),
    # caller; whose it is, account, membership locked; tokens; the change; history; the answer
    "MembershipRemove": (OWNER, {"id": gid("Membership", "editor-north")}, 9),
    # caller; whose it is, account, membership locked; the change; history; the answer
    "MembershipSetLevel": (OWNER, {"id": gid("Membership", "editor-north"), "level": "ADMIN"}, 9),
    # account with tokens, organizations and the caller; members with theirs, their number, their users; invitations
    "Members": (OWNER, {"accountId": NORTH}, 5),
    # caller; the rows with the account's totals, titles of their ads
    "Metrics": (EDITOR, {"accountId": NORTH, "query": {"range": RANGE, "dimensions": ["AD", "DAY"]}}, 3),
    "Spend": (EDITOR, {"id": NORTH}, 2),
    # caller; campaign, its account's clock; closed hours; ads; auctions, outcomes and figures; click rates; history;
    # cards; landscapes
    "DeliveryDiagnosis": (EDITOR, {"campaignId": SPRING}, 12),
    "EventsReport": (FEED, {"events": [VISIT]}, 6),
    "NotificationPreferencesSet": (
        OWNER,
        {"accountId": NORTH, "muted": []},
        6,
    ),  # caller; account; which, locked; answer
    "Outbox": (OPERATOR, {}, 2),  # caller; messages
    # caller; their address; user; user locked; the change; links, other sessions, this one's token; history
    "PasswordChange": (OWNER, {"currentPassword": PASSWORD, "newPassword": LONG}, 9),
    "PasswordReset": (None, of_reset, 7),  # link and others used; user, links, sessions; change
    "PasswordResetRequest": (None, {"email": OWNER.email}, 4),  # user; message, job; history
    # caller; products written, their words, new words; accounts; the keys; history; the answer
    "ProductUpsert": (FEED, {"items": [CUP]}, 8),
    # caller; products locked and written; campaigns and ads that they stop locked; the stop; effect; letters; history;
    # the answer
    "StockReport": (FEED, {"items": [stock("N-1")]}, 16),
    "Products": (EDITOR, {"accountId": NORTH, "first": 2}, 3),  # caller; products, their number
    # caller; account locked; its own registration, brands of the name; the new one; applicant; promise; agreement;
    # registration, terms, messages, jobs; history; the answer: brand, registration
    "BrandCreate": (OWNER, {"input": FURTHER}, 17),
    # caller; the last version; the new one; history; the answer
    "PolicyDocumentPublish": (OPERATOR, {"input": DOCUMENT}, 5),
    "PolicyDocuments": (None, {}, 2),  # documents; levels
    # caller; registration, its terms, what was asked
    "Registration": (OUTSIDER, submitted_, 4),
    # caller; registration locked; notes counted; the new one; history; the answer: registration, notes
    "RegistrationAddStaffNote": (REVIEWER, lambda api: {**claimed_(api), "note": "N"}, 7),
    # caller; cases of the vendor, this one locked; facts; applicant; the account with its organization, brand and
    # member; history; message, job; the answer: registration, account
    "RegistrationApprove": (REVIEWER, lambda api: {"id": ready(api)}, 18),
    # caller; registration locked; facts; the change; history; the answer
    "RegistrationClaim": (REVIEWER, submitted_, 6),
    # caller; open ones counted; the new one; history; the answer
    "RegistrationCreate": (OUTSIDER, {"path": "KDP"}, 5),
    "RegistrationPaths": (None, {}, 1),  # levels
    # caller; registration locked; facts; question; promise; the changes; terms; history; the answer
    "RegistrationProvideInfo": (OUTSIDER, asked_, 10),
    # caller; registration locked; facts; terms, links and letters ended; applicant; message, job; history; the answer
    "RegistrationReject": (REVIEWER, lambda api: {**claimed_(api), "reason": "R"}, 14),
    # caller; registration locked; facts; the change; history; the answer
    "RegistrationRelease": (REVIEWER, claimed_, 6),
    # caller; registration locked; facts; questions counted; promise; applicant; question, message, job; history; answer
    "RegistrationRequestInfo": (REVIEWER, whole(claimed_, message="M"), 12),
    # caller; registration and terms locked; facts; links, letters ended; applicant; message, job; history; answer
    "RegistrationResendTermsInvitation": (OUTSIDER, submitted_, 14),
    # caller; registration locked; facts; others of the brand; promise; agreement; applicant; terms, messages, jobs;
    # history; the answer
    "RegistrationSubmit": (OUTSIDER, draft_, 14),
    # caller; registration locked; facts; the change; history; the answer
    "RegistrationUpdate": (OUTSIDER, whole(draft_, note="N"), 6),
    # caller; registration locked; facts; terms, links and letters ended; the changes; history; the answer
    "RegistrationWithdraw": (OUTSIDER, submitted_, 11),
    # caller; registrations
    "Registrations": (OUTSIDER, {}, 2),
    # caller; registration; applicant, terms, questions, notes with their authors
    "ReviewCase": (REVIEWER, submitted_, 6),
    # caller; registrations; their number
    "ReviewQueue": (REVIEWER, {}, 3),
    # caller; setting locked; the new one; history
    "ServiceLevelSet": (OPERATOR, {"input": {"kind": "METRICS_FINAL", "duration": "P2D", "businessDays": False}}, 4),
    # link; terms, registration locked; document; link used, others ended; the change; history; the answer, document
    "TermsAccept": (None, of_terms, 10),
    # link; terms, registration locked; link used, others ended; applicant; change, message, job; history; answer
    "TermsDecline": (None, lambda api: {"token": of_terms(api)["token"]}, 12),
    # link with terms; document
    "TermsInvitation": (None, lambda api: {"token": of_terms(api)["token"]}, 2),
    # caller; registration locked, what the rules ask of it; earlier attempts gone; the new one; the answer
    "RegistrationLoginBegin": (OUTSIDER, of_login, 6),
    # caller; campaign locked, account, its ads, keywords, interests; the copies; effect; history; the answer
    "CampaignDuplicate": (EDITOR, {"input": {"id": SPRING, "name": "C", "start": "2026-12-01T00:00:00Z"}}, 19),
    # caller; campaign locked; the change; effect (around it, its status, and the ads'); history; the answer
    "CampaignArchive": (EDITOR, {"id": SUMMER}, 8),
    "Campaigns": (EDITOR, {"accountId": NORTH}, 3),  # account with the caller; campaigns; their number
    # caller; twice: campaign locked; the change; effect (around it, its status, and the ads' of each state); history;
    # the answer
    "CampaignsPause": (EDITOR, of_two, 17),
    # caller; whose campaign, account locked; card and campaign locked; the change; effect; history; the answer
    "CampaignSetPaymentMethod": (OWNER, of_charge, 11),
    # caller; the change; campaign locked, read anew; the change; effect; history; the answer with what it took back
    "ChangeRevert": (EDITOR, of_change, 11),
    "History": (EDITOR, {"accountId": NORTH}, 2),  # caller; changes, of which there are none yet
    "Images": (EDITOR, {"accountId": NORTH}, 2),  # account with the caller; images
    "Job": (EDITOR, lambda api: {"id": created(api)}, 1),  # job with the caller
    # caller; job locked; the change; history; the answer
    "JobCancel": (EDITOR, lambda api: {"id": created(api)}, 6),
    "Jobs": (EDITOR, {"accountId": NORTH}, 3),  # account with the caller; jobs; their number
    # caller; key: old one deleted, claimed; account locked; open jobs counted; the new one, what does it; history;
    # key: read and answered; the answer
    "ReportCreate": (EDITOR, {"input": REPORT, "key": "k"}, 12),
    # caller; key: old one deleted, claimed; who they are, how many they have; account, its brand, member and clock;
    # goods, their words and slips; history; key: read and answered; the answer
    "SandboxAccountCreate": (OUTSIDER, {"input": {"name": "N"}, "key": "k"}, 18),
    # caller; key: old one deleted, claimed; account and clock locked; open jobs, counted too; the clock, the new job,
    # what does it; history; key: read and answered; the answer
    "SandboxAdvance": (EDITOR, of_clock, 15),
    "SessionRevoke": (OWNER, of_session, 4),  # caller; session locked; the change; the answer
    "Sessions": (EDITOR, {}, 2),  # caller; sessions
    "SignUp": (
        None,
        {"email": NEW, "name": "Nia", "password": LONG},
        7,
    ),
    "SignIn": (None, {"email": OWNER.email, "password": PASSWORD}, 3),  # user, the new session, the answer
    "SignOut": (EDITOR, {}, 2),  # caller; the session's end
    # caller; account locked; members and invitations of that address; inviter; the new one, its message
    # and the job that sends it; history; the answer
    "UserUpdate": (EDITOR, {"name": "Benno"}, 5),  # caller; user locked; the change; history; the answer
    "UserInvite": (OWNER, {"input": INVITED}, 11),
}


def sent(api: Api, name: str) -> int:
    """How many statements the operation takes."""
    who, variables, _ = SENT[name]
    if callable(variables):
        variables = variables(api)
    api.statements.clear()
    assert api(OPERATIONS[name], as_=who, **variables).errors == []
    history = [sql for sql in api.statements if sql.startswith("INSERT INTO change")]  # on SQLite one for each row
    return len([sql for sql in api.statements if not sql.startswith("BEGIN")]) - max(len(history) - 1, 0)


def test_every_operation_is_counted():
    streamed = {name for name, text in OPERATIONS.items() if "\nsubscription " in text}  # the reader looks meanwhile
    assert set(SENT) | streamed == set(OPERATIONS)


# on PostgreSQL the lock that closing waits for; and what is copied into the ledger is no statement
ON_POSTGRESQL = {"EventsReport": 1, "ChargeAdjust": -1, "ChargeReverseClicks": -1}


@pytest.mark.parametrize("name", SENT)
def test_an_operation_takes_as_many_statements_as_written_here(api: Api, name):
    more = ON_POSTGRESQL.get(name, 0) if api.installation.database.dialect.name == "postgresql" else 0

    assert sent(api, name) == SENT[name][2] + more


def test_the_dashboard_of_50_campaigns_with_10_ads_takes_2_statements(api: Api):
    few = sent(api, "Dashboard")
    api.run(_grow, api)
    api.statements.clear()
    answer = api(OPERATIONS["Dashboard"], as_=EDITOR, accountId=NORTH, range=RANGE)

    campaigns = answer.data["account"]["campaigns"]["nodes"]
    assert (len(campaigns), {len(each["ads"]["nodes"]) for each in campaigns}) == (50, {10})
    assert sent(api, "Dashboard") == few == 2


async def _grow(api: Api) -> None:
    """50 newer campaigns with 10 ads each, and figures for each ad."""
    places = [(i, j) for i in range(50) for j in range(10)]
    campaigns = [people._campaign(f"c{i}", "north", f"C {i}", -1 - i, []) for i in range(50)]
    draft = {"effective_status": people.EffectiveStatus.DRAFT}
    ads = [people._ad(f"a{i}-{j}", "north", f"c{i}", "tent", j, [], **draft) for i, j in places]
    hours = [people._hour(f"a{i}-{j}", f"c{i}", "tent", "north", 1, 9, 10, 1, 5) for i, j in places]
    async with AsyncSession(api.installation.database.writer) as session, session.begin():
        for layer in (campaigns, ads, hours):
            session.add_all(layer)
            await session.flush()
