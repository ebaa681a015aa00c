"""Draws brand Pages for shoppers: one document without scripts, escaped, under a policy of what it holds itself."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from jinja2 import Environment
from markupsafe import Markup

from app.adapters.templates import environment
from app.domain.ports import Document

HERE = Path(__file__).parent
STYLE = (HERE / "page.css").read_text("utf-8")
HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HOST = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)
MOST_HOSTS = 20  # of images: each is named in a header
MOST_DESCRIPTION = 200
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
WIDGETS = {"BEST_SELLERS": "Best sellers", "RECOMMENDATIONS": "You may also like"}
IN_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class Storefront:
    """Pages in one language, on the site that is called *site*; *page* is as `brandPage` tells it to everybody."""

    def __init__(self, language: str, site: str) -> None:
        words = _words(language, site)
        self._page, self._missing = words.get_template("page.html"), words.get_template("missing.html")

    def draw(self, page: Mapping[str, Any], found: Mapping[str, Any] | None, query: str) -> Document:
        """The Page, or what was *found* of its products for a *query*."""
        shown = {**page["published"], "widgets": list(_widgets(page))}
        hosts = set(filter(None, map(_host, _pictures(shown, found))))
        seen = sorted(hosts) if len(hosts) <= MOST_HOSTS else ["http:", "https:"]
        facts = {"page": page, "shown": shown, "found": found, "query": query, "description": _described(page)}
        data = Markup(_json(_data(page, shown)))  # noqa: S704 - what could end the element is escaped
        html = self._page.render(data=data, drawable=lambda url: bool(url) and _host(url) is not None, **facts)
        return Document(html, _policy(" ".join(seen)))

    def missing(self, title: str, words: str) -> Document:
        """What stands where no Page is."""
        return Document(self._missing.render(title=title, words=words), _policy(""))


@cache
def _words(language: str, site: str) -> Environment:
    style = Markup(STYLE)  # noqa: S704 - ours
    words = environment(HERE, language=language, site=site, style_sheet=style, widgets=WIDGETS)
    words.filters.update(price=price, quoted=lambda text: quote(text, safe=""))
    return words


def price(money: Mapping[str, str]) -> str:
    """An amount as shops write it: $18.90, and 18.90 CHF where the sign is not known."""
    sign = SYMBOLS.get(money["currency"])
    whole, _, rest = money["decimal"].partition(".")
    amount = f"{int(whole):,}" + (f".{rest}" if rest else "")
    return f"{sign}{amount}" if sign else f"{amount} {money['currency']}"


def _policy(images: str) -> str:
    allowed = images or "'none'"
    return (
        f"default-src 'none'; img-src {allowed}; style-src 'sha256-{HASH}'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def _widgets(page: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The widgets that show something."""
    return (each for each in page["widgets"] if each["enabled"] and each["products"])


def _products(shown: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All products in the order of the Page, as often as it shows them."""
    for part in (*shown["sections"], shown, *shown["widgets"]):
        yield from part["products"]


def _pictures(shown: Mapping[str, Any], found: Mapping[str, Any] | None) -> Iterator[str | None]:
    own = (shown["hero"], shown["logo"], *(each["image"] for each in shown["sections"]))
    yield from (each["url"] for each in own if each)
    yield from (each["imageUrl"] for each in (*_products(shown), *(found or {"nodes": ()})["nodes"]))


def _host(url: str | None) -> str | None:
    """Scheme and host of an address that a policy can name; a picture from elsewhere is not drawn."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    host = f"{parts.scheme}://{parts.netloc}".lower()
    return host if HOST.fullmatch(host) else None


def _described(page: Mapping[str, Any]) -> str:
    """A Page in a sentence, for search engines and previews of links."""
    shown = page["published"]
    texts = (each["text"] for each in shown["sections"] if each["kind"] == "TEXT")
    said = " ".join((shown["tagline"] or next(texts, None) or f"{page['brand']['name']}: {shown['title']}").split())
    return said if len(said) <= MOST_DESCRIPTION else f"{said[: MOST_DESCRIPTION - 1].rstrip()}…"


# ---- what machines read of it: schema.org, as JSON-LD


def _data(page: Mapping[str, Any], shown: Mapping[str, Any]) -> Mapping[str, Any]:
    brand = {"@type": "Brand", "name": page["brand"]["name"]}
    if shown["logo"]:
        brand["logo"] = shown["logo"]["url"]
    items = list({each["detailUrl"]: each for each in _products(shown)}.values())
    whole: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "url": page["url"],
        "name": shown["title"],
        "description": _described(page),
        "about": brand,
        "mainEntity": {"@type": "ItemList", "numberOfItems": len(items), "itemListElement": _listed(items)},
    }
    if shown["hero"]:
        whole["primaryImageOfPage"] = {"@type": "ImageObject", "url": shown["hero"]["url"]}
    return whole


def _listed(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{"@type": "ListItem", "position": place, "item": _product(each)} for place, each in enumerate(items, 1)]


def _product(item: Mapping[str, Any]) -> Mapping[str, Any]:
    told: dict[str, Any] = {"@type": "Product", "name": item["title"], "sku": item["sku"], "url": item["detailUrl"]}
    if item["brandName"]:
        told["brand"] = {"@type": "Brand", "name": item["brandName"]}
    if item["imageUrl"]:
        told["image"] = item["imageUrl"]
    if item["price"]:
        there = "InStock" if item["inStock"] else "OutOfStock"
        told["offers"] = {
            "@type": "Offer",
            "price": item["price"]["decimal"],
            "priceCurrency": item["price"]["currency"],
            "availability": f"https://schema.org/{there}",
            "url": item["detailUrl"],
        }
    return told


def _json(value: Any) -> str:
    return orjson.dumps(value).decode().translate(IN_JSON)
