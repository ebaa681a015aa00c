"""The interests that shops may name, and what each stands for: itself and all that it is a part of (S49)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.text import fold


@dataclass(frozen=True)
class Taxonomy:
    """`by_id` has an interest with those above it, `by_name` the same by its folded name."""

    by_id: Mapping[UUID, Sequence[UUID]]
    by_name: Mapping[str, Sequence[UUID]]

    @classmethod
    def of(cls, interests: Iterable[tuple[UUID, str, Sequence[str]]]) -> "Taxonomy":
        """From the id, the name and the path of each."""
        known = [(id, name, tuple(path)) for id, name, path in interests]
        ids = {path: id for id, _, path in known}
        by_id = {id: [ids[path[:end]] for end in range(len(path), 0, -1) if path[:end] in ids] for id, _, path in known}
        by_name: dict[str, list[UUID]] = {}
        for id, name, _ in known:
            by_name.setdefault(fold(name), []).extend(by_id[id])
        return cls(by_id, by_name)

    def named(self, name: str) -> Sequence[UUID]:
        """What a name stands for; nothing, where no interest is called so."""
        return self.by_name.get(fold(name), ())
