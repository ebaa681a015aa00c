"""Keys that make a retry one effect, kept in the transaction of that effect (SCHEMA: @idempotent)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.tables.history import IdempotencyKey
from app.db.work import Work
from app.domain.errors import IdempotencyMismatch, Refusal

KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Claim:
    """A caller's key for one use of a field with one input."""

    caller_id: UUID
    key: str
    field: str
    digest: str


async def claim(work: Work, asked: Claim) -> IdempotencyKey | None:
    """Take the key, waiting for one in flight. What it did before, or None; a Refusal where it did something else."""
    mine = (IdempotencyKey.caller_id == asked.caller_id, IdempotencyKey.key == asked.key)
    await work.session.execute(delete(IdempotencyKey).where(*mine, IdempotencyKey.created_at < work.now - KEPT))
    insert = (postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    values = {**vars(asked), "created_at": work.now}
    taken = insert(IdempotencyKey).values(**values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if (await work.session.execute(taken)).first():
        return None
    earlier = (await work.session.scalars(select(IdempotencyKey).where(*mine))).one()
    if (earlier.field, earlier.digest) != (asked.field, asked.digest):
        message = f"The key was used before for {earlier.field} with other input: take a new key."
        raise Refusal(IdempotencyMismatch(message=message, path=("@idempotent", "key"), key=asked.key))
    return earlier


async def record(work: Work, asked: Claim, answer: dict[str, Any]) -> None:
    """Keep what the effect answered with: ids and plain values, no secrets."""
    earlier = await work.session.get_one(IdempotencyKey, (asked.caller_id, asked.key))
    earlier.answer, earlier.seq = answer, work.seq


async def forget(work: Work) -> None:
    """Delete the keys that are past their time."""
    await work.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < work.now - KEPT))
