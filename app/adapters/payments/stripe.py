"""Stripe as the payment processor: one PaymentIntent is a charge's order, canceled before another takes its place.

Nothing of Stripe's own words leaves this file: they might quote what people typed. Logs name Stripe's request instead.
"""

import json
import logging
import re
from calendar import monthrange
from collections.abc import Awaitable, Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import stripe
import structlog

from app.adapters.payments import signing
from app.domain.billing.cards import TAKEN, CardBrand, CardFunding
from app.domain.billing.charges import ChargeFailure
from app.domain.billing.gateway import (
    Card,
    CardRefused,
    CardTold,
    GatewayAway,
    NoticeRefused,
    Outcome,
    Payment,
    PaymentTold,
    Told,
)
from app.domain.money import MICROS, MINOR_UNIT, minor_unit

TOKEN = re.compile(r"pm_\w+", re.ASCII)
SECONDS = 30  # that an answer may take
SCRIPT = "https://js.stripe.com/v3/"
BRANDS = {
    "visa": CardBrand.VISA,
    "mastercard": CardBrand.MASTERCARD,
    "amex": CardBrand.AMERICAN_EXPRESS,
    "discover": CardBrand.DISCOVER,
    "diners": CardBrand.DINERS_CLUB,
    "jcb": CardBrand.JCB,
    "unionpay": CardBrand.UNIONPAY,
}
FUNDINGS = {"credit": CardFunding.CREDIT, "debit": CardFunding.DEBIT, "prepaid": CardFunding.PREPAID}
FAILURES = {
    "insufficient_funds": ChargeFailure.INSUFFICIENT_FUNDS,
    "expired_card": ChargeFailure.CARD_EXPIRED,
    "authentication_required": ChargeFailure.CONFIRMATION_REQUIRED,
}
UNKNOWN = "The payment processor does not know this token: enter the card again."
UNFIT = "The payment processor cannot charge this card: take another card."
DECLINED = "The card was declined by its bank: take another card."
WORDS = {
    "expired_card": "The card has expired: take another card.",
    "incorrect_cvc": "The security code is wrong: enter the card again.",
    "insufficient_funds": "The card lacks funds: take another card.",
    "resource_missing": UNKNOWN,
}
THOUSANDTH = MICROS // 1000
UNITS = {"BHD": THOUSANDTH, "JOD": THOUSANDTH, "KWD": THOUSANDTH, "OMR": THOUSANDTH, "TND": THOUSANDTH}
UNITS |= {"ISK": MINOR_UNIT, "UGX": MINOR_UNIT}
"""In micros, where Stripe counts amounts in other units than those in which cards are charged."""
OVERTAKEN = "payment_intent_unexpected_state"  # its holder has just confirmed it, say
OPEN = ("requires_payment_method", "requires_confirmation")
RANKS = {"succeeded": 2, "processing": 2, "canceled": 0}
"""Which intent of a charge is its order, where there are several: the greatest rank, and of those the newest."""
log = structlog.get_logger("endcap.payments")


