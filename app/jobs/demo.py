"""The demonstration: two accounts with people, products, campaigns and a month of figures, made once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from app.db.engine import Database
from app.db.scope import find
from app.db.tables.accounts import Account, Organization
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, Caller, Level, MemberLevel, Via
from app.domain.accounts import OrganizationKind
from app.domain.campaigns import status as rules
from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.catalogue import CENT, detail_url
from app.domain.delivery import AdEvent, EventKind
from app.domain.findings import FindingKind
from app.domain.metrics import Placement
from app.domain.moderation import cases as moderation
from app.domain.moderation.rules import Policy
from app.domain.money import MICROS, Money
from app.domain.policy import BusinessCalendar
from app.domain.ports import Passwords
from app.jobs import applications
from app.resolvers import catalogue
from app.resolvers.accounts import account as accounts
from app.resolvers.accounts.reads import brands_of_account
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns import campaign as campaigns
from app.resolvers.delivery import counting
from app.resolvers.identity import people
from app.resolvers.moderation import desk, submitting

PASSWORD = "endcap-demonstration"  # noqa: S105 - printed for everybody to see
PEOPLE = {
    "ada@example.com": "Ada Brandt",
    "ben@example.com": "Ben Okafor",
    "olga@example.com": "Olga Reyes",
    "mia@example.com": "Mia Lindqvist",
    "vera@example.com": "Vera Novak",
}
STAFF = {"olga@example.com": [Level.OPERATOR, Level.MODERATOR, Level.REVIEWER], "mia@example.com": [Level.MODERATOR]}
OPERATOR = Caller(name="Demonstration", via=Via.COMMAND_LINE)
SEED, DAYS, IMPRESSIONS_A_DAY = 7, 30, 60
POSITIONS = 4

PRODUCTS = (
    ("Trail 2 tent for two people", 189_00),
    ("Trail 4 family tent", 329_00),
    ("Summit down sleeping bag", 149_00),
    ("Meadow summer sleeping bag", 59_00),
    ("Ridge 45 hiking backpack", 119_00),
    ("Ridge 28 day pack", 79_00),
    ("Ember gas stove", 44_90),
    ("Ember cook set, 3 pots", 39_90),
    ("Lumen head torch, 400 lumens", 34_90),
    ("Lumen camp lantern", 29_90),
    ("Brook water filter", 49_90),
    ("Brook insulated bottle, 1 litre", 24_90),
)
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
# name, kind, configured status, total and daily budget in units, indexes of the products advertised
CAMPAIGNS = (
    ("Spring camping", rules.CampaignKind.SPONSORED_SEARCH, rules.ConfiguredStatus.ENABLED, 500, None, (0, 1, 2)),
    ("Day hikes", rules.CampaignKind.ECOMMERCE_DISPLAY, rules.ConfiguredStatus.ENABLED, 300, 40, (4, 5)),
    ("Camp kitchen", rules.CampaignKind.SPONSORED_SEARCH, rules.ConfiguredStatus.ENABLED, 8, None, (6, 7)),
    ("Light at night", rules.CampaignKind.ECOMMERCE_DISPLAY, rules.ConfiguredStatus.PAUSED, 200, None, (8, 9)),
    ("Water on the way", rules.CampaignKind.SPONSORED_SEARCH, rules.ConfiguredStatus.ENABLED, 150, None, ()),
)


@dataclass(frozen=True)
class Demonstration:
    """Seeds an empty installation through the resolvers that the API uses."""

    database: Database
    passwords: Passwords
    clock: Callable[[], datetime]
    product_url: str
    currency: str
    policy: Policy
    calendar: BusinessCalendar

    async def run(self) -> bool:
        """Make the demonstration; False where it is there already."""
        now = self.clock()
        async with transaction(self.database, OPERATOR, EVERYTHING, now, "demo") as work:
            if await people.find_user(work, next(iter(PEOPLE))):
                return False
            account = await self._people(work)
            await self._products(work, account)
            made = await self._campaigns(work, account)
            await self._desk(work, made[0])
            vera, olga = await _caller(work, "vera@example.com"), await _caller(work, "olga@example.com")
            await applications.apply(work, vera, olga, self.calendar)
        events = list(_events(account.id, made, now))
        for start in range(0, len(events), 1_000):
            async with transaction(self.database, OPERATOR, EVERYTHING, now, "demo") as work:
                await counting.count(work, account, events[start : start + 1_000])
        return True

    async def _people(self, work: Work) -> Account:
        """Ada administers both accounts, Ben of the agency edits one; Olga and Mia are the retailer's; Vera applies."""
        ada, ben, *_ = [
            await people.add_user(work, self.passwords, email, None, name, PASSWORD, STAFF.get(email, ()))
            for email, name in PEOPLE.items()
        ]
        await work.session.flush()
        account = await accounts.create(work, "Northpeak Outdoor", "NORTHPEAK", self.currency, ada)
        await accounts.create(work, "Lakeside Toys", "LAKESIDE", self.currency, ada)
        agency = work.add(Organization(name="Compass Media", kind=OrganizationKind.AGENCY))
        await work.session.flush()
        accounts.join(work, account, ben, MemberLevel.EDITOR, agency)
        return account

    async def _products(self, work: Work, account: Account) -> None:
        blank = dict.fromkeys(("part", "description", "ean", "image_url", "released"))
        items = [
            {
                **blank,
                "vendor_code": account.vendor_code,
                "sku": f"NP-{number:03}",
                "title": f"Northpeak {title}",
                "brand_name": account.display_name,
                "price_micros": cents * CENT,
                "currency": self.currency,
                "detail_url": detail_url(self.product_url, f"NP-{number:03}"),
            }
            for number, (title, cents) in enumerate(PRODUCTS, 1)
        ]
        await catalogue.upsert(work, items)

    async def _campaigns(self, work: Work, account: Account) -> list[Ad]:
        products = await catalogue.first_products(work, account.vendor_code, len(PRODUCTS))
        brand = await _brand(work, account)
        made: list[Ad] = []
        for name, kind, configured, total, daily, places in CAMPAIGNS:
            values = {"total_budget": self._units(total), "daily_budget": daily and self._units(daily)}
            start = work.now - timedelta(days=DAYS)
            campaign = await campaigns.create(work, account.id, brand, kind, name=name, **values, start=start, end=None)
            for place in places:
                title = products[place].title
                ad = await self._ad(work, campaign, products[place], title[:50], f"{title}: made for the way there")
                made.append(await self._approved(work, ad))
            if configured is rules.ConfiguredStatus.PAUSED:
                await campaigns.pause(work, campaign.id)
        return made

    async def _desk(self, work: Work, like: Ad) -> None:
        """Leave work at the moderators' desk, in the campaign of an ad and for its product."""
        campaign = await find(work, Campaign, like.campaign_id)
        product = await work.session.get_one(Product, like.product_id)
        ads_made = [await self._ad(work, campaign, product, *texts) for texts in (WAITING, APPEALED)]
        ben, mia = await _caller(work, "ben@example.com"), await _caller(work, "mia@example.com")
        cases = [(await submitting.submit(ben(work), self.policy, self.calendar, ad.id, None))[1] for ad in ads_made]
        await desk.claim(mia(work), cases[1].id)
        await desk.decide(mia(work), self.policy, cases[1].id, moderation.Decision.REJECT, [OVERSTATED], None)
        await submitting.appeal(ben(work), self.calendar, ads_made[1].id, APPEAL)

    async def _ad(self, work: Work, campaign: Campaign, product: Product, title: str, headline: str) -> Ad:
        words = [Keyword(product.title.removeprefix("Northpeak "), MatchType.BROAD)]
        values = {
            "title": title,
            "headline": headline,
            "product_id": product.id,
            "bid": Money(35 * CENT, self.currency),
        }
        ad = await ads.create(work, campaign.id, {**values, "image_id": None, "interest_ids": (), "keywords": words})
        await work.session.flush()
        return ad

    async def _approved(self, work: Work, ad: Ad) -> Ad:
        """The way of every ad: Ada hands it in, Olga claims and approves it."""
        ada, olga = await _caller(work, "ada@example.com"), await _caller(work, "olga@example.com")
        _, case = await submitting.submit(ada(work), self.policy, self.calendar, ad.id, None)
        await desk.claim(olga(work), case.id)
        await desk.decide(olga(work), self.policy, case.id, moderation.Decision.APPROVE, [], None)
        return ad

    def _units(self, amount: int) -> Money:
        return Money(amount * MICROS, self.currency)


