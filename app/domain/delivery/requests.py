"""What a shop asks for: the slots of a page, and what is known of the page and the shopper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from app.domain.billing.cards import check_text
from app.domain.campaigns.drafts import GREATEST_BID
from app.domain.delivery.outcomes import Format
from app.domain.errors import Findings
from app.domain.metrics import Placement
from app.domain.text import CONTROL

MOST_AUCTIONS, MOST_SLOTS, MOST_INTERESTS, MOST_EXCLUDED = 5, 20, 50, 100
MOST_NAME, MOST_WORDS, MOST_PATH = 128, 500, 2_000  # characters
PAGES = {
    "search": Placement.SEARCH_RESULTS,
    "product": Placement.PRODUCT_DETAIL,
    "brand": Placement.BRAND_PAGE,
    "partner": Placement.PARTNER_SITE,
    "email": Placement.EMAIL,
}
"""The types of pages as shops name them, and the placements that ads have there."""
FORMATS = {"listings": Format.LISTINGS, "banners": Format.BANNERS}


class Device(Enum):
    DESKTOP = "DESKTOP"
    MOBILE = "MOBILE"
    TABLET = "TABLET"
    APP = "APP"


DEVICES = {device.value.lower(): device for device in Device}


@dataclass(slots=True)
class Slot:
    """One auction that is asked for: how many ads of a format, where, and for whom; `floor` is in micros."""

    id: str
    placement: Placement
    format: Format
    count: int = 1
    query: str | None = None
    category: str | None = None
    interests: Sequence[str] = ()
    excluded: Sequence[UUID] = ()
    floor: int = 0

    @property
    def words(self) -> str:
        """What is searched for: a category that is looked through says as much as its name typed in."""
        return self.query or self.category or ""


@dataclass(slots=True)
class Request:
    """Everything asked for at once; `id` is the shop's own, and the same gets the same answer."""

    id: str
    slots: Sequence[Slot]
    shopper: str | None = None
    path: str | None = None
    explain: bool = False


@dataclass(frozen=True)
class Names:
    """What some fields are called by those who ask."""

    slots: str
    floor: tuple[str, ...]
    path: tuple[str, ...]


OF_HTTP = Names("auctions", ("floorCpcMicros",), ("page", "path"))


def read(members: Mapping[str, Any], product: Callable[[str], UUID | None]) -> Request:
    """The request of a JSON object; a Refusal names every field that is wrong. *product*: the key in a product's id."""
    found = Findings()
    given = _Fields(found, members, ())
    id, around, shopper, device, asked, explain = given.take(_OF_REQUEST)
    page = _Fields(found, around, ("page",))
    kind, path = page.take(_OF_PAGE)
    placement = page.one_of("type", kind, PAGES, Placement.EMAIL)
    given.one_of("device", device, DEVICES, None)
    slots = [
        _slot(_Fields(found, each, (OF_HTTP.slots, str(at))), placement, product)
        for at, each in enumerate(asked[: MOST_AUCTIONS + 1])
    ]
    request = Request(id, slots, shopper, path, explain)
    for fields in (page, given):
        fields.end()
    check(found, request, OF_HTTP)
    found.settle()
    return request


def _slot(given: "_Fields", placement: Placement, product: Callable[[str], UUID | None]) -> Slot:
    id, kind, count, query, category, interests, excluding, floor = given.take(_OF_SLOT)
    format = given.one_of("type", kind, FORMATS, Format.BANNERS)
    excluded = _products(given, given.texts("excludeProductIds", excluding), product) if excluding else ()
    interests = given.texts("interests", interests) if interests else ()
    given.end()
    return Slot(id, placement, format, count, query, category, interests, excluded, floor)


def _products(given: "_Fields", ids: Sequence[str], product: Callable[[str], UUID | None]) -> list[UUID]:
    keys = [product(each) for each in ids]
    for at, key in enumerate(keys):
        if key is None:
            given.wrong("This is no product's id.", "excludeProductIds", str(at), constraint="id of a Product")
    return [key for key in keys if key is not None]


_KINDS = {str: "a text", int: "a whole number", bool: "true or false", dict: "an object", list: "a list"}
_ABSENT = object()  # what was found to be missing, or no object, already
_OF_REQUEST = (
    ("requestId", str, "-"),
    ("page", dict, _ABSENT),
    ("opaqueUserId", str, None),
    ("device", str, None),
    ("auctions", list, []),
    ("explain", bool, False),
)
_OF_PAGE = (("type", str, None), ("path", str, None))
_OF_SLOT = (
    ("slotId", str, "-"),
    ("type", str, None),
    ("slots", int, 1),
    ("searchQuery", str, None),
    ("category", str, None),
    ("interests", list, ()),
    ("excludeProductIds", list, ()),
    ("floorCpcMicros", int, 0),
)
"""Fields, what they are, and what stands for them where they are not there, or are wrong."""
_NEEDED = frozenset({"requestId", "page", "auctions", "slotId", "type"})


