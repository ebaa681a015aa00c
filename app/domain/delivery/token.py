"""The token of a served ad: what events cite, sealed, with the price and the shopper hidden in it (I11)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BrokenText
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from uuid import UUID

from app.domain.metrics import Placement

IMPRESSION_VALID, CLICK_VALID = timedelta(hours=1), timedelta(hours=24)  # after serving, by the server's clock
LENGTH = 108  # characters of a token: 81 bytes, a multiple of three, so that no bit of the text is without meaning
NOBODY = 0  # the shopper where none is known
_VERSION = 1
_PLACEMENTS = tuple(Placement)  # by their order, which tokens of older versions were sealed with: only append to it
_SEALED = Struct(">B6s16s16sBBHQQQ")  # version, key, auction, ad, rank, placement, target, moment; price and shopper
_HIDDEN = Struct(">QQ")  # price and shopper, under a pad
_CLEAR = _SEALED.size - _HIDDEN.size  # bytes that anybody may read
_TAG = 14
_BLOCK = 64  # bytes of SHA-256's
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class ServedBid:
    """One winner of one auction, as it was served.

    `target` is 0, or 1 + the place of the keyword or of the interest among the ad's; `price` is in micros; `shopper`
    is what `shopper_of` makes of the shop's own id; `served_at` counts in whole milliseconds.
    """

    auction_id: UUID
    rank: int
    ad_id: UUID
    placement: Placement
    target: int
    price: int
    served_at: datetime
    shopper: int = NOBODY


def shopper_of(opaque: str | None) -> int:
    """The shopper as tokens and tables know them: 63 bits of a digest, so the shop's own id is nowhere kept."""
    if not opaque:
        return NOBODY
    return int.from_bytes(sha256(opaque.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1 or 1


class Seals:
    """A ring of keys, the newest first: that one seals, and every one opens what it sealed.

    The tag is an HMAC of all that is sealed, and pads what is hidden (a synthetic IV, as in RFC 5297): the same bid
    gives the same token, and nothing random is needed.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [_Key(secret.encode()) for secret in secrets]
        self._newest, self._ring = keys[0], {key.id: key for key in reversed(keys)}

    def seal(self, bid: ServedBid) -> str:
        """The token of a bid, LENGTH characters of base64url."""
        return self.sealing(bid.auction_id, bid.placement, bid.served_at, bid.shopper)(
            bid.ad_id, bid.rank, bid.target, bid.price
        )

    def sealing(
        self, auction_id: UUID, placement: Placement, served_at: datetime, shopper: int
    ) -> Callable[[UUID, int, int, int], str]:
        """`seal` for all bids of an auction, given as ad, rank, target and price: what they share is packed once."""
        key, auction, place = self._newest, auction_id.bytes, _PLACEMENTS.index(placement)
        id, tag_of, pad_of, moment = key.id, key.tag, key.pad, (served_at - _EPOCH) // _MILLISECOND

        def seal(ad_id: UUID, rank: int, target: int, price: int) -> str:
            whole = _SEALED.pack(_VERSION, id, auction, ad_id.bytes, rank, place, target, moment, price, shopper)
            tag = tag_of(whole)[:_TAG]
            price_pad, shopper_pad = _HIDDEN.unpack_from(pad_of(tag))
            masked = _HIDDEN.pack(price ^ price_pad, shopper ^ shopper_pad)
            return urlsafe_b64encode(whole[:_CLEAR] + masked + tag).decode()

        return seal

    def open(self, token: str) -> ServedBid | None:
        """The bid of a token; None where it is broken, forged or of a key that left the ring."""
        raw = _bytes(token)
        if raw is None:
            return None
        whole, tag = raw[:-_TAG], raw[-_TAG:]
        version, id, auction, ad, rank, placement, target, moment, price, shopper = _SEALED.unpack(whole)
        key = self._ring.get(id)
        if version != _VERSION or key is None:
            return None
        price_pad, shopper_pad = _HIDDEN.unpack_from(key.pad(tag))
        price, shopper = price ^ price_pad, shopper ^ shopper_pad
        if not hmac.compare_digest(key.tag(whole[:_CLEAR] + _HIDDEN.pack(price, shopper))[:_TAG], tag):
            return None
        served_at = _EPOCH + moment * _MILLISECOND
        place = _PLACEMENTS[placement]
        return ServedBid(UUID(bytes=auction), rank, UUID(bytes=ad), place, target, price, served_at, shopper)


class _Key:
    """What is derived from one secret: a name, and two keys; one makes tags, the other hides prices and shoppers."""

    def __init__(self, secret: bytes) -> None:
        name, tags, pads = (
            hmac.digest(secret, b"endcap token: " + what, "sha256") for what in (b"name", b"tag", b"pad")
        )
        self.id, self.tag, self.pad = name[:6], _hmac(tags), _hmac(pads)


def _hmac(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104) under a key of at most _BLOCK bytes, which is prepared once.

    `hmac.digest` finds its hash anew each time: that takes longer than a token's hashing, and a token has two of them.
    """
    block = key.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return lambda text: sha256(outer + sha256(inner + text).digest()).digest()


def _bytes(token: str) -> bytes | None:
    """The bytes of a token that is written as `seal` writes it: Python's decoder overlooks foreign characters."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token)
    except BrokenText:
        return None
    return raw if urlsafe_b64encode(raw).decode() == token else None
