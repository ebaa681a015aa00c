"""The Pages of the demonstration: pictures drawn and uploaded, Pages filled, handed in and approved by a moderator."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.db.engine import Database
from app.db.tables.accounts import Account
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING
from app.domain.moderation.cases import Decision
from app.domain.moderation.rules import Policy
from app.domain.pages.content import Section, SectionKind
from app.domain.pages.page import PageKind
from app.domain.pages.widgets import WidgetKind
from app.domain.policy import BusinessCalendar
from app.domain.ports import Images, Storage
from app.jobs import pictures
from app.jobs.cast import OPERATOR, caller
from app.jobs.shops import LAKESIDE, NORTHPEAK, Shop
from app.resolvers import assets, catalogue
from app.resolvers.accounts import account as accounts
from app.resolvers.accounts.reads import brands_of_account
from app.resolvers.moderation import desk
from app.resolvers.moderation import pages as moderated
from app.resolvers.pages import page as pages

PNG = "image/png"


@dataclass(frozen=True)
class Studio:
    """Makes the Pages through the resolvers that the API uses; *address* is where images are shown."""

    database: Database
    storage: Storage
    images: Images
    policy: Policy
    calendar: BusinessCalendar
    product_url: str
    currency: str
    address: str

    async def draw(self, now: datetime) -> Mapping[str, Mapping[str, UUID]]:
        """The images of each vendor whose account is in place: by what they are for, those of products by sku."""
        return {shop.vendor: await self._uploaded(shop, now) for shop in (NORTHPEAK, LAKESIDE)}

    async def run(self, now: datetime, drawn: Mapping[str, Mapping[str, UUID]]) -> None:
        """An UPGRADED Page and a BASIC one, both public."""
        for shop in (NORTHPEAK, LAKESIDE):
            shown = drawn[shop.vendor]
            async with self._work(now) as work:
                account = await _account(work, shop)
                addresses = {name: f"{self.address}/assets/{id}" for name, id in shown.items()}
                await catalogue.upsert(work, shop.goods(self.product_url, self.currency, addresses))
                await self._published(work, account, shop, shown)

    def _work(self, now: datetime) -> AbstractAsyncContextManager[Work]:
        return transaction(self.database, OPERATOR, EVERYTHING, now, "demo")

    async def _uploaded(self, shop: Shop, now: datetime) -> Mapping[str, UUID]:
        """READY images by what they are for: hero, logo, scene, and the sku of each product."""
        drawn = {"hero": pictures.hero(shop.brand), "logo": pictures.logo(shop.brand)}
        drawn |= {"scene": pictures.scene(shop.word)} if shop.scene else {}
        drawn |= {shop.sku(place): pictures.product(title) for place, (title, _) in enumerate(shop.products)}
        places = {name: await assets.offer(self.storage) for name in drawn}
        async with self._work(now) as work:
            account, ada = await _account(work, shop), await caller(work, "ada@example.com")
            for name, data in drawn.items():
                await assets.announce(ada(work), account.id, places[name], f"{name}.png", PNG, len(data))
        made = [self._examined(places[name].id, data, now) for name, data in drawn.items()]
        found = dict(zip(drawn, await asyncio.gather(*made), strict=True))
        async with self._work(now) as work:
            for name, examined in found.items():
                await assets.complete(work, places[name].id, examined)
        return {name: place.id for name, place in places.items()}

    async def _examined(self, id: UUID, data: bytes, now: datetime) -> assets.Examined:
        await self.storage.write(assets.upload_key(id), data, PNG)
        digest, store = sha256(data).hexdigest(), self.storage
        return await assets.examine(self.database, store, self.images, EVERYTHING, id, digest, now, keep=True)

    async def _published(self, work: Work, account: Account, shop: Shop, shown: Mapping[str, UUID]) -> None:
        """Ada makes the Page and hands it in, Mia looks at it."""
        ada, mia = (as_(work) for as_ in [await caller(work, f"{name}@example.com") for name in ("ada", "mia")])
        brand = (await work.session.execute(brands_of_account(lambda column: column == account.id))).one()
        page = await pages.create(ada, self.policy, brand.id, shop.kind, shop.slug, shop.brand)
        await work.flush()
        skus = {each.sku: each.id for each in await catalogue.first_products(work, shop.vendor, len(shop.products))}
        await pages.update(ada, self.policy, page.id, _changes(shop, shown, lambda n: skus[shop.sku(n)]), None, None)
        await work.flush()
        for widget in WidgetKind if shop.kind is PageKind.UPGRADED else ():
            await pages.set_widget(ada, page.id, widget, enabled=True, expected_version=None)
        await moderated.publish(ada, self.policy, self.calendar, page.id, None)
        await work.flush()
        case = await moderated.case_of(work, page)
        if case is None:
            raise LookupError("a Page that was handed in without a case")
        await desk.claim(mia, case.id)
        await desk.decide(mia, self.policy, case.id, Decision.APPROVE, [], None)


async def _account(work: Work, shop: Shop) -> Account:
    account = await accounts.of_vendor(work, shop.vendor)
    if account is None:
        raise LookupError(f"no account of {shop.vendor}")
    return account


def _changes(shop: Shop, shown: Mapping[str, UUID], product: Callable[[int], UUID]) -> Mapping[str, Any]:
    """What the Page shows beside its title."""
    sections = [Section(SectionKind.TEXT, *shop.about)]
    for heading, places in shop.shelves:
        sections.append(Section(SectionKind.PRODUCTS, heading, product_ids=tuple(map(product, places))))
    if shop.scene:
        sections.append(Section(SectionKind.IMAGE, *shop.scene, image_id=shown["scene"]))
    return {
        "tagline": shop.tagline,
        "template": shop.template,
        "hero_id": shown["hero"],
        "logo_id": shown["logo"],
        "sections": tuple(sections),
        "product_ids": tuple(map(product, shop.below)),
    }
