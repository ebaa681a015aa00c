"""Where unspent budget went: each cause by what it would have brought, as shares that sum to 1 (S58)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from app.domain.campaigns.drafts import GREATEST_BID
from app.domain.campaigns.status import CampaignKind
from app.domain.delivery.causes import CONTENDED, KEPT_OUT, LOST, OUTBID, UNMATCHED, CauseKind, explained
from app.domain.delivery.landscape import PARTS, Bin, Landscape, calibration, suggested
from app.domain.delivery.outcomes import Outcome
from app.domain.delivery.prediction import Tally
from app.domain.metrics import Placement

PLACES = 4
DAY = 86_400  # seconds
USUAL_DAYS, FEWEST_DAYS = 28, 7  # before a day, that say what is usual on it
DROPPED = Fraction(4, 5)  # of what is usual: a day above that is like others
SCARCE = 100  # auctions, or impressions, that do not say yet what one is worth
SCARCE_CLICKS = 10  # expected: fewer do not say yet that an ad is clicked seldom
LOW = Fraction(1, 2)  # of the typical click-through rate


@dataclass(frozen=True)
class Day:
    """What was planned for a day and what came of it; amounts in micros.

    `seconds` of it have passed. `lost` is the share of its ads' time that each cause took.
    """

    seconds: int
    plan: int
    spent: int = 0
    is_final: bool = True
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    impressions: int = 0
    clicks: int = 0
    lost: Mapping[CauseKind, Fraction] = field(default_factory=dict)

    def count(self, *outcomes: Outcome) -> int:
        return sum(self.outcomes.get(each, 0) for each in outcomes)

    @cached_property
    def matched(self) -> int:
        """Auctions that its ads matched and could have entered."""
        return sum(self.outcomes.values()) - self.count(*UNMATCHED, *KEPT_OUT)

    @cached_property
    def contended(self) -> int:
        return self.count(*CONTENDED)

    @cached_property
    def outbid(self) -> int:
        return self.count(*OUTBID)


@dataclass(frozen=True)
class Known:
    """All that is known of a campaign: the days that are asked about, and its past before them, planned or not.

    `left` micros of the total budget are left now; `kept_from` is what keeps it from being served now. The `reserve` of
    bids is in micros, click-through rates are in parts per million.
    """

    kind: CampaignKind
    days: Sequence[Day]
    past: Sequence[Day] = ()
    ads: Sequence[Landscape] = ()
    left: int = 1
    kept_from: CauseKind | None = None
    ctr: int | None = None
    typical_ctr: int | None = None
    reserve: int = 0


@dataclass(frozen=True)
class Cause:
    kind: CauseKind
    share: Decimal
    explanation: str
    suggested_bid: int | None = None


@dataclass(frozen=True)
class _Worth:
    """What was at stake, in micros of spend: an auction and an impression, where there were enough to tell.

    Then what any higher bid would have brought for each auction that was outbid, and the usual click-through rate for
    each that was contended; and which part of the auctions won has its impression counted in the end.
    """

    auction: Fraction | None
    impression: Fraction | None
    by_bid: Fraction
    by_ctr: Fraction
    viewed: Fraction


Gains = Mapping[CauseKind, Fraction]


def causes(known: Known) -> list[Cause]:
    """Why budget was left, the greatest share first; none where nothing was left and nothing is in the way.

    Each day's unspent budget goes first to what kept the campaign from what it has otherwise, each by what that would
    have brought: hours lost, pacing, a lack of inventory, figures to come. What is left then is for what it could be
    otherwise: ads that are clicked more often, then higher bids. What none of these explains goes to the audience: more
    was not to be had in the auctions that its ads match. A day that spent its plan counts for none.
    """
    worth, whole = _worth(known), defaultdict[CauseKind, Fraction](Fraction)
    for place, day in enumerate(known.days):
        rest = Fraction(max(0, day.plan - day.spent))
        for gains in (_kept_from(day, worth, _usual(known, place)), *_otherwise(day, worth)):
            fitted = _fitted(gains, rest)
            rest -= sum(fitted.values())
            for cause, gain in fitted.items():
                whole[cause] += gain
        whole[CauseKind.AUDIENCE_TOO_NARROW] += rest
    if not any(whole.values()) and known.kept_from is not None:
        whole[known.kept_from] = Fraction(1)
    return [_cause(kind, share, known, worth) for kind, share in shares(whole).items()]


def _fitted(gains: Gains, room: Fraction) -> Gains:
    """Gains as they are where there is room for all, else all of them smaller by the same."""
    whole = sum(gains.values())
    return gains if whole <= room else {cause: gain * room / whole for cause, gain in gains.items()}


def shares(weights: Mapping[CauseKind, Fraction]) -> dict[CauseKind, Decimal]:
    """Weights as shares of four places that sum to exactly 1, the largest first; what rounds to nothing is left out.

    Rounded down, then what is missing goes to those that lost most by that.
    """
    whole = sum(weights.values())
    if not whole:
        return {}
    units = 10**PLACES
    exact = {kind: weight * units / whole for kind, weight in weights.items()}
    down = {kind: int(part) for kind, part in exact.items()}
    order = sorted(exact, key=lambda kind: (down[kind] - exact[kind], list(CauseKind).index(kind)))
    for kind in order[: units - sum(down.values())]:
        down[kind] += 1
    ranked = sorted(down, key=lambda kind: (-down[kind], list(CauseKind).index(kind)))
    return {kind: Decimal(down[kind]).scaleb(-PLACES) for kind in ranked if down[kind]}


# ---- what was at stake


def click_rates(own: Mapping[Placement, Tally], everybodys: Mapping[Placement, Tally]) -> tuple[int | None, int | None]:
    """How often a campaign's ads are clicked, and how often all ads are where these were shown; ppm, None: not known.

    As if always at the first position, so that no ad is blamed for its place.
    """
    clicks, exposures = sum(each.clicks for each in own.values()), sum(each.exposures for each in own.values())
    known = {placement: each for placement, each in everybodys.items() if placement in own and each.exposures}
    weights = sum(own[placement].exposures for placement in known)
    typical = sum(own[placement].exposures * each.clicks * PARTS // each.exposures for placement, each in known.items())
    return clicks * PARTS // exposures if exposures else None, typical // weights if weights else None


def _worth(known: Known) -> _Worth:
    every = [*known.past, *known.days]
    settled = [day for day in every if day.is_final] or every
    spent, viewed = sum(day.spent for day in settled), sum(day.impressions for day in settled)
    contended, won = sum(day.contended for day in settled), sum(day.count(Outcome.WON) for day in settled)
    by_bid, by_ctr = _higher(known)
    return _Worth(
        auction=Fraction(spent, contended) if contended >= SCARCE else None,
        impression=Fraction(spent, viewed) if viewed >= SCARCE else None,
        by_bid=by_bid / max(1, sum(day.outbid for day in known.days)),
        by_ctr=by_ctr / max(1, sum(day.contended for day in known.days)),
        viewed=min(Fraction(1), Fraction(viewed, won)) if won >= SCARCE else Fraction(1),
    )


def _higher(known: Known) -> tuple[Fraction, Fraction]:
    """What any higher bid would have brought, and what the typical click-through rate would have, in micros.

    An ad that is clicked r times as often wins what one with r times the bid wins, at the same cost of an impression;
    where the least price binds, each click more costs as much as those there were.
    """
    clicks, times = sum(day.clicks for day in known.days), _times(known)
    now, clicked_more, most = (
        sum((ad.at(min(int(ad.bid * by), GREATEST_BID)) for ad in known.ads), Bin())
        for by in (Fraction(1), times, Fraction(GREATEST_BID))
    )
    factor = calibration(clicks, now.ctr) / PARTS
    by_ctr = max((clicked_more.cost - now.cost) * factor, sum(day.spent for day in known.days) * (times - 1))
    return (most.cost - clicked_more.cost) * factor, by_ctr


def _times(known: Known) -> Fraction:
    """How many times as often such ads are usually clicked; 1 where these are clicked at least half as often."""
    if known.ctr is None or known.typical_ctr is None or known.ctr >= known.typical_ctr * LOW:
        return Fraction(1)
    expected = sum(day.impressions for day in [*known.past, *known.days]) * known.typical_ctr
    return Fraction(known.typical_ctr, max(1, known.ctr)) if expected >= SCARCE_CLICKS * PARTS else Fraction(1)


# ---- what a day would have spent more without each of the causes, in micros


def _kept_from(day: Day, worth: _Worth, usual: int | None) -> Gains:
    missed = _missed(day, usual)
    gains = {cause: _value(day, cause, missed, worth) for cause in missed if cause is not CauseKind.AUDIENCE_TOO_NARROW}
    gains[CauseKind.INVENTORY_CHANGED] = _dropped(day, usual, missed) * (worth.auction or Fraction(0))
    gains[CauseKind.METRICS_NOT_FINAL] = _awaited(day, worth) * (worth.impression or Fraction(0))
    return gains


def _value(day: Day, cause: CauseKind, missed: Mapping[CauseKind, int], worth: _Worth) -> Fraction:
    """What auctions that were missed would have brought; without any to compare with, their part of the plan."""
    if worth.auction is not None and missed[cause]:
        return missed[cause] * worth.auction
    part = Fraction(missed[cause], max(1, day.contended + sum(missed.values())))
    return day.plan * max(part, day.lost.get(cause, Fraction(0)))


def _otherwise(day: Day, worth: _Worth) -> tuple[Gains, Gains]:
    """By ads that are clicked as others are; then by higher bids and without what its owner shut out."""
    shut_out = _missed(day, None)[CauseKind.AUDIENCE_TOO_NARROW] * (worth.auction or Fraction(0))
    clicked_more = {CauseKind.LOW_CTR: worth.by_ctr * day.contended}
    return clicked_more, {CauseKind.BID_TOO_LOW: worth.by_bid * day.outbid, CauseKind.AUDIENCE_TOO_NARROW: shut_out}


def _usual(known: Known, place: int) -> int | None:
    """How many auctions its ads match on such a day: the mean of up to 28 days before; None where too few tell."""
    before = [*known.past, *known.days[:place]][-USUAL_DAYS:]
    counted = [day.matched for day in before if day.matched]
    whole = sum(counted) * known.days[place].seconds // (DAY * max(1, len(counted)))
    return whole if len(counted) >= FEWEST_DAYS else None


def _missed(day: Day, usual: int | None) -> Counter[CauseKind]:
    """How many auctions its ads missed by each cause: those counted, or as many as the hours lost have usually."""
    missed = Counter[CauseKind]()
    for outcome, kinds in LOST.items():
        missed[max(kinds, key=lambda kind: day.lost.get(kind, 0))] += day.count(outcome)
    served = 1 - sum(day.lost.values(), Fraction(0))
    whole = usual if usual is not None else day.matched / served if served > 0 else 0
    for cause, share in day.lost.items():
        missed[cause] = max(missed[cause], int(whole * share))
    return Counter({cause: count for cause, count in missed.items() if count or day.lost.get(cause)})


def _dropped(day: Day, usual: int | None, missed: Mapping[CauseKind, int]) -> int:
    """How many auctions there were less than is usual, where that is a change and no chance."""
    kept_out = {kind for outcome in KEPT_OUT for kind in LOST[outcome]}
    there = day.matched + sum(missed.get(cause, 0) for cause in kept_out)
    return usual - there if usual is not None and there < usual * DROPPED else 0


def _awaited(day: Day, worth: _Worth) -> int:
    """Impressions of auctions won that are still to be reported."""
    return 0 if day.is_final else max(0, int(day.count(Outcome.WON) * worth.viewed) - day.impressions)


# ---- in words


def _cause(kind: CauseKind, share: Decimal, known: Known, worth: _Worth) -> Cause:
    bid = _suggestion(known) if kind is CauseKind.BID_TOO_LOW else None
    return Cause(kind, share, explained(kind, known.kind, _figures(kind, known, worth)), bid)


def _suggestion(known: Known) -> int | None:
    """The bid that would spend what was left, as far as the landscape tells."""
    return suggested(known.ads, sum(max(0, day.plan - day.spent) for day in known.days), known.reserve)


def _figures(kind: CauseKind, known: Known, worth: _Worth) -> Mapping[str, int]:
    days, usual = known.days, [_usual(known, place) for place in range(len(known.days))]
    return {
        "outranked": sum(day.count(Outcome.OUTRANKED, Outcome.DUPLICATE_PRODUCT) for day in days),
        "below": sum(day.count(Outcome.BELOW_RESERVE) for day in days),
        "entered": sum(day.contended for day in days),
        "seen": sum(day.matched for day in days),
        "usual": sum(each or 0 for each in usual),
        "auctions": sum(_missed(day, each)[kind] for day, each in zip(days, usual, strict=True)),
        "hours": round(sum(day.lost.get(kind, Fraction(0)) * day.seconds for day in days) / 3_600),
        "awaited": sum(_awaited(day, worth) for day in days),
        "ctr": known.ctr or 0,
        "typical": known.typical_ctr or 0,
    }
