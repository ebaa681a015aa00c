"""A server that speaks Stripe's protocol on a socket of its own: cards by token, intents, idempotency keys, search."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "sk_test_loopback"
PAN = "4242424242424242"  # Stripe's words quote it, so that a leak would be seen
DECLINES = {
    "pm_declined": ("card_declined", "do_not_honor"),
    "pm_no_funds": ("card_declined", "insufficient_funds"),
    "pm_expired": ("expired_card", None),
    "pm_failed_challenge": ("authentication_required", "authentication_required"),
}
REFUSED = {"pm_setup_refused": ("card_declined", "do_not_honor"), "pm_setup_expired": ("expired_card", None)}
ASKS = ("pm_asks", "pm_failed_challenge")  # whose bank wants to ask their holders about each payment
CARD = {"brand": "visa", "funding": "credit", "last4": "4242", "exp_month": 2, "exp_year": 2028}
CARDS = {"pm_amex": {"brand": "amex", "last4": "0005"}, "pm_prepaid": {"brand": "eftpos_au", "funding": "prepaid"}}
BANK = "https://bank.example/ask"


class Problem(Exception):
    """An error in Stripe's form."""

    def __init__(self, status: int, kind: str, code: str | None = None, **more: Any) -> None:
        self.status = status
        self.error = {"type": kind, "code": code, "message": f"No. You sent {PAN}.", **more}

    @property
    def answer(self) -> tuple[int, dict[str, Any]]:
        return self.status, {"error": {name: value for name, value in self.error.items() if value is not None}}


def declined(code: str, decline_code: str | None, **more: Any) -> Problem:
    return Problem(402, "card_error", code, decline_code=decline_code, **more)


