"""What the samples of access need: their fields by level, the world prepared for them, and all that would change."""

import re
from typing import Any

from app.domain.access import TOKEN_SCOPES
from tests import paging
from tests.api.samples import CARD, ERRORS, INVITE, ROOT_FIELDS, TOKEN
from tests.charging import EURO, charges, clicks, minutes, pay_with
from tests.conftest import Api
from tests.deciding import recorded
from tests.house.contract import ROOTS, fields, guards, sdl
from tests.moderating import in_state
from tests.people import (
    CASHIER,
    DRAFT_AD,
    EDITOR,
    FEED,
    MODERATOR,
    NORTH,
    OPERATOR,
    OUTSIDER,
    OWNER,
    REVIEWER,
    SPRING,
    gid,
)
from tests.pictures import picture, uploaded
from tests.registrations import BRAND, claimed, do, draft, ready, submitted
from tests.reports import created

ANSWERED = ("Query", "Mutation")  # subscriptions are streams: see test_subscriptions.py
OF_ROOTS = {name: field for name, field in fields(sdl(), *ANSWERED) if guards(field)}
OWN = ("Viewer",)  # what is one's own, whoever one is: see test_signing_up.py
BELOW_NO_NODE = ("DeliveryCause", "ChargeAttempt")  # see test_explaining.py and test_charges.py
ELSEWHERE = {*ROOTS, *OWN, *BELOW_NO_NODE}
OF_OTHERS = {name: field for name, field in fields(sdl()) if guards(field) and name.split(".")[0] not in ELSEWHERE}
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
TABLES += paging.TABLES[:8]
TABLES += ("charge", "charge_attempt", "charge_line", "charge_adjustment", "click_reversal", "ledger_transfer")
TABLES += ("account_credit",)
TABLES += (
    "account_job",
    "sandbox",
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
STAFF = {"REVIEWER": REVIEWER, "OPERATOR": OPERATOR, "MODERATOR": MODERATOR, "INGEST": FEED, "FINANCE": CASHIER}


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
CASES |= {"JOB": created}
CASES |= {"DRAFT_PAGE": paging.drafted, "BASIC_PAGE": lambda api: paging.drafted(api, "BASIC")}
CASES |= {"PUBLISHED_PAGE": paging.published, "REJECTED_PAGE": paging.rejected}
CASES |= {"PUBLIC_SLUG": lambda api: paging.published(api) and "northpeak"}


def auctioned(api: Api) -> str:
    """The id of an auction that was held and written down."""
    wish = ROOT_FIELDS["Mutation.adDecide"].document.replace(ERRORS, "{ decisions { auctionId } }")
    (decision,) = api(wish, as_=FEED).data["it"]["decisions"]
    recorded(api)
    return decision["auctionId"]


CASES |= {"AUCTION": auctioned}


def card(api: Api) -> str:
    """The id of a new card of NORTH."""
    number = len(api.rows("SELECT id FROM payment_method"))
    add = ROOT_FIELDS["Mutation.paymentMethodAdd"].document.replace(ERRORS, CARD)
    return api(add.replace("_amex", f"_visa.{number}"), as_=OWNER).data["it"]["paymentMethod"]["id"]


def charged(api: Api) -> str:
    """A campaign of NORTH that is charged to a card of its own."""
    wish = ROOT_FIELDS["Mutation.campaignSetPaymentMethod"].document.replace("CARD", card(api))
    assert api(wish, as_=OWNER).data["it"]["userErrors"] == []
    return SPRING


CASES["CHARGED"] = charged


def owed(api: Api) -> str:
    """A charge of SPRING that could not be paid."""
    pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    return charges(api)[-1]["id"]


def clicked(api: Api) -> str:
    """A click that costs something."""
    clicks(api, EURO)
    lines = "query ($id: ID!) { charge(id: $id) { lines(first: 1) { nodes { clickId } } } }"
    return api(lines, as_=OWNER, id=charges(api)[-1]["id"]).data["charge"]["lines"]["nodes"][0]["clickId"]


def paying(api: Api) -> str:
    """A card that can be charged, once SPRING owes something."""
    owed(api)
    return pay_with(api, "pretend_visa")


CASES |= {"OWED_CHARGE": owed, "PAYING": paying, "CLICK": clicked}


def with_a_clock(api: Api) -> str:
    """NORTH, as if it were a test account: time can be let pass in it."""
    clock = "INSERT INTO sandbox (account_id, seed, now) SELECT id, 7, created_at FROM account WHERE name_key = 'north'"
    api.write(clock)
    return NORTH


CASES["SANDBOX"] = with_a_clock


def moderated(api: Api, document: str) -> str:
    if "REJECTED_AD" in document:
        in_state(api, "REJECTED")
        return document.replace("REJECTED_AD", DRAFT_AD)
    state = re.findall(r"(\w+)_CASE", document)[0]
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
    revoked = [f"SELECT id, revoked_at FROM {table} ORDER BY 1" for table in ("api_token", "session")]
    return [api.kept(*TABLES), *api.each(*revoked)]
