"""The ad policy: rules as data, and the checks that find by themselves what they forbid (S56)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Protocol

from app.domain.errors import PolicyViolation
from app.domain.findings import Finding, FindingKind

MOST_EVIDENCE = 200
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # what hides between the letters of a word
TOKEN = re.compile(r"[\w@$#%'\u2019\u00ad\u200b-\u200f\u2060\ufeff]+")
MARKS = re.compile(r"[!?*~#$%&=+^<>|]{2,}|[.,;:_-]{4,}")
DISGUISES = str.maketrans("01345@$", "oieasas")
LONG_WORD = 5  # letters: shorter ones in capitals are abbreviations


class Verdict(Enum):
    """What a finding does to a submission: nothing, it goes to the moderator beside the ad, or it is refused."""

    PASS = "PASS"  # noqa: S105
    WARN = "WARN"
    FAIL = "FAIL"


class Check(Enum):
    """How a rule finds by itself what it forbids; MODERATOR: only people do."""

    WORDS = "WORDS"
    DISGUISED_WORDS = "DISGUISED_WORDS"
    CAPITALS = "CAPITALS"
    MARKS = "MARKS"
    ADDRESSES = "ADDRESSES"
    STOCK = "STOCK"
    REACHABLE = "REACHABLE"
    IMAGE_FORMAT = "IMAGE_FORMAT"
    IMAGE_SIZE = "IMAGE_SIZE"
    MODERATOR = "MODERATOR"


@dataclass(frozen=True)
class Image:
    """What is known of an ad's image; sizes in pixels."""

    format: str
    width: int
    height: int


class Checked(Protocol):
    """What the policy looks at: its texts by the names that rules use, its images, and what it leads to in vain."""

    def texts(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The fields of these names with their texts."""
        ...

    def images(self) -> Iterator[tuple[str, Image]]: ...

    def out_of_stock(self) -> Iterator[tuple[str, str]]: ...


@dataclass(frozen=True)
class Subject:
    """An ad as the policy looks at it: its own texts, those of its product, and where it leads."""

    title: str
    headline: str
    product: str
    in_stock: bool
    keywords: tuple[str, ...] = ()
    image: Image | None = None

    def texts(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The fields of these names with their texts; the product's name belongs to the landing."""
        for name in names:
            if name == "keywords":
                yield from ((f"keywords.{place}", text) for place, text in enumerate(self.keywords))
            elif name == "product":
                yield "landing", self.product
            else:
                yield name, getattr(self, name)

    def images(self) -> Iterator[tuple[str, Image]]:
        if self.image:
            yield "image", self.image

    def out_of_stock(self) -> Iterator[tuple[str, str]]:
        if not self.in_stock:
            yield "landing", self.product


@dataclass(frozen=True)
class Rule:
    """One rule; *words*, *fields* and *limits* are what its check needs."""

    id: str
    kind: FindingKind
    verdict: Verdict
    check: Check
    explanation: str
    fix: str
    fields: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def phrases(self) -> Mapping[str, Sequence[tuple[str, ...]]]:
        """The words by their first, as they are compared; the longest phrases first."""
        found: dict[str, list[tuple[str, ...]]] = {}
        disguised = self.check is Check.DISGUISED_WORDS
        for words in self.words:
            phrase = tuple(_plain(each, disguised=disguised) for each in TOKEN.findall(words))
            found.setdefault(phrase[0], []).append(phrase)
        return {first: sorted(each, key=len, reverse=True) for first, each in found.items()}


@dataclass(frozen=True)
class Policy:
    """A version of the rules, and where they can be read."""

    version: int
    url: str
    rules: tuple[Rule, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    def checked(self, *, is_reached: bool) -> int:
        """How many rules are checked of themselves; *is_reached*: the landing has been asked for, too."""
        checks = {*CHECKS, Check.REACHABLE} if is_reached else CHECKS
        return sum(rule.check in checks for rule in self.rules)

    def url_of(self, rule_id: str) -> str:
        return f"{self.url}#{rule_id}"

    def findings(self, subject: Checked) -> tuple[Finding, ...]:
        """What the rules find by themselves, in the order of the rules."""
        return tuple(
            self._finding(rule, *place)
            for rule in self.rules
            if rule.check in CHECKS
            for place in CHECKS[rule.check](rule, subject)
        )

    def unreachable(self, fault: str | None) -> tuple[Finding, ...]:
        """What the rules say of a landing that was asked for: nothing where it answered."""
        rules = [rule for rule in self.rules if rule.check is Check.REACHABLE] if fault else ()
        return tuple(self._finding(rule, "landing", fault) for rule in rules)

    def verdict(self, findings: Iterable[Finding]) -> Verdict:
        """The weightiest of what was found."""
        said = {self.by_id[each.rule_id].verdict for each in findings}
        return next((each for each in (Verdict.FAIL, Verdict.WARN) if each in said), Verdict.PASS)

    def violation(self, findings: Iterable[Finding], *path: str) -> PolicyViolation | None:
        """Why content is refused: what was found by rules that forbid; the rest goes to the moderator beside it."""
        worst = tuple(each for each in findings if self.by_id[each.rule_id].verdict is Verdict.FAIL)
        said = " ".join(f"{each.explanation} ({each.field}: {each.evidence})" for each in worst)
        return PolicyViolation(message=f"Against the ad policy: {said}", path=path, findings=worst) if worst else None

    def _finding(self, rule: Rule, name: str, evidence: str | None) -> Finding:
        return Finding(
            kind=rule.kind,
            rule_id=rule.id,
            policy_url=self.url_of(rule.id),
            field=name,
            explanation=rule.explanation,
            evidence=evidence and evidence[:MOST_EVIDENCE],
            fix=rule.fix,
            automatic=True,
        )


Places = Iterator[tuple[str, str | None]]
"""Fields where a rule is broken, each with the very words."""


def _words(rule: Rule, subject: Checked) -> Places:
    for name, text in subject.texts(rule.fields):
        yield from ((name, evidence) for evidence in _met(rule, text))


def _met(rule: Rule, text: str) -> Iterator[str]:
    """The rule's words in a text, as they stand there; what is met twice is told once."""
    tokens = list(TOKEN.finditer(text))
    plain = [_plain(each[0], disguised=rule.check is Check.DISGUISED_WORDS) for each in tokens]
    told: set[tuple[str, ...]] = set()
    for place, first in enumerate(plain):
        for phrase in rule.phrases.get(first, ()):
            end = place + len(phrase)
            if tuple(plain[place:end]) == phrase and phrase not in told:
                told.add(phrase)
                yield text[tokens[place].start() : tokens[end - 1].end()]
                break


def _plain(token: str, *, disguised: bool) -> str:
    """A word as words are compared: without case, accents, what cannot be seen and, if *disguised*, stand-ins."""
    folded = unicodedata.normalize("NFKD", INVISIBLE.sub("", token)).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c)).strip("'\u2019").replace("\u2019", "'")
    return plain.translate(DISGUISES) if disguised else plain


