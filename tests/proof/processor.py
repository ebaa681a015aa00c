"""A payment processor that goes wrong in every way that its port allows, as chance has it; it takes no money twice."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from app.adapters.payments.pretend import Pretend
from app.domain.billing.charges import ChargeFailure
from app.domain.billing.gateway import GatewayAway, Outcome, Payment, PaymentTold, Told

WELL, FLAKY, AWAY = "well", "flaky", "away"
FATES = {"paid": 50, "declined": 14, "no funds": 8, "asked": 16, "pending": 12}
FAILURES = {"declined": ChargeFailure.DECLINED, "no funds": ChargeFailure.INSUFFICIENT_FUNDS}


@dataclass
class Order:
    """All attempts at a charge, what came of each, and what was taken for all of them together."""

    name: str
    outcomes: dict[UUID, Outcome] = field(default_factory=dict)
    amounts: dict[UUID, int] = field(default_factory=dict)
    asked: list[UUID] = field(default_factory=list)
    taken: int | None = None

    def take(self, attempt_id: UUID) -> Outcome:
        assert self.taken is None, "the processor was made to take money twice"
        self.taken = self.amounts[attempt_id]
        return self.paid()

    def paid(self) -> Outcome:
        return Outcome(paid=True, order=self.name, amount=self.taken)


class Processor(Pretend):
    """Times out before or after it has charged, tells twice, late or out of order, and lets holders confirm later."""

    def __init__(self, dice: Random, *, fates: dict[str, int] = FATES) -> None:
        super().__init__()
        self.dice, self.mood, self.fates = dice, WELL, fates
        self.orders: dict[UUID, Order] = {}
        self.outbox: list[Told] = []
        self.number = 0

    async def pay(self, payment: Payment, now: datetime) -> Outcome:
        assert payment.amount > 0, "a card was to be charged nothing"
        await self._may_be_away()
        outcome = self._attempt(payment)
        if outcome.confirmation_url is None and self.dice.random() < 0.5:
            self._tell(payment.charge_id, payment.attempt_id)
        await self._may_be_away()
        return outcome

    async def outcome(self, payment: Payment, now: datetime) -> Outcome | None:
        await self._may_be_away()
        order = self.orders.get(payment.charge_id)
        known = order.outcomes.get(payment.attempt_id) if order else None
        if order and known and known.paid is None and (self.mood == WELL or self.dice.random() < 0.5):
            return self._resolve(order, payment.attempt_id)
        return known

    def grant(self) -> str:
        """A holder confirms a payment that they were asked about, however long ago."""
        waiting = [(charge, id) for charge, order in self.orders.items() for id in order.asked if order.taken is None]
        if not waiting:
            return "nobody is asked"
        charge, id = self.dice.choice(waiting)
        order = self.orders[charge]
        order.asked.remove(id)
        order.outcomes[id] = order.take(id)
        self._tell(charge, id)
        return f"{id} is granted"

    def told(self) -> list[Told]:
        """A message that was not delivered yet, whichever; now and then twice, also under another name."""
        if not self.outbox:
            return []
        told = self.outbox.pop(self.dice.randrange(len(self.outbox)))
        again = self.dice.choice([[], [], [told], [Told(f"{told.id} again", told.news)]])
        return [told, *again]

    def _attempt(self, payment: Payment) -> Outcome:
        order = self.orders.setdefault(payment.charge_id, Order(f"order {len(self.orders)}"))
        id = payment.attempt_id
        if id not in order.outcomes:
            order.amounts[id] = payment.amount
            order.outcomes[id] = order.paid() if order.taken is not None else self._fate(order, id)
        return order.outcomes[id]

    def _fate(self, order: Order, id: UUID) -> Outcome:
        (fate,) = self.dice.choices(list(self.fates), list(self.fates.values()))
        if fate == "paid":
            return order.take(id)
        if fate == "asked":
            order.asked.append(id)
            failure, url = ChargeFailure.CONFIRMATION_REQUIRED, f"https://bank.example/{id}"
            return Outcome(paid=False, failure=failure, order=order.name, confirmation_url=url)
        return Outcome(paid=None if fate == "pending" else False, failure=FAILURES.get(fate), order=order.name)

    def _resolve(self, order: Order, id: UUID) -> Outcome:
        if order.taken is not None:
            order.outcomes[id] = order.paid()
        elif self.dice.random() < 0.7:
            order.outcomes[id] = order.take(id)
        else:
            order.outcomes[id] = Outcome(paid=False, failure=ChargeFailure.DECLINED, order=order.name)
        return order.outcomes[id]

    def _tell(self, charge_id: UUID, id: UUID) -> None:
        outcome = self.orders[charge_id].outcomes[id]
        if outcome.paid is not None:
            self.number += 1
            self.outbox.append(Told(f"message {self.number}", PaymentTold(charge_id, id, outcome)))

    async def _may_be_away(self) -> None:
        await asyncio.sleep(0)  # others go on meanwhile
        if self.mood == AWAY or (self.mood == FLAKY and self.dice.random() < 0.3):
            raise GatewayAway("Nobody knows what became of it.")
