"""What the benchmark's database holds: the same rows for one scale on SQLite and PostgreSQL, computed from numbers.

Keys are as ordered as the UUIDv7 that Endcap makes, rows of metric_hour come day by day as they would in service.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.search import indexed

SEED = 20261001
EDITION = 4  # raised whenever the rows of a scale change, so that databases are filled anew
FIRST_DAY, DAYS = date(2026, 10, 1), 30
BEGAN = datetime(2026, 9, 1, tzinfo=UTC)
UNIT = 1_000_000  # micros of a unit of the currency
CURRENCY = "EUR"
TOKEN = "ecs_" + "benchmark" * 4
OWN_ACCOUNTS = 3  # of the user who asks
CAMPAIGNS, ADS, PRODUCTS, CATALOGUE = 50, 10, 5, 19_406  # an account, a campaign, a vendor, the first vendor besides
MATCHES = ("BROAD", "PHRASE", "EXACT", "BROAD")
KINDS = ("user", "session", "account", "membership", "brand", "product", "campaign", "ad", "payment_method", "keyword")

LOOKS, THINGS, MATTERS = (
    words.split()
    for words in (
        "Alpine Bright Compact Folding Heavy Light Narrow Outdoor Quiet Round Silver Travel Urban Warm Wide Woven",
        "backpack bottle chair cooker jacket kettle lamp lantern mat pan pillow rope speaker stove table tent",
        "aluminium bamboo canvas ceramic cotton glass leather linen nylon oak steel wool",
    )
)
QUERIES = (
    "lantern",
    "alpine tent",
    "wool",
    "silver kettle steel",
    "p-00123",
    "folding chair oak",
    "makers 7",
    "rope x",
)


@dataclass(frozen=True)
class Table:
    """Rows as tuples in the order of *columns*; UUID, datetime (UTC), date, str, int, bool or None."""

    name: str
    columns: str
    rows: Iterable[tuple[Any, ...]]


@dataclass(frozen=True)
class Size:
    """How many of what: scale 1 is 200 accounts with 3 million rows of metric_hour."""

    scale: float

    @property
    def accounts(self) -> int:
        return max(OWN_ACCOUNTS, round(200 * self.scale))

    @property
    def users(self) -> int:
        return max(10, round(1000 * self.scale))

    @property
    def mark(self) -> str:
        """What a filled database is known by."""
        return f"edition {EDITION}, seed {SEED}, scale {self.scale:g}"


def key(kind: str, number: int) -> UUID:
    """The key of a row: its kind and number, in the form of a UUIDv7."""
    return UUID(int=(0x0199 << 112) | (KINDS.index(kind) << 80) | (0x7 << 76) | (0x8 << 60) | number)


def tables(size: Size) -> Iterator[Table]:
    """The tables in an order in which every row finds what it refers to."""
    yield Table("user", "id name name_key email email_key password_hash staff email_verified created_at", _users(size))
    yield Table("session", "id user_id token_hash ip_address created_at expires_at revoked_at", _sessions(size))
    columns = "id display_name name_key vendor_code status currency time_zone is_sandbox version created_at updated_at"
    yield Table("account", columns, _accounts(size))
    columns = "id account_id user_id organization_id level status since removed_at"
    yield Table("membership", columns, _memberships(size))
    columns = "id account_id processor_token brand funding last4 expires_on status is_default added_by added_at"
    yield Table("payment_method", columns, _cards(size))
    yield Table("brand", "id account_id name name_key vendor_code approved created_at", _brands(size))
    columns = "id vendor_code sku part title title_key brand_name brand_key price_micros currency detail_url in_stock"
    columns += " category words word_count"
    yield Table("product", columns, _products(size))
    columns = (
        "id account_id brand_id kind name name_key configured_status effective_status reasons currency"
        " total_budget_micros spent_micros spent_today_micros starts_at version created_at updated_at"
    )
    yield Table("campaign", columns, _campaigns(size))
    columns = (
        "id account_id campaign_id product_id title title_key headline currency bid_micros configured_status"
        " review_status system_stop effective_status reasons version created_at updated_at"
    )
    yield Table("ad", columns, _ads(size))
    yield Table("keyword", "id ad_id place text match bid_micros currency", _keywords(size))
    columns = (
        "ad_id placement position starts_at account_id campaign_id product_id day hour"
        " impressions clicks unbilled_clicks invalid_clicks spend_micros"
    )
    yield Table("metric_hour", columns, _metrics(size))


def _users(size: Size) -> Iterator[tuple[Any, ...]]:
    for number in range(size.users):
        name, email = f"Person {number}", f"person{number}@example.com"
        yield key("user", number), name, name.lower(), email, email, "none", "[]", True, BEGAN


def _sessions(size: Size) -> Iterator[tuple[Any, ...]]:
    """The first user's session is the one the benchmark asks with."""
    ends = datetime(2099, 1, 1, tzinfo=UTC)
    for number in range(size.users):
        token = TOKEN if number == 0 else f"{TOKEN}{number}"
        digest = sha256(token.encode()).hexdigest()
        yield key("session", number), key("user", number), digest, "127.0.0.1", BEGAN, ends, None


