"""Products as the retailer's file and feed name them: what a record must have, and where a product's page is."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from app.domain.errors import Findings, InvalidInput, LimitExceeded, Problem, Refusal
from app.domain.money import GREATEST, MICROS
from app.domain.text import UNKEPT, line, line_problem

ADDRESS = re.compile(r"https?://(?![/?#])[^\s\x00-\x20\x7f\ud800-\udfff]+", re.IGNORECASE)
CENT = MICROS // 100
TEXTS = {"sku": (1, 64), "title": (1, 500), "part": (0, 300), "brand": (0, 100), "ean": (0, 14)}
MOST_DESCRIPTION = 10_000
MOST_ITEMS = 1_000  # of a batch
MOST_CATEGORIES = 10
CURRENCY = re.compile(r"[A-Z]{3}")
AHEAD = timedelta(minutes=5)  # a feed's clock may be that far ahead of ours
EARLIEST = 2000
Item = TypeVar("Item")
Columns = TypeVar("Columns")


def detail_url(template: str, sku: str) -> str:
    """The detail page of a sku: {sku} of the template replaced, or the sku as a last path segment."""
    if "{sku}" in template:
        return template.replace("{sku}", quote(sku, safe=""))
    return f"{template.rstrip('/')}/{quote(sku, safe='')}"


def plain(
    whose: Mapping[str, str], template: str, sku: str, title: str, cents: int, image_url: str | None = None
) -> dict[str, Any]:
    """The columns of a product of which little is known; *whose* are its vendor_code, brand_name and currency."""
    return {
        **dict.fromkeys(("part", "description", "ean", "released")),
        **whose,
        "sku": sku,
        "title": title,
        "price_micros": cents * CENT,
        "detail_url": detail_url(template, sku),
        "image_url": image_url,
    }


def product(record: Mapping[str, Any], template: str, currency: str) -> dict[str, Any]:
    """The columns of a product from a record of the file, or a Refusal with every problem, by field.

    A record has `sku` and `title`, and may have part, brand, price_cents, description, ean, image_url, released.
    """
    found = Findings()
    texts = {name: _text(found, record, name) for name in TEXTS}
    description = _description(found, record.get("description"))
    price = _price(found, record.get("price_cents"))
    image = _image(found, record.get("image_url"))
    released = _day(found, record.get("released"))
    found.settle()
    return {
        "sku": texts["sku"],
        "title": texts["title"],
        "part": texts["part"],
        "brand_name": texts["brand"],
        "ean": texts["ean"],
        "price_micros": price,
        "currency": currency,
        "description": description,
        "detail_url": detail_url(template, texts["sku"] or ""),
        "image_url": image,
        "released": released,
    }


def _text(found: Findings, record: Mapping[str, Any], name: str) -> str | None:
    least, most = TEXTS[name]
    value = record.get(name)
    if value is None and least == 0:
        return None
    if not isinstance(value, str):
        found.invalid("must be a text" if value is not None else "is missing", name, constraint="text")
        return None
    found.add(_short(line_problem(value, name, name="it", least=least, most=most)))
    return line(value) or None


def _short(problem: InvalidInput | Any) -> Any:
    """The limit alone: the field is named beside it."""
    return problem and InvalidInput(message=f"breaks {problem.constraint}", path=problem.path)


def _description(found: Findings, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MOST_DESCRIPTION or UNKEPT.search(value):
        found.invalid(f"must be a text of at most {MOST_DESCRIPTION} characters", "description")
        return None
    return value.strip() or None


def _price(found: Findings, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= GREATEST // CENT:
        found.invalid("must be a whole number of cents, 0 or more", "price_cents")
        return None
    return value * CENT


def _image(found: Findings, value: Any) -> str | None:
    if not value:
        return None
    if not isinstance(value, str) or len(value) > 2000 or not ADDRESS.fullmatch(value):
        found.invalid("must be an http or https address of at most 2,000 characters", "image_url")
        return None
    return value


def _day(found: Findings, value: Any) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        found.invalid("must be a day such as 2026-11-21", "released")
        return None


# ---- batches of the retailer's feed


def batch_problem(count: int) -> Problem | None:
    """A batch has at most 1,000 items."""
    if count <= MOST_ITEMS:
        return None
    message = f"At most {MOST_ITEMS} items at once, not {count}: send them in several batches."
    return LimitExceeded(message=message, path=("items",), limit=MOST_ITEMS)


def singly(
    items: Sequence[Item], check: Callable[[Item], Columns], key: Callable[[Columns], Hashable]
) -> tuple[dict[int, Columns], list[Problem]]:
    """What becomes of each item by its place, and the problems of those that are refused; a key counts once."""
    good: dict[int, Columns] = {}
    problems: list[Problem] = []
    seen: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        try:
            columns = check(item)
        except Refusal as refusal:
            problems += refusal.under("items", str(place))
            continue
        first = seen.setdefault(key(columns), place)
        if first == place:
            good[place] = columns
        else:
            at = ("items", str(place), "sku")
            message = f"The same product as number {first} of the batch, which counts."
            problems.append(InvalidInput(message=message, path=at, constraint="unique"))
    return good, problems


def listed(item: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The columns of a product from an item of the feed, or a Refusal; without a price its currency is *currency*."""
    found = Findings()
    price = item["price"]
    _check_line(found, item["vendor_code"], "vendorCode", name="The vendor code", most=40)
    _check_line(found, item["sku"], "sku", name="The sku", most=TEXTS["sku"][1])
    _check_line(found, item["title"], "title", name="The title", most=TEXTS["title"][1])
    _check_line(found, item["brand_name"] or "", "brandName", name="The brand", least=0, most=TEXTS["brand"][1])
    if price is not None and not CURRENCY.fullmatch(price.currency):
        message = "That is no currency: take its ISO 4217 code, such as USD."
        found.invalid(message, "price", "currency", constraint="ISO 4217")
    if price is not None and not 0 <= price.micros <= GREATEST:
        found.invalid("A price is 0 or more.", "price", "micros", constraint=f"0 <= micros <= {GREATEST}")
    _check_category(found, item["category"] or ())
    _check_address(found, item["detail_url"], "detailUrl")
    _check_address(found, item["image_url"], "imageUrl")
    found.settle()
    return {
        "vendor_code": line(item["vendor_code"]),
        "sku": line(item["sku"]),
        "title": line(item["title"]),
        "brand_name": line(item["brand_name"] or "") or None,
        "price_micros": price.micros if price else None,
        "currency": price.currency if price else currency,
        "category": [line(each) for each in item["category"] or ()],
        "detail_url": item["detail_url"],
        "image_url": item["image_url"],
    }


