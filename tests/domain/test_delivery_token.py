"""Tokens of served ads: they come back as they were sealed, and whatever was changed in them is refused."""

import hmac
import struct
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from string import ascii_letters, digits
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.token import LENGTH, NOBODY, Seals, ServedBid, shopper_of
from app.domain.metrics import Placement

OLD, NEW, OTHER = "old " * 8, "new " * 8, "another " * 4
SEALS = Seals([NEW, OLD])
MOMENT = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)
BID = ServedBid(UUID(int=1), 2, UUID(int=3), Placement.SEARCH_RESULTS, 0, 350_000, MOMENT, shopper_of("s1"))
ALPHABET = ascii_letters + digits + "-_"
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=120)
BIDS = st.builds(
    ServedBid,
    st.uuids(),
    st.integers(1, 255),
    st.uuids(),
    st.sampled_from(Placement),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 4 * 10**12).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)),
    st.integers(0, 2**63 - 1),
)


@given(BIDS)
def test_a_token_opens_as_it_was_sealed(bid):
    token = SEALS.seal(bid)

    assert SEALS.open(token) == bid
    assert (len(token), set(token) <= set(ALPHABET)) == (LENGTH, True)


@given(BIDS)
def test_the_same_bid_has_the_same_token(bid):
    assert SEALS.seal(bid) == Seals([NEW]).seal(replace(bid))


@given(BIDS, st.binary(min_size=1, max_size=200).map(bytes.hex))
def test_its_seal_is_an_hmac_of_all_that_is_sealed(bid, secret):
    """As RFC 2104 has it, under a key that is derived from a secret of any length."""
    raw = urlsafe_b64decode(Seals([secret]).seal(bid))
    hidden = struct.pack(">QQ", bid.price, bid.shopper)
    key = hmac.digest(secret.encode(), b"endcap token: tag", "sha256")

    assert raw[67:] == hmac.digest(key, raw[:51] + hidden, "sha256")[:14]


@given(BIDS, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_another_character_anywhere_is_refused(bid, place, character):
    token = SEALS.seal(bid)
    changed = token[:place] + character + token[place + 1 :]

    assert SEALS.open(changed) == (bid if changed == token else None)


def test_every_flipped_bit_is_refused():
    token = SEALS.seal(BID).encode()
    flipped = [bytearray(token) for _ in range(LENGTH * 8)]
    for bit, text in enumerate(flipped):
        text[bit // 8] ^= 1 << bit % 8

    assert {SEALS.open(text.decode("latin-1")) for text in flipped} == {None}


def test_ten_thousand_mutations_are_refused():
    chance, token = Random(20261126), SEALS.seal(BID)
    changed = [mutated(token, SEALS.seal(replace(BID, price=chance.randrange(10**6))), chance) for _ in range(10_000)]

    assert {SEALS.open(each) for each in changed if each != token} == {None}


def mutated(token, other, chance):
    """Cut, grown, doubled, in disorder, or with a piece of another token."""
    here, there = sorted(chance.sample(range(1, LENGTH), 2))
    return chance.choice(
        [
            token[:here] + token[there:],
            token[:here] + chance.choice(ALPHABET + "=+/ \n%é") + token[here:],
            token[:here] + token[:there],
            token[there:] + token[:there],
            token[:here] + other[here:there] + "A" + token[there + 1 :],
            token.swapcase(),
            token[:here] + "".join(chance.choices(ALPHABET, k=there - here)) + token[there:],
        ]
    )


@given(
    st.text(st.characters(exclude_categories=()), max_size=120) | st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)
)
def test_no_text_is_a_token(text):
    assert SEALS.open(text) is None


@pytest.mark.parametrize("added", ["=", " ", "\n", "+", "é"])
def test_foreign_characters_are_not_overlooked(added):
    token = SEALS.seal(BID)

    assert {SEALS.open(token + added), SEALS.open(added + token), SEALS.open(token[:-1] + added)} == {None}


@given(BIDS, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_neither_price_nor_shopper_can_be_read(bid, price, shopper):
    """What is in clear is the same for every price and shopper; the rest is another for each."""
    one, two = SEALS.seal(bid), SEALS.seal(replace(bid, price=price, shopper=shopper))

    assert one[:68] == two[:68]
    assert (one[68:] == two[68:]) is ((bid.price, bid.shopper) == (price, shopper))


def test_a_new_key_seals_and_old_ones_open():
    old, both, new = Seals([OLD]), Seals([NEW, OLD]), Seals([NEW])
    before, after = old.seal(BID), both.seal(BID)

    assert (both.open(before), both.open(after), new.open(after)) == (BID, BID, BID)
    assert (new.open(before), old.open(after)) == (None, None)


def test_a_foreign_key_seals_nothing_for_us():
    assert SEALS.open(Seals([OTHER]).seal(BID)) is None


def test_a_moment_is_kept_in_whole_milliseconds():
    opened = SEALS.open(SEALS.seal(replace(BID, served_at=MOMENT + timedelta(microseconds=1_999))))

    assert opened == replace(BID, served_at=MOMENT + timedelta(milliseconds=1))


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_a_shopper_is_known_by_a_digest(opaque):
    assert 1 <= shopper_of(opaque) < 2**63
    assert shopper_of(opaque) == shopper_of(opaque)


def test_nobody_is_no_shopper_and_two_shoppers_are_two():
    assert (shopper_of(None), shopper_of("")) == (NOBODY, NOBODY)
    assert len({shopper_of(f"s{number}") for number in range(1_000)}) == 1_000