def _accounts(size: Size) -> Iterator[tuple[Any, ...]]:
    for number in range(size.accounts):
        name, vendor = f"Account {number:05}", _vendor(number)
        about = (name, name.lower(), vendor, "ACTIVE", CURRENCY, "UTC", False)
        yield key("account", number), *about, 1, BEGAN, BEGAN


def _memberships(size: Size) -> Iterator[tuple[Any, ...]]:
    held = [(0, account, "ADMIN") for account in range(OWN_ACCOUNTS)]
    held += [(user, user % size.accounts, ("ADMIN", "EDITOR")[user % 2]) for user in range(1, size.users)]
    for number, (user, account, level) in enumerate(held):
        yield key("membership", number), key("account", account), key("user", user), None, level, "ACTIVE", BEGAN, None


def _cards(size: Size) -> Iterator[tuple[Any, ...]]:
    """One an account: without it nothing would be served."""
    about = ("pretend_visa", "VISA", "CREDIT", "4242", date(2099, 12, 31), "ACTIVE", True)
    for number in range(size.accounts):
        yield key("payment_method", number), key("account", number), *about, key("user", 0), BEGAN


def _brands(size: Size) -> Iterator[tuple[Any, ...]]:
    for number in range(size.accounts):
        name = f"Brand {number:05}"
        yield key("brand", number), key("account", number), name, name.lower(), _vendor(number), True, BEGAN


