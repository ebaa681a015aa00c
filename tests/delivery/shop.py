"""A small shop whose shoppers search: seeded, each auction held by the rules, each click where it is due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID, uuid5

from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.delivery.deciding import Moment, hold
from app.domain.delivery.inventory import ALWAYS, Flight, Inventory, Offer
from app.domain.delivery.landscape import PARTS, Ladder
from app.domain.delivery.matching import aims_of_keywords
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.delivery.prediction import Rates, examined
from app.domain.delivery.requests import Slot
from app.domain.metrics import Placement

SPACE = UUID(int=7)
MINE = uuid5(SPACE, "mine")
START = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = ("tent", "lamp", "stove", "rope")
EXTRAS = ("", " light", " for two", " red", " winter")
RESERVE, SLOTS, RIVALS, VARIANTS = 100_000, 3, 8, 12
CTR, BID = 60_000, 400_000


@dataclass(frozen=True)
class Mine:
    """The campaign that is looked at: its ad's bid (micros), CTR (parts per million), keywords, and its bars."""

    bid: int = BID
    ctr: int = CTR
    keywords: tuple[str, ...] = WORDS[:3]
    bar: Outcome | None = None
    flight: Flight = field(default_factory=lambda: Flight(MINE, 0, ALWAYS, 10**15))


@dataclass
class Seen:
    """What a day's auctions came to for it, as the counters would say."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    impressions: int = 0
    clicks: int = 0
    spent: int = 0
    bins: list[Any] = field(default_factory=list)


def offer(name: str, flight: int, bid: int, ctr: int, keywords: Sequence[str], bar: Outcome | None = None) -> Offer:
    words = [(place, Keyword(text, MatchType.BROAD)) for place, text in enumerate(keywords)]
    aims, negatives = aims_of_keywords(words, bid)
    id = MINE if name == "mine" else uuid5(SPACE, name)
    product = uuid5(SPACE, f"product of {name}")
    return Offer(id, flight, product, Format.LISTINGS, name, name, None, bid, bar, ctr, negatives, tuple(aims))


@cache
def market(seed: int, mine: Mine) -> Inventory:
    """Rivals whose bids and CTRs spread over some octaves, and the campaign that is looked at."""
    random = Random(seed)
    rivals = [
        offer(
            f"rival {number}",
            number,
            int(RESERVE * 2 ** random.uniform(-0.3, 3.2)),
            int(CTR * 2 ** random.uniform(-1, 1)),
            random.sample(WORDS, 2),
        )
        for number in range(RIVALS)
    ]
    flights = [Flight(uuid5(SPACE, f"campaign {number}"), 0, ALWAYS, 10**15) for number in range(RIVALS)]
    own = offer("mine", RIVALS, mine.bid, mine.ctr, mine.keywords, mine.bar)
    return Inventory().with_flights([*flights, mine.flight]).with_offers([*rivals, own])


@cache
def shopped(seed: int, mine: Mine, auctions: int, day: int = 0) -> Seen:
    """A day of searches. Clicks come as often as they are due, without the noise of chance."""
    random, seen, due = Random(seed * 1_000 + day), Seen(), 0
    inventories = [market(seed * 100 + variant, mine) for variant in range(VARIANTS)]
    for number in range(auctions):
        at = START + timedelta(days=day, seconds=number * 86_400 // auctions)
        query = random.choice(WORDS) + random.choice(EXTRAS)
        moment = Moment(random.choice(inventories), Rates(), int(at.timestamp() * 1_000), f"{day}-{number}", RESERVE)
        slot = Slot("s", Placement.SEARCH_RESULTS, Format.LISTINGS, SLOTS, query)
        held = hold(moment, slot, (), ())
        entries = list(held.entries())
        ladder = Ladder(entries, RESERVE, SLOTS)
        seen.outcomes.update(each.outcome for each in entries if each.ad == MINE)
        seen.bins += [found for each in entries if each.ad == MINE for found in ladder.rungs(each)]
        for won in held.winners:
            if won.offer.id == MINE:
                seen.impressions += 1
                due += mine.ctr * examined(won.rank) // PARTS
                while due >= PARTS:
                    due, seen.clicks, seen.spent = due - PARTS, seen.clicks + 1, seen.spent + won.price
    return seen
