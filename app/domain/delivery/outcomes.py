"""Why an ad is shown, or not: one closed list of outcomes, in the order in which they are tested (S58)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.accounts import AccountStatus
from app.domain.campaigns.status import AdFacts, ConfiguredStatus, ReviewStatus, SystemStop
from app.domain.members import Member
from app.domain.metrics import Placement


class Outcome(Member):
    """What became of an ad in an auction; the first that applies, in this order."""

    CAMPAIGN_INACTIVE = "CAMPAIGN_INACTIVE"
    PAYMENT_HOLD = "PAYMENT_HOLD"
    NOT_APPROVED = "NOT_APPROVED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    OUT_OF_FLIGHT = "OUT_OF_FLIGHT"
    NO_TARGET_MATCH = "NO_TARGET_MATCH"
    NEGATIVE_KEYWORD = "NEGATIVE_KEYWORD"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    DUPLICATE_PRODUCT = "DUPLICATE_PRODUCT"
    BELOW_RESERVE = "BELOW_RESERVE"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    PACED = "PACED"
    OUTRANKED = "OUTRANKED"
    WON = "WON"


FURTHER = {outcome: place for place, outcome in enumerate(Outcome)}
"""How far an ad came: of the ads of a campaign the one that came furthest tells the campaign's outcome."""


def bin_of(price: int) -> int:
    """The bin of a price in micros, of eight an octave: the whole part of 8 x log2(price), without a float."""
    return (price**8).bit_length() - 1


class Format(Member):
    """What an auction fills: ads of search campaigns among listings, ads of display campaigns as banners (S48)."""

    LISTINGS = "LISTINGS"
    BANNERS = "BANNERS"


@dataclass
class Entry:
    """One ad in one auction; amounts in micros, `ctr` in parts per million at the first position.

    `need` is the price of a click that would have won it a slot, where it was let in or stayed under the reserve. It
    has no slots: orjson writes it three times as fast without.
    """

    ad: UUID
    campaign: UUID
    bid: int
    ctr: int
    outcome: Outcome
    need: int | None = None
    rank: int | None = None
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """One auction as it was decided, with an outcome for each candidate."""

    auction_id: UUID
    request_id: str
    at: datetime
    placement: Placement
    format: Format
    query: str | None
    reserve: int
    slots: int
    entries: tuple[Entry, ...]


def bar_of_ad(ad: AdFacts, *, in_stock: bool) -> Outcome | None:
    """What keeps the ad out of every auction, whenever it is and whatever is asked for (I9, I10); None: nothing."""
    if ad.configured is not ConfiguredStatus.ENABLED:
        return Outcome.CAMPAIGN_INACTIVE
    if ad.stop is SystemStop.BILLING:
        return Outcome.PAYMENT_HOLD
    if ad.review is not ReviewStatus.APPROVED or ad.stop is SystemStop.POLICY or not ad.landing_public:
        return Outcome.NOT_APPROVED
    return None if in_stock and ad.stop is SystemStop.NONE else Outcome.OUT_OF_STOCK


def bar_of_campaign(
    campaign: ConfiguredStatus, account: AccountStatus, *, brand_approved: bool, has_card: bool
) -> Outcome | None:
    """The same of its campaign, its account and its brand (I10), and of the card that pays for it (S67)."""
    if campaign is not ConfiguredStatus.ENABLED or account in {AccountStatus.SUSPENDED, AccountStatus.CLOSED}:
        return Outcome.CAMPAIGN_INACTIVE
    if account is AccountStatus.PAYMENT_HOLD or not has_card:
        return Outcome.PAYMENT_HOLD
    return None if brand_approved else Outcome.NOT_APPROVED


def first(one: Outcome | None, other: Outcome | None) -> Outcome | None:
    """Of two reasons the one that is tested first."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=FURTHER.__getitem__)
