"""Which ads a search or a shopper's interests meet, found in an index that never changes (S47, S49; DELIVERY)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from app.domain.campaigns.targeting import MOST_WORDS, Keyword, MatchType, normal_form
from app.domain.delivery.auction import Posting, Postings
from app.domain.delivery.sharded import Sharded
from app.domain.delivery.trie import Trie

MOST_TOKENS = 16  # of a query; what follows is cut off
FEW = 8  # phrases are looked for one by one
Words = frozenset[str]


class Target(IntEnum):
    """By what an ad is found."""

    EXACT = 0
    PHRASE = 1
    BROAD = 2
    INTEREST = 3
    ANYBODY = 4


POSITIVE = {MatchType.EXACT: Target.EXACT, MatchType.PHRASE: Target.PHRASE, MatchType.BROAD: Target.BROAD}


@dataclass(slots=True)
class Aim:
    """Where an ad is filed: under which key, with which bid (micros), and the number of its target in the ad.

    The number is 1 + the place of a keyword, or of an interest among the ad's by their ids; 0 without a target.
    """

    kind: Target
    key: str | UUID
    number: int
    bid: int


@dataclass(frozen=True, slots=True)
class Negatives:
    """What keeps an ad away: whole queries, and phrases anywhere in them. They beat whatever else matches."""

    whole: Words
    phrases: Words

    def shut_out(self, query: "Query") -> bool:
        if query.whole in self.whole:
            return True
        if len(self.phrases) > FEW:
            return not self.phrases.isdisjoint(query.phrases)
        return any([f" {phrase} " in query.framed for phrase in self.phrases])  # noqa: C419 - a list is faster


class Query:
    """A search in its normal form."""

    __slots__ = ("_phrases", "framed", "whole", "words")

    def __init__(self, text: str) -> None:
        self.words = normal_form(text).split()[:MOST_TOKENS]
        self.whole = " ".join(self.words)
        self.framed = f" {self.whole} "
        self._phrases: list[str] | None = None

    @property
    def phrases(self) -> Sequence[str]:
        """Every run of words that a keyword could be; made when it is first asked for."""
        if self._phrases is None:
            self._phrases = run = self.words
            for length in range(1, min(len(self.words), MOST_WORDS)):
                run = [f"{left} {word}" for left, word in zip(run, self.words[length:], strict=False)]
                self._phrases = self._phrases + run
        return self._phrases


def aims_of_keywords(keywords: Iterable[tuple[int, Keyword]], bid: int) -> tuple[list[Aim], Negatives | None]:
    """Where an ad is filed by its keywords and their places, and what keeps it away; a keyword's own bid goes first."""
    aims: list[Aim] = []
    shut: dict[MatchType, set[str]] = {MatchType.NEGATIVE_EXACT: set(), MatchType.NEGATIVE_PHRASE: set()}
    for place, keyword in keywords:
        text = normal_form(keyword.text)
        if keyword.match.is_negative:
            shut[keyword.match].add(text)
        else:
            kind, own = POSITIVE[keyword.match], keyword.bid.micros if keyword.bid else bid
            aims.append(Aim(kind, _unordered(text.split()) if kind is Target.BROAD else text, place + 1, own))
    whole, phrases = (frozenset(texts) for texts in shut.values())
    return aims, Negatives(whole, phrases) if whole or phrases else None


def aims_of_interests(interests: Iterable[UUID], bid: int) -> list[Aim]:
    """Where an ad is filed by its interests; without any it is for anybody."""
    found = [Aim(Target.INTEREST, id, number, bid) for number, id in enumerate(sorted(interests), 1)]
    return found or [Aim(Target.ANYBODY, "", 0, bid)]


def _unordered(words: Iterable[str]) -> str:
    """The key of a broad keyword: its words in one order, each once."""
    return " ".join(sorted(set(words)))


