"""Chance that can be replayed: numbers that follow from a name, the same on every machine."""

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from math import log

from app.domain.delivery.prediction import PPM

_ALL = 2**64
_MASK = _ALL - 1


class Dice:
    """Throws that follow from *names*; SplitMix64 (Steele, Lea, Flood 2014), begun at a digest of them.

    What has a name of its own has throws of its own: one more of something changes nothing of anything else.
    """

    __slots__ = ("_state",)

    def __init__(self, *names: object) -> None:
        text = "\n".join(map(str, names)).encode("utf-8", "surrogatepass")
        self._state = int.from_bytes(blake2b(text, digest_size=8).digest(), "big")

    def throw(self) -> int:
        """A whole number below 2^64."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, most: int) -> int:
        """A whole number from 0 to *most* - 1, each as likely as the others."""
        return self.throw() * most >> 64

    def happens(self, ppm: int) -> bool:
        """Whether something happens that does *ppm* times in a million."""
        return self.below(PPM) < ppm

    def wait(self, mean: int) -> int:
        """How long until something happens that does at any moment alike, after *mean* units of time on average."""
        return int(-log((self.throw() + 1) / _ALL) * mean)

    def among(self, running: Sequence[int]) -> int:
        """A place among things by their weights, of which *running* has the running sums."""
        return bisect_right(running, self.below(running[-1]))