def reported(item: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A report of stock: `sku`, `in_stock` and `at`, or a Refusal."""
    found = Findings()
    _check_line(found, item["sku"], "sku", name="The sku", most=TEXTS["sku"][1])
    if item["at"].year < EARLIEST or item["at"] > now + AHEAD:
        message = "The moment of the report must be past: a later one would hold back all reports before it."
        found.invalid(message, "at", constraint=f"{EARLIEST}-01-01 <= at <= now + 5 min")
    found.settle()
    return {**item, "sku": line(item["sku"])}


def is_news(at: datetime, known: datetime | None) -> bool:
    """Whether a report of stock counts: reports may come out of order, the latest moment counts."""
    return known is None or at > known


def _check_line(found: Findings, text: str, *path: str, name: str, most: int, least: int = 1) -> None:
    found.add(line_problem(text, *path, name=name, most=most, least=least))


def _check_category(found: Findings, category: Sequence[str]) -> None:
    if len(category) > MOST_CATEGORIES:
        message = f"At most {MOST_CATEGORIES} levels of category."
        found.invalid(message, "category", constraint=f"length <= {MOST_CATEGORIES}")
    for place, each in enumerate(category[:MOST_CATEGORIES]):
        _check_line(found, each, "category", str(place), name="A category", most=100)


def _check_address(found: Findings, value: str | None, name: str) -> None:
    if value is not None and (len(value) > 2000 or not ADDRESS.fullmatch(value)):
        message = "That is no http or https address of at most 2,000 characters."
        found.invalid(message, name, constraint="http(s)://, length <= 2000")