Filing = Mapping[tuple[Target, str | UUID], Sequence[Posting]]
"""What is filed where: the candidates of each kind and key."""
Gone = Mapping[tuple[Target, str | UUID], set[int]]
"""The places of ads that leave a list."""


@dataclass(frozen=True, slots=True)
class Index:
    """Ranked lists of candidates by what they are found by.

    A broad keyword is filed under its words from the rarest to the commonest, as they were when the index was first
    made: so a walk through the words of a query has few branches.
    """

    exact: Sharded[str | UUID, Postings]
    phrase: Trie
    broad: Trie
    interest: Sharded[str | UUID, Postings]
    commonness: Mapping[str, int]

    @classmethod
    def of(cls, filing: Filing) -> "Index":
        """The index of all that is filed at the start; afterwards see `changed`."""
        counts: dict[str, int] = {}
        for kind, key in filing:
            if kind is Target.BROAD:
                for word in str(key).split(" "):
                    counts[word] = counts.get(word, 0) + 1
        empty = cls(Sharded(), Trie(), Trie(), Sharded(), counts)
        ranked = {where: tuple(sorted(found)) for where, found in filing.items()}
        return cls(
            Sharded((key, found) for (kind, key), found in ranked.items() if kind is Target.EXACT),
            Trie((empty.path(kind, key), found) for (kind, key), found in ranked.items() if kind is Target.PHRASE),
            Trie((empty.path(kind, key), found) for (kind, key), found in ranked.items() if kind is Target.BROAD),
            Sharded((key, found) for (kind, key), found in ranked.items() if kind >= Target.INTEREST),
            counts,
        )

    @property
    def holds_any(self) -> bool:
        return any(map(len, (self.exact, self.phrase, self.broad, self.interest)))

    def path(self, kind: Target, key: str | UUID) -> Sequence[str]:
        """The words that a key is filed under, in their order."""
        words = str(key).split(" ")
        return sorted(words, key=self._rank) if kind is Target.BROAD else words

    def _rank(self, word: str) -> tuple[int, str]:
        return self.commonness.get(word, 0), word

    def filed(self, kind: Target, key: str | UUID) -> Postings:
        if kind in (Target.PHRASE, Target.BROAD):
            return (self.phrase if kind is Target.PHRASE else self.broad).get(self.path(kind, key))
        return (self.exact if kind is Target.EXACT else self.interest).get(key) or ()

    def changed(self, come: Filing, gone: Gone) -> "Index":
        """The index with some candidates more, and without those whose places are *gone* from a key."""
        lists: dict[Target, dict[str | UUID, Postings]] = {kind: {} for kind in Target}
        for kind, key in {**come, **gone}:
            away = gone.get((kind, key), ())
            stay = [each for each in self.filed(kind, key) if each[2] not in away]
            lists[kind][key] = tuple(sorted([*stay, *come.get((kind, key), ())]))
        by_interest = {**lists[Target.INTEREST], **lists[Target.ANYBODY]}
        return Index(
            self.exact.changed({key: found or None for key, found in lists[Target.EXACT].items()}),
            self.phrase.changed((self.path(Target.PHRASE, key), each) for key, each in lists[Target.PHRASE].items()),
            self.broad.changed((self.path(Target.BROAD, key), each) for key, each in lists[Target.BROAD].items()),
            self.interest.changed({key: found or None for key, found in by_interest.items()}),
            self.commonness,
        )

    def of_query(self, query: Query) -> list[Postings]:
        """The lists of all keywords that the query meets."""
        words = query.words
        found = self.phrase.runs(words) + self.broad.subsets(sorted(set(words), key=self._rank))
        whole = self.exact.get(query.whole)
        return [*found, whole] if whole else found

    def of_interests(self, interests: Iterable[UUID]) -> list[Postings]:
        """The lists of ads for any of these interests, and of those that are for anybody."""
        return [found for key in ("", *interests) if (found := self.interest.get(key))]
