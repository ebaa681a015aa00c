"""What a shop may ask for: every field that is wrong is named, with its limit."""

from contextlib import suppress
from copy import deepcopy
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.outcomes import Format
from app.domain.delivery.requests import OF_HTTP, Request, Slot, check, read
from app.domain.errors import Findings, Refusal
from app.domain.metrics import Placement

TENT = UUID(int=1)
AUCTION = {"slotId": "top", "type": "listings", "slots": 2, "searchQuery": "red tent"}
BODY = {"requestId": "r1", "opaqueUserId": "s1", "page": {"type": "search", "path": "/s"}, "auctions": [AUCTION]}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(BODY)), inner),
    max_leaves=20,
)


def known(id):
    return TENT if id == "tent" else None


def asked(**fields):
    return read({**deepcopy(BODY), **fields}, known)


def of_auction(**fields):
    return asked(auctions=[{**AUCTION, **fields}])


def refused(call):
    """Where and why a request is refused."""
    with pytest.raises(Refusal) as refusal:
        call()
    return [(".".join(problem.path), problem.constraint) for problem in refusal.value.problems]


def test_a_request_is_read():
    slot = Slot("top", Placement.SEARCH_RESULTS, Format.LISTINGS, 2, "red tent")

    assert asked() == Request("r1", [slot], "s1", "/s")


def test_everything_that_may_be_said_of_a_slot():
    banner = {"slotId": "s", "type": "banners", "interests": ["Camping"], "excludeProductIds": ["tent"]}
    request = asked(device="mobile", page={"type": "partner"}, auctions=[{**banner, "floorCpcMicros": 5}], explain=True)
    (slot,) = request.slots

    assert (slot.placement, slot.format, slot.count) == (Placement.PARTNER_SITE, Format.BANNERS, 1)
    assert (slot.interests, slot.excluded, slot.floor, request.explain) == (["Camping"], [TENT], 5, True)


def test_null_is_as_good_as_absent():
    assert asked(opaqueUserId=None, device=None, explain=None) == asked(opaqueUserId=None)


def test_a_category_says_as_much_as_its_name_typed_in():
    (slot,) = of_auction(searchQuery=None, category="Tents").slots

    assert slot.words == "Tents"


@pytest.mark.parametrize(
    ("fields", "path", "constraint"),
    [
        ({"requestId": None}, "requestId", "required"),
        ({"requestId": ""}, "requestId", "1 <= length <= 128"),
        ({"requestId": "r" * 129}, "requestId", "1 <= length <= 128"),
        ({"requestId": "a\nb"}, "requestId", "printable"),
        ({"requestId": 7}, "requestId", "a text"),
        ({"opaqueUserId": "u" * 129}, "opaqueUserId", "1 <= length <= 128"),
        ({"page": None}, "page", "required"),
        ({"page": {}}, "page.type", "required"),
        ({"page": {"type": "home"}}, "page.type", "search, product, brand, partner, email"),
        ({"page": {"type": "search", "path": "/" * 2001}}, "page.path", "1 <= length <= 2000"),
        ({"page": []}, "page", "an object"),
        ({"device": "tv"}, "device", "desktop, mobile, tablet, app"),
        ({"auctions": []}, "auctions", "1 <= length <= 5"),
        ({"auctions": [{**AUCTION, "slotId": str(n)} for n in range(6)]}, "auctions", "1 <= length <= 5"),
        ({"auctions": [7]}, "auctions.0", "an object"),
        ({"auctions": [AUCTION, AUCTION]}, "auctions.1.slotId", "unique"),
        ({"explain": "yes"}, "explain", "true or false"),
        ({"requestID": "r"}, "requestID", "no such field"),
    ],
)
def test_a_field_that_is_wrong_is_named(fields, path, constraint):
    assert refused(lambda: asked(**fields)) == [(path, constraint)]


@pytest.mark.parametrize(
    ("fields", "path", "constraint"),
    [
        ({"slotId": None}, "slotId", "required"),
        ({"type": None}, "type", "required"),
        ({"type": "video"}, "type", "listings, banners"),
        ({"slots": 0}, "slots", "1 <= value <= 20"),
        ({"slots": 21}, "slots", "1 <= value <= 20"),
        ({"slots": True}, "slots", "a whole number"),
        ({"slots": 1.5}, "slots", "a whole number"),
        ({"searchQuery": "q" * 501}, "searchQuery", "1 <= length <= 500"),
        ({"searchQuery": "pay 4242 4242 4242 4242"}, "searchQuery", "no card number"),
        ({"searchQuery": None, "category": "4242424242424242"}, "category", "no card number"),
        ({"searchQuery": None}, "searchQuery", "required for listings"),
        ({"searchQuery": " "}, "searchQuery", "required for listings"),
        ({"interests": ["a"] * 51}, "interests", "length <= 50"),
        ({"interests": [1]}, "interests.0", "a text"),
        ({"excludeProductIds": ["x"]}, "excludeProductIds.0", "id of a Product"),
        ({"excludeProductIds": ["tent"] * 101}, "excludeProductIds", "length <= 100"),
        ({"floorCpcMicros": -1}, "floorCpcMicros", "0 <= value <= 1000000000"),
        ({"floorCpcMicros": 10**9 + 1}, "floorCpcMicros", "0 <= value <= 1000000000"),
        ({"bid": 1}, "bid", "no such field"),
    ],
)
def test_a_field_of_an_auction_that_is_wrong_is_named(fields, path, constraint):
    assert refused(lambda: of_auction(**fields)) == [(f"auctions.0.{path}", constraint)]


def test_a_whole_number_may_be_written_with_a_point():
    assert of_auction(slots=2.0, floorCpcMicros=1e5) == of_auction(slots=2, floorCpcMicros=100_000)


def test_all_that_is_wrong_is_said_at_once():
    wrong = {"requestId": None, "device": "tv", "auctions": [{**AUCTION, "slots": 0}, {}]}
    found = refused(lambda: asked(**wrong))

    paths = ["requestId", "device", "auctions.1.slotId", "auctions.1.type", "auctions.0.slots"]
    assert [path for path, _ in found] == paths


@given(ANYTHING, st.sampled_from([*BODY, *AUCTION, ""]))
def test_nothing_that_is_sent_is_a_fault_of_ours(value, name):
    bodies = [{name: value}, {**BODY, name: value}, {**BODY, "auctions": [{**AUCTION, name: value}]}]

    for body in bodies:
        with suppress(Refusal):
            assert isinstance(read(body, known), Request)


def test_what_was_read_passes_the_check_again():
    found = Findings()
    check(found, asked(), OF_HTTP)

    assert found.problems == []
