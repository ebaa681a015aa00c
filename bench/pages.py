"""Builds the Pages of the largest brands of a catalogue through GraphQL alone, as the people of it would.

One person of an agency signs up and applies for each brand, each brand's contact accepts the terms, staff review and
moderate, the retailer's feed writes the products, and the Page is made, filled by searches of the catalogue, handed in
and approved. Links are read in the mailbox of a development installation; images are PUT where GraphQL says.
"""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from gzip import open as unzipped
from hashlib import sha256
from html import unescape
from json import loads
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.domain.pages.slugs import normal
from app.jobs.pictures import hero, logo
from bench.stores import HOME

OPERATIONS = HOME / "frontend-contract" / "operations"
SIGN_IN = """mutation ($email: String!, $password: String!) {
  it: signIn(input: {email: $email, password: $password}) { sessionToken userErrors { message } } }"""
PRODUCTS = """mutation ($items: [ProductInput!]!) {
  it: productUpsert(input: {items: $items}) { products { id } userErrors { message path } } }"""
TEMPLATES = ("PRODUCTS_SPOTLIGHT", "PRODUCTS_GRID", "STANDARD")
BATCH = 500
SECTIONS, IN_SECTION, BELOW = 3, 10, 12
DULL = {"black", "blue", "cyan", "gray", "grey", "inch", "magenta", "original", "pack", "white", "with", "yellow"}
TRIES = 120  # half a minute for a letter
CURRENCY = "USD"
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Brand:
    """A brand of the catalogue and its products."""

    name: str
    products: Sequence[Record]

    @property
    def code(self) -> str:
        return normal(self.name).upper()[:30]

    @property
    def topics(self) -> list[str]:
        """The words that most of its titles have, without the brand's own: what its Page has sections of."""
        own = {*re.findall(r"[a-z]+", self.name.lower()), *DULL}
        titles = (set(re.findall(r"[a-z]{4,}", each["title"].lower())) for each in self.products)
        counted = Counter(word for title in titles for word in title - own)
        most = len(self.products) / 2  # a word of most products tells nothing
        ranked = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        return [word for word, number in ranked if 2 <= number <= most][:SECTIONS]


