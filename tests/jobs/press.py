"""A press in a process of its own, slow enough to be killed: `python -m tests.jobs.press DATABASE_URL STORAGE_URL`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.adapters.reports import Files
from app.config import Settings
from app.resolvers import reports
from app.wiring import Installation


class Slow(Files):
    """Says that it writes, and takes its time."""

    @asynccontextmanager
    async def open(self, *arguments: Any) -> AsyncIterator[Any]:
        async with super().open(*arguments) as sheet:
            add = sheet.add

            async def slowly(rows: Sequence[Any]) -> None:
                await add(rows)
                sys.stdout.write("writing\n")
                sys.stdout.flush()
                await asyncio.sleep(60)

            sheet.add = slowly  # type: ignore[method-assign]
            yield sheet


if __name__ == "__main__":
    installation = Installation(Settings(database_url=sys.argv[1], storage_url=sys.argv[2]))
    press = installation.runner._long[reports.WRITE].do.__self__  # type: ignore[attr-defined]
    object.__setattr__(press, "sheets", Slow())
    asyncio.run(installation.runner.keep())
