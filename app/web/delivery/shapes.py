"""What is sent and answered over HTTP, as JSON Schema; limits and lists of values are those of the rules."""

from collections.abc import Mapping
from typing import Any

from app.domain.campaigns.drafts import GREATEST_BID
from app.domain.delivery.events import EventKind
from app.domain.delivery.outcomes import Outcome
from app.domain.delivery.reports import LONGEST_ID, LONGEST_SKU, MOST_EVENTS, Rejection
from app.domain.delivery.requests import (
    DEVICES,
    FORMATS,
    MOST_AUCTIONS,
    MOST_EXCLUDED,
    MOST_INTERESTS,
    MOST_NAME,
    MOST_PATH,
    MOST_SLOTS,
    MOST_WORDS,
    PAGES,
)

Shape = dict[str, Any]
PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
VISIBLE = r"\S"
KEPT = r"^[^\u0000]*$"  # what a database can keep


def refer(name: str) -> Shape:
    """The shape of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(description: str, needed: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with these fields and no others."""
    fields = {**needed, **(optional or {})}
    shape = {"type": "object", "description": description, "required": list(needed)}
    return {**shape, "properties": fields, "additionalProperties": False}


def text(description: str, **more: Any) -> Shape:
    return {"type": "string", "description": description, **more}


def words(description: str, most: int, least: int = 1) -> Shape:
    """A text without control characters."""
    return text(description, minLength=least, maxLength=most, pattern=PRINTABLE)


def whole(description: str, least: int | None = 0, most: int | None = None) -> Shape:
    bounds = {"minimum": least, "maximum": most}
    return {"type": "integer", "description": description, **{k: v for k, v in bounds.items() if v is not None}}


def some(items: Shape, description: str, most: int | None = None, least: int = 0) -> Shape:
    bounds = {"minItems": least} if most is None else {"minItems": least, "maxItems": most}
    return {"type": "array", "description": description, "items": items, **bounds}


def or_null(shape: Shape) -> Shape:
    kind = {"type": [shape["type"], "null"]}
    return {**shape, **kind, **({"enum": [*shape["enum"], None]} if "enum" in shape else {})}


def one_of(description: str, *values: str) -> Shape:
    return {"type": "string", "description": description, "enum": list(values)}


