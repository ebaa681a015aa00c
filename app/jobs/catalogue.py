"""Importing products from the retailer's file, JSON lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from app.db.engine import Database
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.catalogue import product
from app.domain.errors import InvalidInput, NotFound, Refusal
from app.jobs.files import Broken, Outcome, Progress, broken, lines
from app.resolvers import catalogue
from app.resolvers.accounts import account as accounts

BATCH = 1_000
ACTION = "import products"


@dataclass(frozen=True)
class Import:
    """A file of products for a vendor, whose account must exist; no Brand is made of it."""

    database: Database
    clock: Callable[[], datetime]
    path: Path
    vendor_code: str
    product_url: str
    currency: str

    async def run(self, *, strict: bool, progress: Progress | None = None) -> Outcome:
        """Write what is new or different; with *strict* nothing at all where a line is broken."""
        await self._check_vendor()
        outcome = Outcome()
        if strict:
            outcome.broken = [each for each in self._records() if isinstance(each, Broken)]
            if outcome.broken:
                return outcome
        batch: list[dict[str, Any]] = []
        for record in self._records(progress):
            if isinstance(record, Broken):
                outcome.broken.append(record)
                continue
            batch.append(record)
            if len(batch) == BATCH:
                await self._write(batch, outcome)
                batch = []
        await self._write(batch, outcome)
        await self._note(outcome)
        return outcome

    def _records(self, progress: Progress | None = None) -> Iterator[dict[str, Any] | Broken]:
        """The products of the file, and its broken lines by number, field and reason."""
        seen: dict[str, int] = {}
        for number, text in lines(self.path, progress):
            if not text.strip():
                continue
            try:
                record = product(_object(text), self.product_url, self.currency)
                record["vendor_code"] = self.vendor_code
            except Refusal as refusal:
                yield from broken(number, refusal)
                continue
            first = seen.setdefault(record["sku"], number)
            yield record if first == number else Broken(number, "sku", f"the same as in line {first}")

    async def _check_vendor(self) -> None:
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), ACTION) as work:
            if await accounts.of_vendor(work, self.vendor_code) is None:
                advice = "make one with `endcap account create NAME --vendor CODE --admin EMAIL`"
                raise Refusal(NotFound(message=f"No account has the vendor code {self.vendor_code}: {advice}."))

    async def _write(self, batch: list[dict[str, Any]], outcome: Outcome) -> None:
        if not batch:
            return
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), ACTION) as work:
            written = (await catalogue.upsert(work, batch)).total()
        outcome.written += written
        outcome.unchanged += len(batch) - written

    async def _note(self, outcome: Outcome) -> None:
        """Write the import to the history of the vendor's accounts; one that changed nothing is none."""
        if not outcome.written:
            return
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), ACTION) as work:
            written = {self.vendor_code: outcome.written}
            await catalogue.note(work, written, file=self.path.name, broken=len(outcome.broken))


def _object(text: str) -> dict[str, Any]:
    if "\N{REPLACEMENT CHARACTER}" in text:  # what `lines` puts for bytes that it cannot read
        raise Refusal(InvalidInput(message="is not UTF-8"))
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        raise Refusal(InvalidInput(message=f"is not JSON: {fault}")) from None
    if not isinstance(record, dict):
        raise Refusal(InvalidInput(message="must be a JSON object"))
    return record
