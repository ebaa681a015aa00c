"""Pacing: a budget lasts its day, spent in step with the shoppers that the forecast expects (DELIVERY)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

PPM = 1_000_000
ALL = PPM  # everything passes
HOURS = 168  # of a week, from Monday 0:00 UTC
AHEAD = timedelta(minutes=30)
LAST = 985_000  # of a day's shoppers: what is left then may all be spent
NEWS = 200_000  # how much the latest week counts in the forecast, of a million
SEEN = 1_000  # the least part of its auctions from which a campaign's rate is learnt
LATEST = 70_000  # how much the latest minute counts in the rate of a campaign
HOUR = timedelta(hours=1)
Weights = Sequence[int]
"""How many auctions are expected in each hour of the week, in thousandths."""
FLAT: Weights = (1_000,) * HOURS


def hour_of_week(at: datetime) -> int:
    utc = at.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def learnt(weight: int | None, auctions: int) -> int:
    """The forecast of an hour of the week after another such hour with so many auctions: moving by a fifth."""
    seen = auctions * 1_000
    return seen if weight is None else weight + (seen - weight) * NEWS // PPM


def week(known: Mapping[int, int]) -> Weights:
    """The forecast of all hours: of one that was never seen, what others at its time of day, or any, are like."""
    if not known:
        return FLAT
    by_day = {hour: [known[each] for each in range(hour, HOURS, 24) if each in known] for hour in range(24)}
    mean = sum(known.values()) // len(known)
    alike = {hour: sum(seen) // len(seen) if seen else mean for hour, seen in by_day.items()}
    return tuple(known.get(hour, alike[hour % 24]) for hour in range(HOURS))


@dataclass(frozen=True)
class Day:
    """A budget's day: when it begins and ends, and how many shoppers the forecast expects in it until when."""

    begins: datetime
    ends: datetime
    weights: Weights = FLAT

    def share(self, at: datetime) -> int:
        """The part of the day's shoppers who have come until *at*, in parts per million: all at its end."""
        if at >= self.ends:
            return PPM
        whole = _expected(self.weights, self.begins, self.ends)
        flat = PPM * ((at - self.begins) // _SECOND) // max(1, (self.ends - self.begins) // _SECOND)
        return max(0, PPM * _expected(self.weights, self.begins, at) // whole if whole else flat)


_SECOND = timedelta(seconds=1)


def _expected(weights: Weights, begins: datetime, until: datetime) -> int:
    """The auctions expected between two moments, each hour's evenly over its seconds."""
    return sum(weights[hour] * seconds for hour, seconds in _hours(begins, until))


def _hours(begins: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    """The hours of the week between two moments, with how many seconds of each."""
    at = begins
    while at < until:
        next_ = min(until, at.replace(minute=0, second=0, microsecond=0) + HOUR)
        yield hour_of_week(at), (next_ - at) // _SECOND
        at = next_


def day_budget(
    total: int, spent_before: int, daily: int | None, ends: datetime | None, begins: datetime, day_ends: datetime
) -> int | None:
    """What a campaign may spend on a day, in micros: its daily budget, and no more than its part of what is left.

    A campaign with an end shares what was left at the day's beginning (*spent_before* it) among the days to come; the
    one without an end and daily budget may spend all at once: None.
    """
    left = max(0, total - spent_before)
    limits = [] if daily is None else [daily, left]
    if ends is not None and ends > begins:
        limits.append(left * ((min(ends, day_ends) - begins) // _SECOND) // max(1, (ends - begins) // _SECOND))
    return min(limits, default=None)


@dataclass(frozen=True)
class Pace:
    """How a campaign is paced: which part of its auctions it enters, and what a whole day would cost it unpaced.

    `demand` is the cost expected so far of all that was won, as if nothing had been held back, `share` the part of the
    day that had passed by then, both when it was last looked at.
    """

    pass_through: int = ALL
    rate: int | None = None
    demand: int = 0
    share: int = 0


def paced(before: Pace, day: Day, now: datetime, budget: int | None, spent: int, demand: int) -> Pace:
    """The pace of a campaign from now on; *budget* and *spent* are the day's, amounts in micros.

    want = B x F(t + 30 min) - spent, pass-through = want / (rate x (F(t + 30 min) - F(t))), from nothing to all.
    """
    share = day.share(now)
    rate = _rate(before, share, demand)
    if budget is None or share >= LAST or not rate:
        return Pace(ALL, rate, demand, share)
    soon = day.share(now + AHEAD)
    want = budget * soon // PPM - spent
    costs = rate * (soon - share) // PPM
    return Pace(max(0, min(ALL, want * PPM // costs)) if costs else ALL, rate, demand, share)


def _rate(before: Pace, share: int, demand: int) -> int | None:
    """What a whole day would cost unpaced, in micros: moving slowly with what each part of the day would have cost."""
    passed, cost = share - before.share, demand - before.demand
    if passed <= 0 or before.pass_through < SEEN:  # another day has begun, or there was nothing to be seen
        return before.rate
    seen = cost * PPM // passed
    return before.rate + (seen - before.rate) * LATEST // PPM if before.rate else seen


def passes(request_id: str, campaign: UUID, pass_through: int) -> bool:
    """Whether a campaign enters the auctions of a request: always the same, and for more where more passes."""
    if pass_through >= ALL:
        return True
    digest = blake2b(request_id.encode("utf-8", "surrogatepass"), digest_size=8, key=campaign.bytes).digest()
    return int.from_bytes(digest, "big") % PPM < pass_through
