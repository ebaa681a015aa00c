"""Nodes: any object by its opaque id, for those who may see it; for all others the same nothing."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.account_jobs import AccountJob
from app.db.tables.accounts import Invitation
from app.db.tables.assets import Asset
from app.db.tables.billing import Charge, PaymentMethod
from app.db.tables.delivery import Auction
from app.db.tables.history import Change
from app.db.tables.identity import ApiToken
from app.db.tables.moderation import ModerationCase
from app.db.tables.notices import EmailMessage
from app.db.tables.onboarding import Registration
from app.domain.access import MemberLevel, Via
from app.domain.account_jobs import JobKind
from app.domain.billing.cards import CardBrand, CardFunding, PaymentMethodStatus
from app.domain.delivery.outcomes import Format
from app.domain.events import Event
from app.domain.metrics import Placement
from app.domain.notices import EmailKind
from app.domain.onboarding.paths import RegistrationPath, RegistrationPurpose
from app.schema.relay import NODES, global_id, parse
from app.wiring import Installation
from tests.conftest import Api
from tests.invoicing import billed, document
from tests.paging import NORTH_PAGE, add_page
from tests.people import (
    BAG,
    BOTH,
    DRAFT_AD,
    EDITOR,
    ISLAND,
    MODERATOR,
    NORTH,
    NORTH_BRAND,
    NOW,
    OPERATOR,
    OUTSIDER,
    OWNER,
    SECOND,
    SPRING,
    STRANGER,
    SUMMER,
    TENT,
    TENT_AD,
    Person,
    gid,
    uid,
)

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
LIST = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
MAKE = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { secret } }"""
# type: an object of NORTH; None: it is the same for everybody
SAMPLES = {
    "Account": NORTH,
    "Ad": TENT_AD,
    "ApiToken": gid("ApiToken", "feed"),
    "Asset": gid("Asset", "photo"),
    "Auction": gid("Auction", "auction"),
    "Brand": NORTH_BRAND,
    "BrandPage": NORTH_PAGE,
    "Campaign": SPRING,
    "Charge": gid("Charge", "charge"),
    "ChangeEvent": gid("ChangeEvent", "change"),
    "EmailMessage": gid("EmailMessage", "letter"),
    "Interest": None,
    "Invitation": gid("Invitation", "nia"),
    "Invoice": gid("Invoice", "invoice"),
    "Job": gid("Job", "report"),
    "Membership": gid("Membership", "editor-north"),
    "PaymentMethod": gid("PaymentMethod", "card"),
    "ModerationCase": gid("ModerationCase", "case"),
    "Organization": gid("Organization", "agency"),
    "PolicyDocument": None,
    "Product": TENT,
    "Registration": gid("Registration", "application"),
    "Session": gid("Session", "session-owner"),
    "User": EDITOR.id,
}
FOR_ADMINS = {"ApiToken", "Auction", "EmailMessage", "Invitation", "PaymentMethod", "Registration", "Session"}
WITHOUT_SCOPE = {"ApiToken", "Auction", "EmailMessage", "PolicyDocument", "Registration", "Session", "User"}
HOLDERS = {"Auction": OPERATOR, "EmailMessage": OPERATOR}  # of what is no business of an account's ADMIN


@pytest.fixture(scope="module")
def fill() -> Any:
    return _more


async def _more(installation: Installation) -> None:
    """What the world lacks: a token, an invitation, a letter, a card, an image and a case of NORTH."""
    letter = EmailMessage(id=uid("letter"), account_id=uid("north"), kind=EmailKind.PASSWORD_RESET, to="x@example.com")
    letter.parameters, letter.queued_at = {"name": "X"}, NOW
    token = ApiToken(id=uid("feed"), account_id=uid("north"), created_by=uid("owner"), name="Feed", scopes=[])
    token.prefix, token.token_hash, token.created_at = "eca_", "x", NOW
    invited = Invitation(id=uid("nia"), account_id=uid("north"), name="Nia", level=MemberLevel.EDITOR)
    invited.email = invited.email_key = "nia@example.com"
    invited.invited_by, invited.created_at = uid("owner"), NOW
    invited.mailed_at = invited.expires_at = NOW
    applied = Registration(id=uid("application"), applicant_id=uid("owner"), path=RegistrationPath.KDP)
    applied.purpose, applied.created_at, applied.updated_at = RegistrationPurpose.NEW_ACCOUNT, NOW, NOW
    photo = Asset(id=uid("photo"), account_id=uid("north"), filename="a", content_type="image/png", bytes=1)
    photo.created_by, photo.created_at, photo.upload_expires_at = uid("owner"), NOW, NOW
    card = PaymentMethod(id=uid("card"), account_id=uid("north"), processor_token="x", added_by=uid("owner"))
    card.brand, card.funding, card.status = CardBrand.VISA, CardFunding.CREDIT, PaymentMethodStatus.ACTIVE
    card.last4, card.expires_on, card.added_at = "4242", NOW.date(), NOW
    case = ModerationCase(id=uid("case"), account_id=uid("north"), ad_id=uid("tent-ad"), policy_version=1)
    case.submitted_at = case.due_at = case.created_at = case.updated_at = NOW
    charge = Charge(id=uid("charge"), account_id=uid("north"), campaign_id=uid("spring"), currency="USD", opened_at=NOW)
    job = AccountJob(id=uid("report"), account_id=uid("north"), kind=JobKind.REPORT, arguments={})
    job.created_by, job.created_at = uid("owner"), NOW
    async with AsyncSession(installation.database.writer) as session, session.begin():
        session.add_all([job, charge, token, invited, letter, applied, photo, card, case, _change(), _auction()])
        await session.flush()
        session.add(billed())
        await session.flush()
        session.add(document("invoice", 1, NOW))
    await add_page(installation)


