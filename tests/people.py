"""The world that API tests start from: two accounts of two vendors, their people, campaigns and figures."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.accounts import Account, Brand, Membership, Organization
from app.db.tables.billing import PaymentMethod
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.tables.identity import IngestToken, Session, User
from app.db.tables.metrics import MetricBounds, MetricHour
from app.domain.access import INGEST_SCOPES, MemberLevel
from app.domain.accounts import OrganizationKind
from app.domain.billing.cards import CardBrand, CardFunding, PaymentMethodStatus
from app.domain.campaigns.status import (
    CampaignKind,
    ConfiguredStatus,
    EffectiveStatus,
    ReasonCode,
    ReviewStatus,
    SystemStop,
)
from app.domain.metrics import FINAL_AFTER, Placement
from app.domain.search import indexed
from app.schema.relay import global_id
from app.wiring import Installation

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 20)
LAST_DAY = date(2029, 11, 30)  # of the cards
PASSWORD = "a password for tests"


def uid(name: str) -> UUID:
    return uuid5(NAMESPACE_DNS, f"{name}.test")


def gid(type_name: str, name: str) -> str:
    return global_id(type_name, uid(name))


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in: `as_=OWNER` sends their session's token."""

    key: str
    name: str
    staff: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.key}@example.com"

    @property
    def token(self) -> str:
        return f"ecs_{self.key}"

    @property
    def id(self) -> str:
        return gid("User", self.key)


OWNER = Person("owner", "Ada Owner")  # ADMIN of NORTH
EDITOR = Person("editor", "Ben Editor")  # EDITOR of NORTH
STRANGER = Person("stranger", "Sam Stranger")  # ADMIN of SOUTH
BOTH = Person("both", "Bea Both")  # ADMIN of SOUTH and EDITOR of NORTH
OUTSIDER = Person("outsider", "Otto Outsider")  # member of nothing
OPERATOR = Person("operator", "Olga Operator", ("OPERATOR",))
REVIEWER = Person("reviewer", "Rita Reviewer", ("REVIEWER",))
SECOND_REVIEWER = Person("second", "Rolf Reviewer", ("REVIEWER",))
MODERATOR = Person("moderator", "Mia Moderator", ("MODERATOR",))
SECOND = Person("sol", "Sol Second", ("MODERATOR",))
CASHIER = Person("cashier", "Fay Finance", ("FINANCE",))
PEOPLE = (OWNER, EDITOR, STRANGER, BOTH, OUTSIDER, OPERATOR, REVIEWER, SECOND_REVIEWER, MODERATOR, SECOND, CASHIER)

FEED = "eci_feed"  # the retailer's own token, of every scope there is
OTHER_FEED = "eci_other"  # one that may do nothing that asks for INGEST
NORTH, SOUTH = gid("Account", "north"), gid("Account", "south")
NORTH_BRAND, UNAPPROVED, SOUTH_BRAND = gid("Brand", "north"), gid("Brand", "unapproved"), gid("Brand", "south")
TENT, BAG, STOVE, LAMP = (gid("Product", name) for name in ("tent", "bag", "stove", "lamp"))
SOUTH_PRODUCT = gid("Product", "kite")
NORTH_CARD, SOUTH_CARD = gid("PaymentMethod", "north-card"), gid("PaymentMethod", "south-card")
SPRING, SUMMER, OLD, ISLAND = (gid("Campaign", name) for name in ("spring", "summer", "old", "island"))
TENT_AD, BAG_AD, DRAFT_AD, STOPPED_AD = (gid("Ad", name) for name in ("tent-ad", "bag-ad", "draft-ad", "stopped-ad"))
ISLAND_AD = gid("Ad", "island-ad")


async def populate(session: AsyncSession, password_hash: str) -> None:
    """Write the world in one transaction."""
    around = (_people(password_hash), _accounts(), _members(), _cards(), _products())
    for layer in (*around, _campaigns(), _ads(), _figures()):
        session.add_all(layer)
        await session.flush()
    await session.execute(update(MetricBounds).values(final_before=NOW - FINAL_AFTER))


async def without_cards(installation: Installation) -> None:
    """For modules that begin with accounts that have not added a card yet."""
    async with installation.database.writer.begin() as connection:
        await connection.execute(delete(PaymentMethod))


