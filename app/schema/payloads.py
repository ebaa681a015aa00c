"""What mutations answer with: the changed objects, what was refused, and the change's number; kept for a replay."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Any, TypeVar

import orjson
import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

from app.db.ids import global_id, parse
from app.db.reads import RootOne
from app.domain.access import Scope
from app.domain.errors import Refusal
from app.execution.loads import Loads
from app.execution.rows import Keyed, Rowed
from app.schema.errors import MEMBERS, UserError, user_errors
from app.schema.relay import NODES
from app.schema.scalars import BigInt

P = TypeVar("P", bound="MutationPayload")
SECRET = {"secret": True}
REFUSED, TYPE = "userErrors", "__typename"


@strawberry.interface(description="What every mutation answers with")
class MutationPayload:
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What was refused and why; empty when the mutation was carried out"
    )
    seq: BigInt | None = strawberry.field(
        default=None, description="Change sequence of what was written; null when nothing was"
    )


def refused(kind: type[P], refusal: Refusal) -> P:
    return kind(user_errors=user_errors(refusal))


async def fill(payload: MutationPayload, loads: Loads, scope: Scope | None = None) -> bool:
    """Read the rows of the payload's objects inside the Work; whether all are there, and opened by the scope if any."""
    wanted: dict[RootOne, list[Any]] = {}
    for item in _objects(payload):
        wanted.setdefault(NODES[type(item).__strawberry_definition__.name].read, []).append(item)  # type: ignore[attr-defined]
    for read, items in wanted.items():
        keys = list(dict.fromkeys(item.row.id for item in items))
        rows = await (loads.roots(read, scope, keys) if scope else loads.keyed(read, keys))
        for item in items:
            item.row = rows.get(item.row.id)
    return all(item.row is not None for items in wanted.values() for item in items)


def remembered(payload: MutationPayload) -> dict[str, Any]:
    """The payload as an idempotency key keeps it: global ids of objects, plain values, no secrets."""
    names = [field.name for field in fields(payload) if not field.metadata.get("secret")]
    kept = {name: _kept(getattr(payload, name)) for name in names if name not in ("user_errors", "seq")}
    refused_items = [{TYPE: type(each).__name__, **_kept(each)} for each in payload.user_errors]
    return {**kept, REFUSED: refused_items} if refused_items else kept  # of a batch, whose other items were written


def recalled(kind: type[P], answer: dict[str, Any], seq: int | None) -> P:
    """The payload of an earlier use of a key: its objects are read afresh, its secrets are gone."""
    values = {field.python_name: field.type for field in kind.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    answer = dict(answer)
    refused_items = [_member(each) for each in answer.pop(REFUSED, ())]
    again = {name: _again(values[name], kept) for name, kept in answer.items()}
    return kind(**again, user_errors=refused_items, seq=None if seq is None else BigInt(seq))


def _member(kept: dict[str, Any]) -> UserError:
    kind = next(member for member in MEMBERS if member.__name__ == kept[TYPE])
    return _made(kind, {name: each for name, each in kept.items() if name != TYPE})


def digest(arguments: dict[str, Any]) -> str:
    """SHA-256 of a mutation's input."""
    return sha256(orjson.dumps(arguments, default=_given, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _given(value: Any) -> Any:
    if hasattr(value, "__strawberry_definition__"):
        return {name: each for name, each in vars(value).items() if each is not strawberry.UNSET}
    return str(value)


def _objects(payload: MutationPayload) -> Iterator[Rowed]:
    for field in fields(payload):
        value = getattr(payload, field.name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Rowed) and isinstance(item.row, Keyed):
                yield item


def _kept(value: Any) -> Any:
    """A value as JSON: an object that has an id by it, any other by its fields."""
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, Rowed):
        return {"id": global_id(type(value).__strawberry_definition__.name, value.row.id)}  # type: ignore[attr-defined]
    if isinstance(value, Enum):
        return value.name
    if hasattr(value, "__strawberry_definition__"):
        return {name: _kept(each) for name, each in vars(value).items()}
    return value.isoformat() if isinstance(value, date) else value


def _again(kind: Any, kept: Any) -> Any:
    """The value of a field's type that was kept; objects with an id are read afresh."""
    if isinstance(kind, StrawberryOptional):
        return None if kept is None else _again(kind.of_type, kept)
    if isinstance(kind, StrawberryList):
        return [_again(kind.of_type, each) for each in kept]
    if isinstance(kind, StrawberryEnumDefinition):
        return kind.wrapped_cls[kept]
    if isinstance(kind, type) and issubclass(kind, date):
        return kind.fromisoformat(kept)
    if isinstance(kept, dict):
        found = parse(kept.get("id", ""))
        return NODES[found[0]].kind.keyed(found[1]) if found else _made(kind, kept)
    return kept


def _made(kind: Any, kept: dict[str, Any]) -> Any:
    fields = {field.python_name: field.type for field in kind.__strawberry_definition__.fields}
    return kind(**{name: _again(fields[name], each) for name, each in kept.items()})