@dataclass
class StripeServer:
    """What it keeps, and how it misbehaves: what is asked at the path `lost` or `silent` is carried out, and then
    answered by a proxy that gave up, or not at all."""

    url: str
    methods: dict[str, dict[str, Any]] = field(default_factory=dict)
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    charges: dict[str, dict[str, Any]] = field(default_factory=dict)
    setups: dict[str, dict[str, Any]] = field(default_factory=dict)
    customers: list[str] = field(default_factory=list)
    known: dict[str, tuple[Any, tuple[int, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    lost: str | None = None
    silent: str | None = None
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """What the next requests are answered in place of the truth."""
    search_lags: bool = False

    @property
    def paid(self) -> list[int]:
        """The amounts that were charged."""
        return [charge["amount"] for charge in self.charges.values() if charge["status"] == "succeeded"]

    async def answer(self, request: Request) -> Response:
        given = nested(parse_qsl((await request.body()).decode()) + parse_qsl(request.url.query))
        path = request.url.path.removeprefix("/v1/")
        self.asked.append((request.method, path, given))
        if self.answers:
            status, said = self.answers.pop(0)
            return JSONResponse(said, status)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        status, said = self._once(key, path, given, request)
        if path == self.lost:
            self.lost = None
            return Response("Bad gateway", 502)
        if path == self.silent:
            await request.receive()  # until the client goes
        return JSONResponse(said, status, {"request-id": f"req_{len(self.asked)}"})

    def _once(self, key: str | None, path: str, given: Any, request: Request) -> tuple[int, Any]:
        """The same key gives the same answer again, and is refused with other input."""
        if key in self.known:
            before, answer = self.known[key]
            return answer if before == (path, given) else Problem(400, "idempotency_error").answer
        answer = self._carried_out(path, given, request)
        if key is not None:
            self.known[key] = ((path, given), json.loads(json.dumps(answer)))
        return answer

    def _carried_out(self, path: str, given: Any, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Problem(401, "invalid_request_error").answer
        try:
            kind, _, rest = path.partition("/")
            id, _, step = rest.partition("/")
            return 200, getattr(self, f"_{kind}")(id, step, given, request.method)
        except Problem as problem:
            return problem.answer

    def _payment_methods(self, id: str, step: str, given: Any, method: str) -> Any:
        return self._method(id)

    def _method(self, id: str) -> dict[str, Any]:
        if not id.startswith("pm_") or id == "pm_unknown":
            raise Problem(404, "invalid_request_error", "resource_missing", param="payment_method")
        kind = "sepa_debit" if id == "pm_bank_account" else "card"
        card = CARD | CARDS.get(id, {})
        return self.methods.setdefault(id, {"id": id, "type": kind, "customer": None, "card": card})

    def _customers(self, id: str, step: str, given: Any, method: str) -> Any:
        self.customers.append(f"cus_{len(self.customers) + 1}")
        return {"id": self.customers[-1]}

    def _setup_intents(self, id: str, step: str, given: Any, method: str) -> Any:
        token = given["payment_method"]
        assert (given["confirm"], given["usage"], given["customer"][:4]) == ("true", "off_session", "cus_")
        if token in REFUSED:
            raise declined(*REFUSED[token])
        asks = token == "pm_setup_asks"
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": f"{BANK}/{token}"}} if asks else None
        status = {"pm_setup_asks": "requires_action", "pm_setup_stuck": "processing"}.get(token, "succeeded")
        made = {"id": f"seti_{len(self.setups) + 1}", "payment_method": token, "status": status, "next_action": action}
        self.setups[made["id"]] = made
        if not asks:
            self._method(token)["customer"] = given["customer"]
        return made

    def _payment_intents(self, id: str, step: str, given: Any, method: str) -> Any:
        if id == "search":
            wanted = given["query"].split("'")[3]
            found = [each for each in self.intents.values() if each["metadata"]["charge_id"] == wanted]
            return {"object": "search_result", "data": [] if self.search_lags else found, "has_more": False}
        if not id:
            return self._made(given)
        intent = self.intents[id]
        if method == "GET":
            charge = self.charges.get(intent["latest_charge"])
            return intent | ({"latest_charge": charge} if "expand" in given else {})
        return {"": self._update, "cancel": self._cancel, "confirm": self._confirm}[step](intent, given)

    def _made(self, given: Any) -> Any:
        id = f"pi_{len(self.intents) + 1}"
        self.intents[id] = {
            "id": id,
            "object": "payment_intent",
            "created": 1_700_000_000 + len(self.intents),
            "amount": int(given["amount"]),
            "amount_received": 0,
            "currency": given["currency"],
            "customer": given.get("customer"),
            "metadata": given["metadata"],
            "status": "requires_payment_method",
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
        }
        return self.intents[id]

    def _update(self, intent: Any, given: Any) -> Any:
        self._open(intent)
        intent["amount"] = int(given["amount"])
        intent["metadata"] = intent["metadata"] | given["metadata"]
        return intent

    def _cancel(self, intent: Any, given: Any) -> Any:
        self._open(intent)
        intent["status"] = "canceled"
        return intent

    def _confirm(self, intent: Any, given: Any) -> Any:
        self._open(intent)
        token, alone = given["payment_method"], given.get("off_session") == "true"
        if self._method(token)["customer"] != intent["customer"]:
            raise Problem(400, "invalid_request_error", "payment_method_customer_mismatch")
        if token in ASKS and not alone:
            action = {"type": "redirect_to_url", "redirect_to_url": {"url": f"{BANK}/{intent['id']}"}}
            intent.update(status="requires_action", next_action=action)
            return intent
        if token in DECLINES or token in ASKS:
            code, decline = DECLINES.get(token, ("authentication_required", "authentication_required"))
            return self._fail(intent, token, code, decline)
        intent["latest_charge"] = self._charge(intent, "succeeded")
        intent.update(status="processing" if token == "pm_slow" else "succeeded", last_payment_error=None)
        return intent

    def _fail(self, intent: Any, token: str, code: str, decline: str | None) -> Any:
        error = {"type": "card_error", "code": code, "decline_code": decline, "message": f"No: {PAN}"}
        intent["latest_charge"] = self._charge(intent, "failed")
        intent.update(status="requires_payment_method", next_action=None, last_payment_error=error)
        raise declined(code, decline, payment_intent=dict(intent))

    def _charge(self, intent: Any, status: str) -> str:
        id = f"ch_{len(self.charges) + 1}"
        intent["amount_received"] = intent["amount"] if status == "succeeded" else 0
        self.charges[id] = {"id": id, "amount": intent["amount"], "status": status, "metadata": intent["metadata"]}
        return id

    def _open(self, intent: Any) -> None:
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise Problem(400, "invalid_request_error", "payment_intent_unexpected_state")

    def agree(self, id: str) -> None:
        """The card's holder confirms the payment at their bank."""
        intent = self.intents[id]
        intent["latest_charge"] = self._charge(intent, "succeeded")
        intent.update(status="succeeded", next_action=None)


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """What a form says, with `metadata[charge_id]` and `expand[0]` as dictionaries."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        outer, _, inner = name.partition("[")
        if inner:
            found.setdefault(outer, {})[inner.rstrip("]")] = value
        else:
            found[outer] = value
    return found


@contextmanager
def served() -> Iterator[StripeServer]:
    """The server, listening."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        stripe = StripeServer(f"http://127.0.0.1:{listening.getsockname()[1]}")
        app = Starlette(routes=[Route("/{path:path}", stripe.answer, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            threading.Event().wait(0.01)
        try:
            yield stripe
        finally:
            server.should_exit = True
            thread.join()
