"""Where declared reads run: on a connection of the pool, or inside a Work, which then sees what it has changed."""

from asyncio import Lock, ensure_future, shield
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.drivers import Borrowed
from app.db.engine import Database
from app.db.keys import Selection
from app.db.prepared import Columns, Prepared


class Reader(Protocol):
    @property
    def dialect(self) -> Dialect: ...

    async def rows(self, statement: Selection) -> Sequence[Any]: ...

    async def columns(self, statement: Prepared, values: Mapping[str, Any]) -> Columns: ...


class Pooled:
    """Each statement on a connection of its own, in autocommit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def dialect(self) -> Dialect:
        return self._database.dialect

    async def rows(self, statement: Selection) -> Sequence[Any]:
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).all()

    async def columns(self, statement: Prepared, values: Mapping[str, Any]) -> Columns:
        return await statement.columns(self._database.reads, values)


class Inside:
    """Every statement on the Work's own connection, one after another."""

    def __init__(self, session: AsyncSession) -> None:
        self._session, self._turn = session, Lock()
        self._ended = False

    @property
    def dialect(self) -> Dialect:
        return self._session.get_bind().dialect

    async def end(self) -> None:
        """Wait for the statement that runs; later ones find the transaction over and read nothing."""
        async with self._turn:
            self._ended = True

    async def rows(self, statement: Selection) -> Sequence[Any]:
        """A statement is never broken off: that would take the transaction with it."""
        return await shield(ensure_future(self._rows(statement)))

    async def columns(self, statement: Prepared, values: Mapping[str, Any]) -> Columns:
        return await shield(ensure_future(self._columns(statement, values)))

    async def _rows(self, statement: Selection) -> Sequence[Any]:
        async with self._turn:
            if self._ended:
                return []  # a batch whose field was given up meanwhile: nobody waits for it
            connection = await self._session.connection()
            return (await connection.execute(statement)).all()

    async def _columns(self, statement: Prepared, values: Mapping[str, Any]) -> Columns:
        async with self._turn:
            if self._ended:
                return statement.empty
            raw = await (await self._session.connection()).get_raw_connection()
            return await statement.columns(Borrowed(raw.driver_connection), values)
