"""Causes of unspent budget: what each means to people, and what helps (S58)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from app.domain.campaigns.status import CampaignKind, ReasonCode
from app.domain.delivery.outcomes import Outcome


class CauseKind(Enum):
    BID_TOO_LOW = "BID_TOO_LOW"
    AUDIENCE_TOO_NARROW = "AUDIENCE_TOO_NARROW"
    INVENTORY_CHANGED = "INVENTORY_CHANGED"
    BUDGET_PACED = "BUDGET_PACED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    IN_MODERATION = "IN_MODERATION"
    BILLING = "BILLING"
    POLICY = "POLICY"
    PAUSED = "PAUSED"
    METRICS_NOT_FINAL = "METRICS_NOT_FINAL"
    LOW_CTR = "LOW_CTR"
    SCHEDULE = "SCHEDULE"


@dataclass(frozen=True)
class Remedy:
    """What helps, in words, and the mutation that does it."""

    words: str
    remedy_mutation: str | None = None


_K, _O, _R = CauseKind, Outcome, ReasonCode
LOST: dict[Outcome, tuple[CauseKind, ...]] = {
    _O.CAMPAIGN_INACTIVE: (_K.PAUSED, _K.POLICY),
    _O.PAYMENT_HOLD: (_K.BILLING,),
    _O.NOT_APPROVED: (_K.IN_MODERATION, _K.POLICY),
    _O.OUT_OF_STOCK: (_K.OUT_OF_STOCK,),
    _O.OUT_OF_FLIGHT: (_K.SCHEDULE,),
    _O.NEGATIVE_KEYWORD: (_K.AUDIENCE_TOO_NARROW,),
    _O.FREQUENCY_CAP: (_K.AUDIENCE_TOO_NARROW,),
    _O.BUDGET_EXHAUSTED: (_K.BUDGET_PACED,),
    _O.PACED: (_K.BUDGET_PACED,),
}
"""The cause of an auction that an ad had no part in: of several the one that history tells of, else the first.