def _change() -> Change:
    facts = {"at": NOW, "actor": "X", "via": Via.JOB, "event": Event.CAMPAIGN_PAUSED, "action": "x"}
    subject = {"subject_type": "Campaign", "subject_id": uid("spring")}
    return Change(id=uid("change"), account_id=uid("north"), **facts, **subject)


def _auction() -> Auction:
    held = Auction(id=uid("auction"), request_id="r", at=NOW, slots=1, reserve_micros=0, currency="USD", complete=True)
    held.placement, held.format, held.entries, held.interests = Placement.SEARCH_RESULTS, Format.LISTINGS, [], []
    return held


def sample(api: Api, kind: str) -> str:
    """The id of an object that OWNER may see."""
    if kind == "PolicyDocument":
        return api("{ policyDocuments { id } }").data["policyDocuments"][0]["id"]
    if kind == "Interest":
        found = api("{ interests(first: 1) { nodes { id } } }", as_=OWNER)
        return found.data["interests"]["nodes"][0]["id"]
    assert kind in SAMPLES, f"{kind} is a node without a sample: add one to SAMPLES"
    return SAMPLES[kind]


def seen(api: Api, id: str, who: Person | str | None) -> Any:
    answer = api(NODE, as_=who, id=id)
    assert answer.errors == []
    return answer.data["node"]


def scopes_but(scope: str | None) -> list[str]:
    """All other scopes that a token of an account may have."""
    return sorted({node.scope for kind, node in NODES.items() if node.scope and kind not in HOLDERS} - {scope})


def token(api: Api, *scopes: str) -> str:
    secret = api(MAKE, as_=OWNER, account=NORTH, scopes=list(scopes)).data["apiTokenCreate"]["secret"]
    assert secret
    return secret


def test_every_type_of_node_has_a_sample_and_no_other():
    assert set(SAMPLES) == set(NODES)


@pytest.mark.parametrize("kind", sorted(NODES))
def test_a_node_is_shown_to_an_admin_of_its_account(api: Api, kind):
    id = sample(api, kind)

    holder = HOLDERS.get(kind, OWNER)
    assert seen(api, id, holder) == {"__typename": kind, "id": id}
    assert api(LIST, as_=holder, ids=[id]).data == {"nodes": [{"id": id}]}
    assert holder is OWNER or seen(api, id, OWNER) is None


@pytest.mark.parametrize("kind", sorted(NODES))
def test_an_editor_sees_all_but_what_takes_an_admin(api: Api, kind):
    id = sample(api, kind)

    assert seen(api, id, EDITOR) == (None if kind in FOR_ADMINS else {"__typename": kind, "id": id})


@pytest.mark.parametrize("kind", sorted(NODES))
def test_strangers_and_nobody_see_nothing(api: Api, kind):
    id = sample(api, kind)
    strangers = [None] if kind in ("Interest", "PolicyDocument") else [None, STRANGER, OUTSIDER, OPERATOR]
    strangers = [each for each in strangers if each is not HOLDERS.get(kind, OWNER)]

    assert [seen(api, id, who) for who in strangers] == [None] * len(strangers)
    assert api(LIST, as_=strangers[-1], ids=[id]).data == {"nodes": [None]}


@pytest.mark.parametrize("kind", sorted(NODES))
def test_a_token_needs_the_scope_of_the_type(api: Api, kind):
    id = sample(api, kind)

    assert seen(api, id, token(api, *scopes_but(NODES[kind].scope))) is None
    if kind not in WITHOUT_SCOPE:
        assert seen(api, id, token(api, NODES[kind].scope)) == {"__typename": kind, "id": id}


