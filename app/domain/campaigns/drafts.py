"""The checks of what people enter for campaigns and ads: every invalid field at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.domain.campaigns.status import CampaignKind
from app.domain.errors import Findings, InvalidInput, LimitExceeded, NotFound, Problem
from app.domain.money import MICROS, Money, amount_problem
from app.domain.text import line_problem

LEAST_BUDGET = MICROS  # one unit of the currency
GREATEST_BID = 1_000 * MICROS
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MOST_COPIED, MOST_COPIED_KEYWORDS = 100, 10_000
_REQUIRED = {"name": "name", "total_budget": "totalBudget", "start": "start"}
_REQUIRED_OF_AD = {"title": "title", "headline": "headline", "landing": "landing", "bid": "bid"}


def check_campaign(
    found: Findings, values: Mapping[str, Any], currency: str, now: datetime, *, changed: set[str]
) -> None:
    """Collect what is wrong with a campaign (S69, S83).

    *values* has every field as it would be, *changed* the names that the caller gave; times are aware.
    """
    for field, name in _REQUIRED.items():
        if field in changed and values[field] is None:
            found.invalid("This field cannot be cleared: leave it out to keep it.", name, constraint="required")
    if "name" in changed and values["name"] is not None:
        found.add(line_problem(values["name"], "name", name="The name", most=80))
    _check_budgets(found, values, currency, changed)
    _check_schedule(found, values, now, changed)


def _check_budgets(found: Findings, values: Mapping[str, Any], currency: str, changed: set[str]) -> None:
    total: Money | None = values["total_budget"]
    daily: Money | None = values["daily_budget"]
    if "total_budget" in changed and total is not None:
        found.add(amount_problem(total, "totalBudget", currency=currency, least=LEAST_BUDGET, name="the total budget"))
    if "daily_budget" in changed and daily is not None:
        found.add(amount_problem(daily, "dailyBudget", currency=currency, least=LEAST_BUDGET, name="the daily budget"))
    if changed & {"total_budget", "daily_budget"} and total and daily and daily.micros > total.micros:
        _contradict(found, total, daily, "daily_budget" in changed)


def _contradict(found: Findings, total: Money, daily: Money, daily_is_new: bool) -> None:
    """The two budgets contradict each other: the one that was given is at fault."""
    message = f"The daily budget of {daily.decimal} exceeds the total budget of {total.decimal} {total.currency}."
    if daily_is_new:
        found.invalid(message, "dailyBudget", "micros", constraint=f"micros <= {total.micros}")
    else:
        found.invalid(message, "totalBudget", "micros", constraint=f"micros >= {daily.micros}")


def _check_schedule(found: Findings, values: Mapping[str, Any], now: datetime, changed: set[str]) -> None:
    start: datetime | None = values["start"]
    end: datetime | None = values["end"]
    for name, at in (("start", start), ("end", end)):
        if name in changed and at is not None and not EARLIEST <= at <= LATEST:
            found.invalid(
                f"The {name} must lie between 2000 and 2100.", name, constraint="2000-01-01 <= at <= 2100-01-01"
            )
    if end is None or not changed & {"start", "end"}:
        return
    if start is not None and end <= start:
        found.invalid("The end must come after the start.", "end", constraint="end > start")
    elif "end" in changed and end <= now:
        found.invalid("The end must lie in the future; to stop now, pause the campaign.", "end", constraint="end > now")


def check_copied(found: Findings, ads: int, keywords: int) -> None:
    """Collect why a campaign's ads are too many to be copied in one step."""
    for count, most, things in ((ads, MOST_COPIED, "ads"), (keywords, MOST_COPIED_KEYWORDS, "keywords of them")):
        if count > most:
            message = (
                f"At most {most} {things} are copied at once, this has {count}: leave the ads out (withAds: false)."
            )
            found.add(LimitExceeded(message=message, path=("withAds",), limit=most))


def check_ad(found: Findings, values: Mapping[str, Any], currency: str, reserve: int, *, changed: set[str]) -> None:
    """Collect what is wrong with an ad's own texts and bid (S81); *values* and *changed* as of a campaign."""
    title, headline, bid = values["title"], values["headline"], values["bid"]
    for field, name in _REQUIRED_OF_AD.items():
        if field in changed and values[field] is None:
            found.invalid("This field cannot be cleared: leave it out to keep it.", name, constraint="required")
    if "title" in changed and title is not None:
        found.add(line_problem(title, "title", name="The title", most=50))
    if "headline" in changed and headline is not None:
        found.add(line_problem(headline, "headline", name="The headline", most=120))
    if "bid" in changed and bid is not None:
        found.add(bid_problem(bid, "bid", currency=currency, reserve=reserve))


def bid_problem(bid: Money, *path: str, currency: str, reserve: int) -> Problem | None:
    """Why a bid cannot be taken; below the *reserve*, in micros, an ad would never be shown."""
    if bid.currency == currency and bid.micros < reserve:
        message = f"The reserve is {Money(reserve, currency).decimal} {currency}: bid as much or more."
        return InvalidInput(
            message=message, path=(*path, "micros"), constraint=f"{reserve} <= micros <= {GREATEST_BID}"
        )
    return amount_problem(bid, *path, currency=currency, least=reserve, most=GREATEST_BID, name="the bid")


def reserve_problem(bids: Iterable[Money], reserve: int) -> Problem | None:
    """Why a draft cannot be handed in: the reserve has risen above one of its *bids*, which never change after that."""
    below = min((bid for bid in bids if bid.micros < reserve), default=None)
    if below is None:
        return None
    least = Money(reserve, below.currency).decimal
    message = f"A bid of {below.decimal} is below the reserve of {least} {below.currency}: raise it with `adUpdate`."
    return InvalidInput(message=message, path=("id",), constraint=f"bids >= {reserve}")


@dataclass(frozen=True)
class Landing:
    """Where a click leads: to a product, or to the brand's Page."""

    product_id: UUID | None = None
    page_id: UUID | None = None


def check_page(found: Findings, kind: CampaignKind, brand_id: UUID, of_brand: UUID | None) -> None:
    """A Page must be the account's, of the campaign's own brand, and is for SPONSORED_SEARCH alone (S47, S48).

    *of_brand* is the brand that the Page is of; None: not found. Whether the Page is public is asked when it is served.
    """
    path = ("landing", "brandPageId")
    if of_brand is None:
        found.add(NotFound(message="No such Page.", path=path))
    elif kind is not CampaignKind.SPONSORED_SEARCH:
        message = f"An ad of a campaign of the kind {kind.value} leads to a product: choose one."
        found.invalid(message, *path, constraint="productId")
    elif of_brand != brand_id:
        found.invalid("The Page is of another brand than the campaign.", *path, constraint="brand of the campaign")


def check_product(found: Findings, product_in_stock: bool | None) -> None:
    """The landing product must exist in the account's catalogue and be in stock (S48, S79); None: not found."""
    if product_in_stock is None:
        found.add(NotFound(message="No such product.", path=("landing", "productId")))
    elif not product_in_stock:
        found.invalid("The product is out of stock: wait until it is back, or choose another.", "landing", "productId")