def _products(size: Size) -> Iterator[tuple[Any, ...]]:
    """Five of each vendor, numbered so that ads find them; behind them the first vendor's catalogue."""
    vendors = [number // PRODUCTS for number in range(size.accounts * PRODUCTS)] + [0] * CATALOGUE
    for number, vendor in enumerate(vendors):
        chance = _chance(number, 0)
        look, thing = LOOKS[chance % len(LOOKS)], THINGS[chance // 16 % len(THINGS)]
        title = f"{look} {thing} of {MATTERS[chance // 256 % len(MATTERS)]}, model {chance % 9973}"
        brand = f"Makers {chance // 4096 % 60}"
        price = None if number % 97 == 0 else (chance % 30_000 + 199) * UNIT // 100
        sku, part = f"P-{number:07}", None if number % 3 else f"X{chance % 99_991}"
        about = (title, title.lower(), brand, brand.lower(), price, CURRENCY, f"https://shop.example/{sku}", True)
        found = indexed(_vendor(vendor), title, brand, [part, sku], [])
        yield key("product", number), _vendor(vendor), sku, part, *about, "[]", found.words, found.length


def _campaigns(size: Size) -> Iterator[tuple[Any, ...]]:
    for number in range(size.accounts * CAMPAIGNS):
        account, made = number // CAMPAIGNS, BEGAN + timedelta(minutes=number % CAMPAIGNS)
        paused, name = number % 5 == 4, f"Campaign {number:07}"
        status = ("PAUSED", "PAUSED", '["PAUSED_BY_USER"]') if paused else ("ENABLED", "RUNNING", "[]")
        kind = ("SPONSORED_SEARCH", "ECOMMERCE_DISPLAY")[number % 2]
        money = (CURRENCY, 1_000_000 * UNIT, _chance(number, 1) % (1000 * UNIT), 0)
        about = (kind, name, name.lower(), *status, *money, BEGAN)
        yield key("campaign", number), key("account", account), key("brand", account), *about, 1, made, made


def _ads(size: Size) -> Iterator[tuple[Any, ...]]:
    for number, (ad, account, campaign, product) in enumerate(_owners(size)):
        paused, parent_paused = number % 7 == 6, number // ADS % 5 == 4
        configured, reasons = "ENABLED", []
        if paused:
            configured, reasons = "PAUSED", ["PAUSED_BY_USER"]
        reasons += ["CAMPAIGN_PAUSED"] * parent_paused
        codes = "[" + ", ".join(f'"{code}"' for code in reasons) + "]"
        status = (configured, "APPROVED", "NONE", "PAUSED" if reasons else "RUNNING", codes)
        title, made = f"Ad {number:07}", BEGAN + timedelta(hours=1, minutes=number % ADS)
        words = (title, title.lower(), f"What {title} promises", CURRENCY, (10 + number % 90) * UNIT // 100)
        yield ad, account, campaign, product, *words, *status, 1, made, made


def _keywords(size: Size) -> Iterator[tuple[Any, ...]]:
    """Four of each ad of a search campaign."""
    ads = (number for number in range(size.accounts * CAMPAIGNS * ADS) if number // ADS % 2 == 0)
    for number in ads:
        for place, match in enumerate(MATCHES):
            chance = _chance(number, place)
            look, thing = LOOKS[chance % len(LOOKS)], THINGS[chance // 16 % len(THINGS)]
            text = f"{look} {thing} {MATTERS[chance // 256 % len(MATTERS)]} {chance % 3_000}"
            yield key("keyword", number * len(MATCHES) + place), key("ad", number), place, text, match, None, CURRENCY


def _metrics(size: Size) -> Iterator[tuple[Any, ...]]:
    """A row a day and ad, at noon; some are without an impression."""
    owners = list(_owners(size))
    for place in range(DAYS):
        day, at = FIRST_DAY + timedelta(place), datetime(2026, 10, 1 + place, 12, tzinfo=UTC)
        for number, (ad, account, campaign, product) in enumerate(owners):
            chance = _chance(number, place)
            impressions = chance % 1000
            clicks = impressions * (chance // 1000 % 60) // 1000
            spend = clicks * (120_000 + chance % 200_000)
            counters = (impressions, clicks, chance % 3, chance % 2, spend)
            yield ad, "SEARCH_RESULTS", 1, at, account, campaign, product, day, 12, *counters


def _owners(size: Size) -> Iterator[tuple[UUID, UUID, UUID, UUID]]:
    """The keys of each ad, its account, its campaign and its product."""
    for number in range(size.accounts * CAMPAIGNS * ADS):
        account, campaign = number // (CAMPAIGNS * ADS), number // ADS
        product = key("product", account * PRODUCTS + number % PRODUCTS)
        yield key("ad", number), key("account", account), key("campaign", campaign), product


def _vendor(number: int) -> str:
    return f"VENDOR{number:05}"


def _chance(number: int, place: int) -> int:
    """A number below 2**32 that looks random and is the same for ever."""
    mixed = (number * 2_654_435_761 + place * 40_503 + SEED) & 0xFFFFFFFF
    mixed = ((mixed ^ mixed >> 15) * 2_246_822_519) & 0xFFFFFFFF
    return mixed ^ mixed >> 13