def largest(path: Path, count: int) -> list[Brand]:
    """The brands with the most products."""
    found: dict[str, list[Record]] = defaultdict(list)
    with unzipped(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for record in map(loads, lines):
            found[record["brand"]].append(record)
    ranked = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return [Brand(name, products) for name, products in ranked[:count] if normal(name)]


@dataclass(frozen=True)
class Built:
    """A Page that everybody sees."""

    brand: str
    kind: str
    products: int
    url: str


@dataclass
class Site:
    """An installation as it is reached over HTTP: (method, path, **options) -> response; *pause* lets its jobs run."""

    request: Callable[..., Any]
    pause: Callable[[], None] = lambda: time.sleep(0.25)
    used: set[str] = field(default_factory=set)

    def ask(self, document: str, token: str | None, /, **variables: Any) -> Any:
        """The data of an answer without errors; a mutation may have refused nothing."""
        headers = {"accept": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        sent = {"query": document, "variables": variables}
        answer = self.request("POST", "/graphql", json=sent, headers=headers).json()
        refused = [each for it in (answer.get("data") or {}).values() for each in (it or {}).get("userErrors", ())]
        if answer.get("errors") or refused:
            raise RuntimeError(f"{document.split('(', maxsplit=1)[0].strip()}: {answer.get('errors') or refused}")
        return answer["data"]

    def do(self, name: str, token: str | None, /, **variables: Any) -> Any:
        """What an operation of the contract answers in its one root field."""
        (found,) = self.ask((OPERATIONS / f"{name}.graphql").read_text("utf-8"), token, **variables).values()
        return found

    def link(self, to: str) -> str:
        """The token of the link in a letter to an address that was not used yet."""
        for _ in range(TRIES):
            rows = re.findall(r"<td>([^<]*)</td><td><a href=\"(/mailbox/[^\"]+)\"", self._read("/mailbox"))
            for path in (path for email, path in rows if unescape(email) == to and path not in self.used):
                if token := re.search(r"[?&](?:amp;)?token=([\w-]+)", self._read(path)):
                    self.used.add(path)
                    return token[1]
            self.pause()
        raise RuntimeError(f"no letter came to {to}")

    def _read(self, path: str) -> str:
        return self.request("GET", path).text

    def upload(self, account: str, token: str, name: str, data: bytes) -> str:
        """The id of an image."""
        sent = {"accountId": account, "filename": name, "contentType": "image/png", "bytes": len(data)}
        begun = self.do("AssetUploadBegin", token, input=sent)
        self.request("PUT", begun["uploadUrl"], content=data)
        done = self.do("AssetUploadComplete", token, id=begun["asset"]["id"], sha256=sha256(data).hexdigest())
        return done["asset"]["id"]


@dataclass(frozen=True)
class Builder:
    """Who does it: the agency's person, staff who review and moderate, and the retailer's feed."""

    site: Site
    agent: str
    staff: str
    feed: str
    email: str

    @classmethod
    def of(cls, site: Site, staff: tuple[str, str], feed: str) -> "Builder":
        """Sign the agency's person up, and the staff in."""
        email, password = f"agent-{uuid4().hex[:8]}@pages.example", uuid4().hex
        site.do("SignUp", None, email=email, name="Paula Agent", password=password)
        agent = site.do("EmailVerify", None, token=site.link(email), password=password)["sessionToken"]
        signed_in = site.ask(SIGN_IN, None, email=staff[0], password=staff[1])["it"]
        return cls(site, agent, signed_in["sessionToken"], feed, email)

    def build(self, brand: Brand, place: int) -> Built:
        """Every other brand has an UPGRADED Page, the first one begins."""
        account, id = self._registered(brand)
        self._stocked(brand)
        kind = "BASIC" if place % 2 else "UPGRADED"
        slug = f"{normal(brand.name)[:50]}-shop"
        title = f"{brand.name} for home and work"
        made = {"brandId": id, "kind": kind, "slug": slug, "title": title}
        page = self.site.do("BrandPageCreate", self.agent, input=made)["page"]
        self._filled(page["id"], account, brand, TEMPLATES[place // 2 % 3] if kind == "UPGRADED" else "STANDARD")
        for widget in ("BEST_SELLERS", "RECOMMENDATIONS") if kind == "UPGRADED" else ():
            sent = {"id": page["id"], "kind": widget, "enabled": True}
            self.site.do("BrandPageSetWidget", self.agent, input=sent)
        self._published(page["id"])
        return Built(brand.name, kind, len(brand.products), page["url"])

    def _registered(self, brand: Brand) -> tuple[str, str]:
        """The account and the brand, after application, terms and review."""
        site, contact = self.site, f"contact@{normal(brand.name)}.example"
        case = site.do("RegistrationCreate", self.agent, path="REPRESENT_VENDOR")["registration"]["id"]
        site.do("RegistrationUpdate", self.agent, input={"id": case, **_details(brand, self.email, contact)})
        site.do("RegistrationSubmit", self.agent, id=case)
        token = site.link(contact)
        version = site.do("TermsInvitation", None, token=token)["document"]["version"]
        site.do("TermsAccept", None, token=token, documentVersion=version, fullName="Carla Contact")
        site.do("RegistrationClaim", self.staff, id=case)
        account = site.do("RegistrationApprove", self.staff, id=case)["account"]["id"]
        (made,) = site.do("BrandPages", self.agent, accountId=account)["brands"]["nodes"]
        return account, made["id"]

    def _stocked(self, brand: Brand) -> None:
        items = [_item(brand, record) for record in brand.products]
        for start in range(0, len(items), BATCH):
            self.site.ask(PRODUCTS, self.feed, items=items[start : start + BATCH])

    def _filled(self, id: str, account: str, brand: Brand, template: str) -> None:
        """Images, a text, a section of what each search finds, and below these the dearest products."""
        site, token, sections, shown = self.site, self.agent, [], set[str]()
        for topic in brand.topics:
            found = self._found(account, shown, IN_SECTION, query=topic)
            sections.append({"kind": "PRODUCTS", "heading": topic.capitalize(), "productIds": found})
        below = self._found(account, shown, BELOW, sort="PRICE_DESC")
        text = f"{len(brand.products):,} products of {brand.name} are in the shop. Here are some to begin with."
        words = {"kind": "TEXT", "heading": f"About {brand.name}", "text": text}
        cover = site.upload(account, token, "hero.png", hero(brand.name))
        mark = site.upload(account, token, "logo.png", logo(brand.name))
        changes = {"tagline": f"What {brand.name} makes, in one place", "template": template, "productIds": below}
        images = {"heroAssetId": cover, "logoAssetId": mark}
        filled = [words, *(each for each in sections if each["productIds"])]
        site.do("BrandPageUpdate", token, input={"id": id, "sections": filled, **changes, **images})

    def _found(self, account: str, shown: set[str], most: int, **search: Any) -> list[str]:
        """Products that no other part of the Page shows."""
        nodes = self.site.do("Products", self.agent, accountId=account, first=100, **search)["nodes"]
        fresh = [each["id"] for each in nodes if each["id"] not in shown][:most]
        shown.update(fresh)
        return fresh

    def _published(self, id: str) -> None:
        """Handed in by the agency, looked at and approved by a moderator."""
        case = self.site.do("BrandPagePublish", self.agent, input={"id": id})["page"]["moderation"]["id"]
        self.site.do("ModerationClaim", self.staff, id=case)
        self.site.do("ModerationDecide", self.staff, input={"id": case, "decision": "APPROVE", "findings": []})


def _details(brand: Brand, email: str, contact: str) -> dict[str, Any]:
    personal = {"name": "Paula Agent", "workEmail": email, "phone": "+1 206 555 0100", "company": "Pages Agency"}
    whom = {"contactName": "Carla Contact", "contactEmail": contact, "contactPhone": "+49 30 5550100"}
    return {"personal": personal, "brand": {"brandName": brand.name, "vendorCode": brand.code, **whom}}


def _item(brand: Brand, record: Record) -> dict[str, Any]:
    cents = record.get("price_cents")
    return {
        "sku": record["sku"],
        "title": record["title"],
        "brandName": brand.name,
        "price": None if cents is None else {"micros": str(cents * 10_000), "currency": CURRENCY},
        "detailUrl": f"https://shop.example/products/{record['sku']}",
        "imageUrl": record.get("image_url") or None,
        "vendorCode": brand.code,
    }


def build(site: Site, brands: Sequence[Brand], staff: tuple[str, str], feed: str) -> list[Built]:
    """The Pages, the largest brand's first."""
    builder = Builder.of(site, staff, feed)
    return [builder.build(brand, place) for place, brand in enumerate(brands)]