_FOUND_BY_WORDS: Shape = {
    "anyOf": [
        {"properties": {"type": {"const": "banners"}}},
        {"required": ["searchQuery"], "properties": {"searchQuery": {"type": "string", "pattern": VISIBLE}}},
        {
            "required": ["category"],
            "properties": {"category": {"type": "string", "pattern": VISIBLE}, "searchQuery": {"type": "null"}},
        },
    ]
}
_SLOT = record(
    "A slot; listings need a searchQuery or a category",
    {
        "slotId": words("The shop's own name of it; each stands once in a request", MOST_NAME),
        "type": one_of("listings: ads of search campaigns; banners: ads of display campaigns", *FORMATS),
    },
    {
        "slots": or_null(whole("How many ads it takes, without it one", 1, MOST_SLOTS)),
        "searchQuery": or_null(words("What the shopper searched for", MOST_WORDS, 0)),
        "category": or_null(words("The category that the shopper looks through", MOST_WORDS, 0)),
        "interests": or_null(some(text("Id or name", pattern=KEPT), "Interests of the shopper", MOST_INTERESTS)),
        "excludeProductIds": or_null(
            some(text("Id of a Product", format="product-id"), "Products that are not to be shown", MOST_EXCLUDED)
        ),
        "floorCpcMicros": or_null(whole("Least price of a click here, in micros", 0, GREATEST_BID)),
    },
)
_PAGE = record(
    "The page",
    {"type": one_of("What kind of page it is", *PAGES)},
    {"path": or_null(words("Its path", MOST_PATH))},
)
_CONTENT = record(
    "What to show",
    {
        "title": text("Its title"),
        "headline": text("Its headline"),
        "imageUrl": or_null(text("Its image, where it has one that suits the placement")),
        "html": text("The same as a document for the srcdoc of a sandboxed frame; it runs no script"),
    },
)
_WINNER = record(
    "An ad to be shown",
    {
        "rank": whole("1 is the best", 1),
        "adId": text("The ad"),
        "campaignId": text("Its campaign"),
        "productId": or_null(text("The product it leads to")),
        "resolvedBidId": text("Cite it when reporting events; it holds no price in clear"),
        "impressionUrl": text("An image of one pixel that counts the impression; for an hour"),
        "clickUrl": text("Where a click leads by way of Endcap, which counts it; for 24 hours"),
        "content": refer("Content"),
    },
)
_ENTRY = record(
    "A candidate",
    {
        "adId": text("The ad"),
        "campaignId": text("Its campaign"),
        "bidMicros": whole("Its bid"),
        "predictedCtr": whole("Clicks that are expected of a million impressions at the first position"),
        "outcome": one_of("What became of it: the first that applies", *(each.value for each in Outcome)),
        "rank": or_null(whole("Its place among the winners", 1)),
        "priceMicros": or_null(whole("What a click costs it")),
        "neededMicros": or_null(whole("Price of a click that would have won it a slot")),
    },
)
_RESULT = record(
    "What became of a slot",
    {
        "slotId": text("The slot"),
        "auctionId": or_null(text("Its auction; null where there was none")),
        "winners": some(refer("Winner"), "The ads to show, the best first", MOST_SLOTS),
        "error": or_null(text("Why there was no auction")),
    },
    {
        "explanation": record(
            "Everybody who was looked at: for keys with the scope auctions:read",
            {"reserveMicros": whole("Least price"), "entries": some(refer("Entry"), "In the order of rank")},
        )
    },
)
_EVENT = record(
    "Impressions and clicks cite resolvedBidId; detail page views name sku, opaqueUserId and an eventId",
    {
        "kind": one_of("What happened", *EventKind.__members__),
        "occurredAt": text("With a time zone; at most five minutes ahead of our clock", format="date-time"),
    },
    {
        "resolvedBidId": or_null(
            text("What the auction answered with the ad; with the kind it is the key", pattern=KEPT)
        ),
        "eventId": or_null(words("The shop's own id of a detail page view, which counts once", LONGEST_ID)),
        "sku": or_null(words("The product that was looked at", LONGEST_SKU)),
        "opaqueUserId": or_null(words("The shopper, as the auction was told", LONGEST_ID)),
    },
)
_REJECTED = record(
    "An event that was not taken",
    {
        "index": whole("Its place in the report"),
        "eventId": text("Its eventId or resolvedBidId, else its place"),
        "reason": one_of("Why", *(each.value for each in Rejection)),
        "field": or_null(text("What of it is wrong")),
        "message": text("The same for people"),
    },
)
_ERROR: Shape = {
    "type": "object",
    "required": ["message", "extensions"],
    "properties": {
        "message": text("What is wrong, for people"),
        "path": some({"type": ["string", "integer"]}, "The field that is wrong"),
        "extensions": {
            "type": "object",
            "required": ["code"],
            "properties": {"code": text("Kind of the refusal"), "constraint": text("The limit that is broken")},
        },
    },
}
SCHEMAS: Mapping[str, Shape] = {
    "Request": record(
        "The slots of a page",
        {
            "requestId": words("The shop's own; the same gets the same answer for an hour", MOST_NAME),
            "page": _PAGE,
            "auctions": some(refer("Slot"), "One auction for each slot", MOST_AUCTIONS, 1),
        },
        {
            "opaqueUserId": or_null(words("The shopper, by a name that tells nobody who it is", MOST_NAME)),
            "device": or_null(one_of("What the shopper looks at", *DEVICES)),
            "explain": or_null({"type": "boolean", "description": "Have everybody's outcome told: auctions:read"}),
        },
    ),
    "Slot": {**_SLOT, **_FOUND_BY_WORDS},
    "Answer": record(
        "The winners",
        {
            "requestId": text("The shop's own"),
            "results": some(refer("Result"), "One for each slot, in the order asked", MOST_AUCTIONS, 1),
        },
    ),
    "Result": _RESULT,
    "Winner": _WINNER,
    "Content": _CONTENT,
    "Entry": _ENTRY,
    "Report": record("What shoppers did", {"events": some(refer("Event"), "In any order", MOST_EVENTS, 1)}),
    "Event": _EVENT,
    "Outcome": record(
        "What became of the events",
        {
            "accepted": whole("How many were new"),
            "duplicates": whole("How many had been counted before"),
            "rejected": some(_REJECTED, "Those that were not taken"),
        },
    ),
    "Errors": record("A refusal", {"errors": some(_ERROR, "All that is wrong", None, 1)}),
}