class Stripe:
    """Cards have a customer each. *returns* is where their holders go after a confirmation."""

    takes = TAKEN
    name = "Stripe"
    script_url = SCRIPT

    def __init__(
        self,
        key: str,
        publishable_key: str,
        secrets: Collection[str],
        returns: str,
        address: str = "",
        seconds: float = SECONDS,
    ) -> None:
        stripe.enable_telemetry = False
        logging.getLogger("stripe").disabled = True  # it writes down what Stripe says
        self.publishable_key, self._secrets, self._returns = publishable_key, secrets, returns
        self._client = stripe.HTTPXClient(timeout=seconds)
        addresses: Any = {"api": address} if address else None
        whole = stripe.StripeClient(key, base_addresses=addresses, max_network_retries=0, http_client=self._client)
        self._api: Any = whole.v1

    async def close(self) -> None:
        await self._client.close_async()

    async def card(self, token: str, now: datetime) -> Card:  # noqa: ARG002 - as the port has it
        if not TOKEN.fullmatch(token):
            raise CardRefused(UNKNOWN)
        try:
            method = await self._ask(self._api.payment_methods.retrieve_async(token))
            if method["type"] != "card":
                raise CardRefused("That is no card: take a card.")
            customer = method["customer"] or await self._customer(token)
            setup = await self._set_up(token, customer)
        except stripe.CardError as error:
            raise CardRefused(WORDS.get(_code(error), DECLINED)) from None
        except stripe.InvalidRequestError as error:
            _note(error)
            raise CardRefused(WORDS.get(_code(error), UNFIT)) from None
        except stripe.StripeError as error:
            _note(error)
            raise GatewayAway("The payment processor refuses Endcap.") from None
        url = _confirmation(setup)
        if setup["status"] != "succeeded" and url is None:
            raise CardRefused(UNFIT)
        return _card(method["card"], url, customer)

    async def pay(self, payment: Payment, now: datetime) -> Outcome:  # noqa: ARG002 - as the port has it
        try:
            intent = await self._found(payment) or await self._create(payment)
            return _said(intent, payment) or await self._confirm(await self._ready(intent, payment), payment)
        except stripe.StripeError as error:
            _note(error)
            if _code(error) == OVERTAKEN:
                raise GatewayAway("The order changed meanwhile.") from None
            return Outcome(paid=False, failure=ChargeFailure.PROCESSOR_ERROR, order=payment.order)

    async def outcome(self, payment: Payment, now: datetime) -> Outcome | None:  # noqa: ARG002 - as the port has it
        """None, too, where an attempt left no trace that is its own: sent again, Stripe repeats what it answered."""
        try:
            intent = await self._found(payment)
        except stripe.StripeError as error:
            _note(error)
            raise GatewayAway("The payment processor refuses Endcap.") from None
        return _said(intent, payment) if intent else None

    def told(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        signing.check(headers.get("stripe-signature", ""), body, self._secrets, now)
        try:
            event = json.loads(body)
            return Told(event["id"], _news(event["type"], event["data"]["object"]))
        except (ValueError, KeyError, TypeError):
            raise NoticeRefused("The message cannot be read.") from None

    async def _ask(self, request: Awaitable[Any]) -> dict[str, Any]:
        """What Stripe answers, as plain values. Raises GatewayAway where the request may have had an effect or not."""
        try:
            return (await request).to_dict()
        except stripe.StripeError as error:
            status = error.http_status or 500
            if status >= 500 or status in {409, 429}:
                _note(error)
                raise GatewayAway("The payment processor did not answer.") from None
            raise

    async def _customer(self, token: str) -> str:
        request = self._api.customers.create_async({}, _once(f"customer-{token}"))
        return (await self._ask(request))["id"]

    async def _set_up(self, token: str, customer: str) -> dict[str, Any]:
        """Have the card's bank agree to charges without its holder; where it wants to ask them, there is an address."""
        asked = {
            "payment_method": token,
            "payment_method_types": ["card"],
            "customer": customer,
            "usage": "off_session",
            "confirm": True,
            "return_url": self._returns,
        }
        return await self._ask(self._api.setup_intents.create_async(asked))

    async def _found(self, payment: Payment) -> dict[str, Any] | None:
        """The charge's order as it is now; one that was canceled only where no other took its place."""
        intent = await self._read(payment.order) if payment.order else None
        if intent is not None and intent["status"] != "canceled":
            return intent
        query = f"metadata['charge_id']:'{payment.charge_id}'"
        found = await self._ask(self._api.payment_intents.search_async({"query": query, "limit": 100}))
        ranked = sorted(found["data"], key=lambda each: (RANKS.get(each["status"], 1), each["created"]))
        return await self._read(ranked[-1]["id"]) if ranked else intent

    async def _read(self, id: str) -> dict[str, Any]:
        return await self._ask(self._api.payment_intents.retrieve_async(id, {"expand": ["latest_charge"]}))

    async def _create(self, payment: Payment, after: str = "") -> dict[str, Any]:
        """The order, which is there once however often it is created; *after* the one that was canceled for it.

        Stripe's search, which found none, is a minute late: another attempt may just have created it (GatewayAway).
        """
        asked = {
            "amount": _amount(payment),
            "currency": payment.currency.lower(),
            "payment_method_types": ["card"],
            "metadata": {"charge_id": str(payment.charge_id), "attempt_id": str(payment.attempt_id)},
            **({"customer": payment.customer} if payment.customer else {}),
        }
        try:
            request = self._api.payment_intents.create_async(asked, _once(f"charge-{payment.charge_id}-{after}"))
            return await self._ask(request)
        except stripe.IdempotencyError as error:
            _note(error)
            raise GatewayAway("The order is being created.") from None

    async def _ready(self, intent: dict[str, Any], payment: Payment) -> dict[str, Any]:
        """The order with this attempt's amount; a new one where Stripe lets this one be paid no more as it should be.

        That is where its card belongs to another customer, or an earlier attempt still asks its holder.
        """
        attempt = str(payment.attempt_id)
        if intent["status"] not in OPEN or intent["customer"] != payment.customer:
            if intent["status"] != "canceled":
                await self._ask(self._api.payment_intents.cancel_async(intent["id"]))  # OVERTAKEN where it is paid
            return await self._create(payment, after=intent["id"])
        if intent["metadata"].get("attempt_id") == attempt:
            return intent
        changes = {"amount": _amount(payment), "metadata": {"attempt_id": attempt}}
        request = self._api.payment_intents.update_async(intent["id"], changes, _once(f"update-{attempt}"))
        return await self._ask(request)

    async def _confirm(self, intent: dict[str, Any], payment: Payment) -> Outcome:
        """Charge the card without its holder; where its bank wants to ask them, try with them."""
        asked: dict[str, Any] = {"payment_method": payment.token, "off_session": True}
        confirm = self._api.payment_intents.confirm_async
        try:
            request = confirm(intent["id"], asked, _once(f"attempt-{payment.attempt_id}"))
            return _outcome(await self._ask(request))
        except stripe.CardError as error:
            failure = _failure(_problem(error))
            if failure is not ChargeFailure.CONFIRMATION_REQUIRED:
                return Outcome(paid=False, failure=failure, order=intent["id"])
        asked = {"payment_method": payment.token, "return_url": self._returns}
        try:
            request = confirm(intent["id"], asked, _once(f"confirmation-{payment.attempt_id}"))
            return _outcome(await self._ask(request))
        except stripe.CardError as error:
            return Outcome(paid=False, failure=_failure(_problem(error)), order=intent["id"])


def _once(key: str) -> dict[str, Any]:
    return {"idempotency_key": f"endcap-{key}"}


def _amount(payment: Payment) -> int:
    """The amount in Stripe's unit of the currency. Raises ValueError where cards cannot be charged it."""
    if payment.amount % minor_unit(payment.currency):
        raise ValueError(f"{payment.amount} micros {payment.currency} are no whole minor units")
    return payment.amount // UNITS.get(payment.currency, minor_unit(payment.currency))


def _received(intent: Mapping[str, Any]) -> int:
    """What was taken, in micros."""
    currency = intent["currency"].upper()
    return intent["amount_received"] * UNITS.get(currency, minor_unit(currency))


def _card(card: Mapping[str, Any], url: str | None, customer: str) -> Card:
    year, month = card["exp_year"], card["exp_month"]
    return Card(
        BRANDS.get(card["brand"], CardBrand.OTHER),
        FUNDINGS.get(card["funding"], CardFunding.UNKNOWN),
        card["last4"],
        date(year, month, monthrange(year, month)[1]),
        url,
        customer,
    )


def _said(intent: Mapping[str, Any], payment: Payment) -> Outcome | None:
    """What the order says of an attempt: who paid it paid for all; else what is surely this attempt's own."""
    if intent["status"] in {"succeeded", "processing"}:
        return _outcome(intent)
    attempt = str(payment.attempt_id)
    if intent["status"] == "requires_action":
        return _outcome(intent) if intent["metadata"].get("attempt_id") == attempt else None
    charge = intent.get("latest_charge") or {}
    if not isinstance(charge, dict) or charge.get("metadata", {}).get("attempt_id") != attempt:
        return None
    failure = _failure(intent.get("last_payment_error") or {})
    if failure is ChargeFailure.CONFIRMATION_REQUIRED:
        return None  # its holder was not asked yet
    return Outcome(paid=False, failure=failure, order=intent["id"])


def _outcome(intent: Mapping[str, Any]) -> Outcome:
    """What an intent came to that did not fail."""
    url = _confirmation(intent)
    if url is not None:
        failure = ChargeFailure.CONFIRMATION_REQUIRED
        return Outcome(paid=False, failure=failure, order=intent["id"], confirmation_url=url)
    if intent["status"] == "succeeded":
        return Outcome(paid=True, order=intent["id"], amount=_received(intent))
    return Outcome(paid=None, order=intent["id"])


def _confirmation(intent: Mapping[str, Any]) -> str | None:
    """Where the card's holder confirms, if they have to."""
    action = intent.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url") if intent["status"] == "requires_action" else None


def _news(kind: str, about: Mapping[str, Any]) -> CardTold | PaymentTold | None:
    if kind in {"setup_intent.succeeded", "setup_intent.setup_failed"}:
        token = about.get("payment_method") or _problem_card(about.get("last_setup_error"))
        return CardTold(token, usable=kind == "setup_intent.succeeded") if token else None
    if kind not in {"payment_intent.succeeded", "payment_intent.payment_failed"}:
        return None
    try:
        charge_id, attempt_id = (UUID(about["metadata"][name]) for name in ("charge_id", "attempt_id"))
    except (KeyError, ValueError):
        return None  # a payment that is none of ours
    if kind == "payment_intent.succeeded":
        return PaymentTold(charge_id, attempt_id, Outcome(paid=True, order=about["id"], amount=_received(about)))
    failure = _failure(about.get("last_payment_error") or {})
    if failure is ChargeFailure.CONFIRMATION_REQUIRED:
        return None  # whoever sent the attempt asks its holder next, and learns where
    return PaymentTold(charge_id, attempt_id, Outcome(paid=False, failure=failure, order=about["id"]))


def _problem_card(problem: Any) -> str | None:
    return ((problem or {}).get("payment_method") or {}).get("id")


def _problem(error: stripe.StripeError) -> Mapping[str, Any]:
    body: Any = error.json_body
    return body["error"] if isinstance(body, dict) else {}


def _code(error: stripe.StripeError) -> str:
    problem = _problem(error)
    return problem.get("decline_code") or problem.get("code") or ""


def _failure(problem: Mapping[str, Any]) -> ChargeFailure:
    for code in (problem.get("decline_code"), problem.get("code")):
        if code in FAILURES:
            return FAILURES[code]
    return ChargeFailure.DECLINED


def _note(error: stripe.StripeError) -> None:
    """Log which request it was, by which an operator finds it in Stripe's dashboard, and not a word of what it said."""
    log.warning("Stripe refused", kind=type(error).__name__, status=error.http_status, request=error.request_id)
