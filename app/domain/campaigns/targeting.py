"""Keywords as advertisers enter them: normal form, limits, duplicates (S47)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from unicodedata import normalize

from app.domain.campaigns.drafts import GREATEST_BID, LEAST_BID
from app.domain.errors import Findings
from app.domain.money import Money, amount_problem
from app.domain.text import line_problem

MOST_KEYWORDS, MOST_CHARACTERS, MOST_WORDS, MOST_INTERESTS = 1_000, 80, 10, 50


class MatchType(Enum):
    EXACT = "EXACT"
    PHRASE = "PHRASE"
    BROAD = "BROAD"
    NEGATIVE_EXACT = "NEGATIVE_EXACT"
    NEGATIVE_PHRASE = "NEGATIVE_PHRASE"


@dataclass(frozen=True)
class Keyword:
    """A keyword with its match type and, where it differs from the ad's, its own bid."""

    text: str
    match: MatchType
    bid: Money | None = None


def normal_form(text: str) -> str:
    """NFKC, case-folded, every run of other than letters and digits one space (DELIVERY, keyword match)."""
    folded = normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


def check_keywords(found: Findings, keywords: Sequence[Keyword], currency: str) -> None:
    """Collect what is wrong with an ad's keywords, each by its place in the list."""
    if len(keywords) > MOST_KEYWORDS:
        found.invalid(f"At most {MOST_KEYWORDS} keywords an ad.", "keywords", constraint=f"length <= {MOST_KEYWORDS}")
        return
    seen: dict[tuple[str, MatchType], int] = {}
    for place, keyword in enumerate(keywords):
        normal = normal_form(keyword.text)
        path = ("keywords", str(place))
        problem = line_problem(keyword.text, *path, "text", name="A keyword", most=MOST_CHARACTERS)
        if problem:
            found.add(problem)
        elif not 1 <= len(normal.split()) <= MOST_WORDS:
            limits = f"1 <= words <= {MOST_WORDS}"
            found.invalid(f"A keyword has 1 to {MOST_WORDS} words.", *path, "text", constraint=limits)
        elif (first := seen.setdefault((normal, keyword.match), place)) != place:
            found.invalid(f"The same keyword as number {first} of the list.", *path, "text", constraint="unique")
        if keyword.bid is not None:
            limits_of_bid = {"least": LEAST_BID, "most": GREATEST_BID}
            found.add(amount_problem(keyword.bid, *path, "bid", currency=currency, name="the bid", **limits_of_bid))


def check_interests(found: Findings, asked: int, known: int) -> None:
    """Collect what is wrong with an ad's interests: *known* of the *asked* ids exist (S49)."""
    if asked > MOST_INTERESTS:
        limit = f"length <= {MOST_INTERESTS}"
        found.invalid(f"At most {MOST_INTERESTS} interests an ad.", "interestIds", constraint=limit)
    elif known < asked:
        found.invalid("An interest is unknown: take ids from `interests`.", "interestIds", constraint="known ids")