One that was outbid had a part: of that the landscape tells.
"""
CONTENDED = (_O.DUPLICATE_PRODUCT, _O.BELOW_RESERVE, _O.OUTRANKED, _O.WON)
OUTBID = (_O.DUPLICATE_PRODUCT, _O.BELOW_RESERVE, _O.OUTRANKED)
OUTCOMES = {
    **{kind: {o for o, kinds in LOST.items() if kind in kinds} for kinds in LOST.values() for kind in kinds},
    _K.BID_TOO_LOW: {*OUTBID},
    _K.LOW_CTR: {*CONTENDED},
    _K.METRICS_NOT_FINAL: {_O.WON},
}
"""The outcomes of auctions in which a cause shows."""
UNMATCHED = (_O.NO_TARGET_MATCH, _O.NEGATIVE_KEYWORD)
KEPT_OUT = (_O.CAMPAIGN_INACTIVE, _O.PAYMENT_HOLD, _O.NOT_APPROVED, _O.OUT_OF_STOCK, _O.OUT_OF_FLIGHT)

OF_STATUS = {
    _R.ARCHIVED: _K.PAUSED,
    _R.ACCOUNT_CLOSED: _K.PAUSED,
    _R.ACCOUNT_SUSPENDED: _K.POLICY,
    _R.ACCOUNT_PAYMENT_HOLD: _K.BILLING,
    _R.BRAND_NOT_APPROVED: _K.IN_MODERATION,
    _R.NO_PAYMENT_METHOD: _K.BILLING,
    _R.POLICY_STOP: _K.POLICY,
    _R.BILLING_FAILED: _K.BILLING,
    _R.OUT_OF_STOCK: _K.OUT_OF_STOCK,
    _R.REJECTED: _K.POLICY,
    _R.NOT_SUBMITTED: _K.IN_MODERATION,
    _R.IN_MODERATION: _K.IN_MODERATION,
    _R.ENDED: _K.SCHEDULE,
    _R.PAUSED_BY_USER: _K.PAUSED,
    _R.CAMPAIGN_PAUSED: _K.PAUSED,
    _R.PAGE_NOT_PUBLISHED: _K.PAUSED,
    _R.NOT_STARTED: _K.SCHEDULE,
    _R.NO_APPROVED_AD: _K.IN_MODERATION,
}
"""The cause that a reason of status stands for; the weightiest reason counts. A spent budget leaves nothing unspent."""

REMEDIES: dict[CauseKind, Remedy] = {
    _K.BID_TOO_LOW: Remedy(
        "Replace the ad by one with a higher bid; `bidLandscape` shows what it would bring", remedy_mutation="adReplace"
    ),
    _K.AUDIENCE_TOO_NARROW: Remedy(
        "Replace the ad by one with more or broader keywords or interests", remedy_mutation="adReplace"
    ),
    _K.INVENTORY_CHANGED: Remedy("Wait for it to return; nothing of the campaign needs to change"),
    _K.BUDGET_PACED: Remedy("Raise the daily budget", remedy_mutation="campaignUpdate"),
    _K.OUT_OF_STOCK: Remedy(
        "When the product is back, replace the ad: the stopped one stays stopped", remedy_mutation="adReplace"
    ),
    _K.IN_MODERATION: Remedy("Submit ads some days before they are needed", remedy_mutation="adSubmit"),
    _K.BILLING: Remedy("See to the payment method, then replace what was stopped", remedy_mutation="paymentMethodAdd"),
    _K.POLICY: Remedy("Mend in a new ad what the findings name, or appeal", remedy_mutation="adReplace"),
    _K.PAUSED: Remedy("Resume what is paused, and publish the Page that it leads to", remedy_mutation="campaignResume"),
    _K.METRICS_NOT_FINAL: Remedy("Ask again when the figures are final"),
    _K.LOW_CTR: Remedy("Replace the ad by one with another image or headline", remedy_mutation="adReplace"),
    _K.SCHEDULE: Remedy("Set an earlier start or a later end", remedy_mutation="campaignUpdate"),
}
_TIME = "Its ads missed about {auctions} auctions in {hours} hours because"
_WORDS = {
    _K.BID_TOO_LOW: "Others bid more in {outranked} of the {entered} auctions that its ads were in; in {below} the bid "
    "was under the least price",
    _K.INVENTORY_CHANGED: "The shop and its partner sites held {seen} auctions that its ads match; they used to hold "
    "{usual} on as many days",
    _K.BUDGET_PACED: "Its ads were held back in {auctions} auctions, to spread the day's budget or with it spent",
    _K.OUT_OF_STOCK: f"{_TIME} a product was out of stock",
    _K.IN_MODERATION: f"{_TIME} they were not approved",
    _K.BILLING: f"{_TIME} a payment was due or its method missing",
    _K.POLICY: f"{_TIME} of the ad policy",
    _K.PAUSED: f"{_TIME} a member of the account had paused them or their Page",
    _K.METRICS_NOT_FINAL: "About {awaited} impressions of auctions that its ads won are not counted yet",
    _K.LOW_CTR: "Of a million impressions shoppers clicked {ctr}; of such ads they usually click {typical}",
    _K.SCHEDULE: f"{_TIME} that was before the campaign's start or after its end",
}
_NARROW = {
    CampaignKind.SPONSORED_SEARCH: "Few searches met its keywords: {seen} auctions",
    CampaignKind.ECOMMERCE_DISPLAY: "Few shoppers had its interests: {seen} auctions",
}


def explained(cause: CauseKind, kind: CampaignKind, figures: Mapping[str, int]) -> str:
    """A cause in a sentence with its figures, whole numbers by name."""
    words = _NARROW[kind] if cause is CauseKind.AUDIENCE_TOO_NARROW else _WORDS[cause]
    return words.format(**{name: f"{figure:,}" for name, figure in figures.items()})
