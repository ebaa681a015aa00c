"""What happens to two accounts as chance has it, on the real resolvers; after each step all promises are held to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from app.db.jobs import Claim
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.billing.cards import CardBrand, CardFunding
from app.domain.billing.charges import AdjustmentKind, Retries, Terms
from app.domain.billing.gateway import Card, CardTold, Told
from app.domain.billing.ladder import LADDERS, LadderKind
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.delivery.token import shopper_of
from app.domain.errors import Refusal
from app.domain.metrics import Placement
from app.domain.money import Money, minor_unit
from app.jobs.billing import Cashier
from app.jobs.payments import hear
from app.jobs.runner import Runner
from app.jobs.schedule import CLOSE_CHARGES, COLLECT, SCHEDULE
from app.resolvers.billing import adjusting, cards, paying
from app.resolvers.campaigns import campaign
from app.resolvers.delivery import counting
from app.resolvers.delivery.counting import Terms as Counting
from tests.people import uid
from tests.proof.bench import Bench
from tests.proof.processor import AWAY, FLAKY, WELL, Processor
from tests.proof.promises import Promises

ISSUER = "Shop"
ACCOUNTS = {"north": ("owner", "USD"), "south": ("stranger", "JPY")}
ADS = {"tent-ad": "USD", "bag-ad": "USD", "winter-ad": "USD", "island-ad": "JPY", "coast-ad": "JPY"}
CAMPAIGNS = {"spring": "USD", "winter": "USD", "island": "JPY", "coast": "JPY"}
SHOP = Caller(name="Shoppers", via=Via.JOB)
STEPS = 10
REBUILT = 10  # of so many seeds one has its rollups made anew, which takes long
SETTLED = 30  # rounds within which all is settled once the processor answers again
DEEDS = {
    "click": 34, "minutes": 26, "days": 7, "month": 2, "hear": 10, "grant": 6, "mood": 6, "pay": 5, "adjust": 8,
    "reverse": 14, "budget": 3, "card": 4, "drop_card": 2, "together": 6, "credit": 2,
}  # fmt: skip


class Died(Exception):
    """The process that did a job is no more: whatever it held in memory is lost."""


class Mortal(Runner):
    """A runner whose process may die before, in or after any of its transactions."""

    def __init__(self, bench: Bench, life: int | None = None) -> None:
        super().__init__(bench.database, bench.clock, {}, SCHEDULE)
        self._life = life

    @asynccontextmanager
    async def work(self, claim: Claim) -> AsyncIterator[Work]:
        self._age()
        async with super().work(claim) as work:
            yield work
            self._age()
        self._age()

    @asynccontextmanager
    async def ending(self, claim: Claim, again_at: datetime | None = None) -> AsyncIterator[None]:
        """The job itself is not in the table: the schedule of this proof is chance."""
        yield None

    def _age(self) -> None:
        if self._life is not None:
            self._life -= 1
            if self._life < 0:
                raise Died


class Run:
    """One seed's course of things, and the journal of it."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench, self.seed, self.dice, self.lines = bench, seed, Random(seed), list[str]()
        bench.reset(seed)
        self.processor = Processor(self.dice)
        ladder = LADDERS[self.dice.choice(list(LadderKind))]
        self.terms = Terms(ladder, Retries(self.dice.choice([(1, 3, 5), (1,), ()])), ISSUER)
        self.cashier = Cashier(self.processor, self.terms)
        self.promises = Promises(bench, self.processor)
        self.ads = self.dice.sample(list(ADS), self.dice.choice([1, 2, 2, 3]))
        self.sent: list[AdEvent] = []
        self.made = 0

    # ---- the course

    async def go(self) -> None:
        await self._begin()
        for number in range(STEPS):
            (deed,) = self.dice.choices(list(DEEDS), list(DEEDS.values()))
            self.promises.before()
            try:
                said = await getattr(self, f"_{deed}")()
            except Refusal as refused:
                said = " ".join(problem.code.value for problem in refused.problems)
            except Died:
                said = "died"
            self._note(f"{number} {self.bench.clock():%m-%d %H:%M} {deed}: {said}")
            self.promises.hold()
        await self._settle()
        self._note(self.promises.digest())

    async def _begin(self) -> None:
        daily = self.dice.choice([None, None, None, 4_000_000])
        total = self.dice.choice([4_000_000, 30_000_000, 100_000_000])
        set_ = "UPDATE campaign SET total_budget_micros = ?, daily_budget_micros = ?, ladder_step = ? WHERE id = ?"
        for name, currency in CAMPAIGNS.items():
            scale = 10 if currency == "JPY" else 1
            step = self.dice.choice([0, 0, 0, 6])
            self.bench.write(set_, total * scale, daily and daily * scale, step, uid(name).hex)
        if self.dice.random() < 0.4:
            await self._credit()
        for name in ACCOUNTS:
            if self.dice.random() < 0.9:
                await self._add_card(name)

    async def _settle(self) -> None:
        """The processor is well again and tells all it knows; time passes until nothing is left to be done."""
        self.processor.mood = WELL
        for _ in range(SETTLED):
            while told := self.processor.told():
                await self._hear_all(told)
            self._pass(minutes=2)
            await self.cashier.collect(Mortal(self.bench), claim(COLLECT))
            if not self.bench.rows("SELECT 1 FROM charge WHERE status = 'ATTEMPTING'") and not self.processor.outbox:
                break
        self.promises.hold()
        await self.promises.settled(rebuilt=self.seed % REBUILT == 0)

    # ---- deeds: each says what came of it

    async def _click(self) -> str:
        self._pass(seconds=self.dice.randrange(1, 40))
        events = [each for _ in range(self.dice.randint(1, 5)) for each in self._journey()]
        events += self.dice.sample(self.sent, min(len(self.sent), self.dice.choice([0, 0, 1, 3])))
        self.dice.shuffle(events)
        self.sent += events
        self._pass(seconds=self.dice.choice([1, 1, 1, 4000]))
        self.promises.before()
        async with self._change(SHOP) as work:
            fates = await counting.count(work, events, Counting())
        return " ".join(fate.value for fate in fates) + (
            f", {await self._minutes()}" if self.dice.random() < 0.4 else ""
        )

    def _journey(self) -> Sequence[AdEvent]:
        """An impression and a click, or one of them alone; some clicks are no shopper's."""
        self.made += 1
        ad = self.dice.choice(self.ads)
        most = 2_500_000 if ADS[ad] == "USD" else 9_000_000
        auction, at = (
            uuid5(UUID(int=2), f"{self.made}"),
            self.bench.clock() - timedelta(seconds=self.dice.choice([3, 9, 5000])),
        )
        facts = (uid(ad), at, Placement.SEARCH_RESULTS, 1, shopper_of(f"shopper {self.dice.randrange(40)}"))
        seen = AdEvent(auction, "1", EventKind.IMPRESSION, *facts)
        price = self.dice.choice([self.dice.randrange(1, most), self.dice.randrange(1, most), 4_999])
        late = at + timedelta(seconds=self.dice.choice([2, 2, 2, 2, 2, 2, 2, 0.1]))
        clicked = AdEvent(auction, "1", EventKind.CLICK, facts[0], late, *facts[2:], price)
        return self.dice.choice([[seen, clicked]] * 8 + [[clicked], [seen]])

    async def _minutes(self) -> str:
        self._pass(minutes=self.dice.randint(1, 3))
        return await self._jobs()

    async def _days(self) -> str:
        self._pass(days=self.dice.randint(1, 6), minutes=1)
        return await self._jobs()

    async def _month(self) -> str:
        now = self.bench.clock()
        self.bench.clock.now = (now.replace(day=28) + timedelta(days=6)).replace(day=1, hour=6)
        return await self._jobs()

    async def _jobs(self) -> str:
        """What is due is done, by a runner that may die; what it left, another does some time later."""
        runner = Mortal(self.bench, self.dice.choice([None, None, None, self.dice.randrange(1, 16)]))
        await self.cashier.close(runner, claim(CLOSE_CHARGES))
        await self.cashier.collect(runner, claim(COLLECT))
        return "done"

    async def _together(self) -> str:
        """Runners of two processes have the same charge paid at once."""
        charges = self.bench.rows("SELECT id FROM charge WHERE status IN ('DUE', 'ATTEMPTING', 'FAILED') ORDER BY id")
        if not charges:
            return "nothing is owed"
        id = UUID(self.dice.choice(charges)[0])
        runners = [Mortal(self.bench, self.dice.choice([None, 2, 4, 6])) for _ in range(2)]
        paid = [self.cashier.pay(each, claim(paying.ATTEMPT), id) for each in runners]
        return " ".join(
            type(each).__name__ for each in await asyncio.gather(*paid, return_exceptions=True) if check(each)
        )

    async def _hear(self) -> str:
        told = self.processor.told()
        return await self._hear_all(told)

    async def _hear_all(self, told: Sequence[Told]) -> str:
        for each in told:
            await hear(self.bench.database, each, self.bench.clock(), self.terms)
        return ", ".join(each.id for each in told)

    async def _grant(self) -> str:
        return self.processor.grant()

    async def _mood(self) -> str:
        self.processor.mood = self.dice.choice([WELL, FLAKY, FLAKY, AWAY])
        return self.processor.mood

    async def _pay(self) -> str:
        """An ADMIN pays what a campaign owes; the job that asks the processor comes at once, or is lost for now."""
        owed = self._one("SELECT campaign_id, currency FROM charge WHERE status <> 'ACCRUING' ORDER BY id")
        if owed is None:
            return "nothing is owed"
        account = "north" if owed[1] == "USD" else "south"
        found = self.bench.rows("SELECT id FROM payment_method WHERE account_id = ? ORDER BY id", uid(account).hex)
        if not found:
            return "no card"
        card = UUID(self.dice.choice(found)[0])
        async with self._change(_person(account)) as work:
            charge = await paying.pay_balance(work, UUID(owed[0]), card)
        if self.dice.random() < 0.6:
            await self.cashier.pay(Mortal(self.bench), claim(paying.ATTEMPT), charge.id)
        return str(charge.id)

    async def _adjust(self) -> str:
        charge = self._one("SELECT id, currency FROM charge WHERE status <> 'ACCRUING' ORDER BY id")
        if charge is None:
            return "no charge"
        unit = minor_unit(charge[1])
        amount = Money(unit * self.dice.choice([1, 1, 7, 100, 250]), charge[1])
        kind = self.dice.choice(list(AdjustmentKind))
        async with self._change(_person("north")) as work:
            made = await adjusting.adjust(work, UUID(charge[0]), kind, amount, "Goodwill", ISSUER)
        return f"{kind.value} {amount.micros} {made.status.value}"

    async def _reverse(self) -> str:
        found = self._one("SELECT DISTINCT campaign_id FROM charge ORDER BY 1")
        if found is None:
            return "no click"
        rows = "SELECT l.id FROM charge_line l JOIN charge c ON c.id = charge_id WHERE campaign_id = ? ORDER BY l.id"
        lines = self.bench.rows(rows, *found)
        some = [UUID(id) for (id,) in self.dice.sample(lines, min(len(lines), self.dice.choice([1, 2, 5, 20])))]
        async with self._change(_person("north")) as work:
            charge = await adjusting.reverse(work, UUID(found[0]), some, "A robot", ISSUER)
        return f"{len(some)} {charge.reversed_micros}"

    async def _budget(self) -> str:
        name, currency = self.dice.choice(list(CAMPAIGNS.items()))
        total = self.dice.choice([1_000_000, 6_000_000, 40_000_000]) * (10 if currency == "JPY" else 1)
        changes: dict[str, Any] = {"total_budget": Money(total, currency), "daily_budget": None}
        if self.dice.random() < 0.5:
            changes["daily_budget"] = Money(total // 2, currency)
        async with self._change(SHOP) as work:
            changed = await campaign.update(work, uid(name), changes, None)
        return f"{changed.total_budget_micros}"

    async def _credit(self) -> str:
        """The retailer limits what an account may owe."""
        name = self.dice.choice(list(ACCOUNTS))
        limit = self.dice.choice([1_500_000, 8_000_000]) * (10 if ACCOUNTS[name][1] == "JPY" else 1)
        sums = "SELECT sum(unbilled_micros + balance_micros) FROM campaign WHERE account_id = ?"
        owed = self.bench.rows(sums, uid(name).hex)[0][0]
        limit = max(limit, owed)
        put = (
            "INSERT INTO account_credit (account_id, limit_micros, left_micros) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        )
        self.bench.write(put, uid(name).hex, limit, limit - owed)
        return f"{name} {limit}"

    async def _card(self) -> str:
        return await self._add_card(self.dice.choice(list(ACCOUNTS)))

    async def _add_card(self, name: str) -> str:
        self.made += 1
        token, asks = f"card {self.made}", self.dice.random() < 0.2
        expires = date(2029, 12, 31) if self.dice.random() < 0.7 else date(2026, 11, 30)
        card = Card(CardBrand.VISA, CardFunding.CREDIT, "4242", expires, "https://bank.example" if asks else None)
        async with self._change(_person(name)) as work:
            await cards.add(work, uid(name), token, card, make_default=self.dice.random() < 0.5)
        if asks and self.dice.random() < 0.7:
            await self._hear_all([Told(f"card told {self.made}", CardTold(token, usable=True))])
        return token

    async def _drop_card(self) -> str:
        card = self._one("SELECT id FROM payment_method WHERE status <> 'REMOVED' ORDER BY id")
        if card is None:
            return "no card"
        async with self._change(_person("north")) as work:
            return str((await cards.remove(work, UUID(card[0]))).id)

    # ---- what deeds need

    def _one(self, sql: str) -> Any:
        rows = self.bench.rows(sql)
        return self.dice.choice(rows) if rows else None

    def _pass(self, **time: float) -> None:
        self.bench.clock.pass_(**time)

    def _change(self, who: Caller) -> Any:
        return transaction(self.bench.database, who, EVERYTHING, self.bench.clock(), "proof")

    def _note(self, line: str) -> None:
        self.lines.append(line)


def check(outcome: Any) -> bool:
    """Whether a runner died; anything else that went wrong is a defect."""
    if isinstance(outcome, BaseException) and not isinstance(outcome, Died):
        raise outcome
    return outcome is not None


def _person(account: str) -> Caller:
    return Caller(uid(ACCOUNTS[account][0]), name=account, via=Via.SESSION)


def claim(kind: str) -> Claim:
    return Claim(UUID(int=1), kind, {}, 0, 1)


def journal(bench: Bench, seed: int) -> list[str]:
    """Let a seed happen. Raises AssertionError where a promise is broken, with what happened on the way."""
    run = Run(bench, seed)
    try:
        bench.runner.run(run.go())
    except Exception as fault:
        course = "\n".join(run.lines[-6:])
        raise AssertionError(
            f"seed {seed}: {type(fault).__name__}: {fault}\n{course}\nagain: python -m tests.proof {seed}"
        ) from fault
    return run.lines
