"""The demonstration: accounts with people, products and campaigns, and the weeks in which shoppers came to them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from app.db.engine import Database
from app.db.scope import find
from app.db.tables.accounts import Account, Organization
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.tables.identity import User
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, MemberLevel
from app.domain.accounts import OrganizationKind
from app.domain.billing.charges import Terms as Charging
from app.domain.billing.gateway import Card, PaymentGateway
from app.domain.campaigns.drafts import Landing
from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.catalogue import CENT, plain
from app.domain.delivery.simulation import goods
from app.domain.delivery.simulation.world import World
from app.domain.findings import FindingKind
from app.domain.moderation import cases as moderation
from app.domain.money import MICROS, Money
from app.domain.ports import Passwords
from app.jobs import applications, showcase
from app.jobs.billing import bill
from app.jobs.cast import OPERATOR, PASSWORD, PEOPLE, STAFF, caller
from app.jobs.pages import Studio
from app.jobs.shops import LAKESIDE, NORTHPEAK
from app.jobs.showcase import Item, Plan
from app.jobs.simulation import Happening, Journal, Rhythm, Simulation
from app.resolvers import catalogue
from app.resolvers.accounts import account as accounts
from app.resolvers.accounts.reads import brands_of_account
from app.resolvers.billing import cards
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns import campaign as campaigns
from app.resolvers.delivery.simulating import Parts
from app.resolvers.identity import people
from app.resolvers.moderation import desk, submitting

SEED, DAYS, SHOPPERS = 7, 14, 400  # shoppers a day
CARD = "pretend_visa"  # what everybody pays with

# what is left at the desk: one that waits with a warning, and one that was rejected and appealed
WAITING = ("Family tent", "The best tent for a family of four")
APPEALED = ("Summer sleeping bag", "You will sleep better than at home")
OVERSTATED = moderation.Given(
    FindingKind.CLAIM,
    "CLAIM-1",
    "headline",
    "Nobody can check that one sleeps better in it than at home.",
    "better than at home",
    "Say how warm and how light it is.",
)
APPEAL = "It is a feeling, not a comparison with another product. Please look again."
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RHYTHM = Rhythm(HOUR, HOUR, 6 * HOUR)


@dataclass(frozen=True)
class Scale:
    """How much happens in a demonstration: the same of everything is the same, byte for byte."""

    seed: int = SEED
    days: int = DAYS
    shoppers: int = SHOPPERS


@dataclass(frozen=True)
class Demonstration:
    """Seeds an empty installation through the resolvers that the API uses; its figures are real auctions' results.

    Without a *studio* its ads have no images, and its brands no Pages.
    """

    parts: Parts
    passwords: Passwords
    clock: Callable[[], datetime]
    product_url: str
    terms: submitting.Terms
    gateway: PaymentGateway
    charging: Charging
    studio: Studio | None = None
    scale: Scale = Scale()
    journal: Journal = field(default_factory=Journal)

    async def run(self, progress: Callable[[int, int], None] | None = None) -> Simulation | None:
        """Make the demonstration; None where it is there already. *progress* is told hours, done and in all."""
        until = self.clock()
        begins = (until - self.scale.days * DAY).replace(minute=0, second=0, microsecond=0)
        card = await self.card(begins)
        async with self._change(begins) as work:
            if await people.find_user(work, next(iter(PEOPLE))):
                return None
            account, rival = await self.people(work, card), await self._rival(work, card)
            await self.products(work, account, "NP", showcase.ITEMS)
            await self.products(work, rival, "FJ", showcase.RIVAL_ITEMS)
        drawn = await self.studio.draw(begins) if self.studio else {}
        async with self._change(begins) as work:
            images = drawn.get(account.vendor_code, {})
            made = await self.campaigns(work, account, showcase.ITEMS, showcase.CAMPAIGNS, "ada@example.com", images)
            await self.campaigns(work, rival, showcase.RIVAL_ITEMS, showcase.RIVALS, "finn@example.com")
        simulation = self.simulation(begins)

        async def tell(work: Work, now: datetime) -> None:
            await bill(work, self.gateway, self.charging)
            if progress is not None:
                progress((now - begins) // HOUR, (until - begins) // HOUR)

        await simulation.run(until, self.happenings(begins, until, made), tell)
        async with self._change(until) as work:
            await self._desk(work, made[showcase.CAMPAIGNS[0].name][1])
            vera, olga = await caller(work, "vera@example.com"), await caller(work, "olga@example.com")
            await applications.apply(work, vera, olga, self.terms.calendar)
        if self.studio:
            await self.studio.run(until, drawn)
        return simulation

    def _change(self, at: datetime) -> AbstractAsyncContextManager[Work]:
        return transaction(self._database, OPERATOR, EVERYTHING, at, "demo")

    @property
    def _database(self) -> Database:
        return self.parts.database

    @property
    def _currency(self) -> str:
        return self.parts.conditions.currency

    def simulation(self, begins: datetime) -> Simulation:
        asked = self.scale
        world = World(asked.seed, goods.TOPICS, asked.shoppers, goods.RATE, goods.FLOORS)
        return Simulation(self.parts, world, begins, rhythm=RHYTHM, journal=self.journal)

    def happenings(self, begins: datetime, until: datetime, made: Mapping[str, Sequence[Ad]]) -> list[Happening]:
        """A product runs out of stock, and a campaign is paused."""
        paused, whole = made[showcase.PAUSED][0].campaign_id, until - begins
        out = {"sku": _sku("NP", showcase.STOPPED + 1), "in_stock": False}

        async def run_out(work: Work) -> None:
            await catalogue.report(work, [{**out, "at": work.now}])

        async def pause(work: Work) -> None:
            await campaigns.pause((await caller(work, "ben@example.com"))(work), paused)

        return [Happening(begins + whole * 6 // 10, run_out), Happening(begins + whole * 9 // 10, pause)]

    async def card(self, at: datetime) -> Card:
        """The card that everybody pays with, asked for before any transaction (law 8)."""
        return await cards.verified(self.gateway, CARD, at)

    async def people(self, work: Work, card: Card) -> Account:
        """Ada administers two accounts, Ben of the agency edits one; Olga and Mia are the retailer's; Vera applies."""
        ada, ben, *_ = [
            await people.add_user(work, self.passwords, email, None, name, PASSWORD, STAFF.get(email, ()))
            for email, name in PEOPLE.items()
        ]
        await work.session.flush()
        account = await self._account(work, NORTHPEAK.brand, NORTHPEAK.vendor, ada, card)
        await self._account(work, LAKESIDE.brand, LAKESIDE.vendor, ada, card)
        agency = work.add(Organization(name="Compass Media", kind=OrganizationKind.AGENCY))
        await work.session.flush()
        accounts.join(work, account, ben, MemberLevel.EDITOR, agency)
        return account

    async def _rival(self, work: Work, card: Card) -> Account:
        finn = await people.find_user(work, "finn@example.com")
        if finn is None:
            raise RuntimeError("Finn was added just now")
        return await self._account(work, "Fjord Supply", "FJORD", finn, card)

    async def _account(self, work: Work, name: str, vendor: str, admin: User, card: Card) -> Account:
        """An account whose ADMIN has added a card: without one nothing of it would be served."""
        account = await accounts.create(work, name, vendor, self._currency, admin)
        await work.session.flush()
        owner = await caller(work, admin.email)
        await cards.add(owner(work), account.id, CARD, card, make_default=True)
        return account

    async def campaigns(
        self,
        work: Work,
        account: Account,
        items: Sequence[Item],
        plans: Sequence[Plan],
        admin: str,
        images: Mapping[str, UUID] = MappingProxyType({}),
    ) -> dict[str, list[Ad]]:
        """The campaigns of an account with approved ads, by their names; *images* are those of products by sku."""
        products = await catalogue.first_products(work, account.vendor_code, len(items))
        brand = await _brand(work, account)
        made: dict[str, list[Ad]] = {}
        for plan in plans:
            values = {"total_budget": self._units(plan.total), "daily_budget": plan.daily and self._units(plan.daily)}
            campaign = await campaigns.create(
                work, account.id, brand, plan.kind, name=plan.name, **values, start=work.now, end=None
            )
            interests = await catalogue.interests_named(work, plan.interests) if plan.interests else []
            for place in plan.items:
                product = products[place]
                ad = await self._ad(work, campaign, product, items[place], images.get(product.sku), interests)
                made.setdefault(plan.name, []).append(await self._approved(work, ad, admin))
        return made

    async def products(self, work: Work, account: Account, prefix: str, items: Sequence[Item]) -> None:
        await work.session.flush()
        brand = account.display_name
        whose, word = {"vendor_code": account.vendor_code, "brand_name": brand}, brand.split()[0]
        whose["currency"] = self._currency
        titles = [item.title if item.title.startswith(word) else f"{word} {item.title}" for item in items]
        rows = [
            plain(whose, self.product_url, _sku(prefix, number), title, item.price)
            for number, (item, title) in enumerate(zip(items, titles, strict=True), 1)
        ]
        await catalogue.upsert(work, rows)

    async def _desk(self, work: Work, like: Ad) -> None:
        """Leave work at the moderators' desk, in the campaign of an ad and for its product."""
        campaign = await find(work, Campaign, like.campaign_id)
        product = await work.session.get_one(Product, like.product_id)
        item = showcase.ITEMS[1]
        image = like.image_id
        ads_made = [await self._ad(work, campaign, product, item, image, (), *texts) for texts in (WAITING, APPEALED)]
        ben, mia = await caller(work, "ben@example.com"), await caller(work, "mia@example.com")
        cases = [(await submitting.submit(ben(work), self.terms, ad.id, None))[1] for ad in ads_made]
        await desk.claim(mia(work), cases[1].id)
        await desk.decide(mia(work), self.terms.policy, cases[1].id, moderation.Decision.REJECT, [OVERSTATED], None)
        await submitting.appeal(ben(work), self.terms.calendar, ads_made[1].id, APPEAL)

    async def _ad(
        self,
        work: Work,
        campaign: Campaign,
        product: Product,
        item: Item,
        image: UUID | None,
        interests: Sequence[UUID],
        title: str = "",
        headline: str = "",
    ) -> Ad:
        """A draft for a product, found by the keywords of search campaigns and the interests of others."""
        is_search = campaign.kind is showcase.SEARCH
        values = {
            "title": title or product.title[:50],
            "headline": headline or f"{product.title}: made for the way there",
            "landing": Landing(product_id=product.id),
            "bid": Money(max(item.bid * CENT, self.terms.reserve), self._currency),
            "image_id": image,
            "interest_ids": () if is_search else interests,
            "keywords": [Keyword(word, MatchType.BROAD) for word in item.keywords] if is_search else [],
        }
        ad = await ads.create(work, campaign.id, values, self.terms.reserve)
        await work.session.flush()
        return ad

    async def _approved(self, work: Work, ad: Ad, admin: str) -> Ad:
        """The way of every ad: somebody of the account hands it in, Olga claims and approves it."""
        owner, olga = await caller(work, admin), await caller(work, "olga@example.com")
        _, case = await submitting.submit(owner(work), self.terms, ad.id, None)
        await desk.claim(olga(work), case.id)
        await desk.decide(olga(work), self.terms.policy, case.id, moderation.Decision.APPROVE, [], None)
        return ad

    def _units(self, amount: int) -> Money:
        return Money(amount * MICROS, self._currency)


async def _brand(work: Work, account: Account) -> UUID:
    rows = await work.session.execute(brands_of_account(lambda column: column == account.id))
    return rows.one().id


def _sku(prefix: str, number: int) -> str:
    return f"{prefix}-{number:03}"
