"""Connections: every list can be paged in both directions, and no argument or cursor of any kind makes a fault."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, product
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from graphql import EnumTypeDefinitionNode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.page import Order, encode
from app.db.tables.account_jobs import AccountJob
from app.db.tables.accounts import Account, Invitation
from app.db.tables.assets import Asset
from app.db.tables.billing import Charge, ChargeLine
from app.db.tables.campaigns import Keyword
from app.db.tables.history import Change
from app.db.tables.identity import User
from app.db.tables.moderation import ModerationCase
from app.db.tables.notices import EmailMessage
from app.db.tables.onboarding import Registration
from app.domain.access import MemberLevel, Via
from app.domain.account_jobs import JobKind
from app.domain.billing.charges import ChargeStatus
from app.domain.campaigns.targeting import MatchType
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.domain.onboarding.paths import RegistrationPath, RegistrationPurpose
from app.domain.onboarding.registration import RegistrationStatus
from app.resolvers import account_jobs, assets, catalogue, history, notices
from app.resolvers.accounts import reads as accounts
from app.resolvers.billing import reads as billing
from app.resolvers.billing.invoices import INVOICES_OF_ACCOUNT, INVOICES_OF_CHARGE
from app.resolvers.campaigns import reads
from app.resolvers.moderation import reads as moderation
from app.resolvers.onboarding import reads as onboarding
from app.resolvers.pages.reads import FOUND_PAGES, PAGE_PRODUCTS
from app.wiring import Installation
from tests import paging, people
from tests.conftest import Answer, Api
from tests.house.contract import fields, named, sdl
from tests.invoicing import billed, document
from tests.people import (
    BOTH,
    CASHIER,
    DRAFT_AD,
    MODERATOR,
    NORTH,
    NOW,
    OPERATOR,
    OWNER,
    REVIEWER,
    SOUTH,
    SPRING,
    Person,
    gid,
    uid,
)

PAGE = "edges { cursor node { %s } } nodes { %s } totalCount { value } pageInfo { %s }"
CHARGE = gid("Charge", "charge0")
INFO = "hasNextPage hasPreviousPage startCursor endCursor"
FORWARD = ("first", "after", "hasNextPage", "endCursor")
BACKWARD = ("last", "before", "hasPreviousPage", "startCursor")
HIDDEN = ([None], [{"it": None}])
TYPES = {"first": "Int", "last": "Int", "after": "String", "before": "String"}


class Listed(NamedTuple):
    """A connection: the document around it, what tells its items apart, and its orders by their sort."""

    around: str
    orders: Any
    key: str = "id"


BILLED = people.gid("Charge", "billed")
LISTS = {
    "Query.interests": Listed('{ it: interests(query: "ca", %s) }', catalogue.INTERESTS.orders),
    "Query.products": Listed(f'{{ it: products(accountId: "{NORTH}", %s) }}', catalogue.PRODUCTS.orders),
    "Query.outbox": Listed("{ it: outbox(%s) }", notices.OUTBOX.orders),
    "Query.changeEvents": Listed(f'{{ it: changeEvents(accountId: "{NORTH}", %s) }}', history.CHANGES.orders),
    "Query.financeQueue": Listed("{ it: financeQueue(%s) }", billing.FINANCE_QUEUE.orders),
    "Billing.charges": Listed(
        f'{{ billing(accountId: "{NORTH}") {{ it: charges(%s) }} }}', billing.CHARGES_OF_ACCOUNT.orders
    ),
    "Charge.lines": Listed(
        f'{{ charge(id: "{CHARGE}") {{ it: lines(%s) }} }}', billing.LINES_OF_CHARGE.orders, "clickId"
    ),
    "Query.accounts": Listed("{ it: accounts(%s) }", accounts.DESK.orders),
    "Query.registrations": Listed("{ it: registrations(%s) }", onboarding.OWN.orders),
    "Query.reviewQueue": Listed("{ it: reviewQueue(%s) }", onboarding.QUEUE.orders),
    "Query.searchBrandPages": Listed('{ it: searchBrandPages(query: "brand", %s) }', FOUND_PAGES.orders),
    "Query.brandPageProducts": Listed('{ it: brandPageProducts(slug: "ember-page", %s) }', PAGE_PRODUCTS.orders),
    "Query.moderationQueue": Listed("{ it: moderationQueue(%s) }", moderation.QUEUE.orders),
    "Account.assets": Listed(f'{{ account(id: "{NORTH}") {{ it: assets(%s) }} }}', assets.ASSETS_OF_ACCOUNT.orders),
    "Account.jobs": Listed(f'{{ account(id: "{NORTH}") {{ it: jobs(%s) }} }}', account_jobs.JOBS_OF_ACCOUNT.orders),
    "Account.brands": Listed(f'{{ account(id: "{NORTH}") {{ it: brands(%s) }} }}', accounts.BRANDS_OF_ACCOUNT.orders),
    "Account.members": Listed(
        f'{{ account(id: "{NORTH}") {{ it: members(%s) }} }}', accounts.MEMBERS_OF_ACCOUNT.orders
    ),
    "Account.invitations": Listed(
        f'{{ account(id: "{NORTH}") {{ it: invitations(%s) }} }}', accounts.INVITATIONS_OF_ACCOUNT.orders
    ),
    "Account.campaigns": Listed(f'{{ account(id: "{NORTH}") {{ it: campaigns(%s) }} }}', reads.CAMPAIGN_ORDERS),
    "Account.ads": Listed(f'{{ account(id: "{NORTH}") {{ it: ads(%s) }} }}', reads.AD_ORDERS),
    "Billing.invoices": Listed(
        f'{{ billing(accountId: "{NORTH}") {{ it: invoices(%s) }} }}', INVOICES_OF_ACCOUNT.orders
    ),
    "Charge.invoices": Listed(f'{{ charge(id: "{BILLED}") {{ it: invoices(%s) }} }}', INVOICES_OF_CHARGE.orders),
    "Campaign.ads": Listed(f'{{ campaign(id: "{SPRING}") {{ it: ads(%s) }} }}', reads.AD_ORDERS),
    "Ad.keywords": Listed(f'{{ ad(id: "{DRAFT_AD}") {{ it: keywords(%s) }} }}', reads.KEYWORDS_OF_AD.orders, "text"),
}
HOLDERS = {"Query.outbox": OPERATOR, "Query.accounts": OPERATOR, "Query.reviewQueue": REVIEWER}
HOLDERS |= {"Query.moderationQueue": MODERATOR, "Query.financeQueue": CASHIER}
CASES = [(name, sort and sort.value) for name, listed in LISTS.items() for sort in listed.orders]


@pytest.fixture(scope="module")
def fill() -> Any:
    return _fill


async def _fill(installation: Installation) -> None:
    """Lists of NORTH whose sort keys are equal more often than not; in SOUTH 30 campaigns with 3 ads each."""
    running = {"effective_status": people.EffectiveStatus.DRAFT}
    layers: list[Any] = [[*_users()]]
    layers.append([people._brand(f"brand{i}", "north", f"Brand {i // 3}") for i in range(5)])
    for i in range(5):
        layers += paging.rows(f"brand{i}", name=f"Brand {i // 3}")
    layers += [[people._brand("ember", "north", "Ember")], *paging.rows("ember", name="Ember")]  # of the pegs below
    layers.append([_member(f"u{i}") for i in range(4)])
    layers.append([_invitation(i) for i in range(6)])
    layers.append([_letter(i) for i in range(6)])
    layers.append([people._product(f"p{i}", "NORTH", f"P-{i}", "Tent peg", "Ember", None) for i in range(4)])
    layers.append([people._campaign(f"c{i}", "north", f"Same {i // 3}", 0, []) for i in range(5)])
    layers.append([people._ad(f"a{i}", "north", "spring", "tent", 0, [], **running) for i in range(4)])
    layers.append([_keyword(i) for i in range(7)])
    layers.append([_change(i) for i in range(7)])
    layers.append([_account(i) for i in range(4)])
    layers.append([_application(i) for i in range(6)])
    layers.append([_case(i) for i in range(5)])
    layers.append([_image(i) for i in range(5)])
    layers.append([_job(i) for i in range(5)])
    layers += [[_charge(i) for i in range(5)], [_line(i) for i in range(5)]]
    layers.append([billed()])
    layers.append([document(f"i{i}", i, NOW - timedelta(minutes=i // 3)) for i in range(6)])
    layers.append([people._campaign(f"s{i}", "south", f"S {i}", i % 4, []) for i in range(30)])
    many = [(i, j) for i in range(30) for j in range(3)]
    layers.append([people._ad(f"s{i}-{j}", "south", f"s{i}", "kite", j, [], **running) for i, j in many])
    async with AsyncSession(installation.database.writer) as session, session.begin():
        for layer in layers:
            session.add_all(layer)
            await session.flush()


def _users() -> Iterator[User]:
    for i in range(4):
        email = f"u{i}@example.com"
        facts = {"name_key": f"user {i}", "password_hash": "x", "created_at": NOW}
        yield User(id=uid(f"u{i}"), name=f"User {i}", email=email, email_key=email, **facts)


def _member(key: str) -> Any:
    return people._member(Person(key, key), "north", MemberLevel.EDITOR, 1)


def _invitation(place: int) -> Invitation:
    at = NOW - timedelta(days=place // 3)
    invited = Invitation(account_id=uid("north"), name=f"I {place}", level=MemberLevel.EDITOR, created_at=at)
    invited.email = invited.email_key = f"i{place}@example.com"
    invited.invited_by, invited.expires_at, invited.mailed_at = uid("owner"), NOW, at
    return invited


def _letter(place: int) -> EmailMessage:
    letter = EmailMessage(kind=EmailKind.PASSWORD_RESET, to=f"l{place}@example.com", parameters={"name": "L"})
    letter.queued_at = NOW - timedelta(minutes=place // 3)
    return letter


def _keyword(place: int) -> Keyword:
    facts = {"ad_id": uid("draft-ad"), "match": MatchType.EXACT, "currency": "USD"}
    return Keyword(place=place // 2, text=f"word {place}", **facts)


def _change(place: int) -> Change:
    facts = {"actor": "Ada", "via": Via.SESSION, "event": Event.CAMPAIGN_PAUSED, "action": "campaignPause"}
    return Change(account_id=uid("north"), at=NOW, subject_type="Campaign", subject_id=uid(f"c{place % 5}"), **facts)


def _account(place: int) -> Account:
    facts = {"currency": "USD", "time_zone": "UTC", "version": 1, "created_at": NOW, "updated_at": NOW}
    return Account(id=uid(f"more{place}"), display_name="More", name_key="more", vendor_code=f"M{place}", **facts)


def _application(place: int) -> Registration:
    facts = {"path": RegistrationPath.KDP, "purpose": RegistrationPurpose.NEW_ACCOUNT, "follows": place % 2}
    facts |= {"submitted_at": NOW, "due_at": NOW, "created_at": NOW, "updated_at": NOW}
    return Registration(applicant_id=uid("owner"), status=RegistrationStatus.SUBMITTED, **facts)


def _case(place: int) -> ModerationCase:
    ad = ("a0", "a1", "a2", "a3", "bag-ad")[place]
    case = ModerationCase(account_id=uid("north"), ad_id=uid(ad), policy_version=1, due_at=NOW)
    case.submitted_at = case.created_at = case.updated_at = NOW - timedelta(minutes=place // 3)
    return case


def _image(place: int) -> Asset:
    image = Asset(account_id=uid("north"), filename=f"{place}", content_type="image/png", bytes=1)
    image.created_by, image.created_at, image.upload_expires_at = uid("owner"), NOW, NOW
    return image


def _job(place: int) -> AccountJob:
    job = AccountJob(account_id=uid("north"), kind=JobKind.REPORT, arguments={}, created_by=uid("owner"))
    job.created_at = NOW - timedelta(minutes=place // 3)
    return job


def _charge(place: int) -> Charge:
    charge = Charge(id=uid(f"charge{place}"), account_id=uid("north"), campaign_id=uid(f"c{place}"), currency="USD")
    charge.opened_at, charge.status = NOW - timedelta(minutes=place // 3), ChargeStatus.DUE
    return charge


def _line(place: int) -> ChargeLine:
    line = ChargeLine(charge_id=uid("charge0"), number=place + 1, ad_id=uid("tent-ad"), auction_id=uid(f"l{place}"))
    line.slot, line.target, line.at, line.cost_micros, line.currency = "1", 0, NOW, 100, "USD"
    return line


def ask(api: Api, name: str, sort: str | None = None, **arguments: Any) -> Answer:
    """Ask for a page with variables, as clients do: a document and its plan serve many pages."""
    around, _, key = LISTS[name]
    variables = ", ".join(f"${each}: {TYPES[each]}" for each in arguments)
    told = ", ".join([*(f"{each}: ${each}" for each in arguments), *([f"sort: {sort}"] if sort else [])])
    document = around.replace("%s)", f"{told}) {{ {PAGE % (key, key, INFO)} }}")
    return api(f"query ({variables}) {document}", as_=HOLDERS.get(name, OWNER), **arguments)


def page(api: Api, name: str, sort: str | None = None, **arguments: Any) -> dict[str, Any]:
    answer = ask(api, name, sort, **arguments)
    assert answer.errors == []
    found = answer.data
    while "it" not in found:
        (found,) = found.values()
    assert [edge["node"] for edge in found["it"]["edges"]] == found["it"]["nodes"]
    return found["it"]


def keys(found: dict[str, Any]) -> list[str]:
    return [next(iter(node.values())) for node in found["nodes"]]


def walk(api: Api, name: str, sort: str | None, size: int, *, backward: bool = False) -> list[dict[str, Any]]:
    """The pages of a list one after another, as a client would ask for them."""
    take, from_, more, cursor = BACKWARD if backward else FORWARD
    pages = [page(api, name, sort, **{take: size})]
    while pages[-1]["pageInfo"][more]:
        pages.append(page(api, name, sort, **{take: size, from_: pages[-1]["pageInfo"][cursor]}))
        assert len(pages) < 50
    return pages


def refused(answer: Answer, argument: str) -> bool:
    """Whether the answer is one refusal that names the argument, and nothing else."""
    told = [(error["extensions"]["code"], error["extensions"]["argument"]) for error in answer.errors]
    hides = answer.data is None or list(answer.data.values()) in HIDDEN  # a public list is there for everybody
    return answer.status == 200 and told == [("INVALID", [argument])] and hides


# ---- whole lists


def test_every_connection_of_the_schema_is_walked():
    there = {name for name, field in fields(sdl()) if named(field.type).endswith("Connection")}

    assert set(LISTS) == there


def test_every_sort_of_the_schema_is_walked():
    enums = {node.name.value: node for node in sdl().definitions if isinstance(node, EnumTypeDefinitionNode)}
    sorts = [(n, named(a.type)) for n, field in fields(sdl()) for a in field.arguments or () if a.name.value == "sort"]
    there = {(name, value.name.value) for name, enum in sorts for value in enums[enum].values or ()}

    assert {(name, sort) for name, sort in CASES if sort} == there


@pytest.mark.parametrize(("name", "sort"), CASES)
def test_pages_of_any_size_make_up_the_list_in_both_directions(api: Api, name, sort):
    whole = page(api, name, sort, first=100)
    assert len(set(keys(whole))) == len(keys(whole)) == whole["totalCount"]["value"] >= 5
    assert whole["pageInfo"]["hasNextPage"] is whole["pageInfo"]["hasPreviousPage"] is False

    for size in (1, 2, 3):
        forth, back = walk(api, name, sort, size), walk(api, name, sort, size, backward=True)
        assert [key for each in forth for key in keys(each)] == keys(whole)
        assert [key for each in reversed(back) for key in keys(each)] == keys(whole)
        assert {len(keys(each)) for each in [*forth[:-1], *back[:-1]]} == {size}
        assert {each["totalCount"]["value"] for each in [*forth, *back]} == {len(keys(whole))}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_knows_what_lies_on_either_side(api: Api, name):
    forth, back = walk(api, name, None, 2), walk(api, name, None, 2, backward=True)

    for pages, ahead, behind in ((forth, "hasNextPage", "hasPreviousPage"), (back, "hasPreviousPage", "hasNextPage")):
        assert [each["pageInfo"][ahead] for each in pages] == [True] * (len(pages) - 1) + [False]
        assert [each["pageInfo"][behind] for each in pages] == [False] + [True] * (len(pages) - 1)
    for each in [*forth, *back]:
        ends = (each["edges"][0]["cursor"], each["edges"][-1]["cursor"])
        assert (each["pageInfo"]["startCursor"], each["pageInfo"]["endCursor"]) == ends


@pytest.mark.parametrize("name", LISTS)
def test_between_two_cursors_lies_what_lies_between_them(api: Api, name):
    whole = page(api, name, first=100)
    cursors = [edge["cursor"] for edge in whole["edges"]]
    between = {"after": cursors[0], "before": cursors[4]}

    assert keys(page(api, name, first=9, **between)) == keys(whole)[1:4]
    assert keys(page(api, name, last=2, **between)) == keys(whole)[2:4]
    behind = page(api, name, first=9, after=cursors[-1])
    assert (behind["nodes"], behind["totalCount"]["value"]) == ([], len(cursors))
    assert behind["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }


# ---- arguments that cannot be


@pytest.mark.parametrize("name", LISTS)
def test_a_page_has_one_size_from_1_to_100(api: Api, name):
    for arguments, argument in (
        ({"first": None}, "first"),
        ({"first": 1, "last": 1}, "first"),
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"first": -1}, "first"),
        ({"last": 0}, "last"),
        ({"last": 101}, "last"),
        ({"last": -2147483648}, "last"),
    ):
        assert refused(ask(api, name, **arguments), argument), arguments


@pytest.mark.parametrize("name", LISTS)
def test_what_is_no_cursor_is_refused(api: Api, name):
    for text in ("", "0", "null", "é", "🦎", "====", "A" * 8, "A" * 5000, SPRING, "-", "[]", "../.."):
        assert refused(ask(api, name, first=1, after=text), "after"), text
        assert refused(ask(api, name, last=1, before=text), "before"), text


def altered(cursor: str) -> Iterator[str]:
    """The cursor with one bit of each byte turned round, and cut short at each byte."""
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(raw)):
        flipped = bytes([*raw[:place], raw[place] ^ (1 << place % 8), *raw[place + 1 :]])
        yield urlsafe_b64encode(flipped).decode().rstrip("=")
        yield urlsafe_b64encode(raw[:place]).decode().rstrip("=")


@pytest.mark.parametrize("name", LISTS)
def test_an_altered_cursor_is_refused(api: Api, name):
    cursor = page(api, name, first=1)["pageInfo"]["endCursor"]
    all_of_them = list(altered(cursor))
    some = all_of_them if name == "Account.campaigns" else all_of_them[::9]

    for text in some:
        answer = ask(api, name, first=1, after=text)
        assert refused(answer, "after") or is_another_place(cursor, text), text


def is_another_place(cursor: str, other: str) -> bool:
    """Whether both begin with the mark of one order and hold as many texts: another place of the same list."""
    (mark, place), (other_mark, other_place) = opened(cursor), opened(other)
    return mark == other_mark and len(place) == len(other_place) and all(isinstance(each, str) for each in other_place)


def opened(cursor: str) -> tuple[bytes, list[Any]]:
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return raw[:4], json.loads(raw[4:])


@pytest.mark.parametrize("name", [name for name, listed in LISTS.items() if len(listed.orders) > 1])
def test_a_cursor_of_another_order_is_refused(api: Api, name):
    orders = {sort.value: order for sort, order in LISTS[name].orders.items()}
    cursors = {sort: page(api, name, sort, first=1)["pageInfo"]["endCursor"] for sort in orders}

    for sort, other in product(orders, repeat=2):
        answer = ask(api, name, sort, first=1, after=cursors[other])
        assert answer.errors == [] if orders[sort] == orders[other] else refused(answer, "after"), (sort, other)


def test_a_cursor_of_another_list_is_refused_or_no_more_than_a_place(api: Api):
    orders = {name: next(iter(listed.orders.values())) for name, listed in LISTS.items()}
    cursors = {name: page(api, name, first=1)["pageInfo"]["endCursor"] for name in LISTS}

    for name, other in product(LISTS, repeat=2):
        arguments = {"first": 100, "after": cursors[other]}
        if orders[name] != orders[other]:
            assert refused(ask(api, name, **arguments), "after"), (name, other)
        else:
            rest, whole = (keys(page(api, name, **each)) for each in (arguments, {"first": 100}))
            assert rest == whole[len(whole) - len(rest) :], (name, other)


# What anybody could write into a cursor, marked as ours are: the mark is of the order's shape, no secret.
FORGED: tuple[Any, ...] = (
    *(None, True, 1.5, 5, [], {}, {"u": "1"}, "x\0", "0 1", str(2**63), str(-(2**63)), "9" * 5000, "short"),
    *("yesterday", "2026-11-20T00:00:00+00:00", "0001-01-01T00:00:00+23:59", "2026-13-01T00:00:00.000000Z", ""),
)


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_with_values_of_another_kind_is_refused(api: Api, name):
    order: Order = next(iter(LISTS[name].orders.values()))
    _, values = opened(page(api, name, first=1)["pageInfo"]["endCursor"])
    for place, column in enumerate(order.columns):
        for value in FORGED if column not in TEXTS else (*FORGED[:7], "x\0"):
            forged = marked(order, json.dumps([*values[:place], value, *values[place + 1 :]]).encode())
            assert refused(ask(api, name, first=1, after=forged), "after"), (place, value)
            assert refused(ask(api, name, last=1, before=forged), "before"), (place, value)


TEXTS = {"name_key", "title_key", "email_key", "text_key"}  # columns of orders in which any other text is a place


def marked(order: Order, body: bytes) -> str:
    return urlsafe_b64encode(order.mark + body).decode().rstrip("=")


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_with_too_few_or_too_many_values_is_refused(api: Api, name):
    order: Order = next(iter(LISTS[name].orders.values()))
    bodies = (b"5", b"{}", b'"ab"', b"null", b"[]", b"[1]", b"[1,2,3,4,5]", b"[[1,2]]", b"", b"[1,", b"\xff\xfe")

    for body in bodies:
        assert refused(ask(api, name, first=1, after=marked(order, body)), "after"), body


def test_a_place_that_is_no_item_is_a_place_all_the_same(api: Api):
    order = reads.CAMPAIGN_ORDERS[reads.CampaignSort.CREATED_DESC]
    between = encode(order, [NOW - timedelta(days=20, seconds=30), uuid4()])

    names = keys(page(api, "Account.campaigns", first=1, after=between))
    assert names == [people.SUMMER]  # a minute before the others


# ---- lists that change while they are read


numbers = count()


async def _insert(api: Api, name: str, account: str, minute: int) -> str:
    """A campaign made so many minutes before the first ones; its id."""
    key = f"extra {next(numbers)}"
    at = NOW - timedelta(days=20, minutes=minute)
    row = people._campaign(key, account, name, 0, [], created_at=at, updated_at=at)
    async with AsyncSession(api.installation.database.writer) as session, session.begin():
        session.add(row)
    return people.gid("Campaign", key)


def test_what_comes_in_front_of_the_cursor_shifts_nothing(api: Api):
    whole = keys(page(api, "Account.campaigns", first=100))
    first = page(api, "Account.campaigns", first=3)
    api.run(_insert, api, "Newest", "north", -60)
    oldest = api.run(_insert, api, "Oldest", "north", 60)
    rest = page(api, "Account.campaigns", first=100, after=first["pageInfo"]["endCursor"])

    assert keys(first) + keys(rest) == [*whole, oldest]


def test_a_cursor_outlives_its_item(api: Api):
    whole = keys(page(api, "Account.invitations", first=100))
    first = page(api, "Account.invitations", first=3)
    api.write("DELETE FROM invitation WHERE created_at = (SELECT max(created_at) FROM invitation)")
    rest = page(api, "Account.invitations", first=100, after=first["pageInfo"]["endCursor"])

    assert keys(first) + keys(rest) == whole


SEARCH = """query ($account: ID!, $query: String, $sort: CampaignSort, $first: Int, $after: String) {
  account(id: $account) { campaigns(filter: {query: $query}, sort: $sort, first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } } }"""
minutes = st.integers(0, 2)


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    before=st.lists(minutes, min_size=1, max_size=6),
    meanwhile=st.lists(st.lists(minutes, max_size=2), max_size=6),
    size=st.integers(1, 3),
    sort=st.sampled_from(["CREATED_DESC", "CREATED_ASC", "NAME_ASC", "START_DESC", "END_ASC"]),
)
def test_inserts_of_equal_sort_keys_never_lose_or_double_an_item(api: Api, before, meanwhile, size, sort):
    name = f"Example {next(numbers)} of equal names"
    there = [api.run(_insert, api, name, "north", minute) for minute in before]
    seen, after, more, later = [], None, True, iter(meanwhile)
    while more:
        asked = {"account": NORTH, "query": name, "sort": sort, "first": size, "after": after}
        found = api(SEARCH, as_=OWNER, **asked).data["account"]["campaigns"]
        seen += [node["id"] for node in found["nodes"]]
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
        for minute in next(later, []):
            api.run(_insert, api, name, "north", minute)

    assert len(seen) == len(set(seen))
    assert set(there) <= set(seen)


# ---- many parents at once


MANY = """query ($id: ID!) { account(id: $id) { campaigns(first: 100, sort: NAME_ASC) { nodes { name
  ads(%s) { totalCount { value } nodes { id campaign { name } } pageInfo { hasNextPage hasPreviousPage } } } } } }"""


def ads_of(api: Api, arguments: str) -> dict[str, Any]:
    nodes = api(MANY % arguments, as_=BOTH, id=SOUTH).data["account"]["campaigns"]["nodes"]
    return {node["name"]: node["ads"] for node in nodes if node["name"] != "Island"}


@pytest.mark.parametrize(
    ("arguments", "places", "following", "preceding"),
    [
        ("first: 2", (0, 1), True, False),
        ("first: 3", (0, 1, 2), False, False),
        ("last: 1", (2,), False, True),
        ("last: 2, sort: CREATED_ASC", (1, 0), False, True),
    ],
)
def test_each_of_many_parents_gets_its_own_page(api: Api, arguments, places, following, preceding):
    pages = ads_of(api, arguments)

    assert len(pages) == 30
    for name, found in pages.items():
        number = name.removeprefix("S ")
        assert [node["id"] for node in found["nodes"]] == [people.gid("Ad", f"s{number}-{j}") for j in places]
        assert {node["campaign"]["name"] for node in found["nodes"]} == {name}
        assert found["totalCount"] == {"value": 3}
        assert found["pageInfo"] == {"hasNextPage": following, "hasPreviousPage": preceding}


def test_a_parent_without_items_has_an_empty_page_among_the_others(api: Api):
    api.write("DELETE FROM ad WHERE campaign_id = :id", **_key(api, "s7"))
    pages = ads_of(api, "first: 1")

    empty = {"totalCount": {"value": 0}, "nodes": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
    assert pages["S 7"] == empty
    assert [len(found["nodes"]) for name, found in pages.items() if name != "S 7"] == [1] * 29


def _key(api: Api, key: str) -> dict[str, Any]:
    sqlite = api.installation.database.writer.dialect.name == "sqlite"
    return {"id": uid(key).hex if sqlite else uid(key)}


def test_the_number_of_statements_does_not_grow_with_the_parents(api: Api):
    api(MANY % "first: 2", as_=BOTH, id=SOUTH)
    many = len(api.statements)
    api.statements.clear()
    api(MANY.replace("first: 100", "first: 1") % "first: 2", as_=BOTH, id=SOUTH)

    assert len(api.statements) == many
