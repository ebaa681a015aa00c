"""Keywords as advertisers enter them: normal form, limits, duplicates (S47)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from app.domain.campaigns.drafts import bid_problem
from app.domain.campaigns.status import CampaignKind
from app.domain.errors import Findings, InvalidInput, Problem
from app.domain.members import Member
from app.domain.money import Money
from app.domain.text import line_problem

MOST_KEYWORDS, MOST_CHARACTERS, MOST_WORDS, MOST_INTERESTS = 1_000, 80, 10, 50


class MatchType(Member):
    EXACT = "EXACT"
    PHRASE = "PHRASE"
    BROAD = "BROAD"
    NEGATIVE_EXACT = "NEGATIVE_EXACT"
    NEGATIVE_PHRASE = "NEGATIVE_PHRASE"

    @property
    def is_negative(self) -> bool:
        return self in _SHUT_OUT


_SHUT_OUT = {
    MatchType.NEGATIVE_EXACT: frozenset({MatchType.EXACT}),
    MatchType.NEGATIVE_PHRASE: frozenset({MatchType.EXACT, MatchType.PHRASE}),
}
"""Which matches of the same words never come about beside a negative keyword: negatives beat positives."""


@dataclass(frozen=True)
class Keyword:
    """A keyword with its match type and, where it differs from the ad's, its own bid."""

    text: str
    match: MatchType
    bid: Money | None = None


_ASCII = bytes(ord(chr(code).lower()) if chr(code).isalnum() and code < 128 else 32 for code in range(256))


def normal_form(text: str) -> str:
    """NFKC, case-folded, every run of other than letters and digits one space, without the s of plurals (DELIVERY)."""
    if text.isascii():  # a third of the time
        return " ".join([_singular(word) for word in text.encode().translate(_ASCII).decode().split()])
    folded = normalize("NFKC", text).casefold()
    return " ".join(map(_singular, "".join(c if c.isalnum() else " " for c in folded).split()))


def _singular(word: str) -> str:
    return word[:-1] if word[-1] == "s" and len(word) > 3 and word[-2] != "s" else word


def check_keywords(found: Findings, keywords: Sequence[Keyword], currency: str, reserve: int) -> None:
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
        if keyword.bid is not None and keyword.match.is_negative:
            found.invalid("A negative keyword has no bid: leave it out.", *path, "bid", constraint="no bid")
        elif keyword.bid is not None:
            found.add(bid_problem(keyword.bid, *path, "bid", currency=currency, reserve=reserve))
    _check_negatives(found, seen)


def _check_negatives(found: Findings, seen: Mapping[tuple[str, MatchType], int]) -> None:
    """A keyword that a negative one of the same words shuts out would never be met."""
    for (normal, match), place in seen.items():
        for shut in _SHUT_OUT.get(match, ()):
            if (beaten := seen.get((normal, shut))) is not None:
                message = f"It shuts out number {beaten} of the list, {shut.value}, which would never be met."
                found.invalid(message, "keywords", str(place), "match", constraint="meets nothing it shuts out")


def target_problem(kind: CampaignKind, positive: int) -> Problem | None:
    """An ad among search results is met by keywords alone: without one it would never be shown (S48)."""
    if kind is not CampaignKind.SPONSORED_SEARCH or positive:
        return None
    message = "An ad of a search campaign needs a keyword that is not negative: add one with `adUpdate`."
    return InvalidInput(message=message, path=("id",), constraint="keywords >= 1")


def check_interests(found: Findings, asked: int, known: int) -> None:
    """Collect what is wrong with an ad's interests: *known* of the *asked* ids exist (S49)."""
    if asked > MOST_INTERESTS:
        limit = f"length <= {MOST_INTERESTS}"
        found.invalid(f"At most {MOST_INTERESTS} interests an ad.", "interestIds", constraint=limit)
    elif known < asked:
        found.invalid("An interest is unknown: take ids from `interests`.", "interestIds", constraint="known ids")