def _people(password_hash: str) -> list[Any]:
    return [
        User(
            id=uid(person.key),
            name=person.name,
            name_key=person.name.lower(),
            email=person.email,
            email_key=person.email,
            password_hash=password_hash,
            staff=list(person.staff),
            email_verified=True,
            created_at=NOW,
        )
        for person in PEOPLE
    ]


def _accounts() -> list[Any]:
    facts = {"currency": "USD", "version": 1, "created_at": NOW, "updated_at": NOW}
    return [
        Account(id=uid("north"), display_name="North", name_key="north", vendor_code="NORTH", time_zone="UTC", **facts),
        Account(
            id=uid("south"),
            display_name="South",
            name_key="south",
            vendor_code="SOUTH",
            time_zone="America/New_York",
            **facts,
        ),
        Organization(id=uid("agency"), name="Compass", kind=OrganizationKind.AGENCY),
    ]


def _members() -> list[Any]:
    return [
        *(_session(person) for person in PEOPLE),
        _feed("feed", FEED, sorted(INGEST_SCOPES)),
        _feed("other-feed", OTHER_FEED, ["metrics:read"]),
        _brand("north", "north", "Northpeak"),
        _brand("unapproved", "north", "Newcomer", approved=False),
        _brand("south", "south", "Southwind"),
        _member(OWNER, "north", MemberLevel.ADMIN, 0),
        _member(EDITOR, "north", MemberLevel.EDITOR, 1, organization_id=uid("agency")),
        _member(BOTH, "north", MemberLevel.EDITOR, 2),
        _member(STRANGER, "south", MemberLevel.ADMIN, 0),
        _member(BOTH, "south", MemberLevel.ADMIN, 1),
    ]


def _feed(key: str, secret: str, scopes: list[str]) -> IngestToken:
    digest = sha256(secret.encode()).hexdigest()
    facts = {"name": key, "prefix": secret[:12], "scopes": scopes, "created_at": NOW}
    return IngestToken(id=uid(key), token_hash=digest, last_used_at=NOW, **facts)


def _session(person: Person) -> Session:
    digest = sha256(person.token.encode()).hexdigest()
    return Session(
        id=uid(f"session-{person.key}"),
        user_id=uid(person.key),
        token_hash=digest,
        created_at=NOW,
        expires_at=NOW + timedelta(days=14),
    )


def _brand(key: str, account: str, name: str, *, approved: bool = True) -> Brand:
    vendor = account.upper()
    return Brand(
        id=uid(key),
        account_id=uid(account),
        name=name,
        name_key=name.lower(),
        vendor_code=vendor,
        approved=approved,
        created_at=NOW,
    )


def _member(person: Person, account: str, level: MemberLevel, order: int, **more: Any) -> Membership:
    since = NOW - timedelta(days=30 - order)
    id = uid(f"{person.key}-{account}")
    return Membership(id=id, account_id=uid(account), user_id=uid(person.key), level=level, since=since, **more)


def _cards() -> list[Any]:
    """Nothing is served of an account without a card."""
    return [_card("north", OWNER), _card("south", STRANGER)]


def _card(account: str, who: Person, **more: Any) -> PaymentMethod:
    about = {"brand": CardBrand.VISA, "funding": CardFunding.CREDIT, "last4": "4242", "expires_on": LAST_DAY}
    about |= {"status": PaymentMethodStatus.ACTIVE, "is_default": True, "added_at": NOW - timedelta(days=30)}
    owned = {"id": uid(f"{account}-card"), "account_id": uid(account), "added_by": uid(who.key)}
    return PaymentMethod(processor_token=f"pretend_visa.{account}", **owned, **{**about, **more})


def _products() -> list[Any]:
    return [
        _product("tent", "NORTH", "N-1", "Trail tent for two", "Northpeak", 18_900),
        _product("bag", "NORTH", "N-2", "Summit sleeping bag", "Northpeak", 14_900),
        _product("stove", "NORTH", "N-3", "Ember gas stove", "Ember", None),
        _product("lamp", "NORTH", "N-4", "Lümen tent lamp", "Northpeak", 2_900, in_stock=False),
        _product("kite", "SOUTH", "S-1", "Wind kite", "Southwind", 1_900),
    ]


def _product(key: str, vendor: str, sku: str, title: str, brand: str, cents: int | None, **more: Any) -> Product:
    found = indexed(vendor, title, brand, [sku], [])
    return Product(
        words=found.words,
        word_count=found.length,
        id=uid(key),
        vendor_code=vendor,
        sku=sku,
        title=title,
        title_key=title.lower().replace("ü", "u"),
        brand_name=brand,
        brand_key=brand.lower(),
        price_micros=None if cents is None else cents * 10_000,
        currency="USD",
        detail_url=f"https://shop.example/products/{sku}",
        **more,
    )


