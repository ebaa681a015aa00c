"""Products as the retailer's file names them: what a record must have, and where a product's page is."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from app.domain.errors import Findings, InvalidInput
from app.domain.money import GREATEST, MICROS
from app.domain.text import UNKEPT, line, line_problem

ADDRESS = re.compile(r"https?://(?![/?#])[^\s\x00-\x20\x7f\ud800-\udfff]+", re.IGNORECASE)
CENT = MICROS // 100
TEXTS = {"sku": (1, 64), "title": (1, 500), "part": (0, 300), "brand": (0, 100), "ean": (0, 14)}
MOST_DESCRIPTION = 10_000


def detail_url(template: str, sku: str) -> str:
    """The detail page of a sku: {sku} of the template replaced, or the sku as a last path segment."""
    if "{sku}" in template:
        return template.replace("{sku}", quote(sku, safe=""))
    return f"{template.rstrip('/')}/{quote(sku, safe='')}"


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
