"""The pretend payment processor: cards of development and tests, each named by a token (docs/operating.md)."""

import json
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.adapters.payments import signing
from app.domain.billing.cards import TAKEN, CardBrand, CardFunding
from app.domain.billing.charges import ChargeFailure
from app.domain.billing.confirming import CONFIRM
from app.domain.billing.gateway import (
    Card,
    CardRefused,
    CardTold,
    GatewayAway,
    Outcome,
    Payment,
    PaymentTold,
    Told,
)

TOKEN = re.compile(r"(pretend_[a-z_]+)(?:\.[\w-]{1,40})?", re.ASCII)
CARDS = {
    "pretend_visa": (CardBrand.VISA, CardFunding.CREDIT, "4242"),
    "pretend_visa_debit": (CardBrand.VISA, CardFunding.DEBIT, "5556"),
    "pretend_mastercard": (CardBrand.MASTERCARD, CardFunding.CREDIT, "4444"),
    "pretend_amex": (CardBrand.AMERICAN_EXPRESS, CardFunding.CREDIT, "0005"),
    "pretend_confirm": (CardBrand.VISA, CardFunding.CREDIT, "3155"),
    "pretend_decline_charge": (CardBrand.VISA, CardFunding.CREDIT, "0341"),
    "pretend_no_funds": (CardBrand.VISA, CardFunding.DEBIT, "9995"),
    "pretend_expires": (CardBrand.MASTERCARD, CardFunding.DEBIT, "8210"),
    "pretend_timeout": (CardBrand.VISA, CardFunding.CREDIT, "0119"),
    "pretend_confirm_payment": (CardBrand.VISA, CardFunding.CREDIT, "3184"),
}
REFUSED = {
    "pretend_declined": "The card was declined by its bank: take another card.",
    "pretend_expired": "The card has expired: take another card.",
}
FAILURES = {
    "pretend_decline_charge": ChargeFailure.DECLINED,
    "pretend_no_funds": ChargeFailure.INSUFFICIENT_FUNDS,
    "pretend_confirm_payment": ChargeFailure.CONFIRMATION_REQUIRED,
}
HEADER = "pretend-signature"


@dataclass
class _Order:
    """All attempts at one charge, by what came of them."""

    attempts: dict[UUID, Outcome] = field(default_factory=dict)
    amounts: dict[UUID, int] = field(default_factory=dict)

    @property
    def is_paid(self) -> bool:
        return any(each.paid for each in self.attempts.values())

    @property
    def taken(self) -> int | None:
        """The amount of the attempt that paid it."""
        return next((self.amounts.get(id) for id, each in self.attempts.items() if each.paid), None)


class Pretend:
    """No money moves. What follows a dot makes another card of the same kind: `pretend_visa.2`.

    What it knows of payments is forgotten when its process ends, and no other process knows it. `outcome` then answers
    None, and the same payment is sent again: an order that was paid before is paid anew, with nothing to lose.
    """

    takes = TAKEN
    name = "Pretend payments"
    publishable_key = None
    script_url = None

    def __init__(self, address: str = "") -> None:
        self._pages, self._secret = f"{address}{CONFIRM}", token_hex(32)
        self._orders: dict[UUID, _Order] = {}

    async def card(self, token: str, now: datetime) -> Card:
        kind = _kind(token)
        if kind in REFUSED:
            raise CardRefused(REFUSED[kind])
        if kind not in CARDS:
            raise CardRefused("The payment processor does not know this token: enter the card again.")
        confirm = f"{self._pages}/card/{quote(token)}" if self.asks_about(token) else None
        years = 0 if kind == "pretend_expires" else 3
        return Card(*CARDS[kind], _last_day(now.year + years, now.month), confirm)

    async def pay(self, payment: Payment, now: datetime) -> Outcome:  # noqa: ARG002 - as the port has it
        order = self._orders.setdefault(payment.charge_id, _Order())
        if payment.attempt_id in order.attempts:
            return order.attempts[payment.attempt_id]
        if order.is_paid:
            return Outcome(paid=True, order=_name(payment.charge_id), amount=order.taken)
        order.amounts[payment.attempt_id] = payment.amount
        order.attempts[payment.attempt_id] = outcome = self._outcome(payment)
        if _kind(payment.token) == "pretend_timeout":
            raise GatewayAway("The payment processor did not answer in time.")
        return outcome

    async def outcome(self, payment: Payment, now: datetime) -> Outcome | None:  # noqa: ARG002 - as the port has it
        order = self._orders.get(payment.charge_id)
        return order.attempts.get(payment.attempt_id) if order else None

    def told(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        signing.check(headers.get(HEADER, ""), body, [self._secret], now)
        said = json.loads(body)  # by us: the secret is known to nobody else
        if said["kind"] == "card":
            return Told(said["id"], CardTold(said["token"], usable=said["yes"]))
        charge_id, attempt_id = UUID(said["charge"]), UUID(said["attempt"])
        failure = None if said["yes"] else ChargeFailure.DECLINED
        outcome = Outcome(paid=said["yes"], failure=failure, order=_name(charge_id), amount=said["amount"])
        return Told(said["id"], PaymentTold(charge_id, attempt_id, outcome))

    def asks_about(self, token: str) -> bool:
        return _kind(token) == "pretend_confirm"

    def message(self, news: CardTold | PaymentTold, now: datetime) -> tuple[Mapping[str, str], bytes]:
        said: dict[str, Any] = {"id": f"pretend_{token_hex(16)}"}
        if isinstance(news, CardTold):
            said |= {"kind": "card", "token": news.token, "yes": news.usable}
        else:
            order = self._orders.setdefault(news.charge_id, _Order())
            if not order.is_paid:
                order.attempts[news.attempt_id] = news.outcome
            said |= {"kind": "payment", "charge": str(news.charge_id), "attempt": str(news.attempt_id)}
            said |= {"yes": order.is_paid, "amount": order.taken}
        body = json.dumps(said).encode()
        return {HEADER: signing.sign(self._secret, body, now)}, body

    async def close(self) -> None:
        """Nothing is open."""

    def _outcome(self, payment: Payment) -> Outcome:
        kind, order = _kind(payment.token), _name(payment.charge_id)
        if kind not in CARDS:
            return Outcome(paid=False, failure=ChargeFailure.DECLINED, order=order)
        failure = FAILURES.get(kind)
        asks = failure is ChargeFailure.CONFIRMATION_REQUIRED
        url = f"{self._pages}/payment/{payment.charge_id}/{payment.attempt_id}" if asks else None
        return Outcome(paid=failure is None, failure=failure, order=order, confirmation_url=url)


def _kind(token: str) -> str | None:
    """The kind of card that a token names."""
    found = TOKEN.fullmatch(token)
    return found[1] if found else None


def _name(charge_id: UUID) -> str:
    return f"pretend_{charge_id.hex}"


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
