"""Clicks that cost something, and what is told of the charges that they come to."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.db.work import transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.delivery.token import shopper_of
from app.domain.metrics import Placement
from app.resolvers.delivery import counting
from app.resolvers.delivery.counting import Terms
from app.schema.relay import found
from tests.conftest import Api
from tests.people import NORTH, OWNER, TENT_AD, uid

SHOPPERS = Caller(name="Shoppers", via=Via.JOB)
EURO = 1_000_000  # the unit of a currency, in micros
ADD = """mutation ($id: ID!, $token: String!) {
  paymentMethodAdd(input: {accountId: $id, processorToken: $token, makeDefault: true}) {
    paymentMethod { id } userErrors { code } } }"""
CHARGES = """query ($id: ID!) { billing(accountId: $id) { charges(first: 50) { nodes {
  id status cause failure amount { micros } credited { micros } carriedIn { micros } carriedOut { micros }
  reversed { micros } threshold { micros } openedAt dueAt chargedAt nextAttemptAt digest
  attempts { at succeeded failure } } } } }"""
LINES = """query ($id: ID!) { charge(id: $id) { digest lines(first: 100) { nodes {
  clickId adId auctionId at cost { micros } bid { micros } invalid } } } }"""
BALANCE = """query ($id: ID!) { billing(accountId: $id) {
  balance { micros } credit { micros } unbilled { micros }
  proof { validClicks clickCost { micros } charged { micros } credited { micros } unbilled { micros } balanced digest }
} }"""


def clicks(api: Api, *prices: int, ad: str = TENT_AD, start: int = 0) -> None:
    """Clicks on an ad, by its id or its name in the world, a moment ago, each by a shopper of its own.

    They are numbered from *start*: each number of an ad counts once.
    """
    events = [_click(api.clock(), start + place, price, ad) for place, price in enumerate(prices)]

    async def count() -> None:
        async with transaction(api.installation.database, SHOPPERS, EVERYTHING, api.clock(), "count") as work:
            await counting.count(work, events, Terms(replayed=True))

    api.run(count)


def _click(now: datetime, number: int, price: int, ad: str) -> AdEvent:
    return AdEvent(
        auction_id=uuid5(UUID(int=1), f"{ad} {number}"),
        slot="1",
        kind=EventKind.CLICK,
        ad_id=found(ad, "Ad") or uid(ad),
        at=now - timedelta(seconds=1),
        placement=Placement.SEARCH_RESULTS,
        position=1,
        shopper=shopper_of(f"s{number}"),
        price=price,
    )


def pay_with(api: Api, token: str, id: str = NORTH, who: Any = OWNER) -> str:
    """A new default card of an account."""
    return api(ADD, as_=who, id=id, token=token).data["paymentMethodAdd"]["paymentMethod"]["id"]


def charges(api: Api, who: Any = OWNER, id: str = NORTH) -> list[Any]:
    """The charges of an account, the newest first."""
    return api(CHARGES, as_=who, id=id).data["billing"]["charges"]["nodes"]


def told(api: Api, *names: str) -> list[tuple[Any, ...]]:
    """These fields of the charges, amounts in micros, the oldest first."""
    rows = reversed(charges(api))
    return [
        tuple(int(row[name]["micros"]) if isinstance(row[name], dict) else row[name] for name in names) for row in rows
    ]


def balance(api: Api, who: Any = OWNER, id: str = NORTH) -> tuple[int, int, int]:
    """What an account owes, is owed, and has not been charged for."""
    found = api(BALANCE, as_=who, id=id).data["billing"]
    return tuple(int(found[name]["micros"]) for name in ("balance", "credit", "unbilled"))  # type: ignore[return-value]


def proof(api: Api, who: Any = OWNER, id: str = NORTH) -> dict[str, Any]:
    return api(BALANCE, as_=who, id=id).data["billing"]["proof"]


def minutes(api: Api, number: int = 2) -> None:
    """Time passes, and the jobs that are due are done each minute."""
    for _ in range(number):
        api.clock.pass_(minutes=1)
        api.work()


def lines(api: Api, charge: str, who: Any = OWNER) -> list[dict[str, Any]]:
    """The clicks of a charge, as the API shows them."""
    return api(LINES, as_=who, id=charge).data["charge"]["lines"]["nodes"]
