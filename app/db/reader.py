"""Where declared reads run: on a connection of the pool, or inside a Work, which then sees what it has changed."""

from asyncio import Lock
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.keys import Selection


class Reader(Protocol):
    async def rows(self, statement: Selection) -> Sequence[Any]: ...


class Pooled:
    """Each statement on a connection of its own, in autocommit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, statement: Selection) -> Sequence[Any]:
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).all()


class Inside:
    """Every statement on the Work's own connection, one after another."""

    def __init__(self, session: AsyncSession) -> None:
        self._session, self._turn = session, Lock()

    async def rows(self, statement: Selection) -> Sequence[Any]:
        async with self._turn:
            connection = await self._session.connection()
            return (await connection.execute(statement)).all()