def _capitals(rule: Rule, subject: Checked) -> Places:
    for name, text in subject.texts(rule.fields):
        loud = [each for each in TOKEN.findall(text) if each.isupper() and sum(map(str.isalpha, each)) >= LONG_WORD]
        if len(loud) > rule.limits.get("words", 0):
            yield name, " ".join(loud)


def _marks(rule: Rule, subject: Checked) -> Places:
    for name, text in subject.texts(rule.fields):
        if met := MARKS.search(text):
            yield name, met[0]


def _addresses(rule: Rule, subject: Checked) -> Places:
    """Where a text names a web page, a mailbox or a telephone; the click leads to the landing alone."""
    for name, text in subject.texts(rule.fields):
        for piece in text.split():
            before, at, after = piece.partition("@")
            is_page = piece.casefold().startswith(("http://", "https://", "www."))
            is_phone = sum(map(str.isdecimal, piece)) >= rule.limits.get("digits", 9)
            if is_page or is_phone or (before and at and "." in after.strip(".")):
                yield name, piece


def _stock(rule: Rule, subject: Checked) -> Places:  # noqa: ARG001 - all checks are called alike
    yield from subject.out_of_stock()


def _image_format(rule: Rule, subject: Checked) -> Places:
    yield from ((name, image.format) for name, image in subject.images() if image.format not in rule.words)


def _image_size(rule: Rule, subject: Checked) -> Places:
    least = rule.limits.get("width", 0), rule.limits.get("height", 0)
    for name, image in subject.images():
        if image.width < least[0] or image.height < least[1]:
            yield name, f"{image.width} x {image.height}"


CHECKS: Mapping[Check, Callable[[Rule, Checked], Places]] = {
    Check.WORDS: _words,
    Check.DISGUISED_WORDS: _words,
    Check.CAPITALS: _capitals,
    Check.MARKS: _marks,
    Check.ADDRESSES: _addresses,
    Check.STOCK: _stock,
    Check.IMAGE_FORMAT: _image_format,
    Check.IMAGE_SIZE: _image_size,
}