def _campaigns() -> list[Any]:
    paused = {"configured_status": ConfiguredStatus.PAUSED, "effective_status": EffectiveStatus.PAUSED}
    archived = {"configured_status": ConfiguredStatus.ARCHIVED, "effective_status": EffectiveStatus.ARCHIVED}
    idle = ReasonCode.NO_APPROVED_AD.value
    return [
        _campaign("spring", "north", "Spring", 0, [], spent_micros=2_500_000),
        _campaign("summer", "north", "Summer", 1, [ReasonCode.PAUSED_BY_USER.value, idle], **paused),
        _campaign("old", "north", "Old", 2, [ReasonCode.ARCHIVED.value, idle], **archived),
        _campaign("island", "south", "Island", 0, []),
    ]


def _campaign(key: str, account: str, name: str, order: int, reasons: list[str], **more: Any) -> Campaign:
    at = NOW - timedelta(days=20, minutes=order)
    facts = {
        "kind": CampaignKind.ECOMMERCE_DISPLAY,
        "effective_status": EffectiveStatus.RUNNING,
        "currency": "USD",
        "total_budget_micros": 100_000_000,
        "spent_micros": 0,
        "starts_at": NOW - timedelta(days=10),
        "created_at": at,
        "updated_at": at,
        **more,
    }
    account_id, brand = uid(account), uid(account)
    return Campaign(
        id=uid(key), account_id=account_id, brand_id=brand, name=name, name_key=name.lower(), reasons=reasons, **facts
    )


def _ads() -> list[Any]:
    approved = {"review_status": ReviewStatus.APPROVED, "effective_status": EffectiveStatus.RUNNING}
    approved["submitted_at"] = NOW - timedelta(days=14)
    draft = {"effective_status": EffectiveStatus.DRAFT}
    stopped = {**approved, "effective_status": EffectiveStatus.OUT_OF_STOCK, "system_stop": SystemStop.OUT_OF_STOCK}
    return [
        _ad("tent-ad", "north", "spring", "tent", 0, [], **approved),
        _ad("bag-ad", "north", "spring", "bag", 1, [], **approved),
        _ad("draft-ad", "north", "spring", "stove", 2, ["NOT_SUBMITTED"], **draft),
        _ad("stopped-ad", "north", "spring", "lamp", 3, ["OUT_OF_STOCK"], **stopped),
        _ad("island-ad", "south", "island", "kite", 0, [], **approved),
    ]


def _ad(key: str, account: str, campaign: str, product: str, order: int, reasons: list[str], **more: Any) -> Ad:
    at = NOW - timedelta(days=15, minutes=order)
    return Ad(
        id=uid(key),
        account_id=uid(account),
        campaign_id=uid(campaign),
        product_id=uid(product),
        title=f"The {product}",
        title_key=f"the {product}",
        headline=f"Take the {product} along",
        currency="USD",
        bid_micros=350_000,
        reasons=reasons,
        created_at=at,
        updated_at=at,
        **more,
    )


def _figures() -> list[Any]:
    """Two days of TENT_AD, one of BAG_AD: 160 impressions, 8 clicks, 2.50 spent in NORTH; 10 and 1 in SOUTH."""
    return [
        _hour("tent-ad", "spring", "tent", "north", 1, 9, 100, 5, 1_500_000),
        _hour("tent-ad", "spring", "tent", "north", 2, 23, 40, 2, 600_000),
        _hour("bag-ad", "spring", "bag", "north", 1, 9, 20, 1, 400_000),
        _hour("island-ad", "island", "kite", "south", 1, 9, 10, 1, 300_000),
    ]


def _hour(
    ad: str, campaign: str, product: str, account: str, days_ago: int, hour: int, shown: int, clicks: int, spend: int
) -> MetricHour:
    day = TODAY - timedelta(days=days_ago)
    return MetricHour(
        ad_id=uid(ad),
        campaign_id=uid(campaign),
        product_id=uid(product),
        account_id=uid(account),
        placement=Placement.SEARCH_RESULTS,
        position=1,
        starts_at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        day=day,
        hour=hour,
        impressions=shown,
        clicks=clicks,
        unbilled_clicks=0,
        invalid_clicks=0,
        spend_micros=spend,
    )
