"""Why only part of a budget was spent: the verdict, and causes by what each would have brought (S58, S59)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from app.domain.delivery.causes import KEPT_OUT, UNMATCHED, CauseKind
from app.domain.delivery.outcomes import Outcome
from app.domain.delivery.unspent import DAY, PLACES, Cause, Day, Known, causes

DISCLAIMER = "Ads compete for shoppers' attention: clicks, and so the spending of a budget, are never guaranteed"  # S59
ON_TRACK = Fraction(9, 10)  # of what was planned
OPEN_ENDED = timedelta(days=30)  # over which a budget is planned that has no end


class DeliveryVerdict(Enum):
    ON_TRACK = "ON_TRACK"
    UNDER_DELIVERING = "UNDER_DELIVERING"
    BUDGET_SPENT = "BUDGET_SPENT"
    NOT_SERVING = "NOT_SERVING"
    TOO_EARLY = "TOO_EARLY"


@dataclass(frozen=True)
class Funnel:
    """From all auctions to clicks: how many were left after each step."""

    opportunities: int
    matched: int
    eligible: int
    entered: int
    won: int
    viewed: int
    clicked: int


@dataclass(frozen=True)
class Diagnosis:
    """The answer; `spent_ratio` is what was spent of what the budget allowed, to four places, at most 1."""

    verdict: DeliveryVerdict
    spent_ratio: Decimal
    causes: Sequence[Cause]
    funnel: Funnel
    outcomes: Mapping[Outcome, int]
    summary: str


# ---- what was planned


def plans(left: int, daily: int | None, seconds: Sequence[int], after: int) -> list[int]:
    """What a budget allows on each of some days, in micros: *seconds* of each have passed, *after* follow them all.

    *left* is what was left of the total budget before them. Without a daily budget it is spread evenly.
    """
    whole = sum(seconds) + after
    made = []
    for each in seconds:
        wanted = daily * each // DAY if daily is not None else left * each // whole if whole else 0
        made.append(min(wanted, left - sum(made)))
    return made


# ---- the verdict


def diagnose(known: Known) -> Diagnosis:
    """The verdict, and where something is unspent that could have been spent, why: shares sum to 1."""
    plan, spent = sum(day.plan for day in known.days), sum(day.spent for day in known.days)
    verdict = _verdict(known, plan, spent)
    found = causes(known) if verdict in _EXPLAINED else []
    ratio = Decimal(min(1, Fraction(spent, plan or 1)) * 10**PLACES // 1).scaleb(-PLACES)
    outcomes = sum((Counter(day.outcomes) for day in known.days), Counter[Outcome]())
    return Diagnosis(verdict, ratio, found, _funnel(known.days, outcomes), outcomes, _summary(verdict, ratio, found))


def _verdict(known: Known, plan: int, spent: int) -> DeliveryVerdict:
    if known.left <= 0:
        return DeliveryVerdict.BUDGET_SPENT
    if known.kept_from is not None:
        return DeliveryVerdict.NOT_SERVING
    if sum(day.seconds for day in known.days) < DAY:
        return DeliveryVerdict.TOO_EARLY
    if spent >= plan * ON_TRACK and plan:
        return DeliveryVerdict.ON_TRACK
    counted = any(sum(day.outcomes.values()) or day.lost for day in known.days)
    return DeliveryVerdict.UNDER_DELIVERING if counted else DeliveryVerdict.TOO_EARLY


_EXPLAINED = {DeliveryVerdict.UNDER_DELIVERING, DeliveryVerdict.NOT_SERVING}
_SAID = {
    DeliveryVerdict.ON_TRACK: "The campaign spends as planned: {percent} % of what its budget allowed",
    DeliveryVerdict.UNDER_DELIVERING: "{percent} % of what the budget allowed was spent",
    DeliveryVerdict.BUDGET_SPENT: "The budget is spent",
    DeliveryVerdict.NOT_SERVING: "The campaign is not served now; {percent} % of what its budget allowed was spent",
    DeliveryVerdict.TOO_EARLY: "It is too early to tell: less than a day, or no auction, is counted",
}
_MAINLY = {
    CauseKind.BID_TOO_LOW: "the bids are too low",
    CauseKind.AUDIENCE_TOO_NARROW: "the audience is too narrow",
    CauseKind.INVENTORY_CHANGED: "there were fewer places for ads than usual",
    CauseKind.BUDGET_PACED: "the budget was held back over the day",
    CauseKind.OUT_OF_STOCK: "products were out of stock",
    CauseKind.IN_MODERATION: "ads were not approved yet",
    CauseKind.BILLING: "a payment was due or its method missing",
    CauseKind.POLICY: "ads were against the ad policy",
    CauseKind.PAUSED: "the campaign or its ads were paused",
    CauseKind.METRICS_NOT_FINAL: "figures are still coming in",
    CauseKind.LOW_CTR: "few shoppers click its ads",
    CauseKind.SCHEDULE: "the time was outside the campaign's schedule",
}


def _summary(verdict: DeliveryVerdict, ratio: Decimal, found: Sequence[Cause]) -> str:
    said = _SAID[verdict].format(percent=int(ratio * 100))
    return f"{said}, mainly because {_MAINLY[found[0].kind]}" if found else said


def _funnel(days: Sequence[Day], outcomes: Mapping[Outcome, int]) -> Funnel:
    everything = sum(outcomes.values())
    matched = everything - sum(outcomes.get(each, 0) for each in UNMATCHED)
    shut_out = (*KEPT_OUT, Outcome.FREQUENCY_CAP, Outcome.DUPLICATE_PRODUCT)
    return Funnel(
        opportunities=everything,
        matched=matched,
        eligible=matched - sum(outcomes.get(each, 0) for each in shut_out),
        entered=outcomes.get(Outcome.OUTRANKED, 0) + outcomes.get(Outcome.WON, 0),
        won=outcomes.get(Outcome.WON, 0),
        viewed=sum(day.impressions for day in days),
        clicked=sum(day.clicks for day in days),
    )
