"""The generic loader: whatever siblings ask of one declared read becomes one statement."""

from asyncio import shield
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, bindparam
from strawberry.dataloader import DataLoader

from app.db.keys import among
from app.db.page import COUNTED_EXACTLY, Window, counted, cut, ordered, windowed
from app.db.prepared import Prepared
from app.db.reader import Reader
from app.db.reads import Many, One, Paged, RootOne, RootPaged
from app.domain.access import EVERYTHING

Start = Callable[[], Any]


class Loads:
    """The reads of one request, or of one mutation field: batched, and each key read once.

    A *place* identifies a field of the document; its arguments are the same for all siblings.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    async def _load(self, place: Any, load: Callable[[list[Any]], Any], key: Any) -> Any:
        """The value of a key. It is shielded: graphql-core cancels siblings of what failed, and they share loads."""
        if place not in self._loaders:
            self._loaders[place] = DataLoader(load_fn=load)
        return await shield(self._loaders[place].load(key))

    async def one(self, read: One, place: Any, key: Any, arguments: dict[str, Any]) -> Any:
        """The row of a parent's key, or None."""

        async def load(keys: list[Any]) -> list[Any]:
            rows = await self.reader.rows(read.rows(among(keys), **arguments))
            found = {getattr(row, read.key): row for row in rows}
            return [found.get(key) for key in keys]

        return None if key is None else await self._load((place, id(read), "one"), load, key)

    async def branch(self, read: RootOne, place: Any, key: Any, scope: Any) -> Any:
        """The row of a key that a scope opens, or None."""

        async def load(keys: list[Any]) -> list[Any]:
            found = await self.roots(read, scope, keys)
            return [found.get(key) for key in keys]

        return None if key is None else await self._load((place, id(read), "branch"), load, key)

    async def many(self, read: Many, place: Any, key: Any, arguments: dict[str, Any]) -> Sequence[Any]:
        """The rows of a parent's key, in their order."""

        async def load(keys: list[Any]) -> list[list[Any]]:
            rows = await self.reader.rows(ordered(read.rows(among(keys), **arguments), read.order))
            return _grouped(rows, read.key, keys)

        return await self._load((place, id(read), "many"), load, key)

    async def page(self, read: Paged, place: Any, key: Any, wanted: Window, arguments: dict[str, Any]) -> Any:
        """The page of a parent's key."""

        async def load(keys: list[Any]) -> list[Any]:
            rows = await self.reader.rows(windowed(read.rows(among(keys), **arguments), read.key, wanted))
            return [cut(group, wanted) for group in _grouped(rows, read.key, keys)]

        return await self._load((place, id(read), "page"), load, key)

    async def count(self, read: Paged, place: Any, key: Any, arguments: dict[str, Any]) -> int:
        """How many rows the whole connection of a parent's key has; see `counted` for its limit."""

        async def load(keys: list[Any]) -> list[int]:
            rows = await self.reader.rows(counted(read.rows(among(keys), **arguments), read.key))
            found = {row.key: row.count for row in rows}
            return [min(found.get(key, 0), COUNTED_EXACTLY + 1) for key in keys]

        return await self._load((place, id(read), "count"), load, key)

    async def root(self, read: RootOne, scope: Any, arguments: dict[str, Any]) -> Any:
        rows = await self.reader.rows(read.rows(scope, **arguments))
        return rows[0] if rows else None

    async def keyed(self, read: RootOne, ids: Sequence[UUID]) -> dict[UUID, Any]:
        """The rows of these keys, whoever asks: by one statement a read, which is made once."""
        statement = _by_key(read, self.reader.dialect)
        columns = await self.reader.columns(statement, {"ids": list(ids)})
        rows = (SimpleNamespace(**dict(zip(statement.names, row, strict=True))) for row in zip(*columns, strict=True))
        return {row.id: row for row in rows}

    async def roots(self, read: RootOne, scope: Any, ids: Sequence[UUID]) -> dict[UUID, Any]:
        """The rows of these keys that a scope opens."""
        return {row.id: row for row in await self.reader.rows(read.rows(scope, ids=list(ids)))}

    async def root_page(self, read: RootPaged, scope: Any, wanted: Window, arguments: dict[str, Any]) -> Any:
        read.check(scope, **arguments)
        return cut(await self.reader.rows(windowed(read.rows(scope, **arguments), None, wanted)), wanted)

    async def root_count(self, read: RootPaged, scope: Any, arguments: dict[str, Any]) -> int:
        (row,) = await self.reader.rows(counted(read.rows(scope, **arguments), None))
        return int(row.count)


@lru_cache(maxsize=256)
def _by_key(read: RootOne, dialect: Dialect) -> Prepared:
    return Prepared(read.rows(EVERYTHING, ids=bindparam("ids")), dialect)


def _grouped(rows: Sequence[Any], key: str, keys: list[Any]) -> list[list[Any]]:
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return [groups[each] for each in keys]