async def _brand(work: Work, account: Account) -> UUID:
    rows = await work.session.execute(brands_of_account(lambda column: column == account.id))
    return rows.one().id


async def _caller(work: Work, email: str) -> Callable[[Work], Work]:
    """Makes a Work that of a person: what is done in it, they did."""
    user = await people.find_user(work, email)
    staff = frozenset(STAFF.get(email, ()))
    caller = Caller(user_id=user and user.id, name=PEOPLE[email], via=Via.COMMAND_LINE, staff=staff)
    return lambda of: replace(of, caller=caller)


def _events(account_id: UUID, made: list[Ad], now: datetime) -> Iterator[AdEvent]:
    """A month of shoppers: each ad with a click-through rate of its own, quieter nights, the same for one seed."""
    chance = Random(SEED)  # noqa: S311 - a demonstration, not a secret
    for place, ad in enumerate(made):
        rate = 0.015 + 0.006 * (place % 4)
        for number in range(DAYS * IMPRESSIONS_A_DAY):
            at = now - timedelta(days=DAYS) * chance.random() ** 0.9
            auction = uuid5(account_id, f"demonstration {place} {number}")
            position = chance.randint(1, POSITIONS)
            clicked = chance.random() < rate / position**0.5
            for kind in [EventKind.IMPRESSION, EventKind.CLICK][: 1 + clicked]:
                price = chance.randint(12, 35) * CENT if kind is EventKind.CLICK else 0
                yield AdEvent(
                    auction, str(position), kind, ad.id, at, Placement.SEARCH_RESULTS, position, f"s{number}", price
                )
