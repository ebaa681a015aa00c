"""A mapping that never changes: a change gives another one, which shares with it all that stayed the same."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
SHARDS = 512  # of 200,000 keys a change copies some 400


class Sharded(Generic[K, V]):
    __slots__ = ("_shards",)

    def __init__(self, items: Iterable[tuple[K, V]] = ()) -> None:
        self._shards: list[dict[K, V]] = [{} for _ in range(SHARDS)]
        for key, value in items:
            self._shards[hash(key) % SHARDS][key] = value

    def get(self, key: K) -> V | None:
        return self._shards[hash(key) % SHARDS].get(key)

    def __iter__(self) -> Iterator[K]:
        return (key for shard in self._shards for key in shard)

    def __len__(self) -> int:
        return sum(map(len, self._shards))

    def changed(self, changes: Mapping[K, V | None]) -> "Sharded[K, V]":
        """The mapping with these values; None takes a key out."""
        if not changes:
            return self
        other: Sharded[K, V] = Sharded.__new__(Sharded)
        other._shards = self._shards.copy()
        copied = set[int]()
        for key, value in changes.items():
            at = hash(key) % SHARDS
            if at not in copied:
                other._shards[at] = other._shards[at].copy()
                copied.add(at)
            if value is None:
                other._shards[at].pop(key, None)
            else:
                other._shards[at][key] = value
        return other
