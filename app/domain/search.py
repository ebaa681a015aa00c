"""What products are searched by: the words of a product with their grades, and the words of a query with their forms.

Both databases keep and match these very words, so they find and rank alike (docs/decisions/0012).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.domain.text import fold

MOST_WORDS = 10  # of a query; the others are not looked for
MOST_DESCRIBED = 150  # words of a description that count
LONGEST = 40  # characters of a word
MOST_JOINED = 4  # words that also count as one
NAMED, AGAIN, DESCRIBED, INSIDE = 4, 6, 3, 2  # up to 15 together
"""Grades of a word: it is in the title, the brand or a number of the product; in the title once more; in what describes
it; a run of letters or digits within a number. db/search.py says how they rank."""
SLIPS = range(5, 21)  # letters of a word that may be mistyped
FEW = 20  # products with every word: where there are fewer, products with some of the words follow

CHARACTER = "\u3041-\u30ff\u3400-\u9fff"  # of scripts that put no space between words: each stands for itself
WORD = re.compile(f"[{CHARACTER}]|[^\\W_{CHARACTER}]+")
RUN = re.compile(r"\d+|[^\W\d_]+")
SIGNS = str.maketrans("\N{TRADE MARK SIGN}\N{SERVICE MARK}", "  ", "'\N{RIGHT SINGLE QUOTATION MARK}")


@dataclass(frozen=True)
class Indexed:
    """A product as it is indexed."""

    words: str
    """Each with a space on either side: a word and then its grade, `!` for 1 to `/` for 15; its own numbers behind `=`,
    its vendor behind `_`."""
    length: int
    """How many words it is told in: one of few words says more by each."""
    named: frozenset[str]
    """The words of its title and brand."""


def indexed(
    vendor_code: str,
    title: str,
    brand: str | None,
    numbers: Iterable[str | None],
    described: Iterable[str | None],
) -> Indexed:
    """A product by its texts; *numbers*: part number, sku and EAN, *described*: description and categories."""
    own = [_folded(each) for each in numbers if each]
    names = [_folded(title), _folded(brand or "")]
    told = _words(names[0])
    about = [word for text in described if text for word in _words(_folded(text))][:MOST_DESCRIBED]
    grades = dict.fromkeys((run for text in own for run in _runs(text)), INSIDE)
    grades |= dict.fromkeys((word for text in (*names, *own) for word in (*_words(text), *_joined(text))), NAMED)
    for word in {word for word in told if told.count(word) > 1}:
        grades[word] += AGAIN
    for word in dict.fromkeys(about):
        grades[word] = grades.get(word, 0) + DESCRIBED
    graded = [f"{word} {chr(ord(' ') + grade)}" for word, grade in grades.items()]
    whole = [f"={each} !" for each in dict.fromkeys(map(_whole, own)) if each]
    words = f" {' '.join((*graded, *whole, vendor_word(vendor_code)))} "
    return Indexed(words, len(told) + len(about), frozenset((*told, *_words(names[1]))))


def vendor_word(vendor_code: str) -> str:
    """What stands for the vendor among the words; no query can have it."""
    return f"_{vendor_code.encode().hex()}"


def slips(word: str) -> frozenset[str]:
    """A word, and it without each of its letters: two words that share one differ by a slip of the fingers at most."""
    if len(word) not in SLIPS or not word.isalpha():
        return frozenset()
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word)))))


@lru_cache(10_000)
def singular(word: str) -> str:
    """A word without the ending of an English plural; queries and products are treated alike."""
    if len(word) <= 3 or not word.isalpha() or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zes")) else word.removesuffix("s")


@dataclass(frozen=True)
class Search:
    """What is looked for.

    *every* and *loose* are conditions on the words of a product: a space parts what must hold together, `|` what may
    stand for each other, `&` words of which both are needed, and a word with `*` is the beginning of one.
    """

    every: str
    """All words, each in one of its forms."""
    known: tuple[str, ...]
    """Each word by itself in one of its forms."""
    loose: tuple[str, ...]
    """Each as the beginning of a word, or as two words."""
    slips: tuple[frozenset[str], ...]
    """What each shares with the words it may be mistyped for."""
    forms: tuple[tuple[str, ...], ...]
    """Each word, and it joined to its neighbours."""
    starts: tuple[str, ...]
    """How each begins: what is meant by one that no product has begins alike."""
    number: str
    """The whole as a number of a product."""
    is_blank: bool

    @classmethod
    def of(cls, query: str | None) -> "Search":
        """The words of a query. A blank one is of any product; one of signs alone, without a form, is of none."""
        text = query or ""
        typed = list(_typed(text).items())[:MOST_WORDS]
        forms = _forms([word for word, _ in typed])
        ways = [(*of, *_apart(parts)) for of, (_, parts) in zip(forms, typed, strict=True)]
        return cls(
            every=" ".join(map("|".join, ways)),
            known=tuple(map("|".join, ways)),
            loose=tuple("|".join(_loosened(*each)) for each in typed),
            slips=tuple(slips(word) for word, _ in typed),
            forms=forms,
            starts=tuple(word[: max(3, len(word) // 2)] for word, _ in typed),
            number=_whole(_folded(text)),
            is_blank=not text.strip(),
        )


def _typed(text: str) -> dict[str, list[str]]:
    """The words of a query with their parts: what signs part, such as tn-2110, is one word."""
    chunks = [[word[:LONGEST] for word in WORD.findall(chunk)] for chunk in _folded(text).split()]
    parted = [[chunk] if len(chunk) <= MOST_JOINED else [[word] for word in chunk] for chunk in chunks]
    return {singular("".join(parts)[:LONGEST]): parts for some in parted for parts in some if parts}


def _folded(text: str) -> str:
    return fold(text.translate(SIGNS))


def _words(folded: str) -> list[str]:
    return [singular(word[:LONGEST]) for word in WORD.findall(folded)]


def _joined(folded: str) -> Iterator[str]:
    """What signs part, as one word: `usbc` of USB-C."""
    for chunk in folded.split():
        parts = () if chunk.isascii() and chunk.isalnum() else WORD.findall(chunk)
        if 1 < len(parts) <= MOST_JOINED:
            yield singular("".join(parts)[:LONGEST])


def _runs(folded: str) -> list[str]:
    """Letters and digits of a number apart: 90321 of 006R90321."""
    return [run[:LONGEST] for run in RUN.findall(folded) if len(run) > 1]


def _whole(folded: str) -> str:
    """A number as it is compared: letters and digits alone."""
    return "".join(WORD.findall(folded))[:LONGEST]


def _forms(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each word, and as one with the word before and the word behind."""
    joined = words if len(words) <= MOST_JOINED else ()
    pairs = [f"{one}{other}"[:LONGEST] for one, other in pairwise(joined)]
    return tuple((word, *pairs[max(place - 1, 0) : place + 1]) for place, word in enumerate(words))


def _apart(parts: Sequence[str]) -> list[str]:
    """The parts of a word by themselves: `tn&2110`; digits and a unit, or letters and digits of a model, as `32&gb`."""
    runs = list(parts) if len(parts) > 1 else RUN.findall(parts[0])
    return ["&".join(map(singular, runs))] if len(parts) > 1 or (len(runs) > 1 and min(map(len, runs)) > 1) else []


def _loosened(word: str, parts: Sequence[str]) -> list[str]:
    """A word as the beginning of one; a word without parts also as two."""
    *first, last = parts
    if len(word) < 2:
        return [word]
    begun = "&".join((*map(singular, first), f"{last}*"))
    return list(dict.fromkeys((f"{word}*", begun))) if first else [f"{word}*", *_halves(word)]


def _halves(word: str) -> list[str]:
    """`power&bank` of powerbank, among all ways to cut it in two."""
    return [f"{word[:at]}&{word[at:]}" for at in range(3, len(word) - 2)]