def other_spellings(id: str) -> list[str]:
    """Texts that a lenient decoder would take for *id*."""
    last = chr(ord(id[-1]) + 1)
    return [f"{id}=", f"{id}==", f" {id}", f"{id}\n", f"{id[:4]}!{id[4:]}", f"{id[:-1]}{last}", f"{id}A"]


@pytest.mark.parametrize("kind", sorted(NODES))
def test_an_id_has_one_spelling(api: Api, kind):
    id = sample(api, kind)
    spellings = [each for each in other_spellings(id) if each != id]

    assert api(LIST, as_=OWNER, ids=spellings).data == {"nodes": [None] * len(spellings)}


@pytest.mark.parametrize("kind", sorted(NODES))
def test_the_key_of_an_object_is_no_id_of_another_type(api: Api, kind):
    right = sample(api, kind)
    _, key = parse(right)
    wrong = [global_id(name, key) for name in NODES if name != kind]
    wrong = [each for each in wrong if each not in SAMPLES.values()]  # NORTH and its brand share a key in this world

    assert len(wrong) >= len(NODES) - 2
    assert api(LIST, as_=HOLDERS.get(kind, OWNER), ids=[*wrong, right]).data["nodes"] == [
        *[None] * len(wrong),
        {"id": right},
    ]


@pytest.mark.parametrize(
    "id",
    [
        "",
        "0",
        "campaign",
        "é",
        "🦎" * 9,
        "A" * 40_000,
        str(uid("spring")),
        gid("Campaign", "unknown"),
        gid("Nothing", "spring"),
        gid("", "spring"),
        gid("campaign", "spring"),
        urlsafe_b64encode(b"Campaign:short").decode(),
        urlsafe_b64encode("Campaïgn:".encode() + uid("spring").bytes).decode(),
    ],
)
def test_whatever_is_no_id_is_answered_like_an_unknown_one(api: Api, id):
    assert seen(api, id, OWNER) is None
    assert api(LIST, as_=OWNER, ids=[id, SPRING]).data == {"nodes": [None, {"id": SPRING}]}


@pytest.mark.parametrize("id", ["5", "-1", "9007199254740993"])
def test_a_number_is_no_id_either(api: Api, id):
    assert api(f"{{ node(id: {id}) {{ id }} }}", as_=OWNER).data == {"node": None}


@pytest.mark.parametrize("kind", sorted(NODES))
def test_a_moderator_sees_ads_that_were_submitted_and_their_cases_of_all_accounts(api: Api, kind):
    id = sample(api, kind)
    shown = {"__typename": kind, "id": id} if kind in ("Ad", "ModerationCase", "Interest", "PolicyDocument") else None

    assert [seen(api, id, who) for who in (MODERATOR, SECOND)] == [shown, shown]
    assert [seen(api, each, MODERATOR) for each in (DRAFT_AD, SPRING)] == [None, None]


def test_nodes_keep_their_order_and_repeat_what_is_asked_twice(api: Api):
    asked = [SUMMER, TENT, SPRING, "nonsense", ISLAND, TENT, BAG, SPRING]
    seen = api(LIST, as_=OWNER, ids=asked).data["nodes"]

    shown = [SUMMER, TENT, SPRING, None, None, TENT, BAG, SPRING]
    assert [each and each["id"] for each in seen] == shown


def test_a_member_of_two_accounts_sees_both_at_once(api: Api):
    assert api(LIST, as_=BOTH, ids=[ISLAND, SPRING]).data == {"nodes": [{"id": ISLAND}, {"id": SPRING}]}


def test_nodes_of_one_type_take_one_statement(api: Api):
    api(LIST, as_=OWNER, ids=[SPRING])
    one = len(api.statements)
    api(LIST, as_=OWNER, ids=[SPRING, SUMMER, ISLAND, gid("Campaign", "old")] * 25)

    assert len(api.statements) == 2 * one


def test_a_hundred_nodes_are_shown_and_no_more(api: Api):
    assert len(api(LIST, as_=OWNER, ids=[SPRING] * 100).data["nodes"]) == 100

    refused = api(LIST, as_=OWNER, ids=[SPRING] * 101)
    assert (refused.data, refused.codes) == (None, ["LIMIT"])
    assert refused.errors[0]["extensions"]["argument"] == ["ids"]


def test_no_nodes_are_no_nodes(api: Api):
    assert api(LIST, as_=OWNER, ids=[]).data == {"nodes": []}


def test_a_removed_member_sees_no_nodes_any_more(api: Api):
    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'EDITOR'")
    asked = [NORTH, SPRING, TENT, NORTH_BRAND, gid("Membership", "editor-north"), OWNER.id]

    assert api(LIST, as_=EDITOR, ids=asked).data == {"nodes": [None] * 6}
    assert seen(api, EDITOR.id, EDITOR) == {"__typename": "User", "id": EDITOR.id}