class _Fields:
    """The members of a JSON object; what has the wrong type is found, and its default stands for it."""

    __slots__ = ("_found", "_left", "_path")

    def __init__(self, found: Findings, members: Any, path: tuple[str, ...]) -> None:
        self._found, self._path = found, path
        self._left = dict(members) if isinstance(members, dict) else None
        if self._left is None and members is not _ABSENT:
            self.wrong("This is an object.", constraint="an object")

    def take(self, fields: Sequence[tuple[str, type, Any]]) -> list[Any]:
        """The values of fields, given with their kinds and defaults."""
        left, taken = self._left or {}, []
        for name, kind, default in fields:
            value = left.pop(name, None)
            if value is None and name not in _NEEDED:
                value = default
            elif type(value) is not kind:  # true is no number
                value = self._stand_in(name, kind, value, default)
            taken.append(value)
        return taken

    def _stand_in(self, name: str, kind: type, value: Any, default: Any) -> Any:
        """What stands for a value that is not there, or not of its kind."""
        if kind is int and type(value) is float and value.is_integer():  # JSON has one kind of numbers: 2.0 is 2
            return int(value)
        if value is not None:
            self.wrong(f"This is {_KINDS[kind]}.", name, constraint=_KINDS[kind])
        elif name in _NEEDED and self._left is not None:
            self.wrong("This is missing.", name, constraint="required")
        return default

    def one_of(self, name: str, text: str | None, known: Mapping[str, Any], default: Any) -> Any:
        """What a text stands for."""
        if text is not None and text not in known:
            self.wrong(f"This is one of {', '.join(known)}.", name, constraint=", ".join(known))
        return default if text is None else known.get(text, default)

    def texts(self, name: str, values: Sequence[Any]) -> list[str]:
        """Those of a list that are texts."""
        for at, each in enumerate(values):
            if type(each) is not str:
                self.wrong("This is a text.", name, str(at), constraint="a text")
        return [each for each in values if type(each) is str]

    def end(self) -> None:
        """What was not taken is no field at all: a misspelt name would else do nothing, silently."""
        for name in self._left or ():
            self.wrong("There is no such field.", name[:MOST_NAME], constraint="no such field")

    def wrong(self, message: str, *path: str, constraint: str) -> None:
        self._found.invalid(message, *self._path, *path, constraint=constraint)


def check(found: Findings, request: Request, names: Names) -> None:
    """Collect what is wrong with a request, whose fields are called as *names* says."""
    _text(found, request.id, ("requestId",), MOST_NAME)
    if request.shopper is not None:
        _text(found, request.shopper, ("opaqueUserId",), MOST_NAME)
    if request.path is not None:
        _text(found, request.path, names.path, MOST_PATH)
    if not 1 <= len(request.slots) <= MOST_AUCTIONS:
        limit = f"1 <= length <= {MOST_AUCTIONS}"
        found.invalid(f"Ask for 1 to {MOST_AUCTIONS} at once.", names.slots, constraint=limit)
        return
    seen = set[str]()
    for at, slot in enumerate(request.slots):
        path = (names.slots, str(at))
        _check_slot(found, slot, path, names)
        if slot.id in seen:
            found.invalid("Each slotId stands once.", *path, "slotId", constraint="unique")
        seen.add(slot.id)


def _check_slot(found: Findings, slot: Slot, path: tuple[str, ...], names: Names) -> None:
    _text(found, slot.id, (*path, "slotId"), MOST_NAME)
    for name, words in (("searchQuery", slot.query), ("category", slot.category)):
        if words:
            _text(found, words, (*path, name), MOST_WORDS)
            check_text(found, words, *path, name)  # an auction keeps its words for some days
    _bounded(found, slot.count, (*path, "slots"), 1, MOST_SLOTS)
    _bounded(found, slot.floor, (*path, *names.floor), 0, GREATEST_BID)
    _at_most(found, slot.interests, (*path, "interests"), MOST_INTERESTS)
    _at_most(found, slot.excluded, (*path, "excludeProductIds"), MOST_EXCLUDED)
    if slot.format is Format.LISTINGS and not slot.words.strip():
        message = "Listings are found by words: send a searchQuery, or the category that is looked through."
        found.invalid(message, *path, "searchQuery", constraint="required for listings")


def _text(found: Findings, value: str, path: tuple[str, ...], most: int) -> None:
    if not 1 <= len(value) <= most:
        limit = f"1 <= length <= {most}"
        found.invalid(f"This has 1 to {most} characters, not {len(value)}.", *path, constraint=limit)
    elif not value.isprintable() and CONTROL.search(value):
        found.invalid("This has control characters: take them out.", *path, constraint="printable")


def _at_most(found: Findings, values: Sequence[object], path: tuple[str, ...], most: int) -> None:
    if len(values) > most:
        found.invalid(f"At most {most}, not {len(values)}.", *path, constraint=f"length <= {most}")


def _bounded(found: Findings, value: int, path: tuple[str, ...], least: int, most: int) -> None:
    if not least <= value <= most:
        message = f"This is {least} to {most}, not {value}."
        found.invalid(message, *path, constraint=f"{least} <= value <= {most}")
