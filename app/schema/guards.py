"""The guard: one declaration that prints @access, refuses callers, hands out the Work, and answers refusals."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.types.field import StrawberryField

from app.db.idempotency import Claim, claim, record
from app.db.work import Work
from app.domain.access import STAFF_LEVELS, Caller, Level, Scope
from app.domain.billing.cards import check_text
from app.domain.errors import AccessDenied, Conflict, Findings, InvalidInput, NotFound, Problem, Refusal
from app.execution.guard import Guard
from app.execution.loads import Loads
from app.execution.rows import Rowed
from app.schema.context import Context
from app.schema.directives import AccessDirective, AccessLevel
from app.schema.errors import Gate, UserErrorCode
from app.schema.payloads import MutationPayload, digest, fill, recalled, refused, remembered
from app.schema.texts import texts
from app.schema.watch import Watch

HIDDEN = ("work", "scope", "ahead")
Ahead = Callable[[Any, Any], Awaitable[Any]]
"""(info, input) -> what takes long or goes out to others: done before the transaction, and given to the field."""
KEYLESS = InvalidInput(
    message="This moves money: add @idempotent(key:) with a key of your own, so that sending it again does no more.",
    path=("@idempotent", "key"),
    constraint="required",
)
UNDONE = Conflict(message="Undone: another part of this @atomic operation was refused.")


@strawberry.type(description="Why something is not permitted now")
class Denial:
    code: UserErrorCode = strawberry.field(description="Kind of the refusal")
    message: str = strawberry.field(description="What is in the way, for people")
    gate: Gate | None = strawberry.field(description="The condition that does not hold")
    required: AccessLevel | None = strawberry.field(description="Level it takes")


@strawberry.type(description="Whether a mutation would be permitted to the caller on this object now, and why not")
class Permission:
    allowed: bool = strawberry.field(description="Whether it would be carried out")
    denials: list[Denial] = strawberry.field(description="Everything in the way; empty when allowed")


class Access(Guard):
    """`Access(EDITOR, scope="campaigns:write")` on a root field, or on a nested one that not all may see.

    A mutation gets `work`, a query that asks for it gets `scope`; neither shows in the SDL.
    Without a scope, API tokens are refused. A staff desk names what its *desk* opens; what is done *ahead* of the
    transaction is given to the mutation as `ahead`. What moves money is done *once*: only with `@idempotent`.
    """

    def __init__(
        self,
        level: Level,
        scope: str | None = None,
        *,
        desk: Scope | None = None,
        ahead: Ahead | None = None,
        once: bool = False,
    ) -> None:
        self.level, self.scope, self._desk, self._ahead, self._once = level, scope, desk, ahead, once

    def apply(self, field: StrawberryField) -> None:
        if not any(isinstance(each, AccessDirective) for each in field.directives):
            scope = strawberry.UNSET if self.scope is None else self.scope
            field.directives = [AccessDirective(level=self.level, scope=scope), *field.directives]
        field.arguments = [each for each in field.arguments if each.python_name not in HIDDEN]
        for argument in field.arguments:
            if argument.python_name == "input":
                argument.description = _described(argument.type)

    def resolve(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """A declared read: at the root it gets the caller's reach, below it asks the parent's account."""
        caller: Caller = info.context.caller
        if source is None:
            self.door(caller)
            return next_(source, info, scope=caller.reach(self.level), **arguments)
        self.key(caller)
        self.lock(caller, type(source), *(getattr(source.row, name) for name in source.lock_columns))
        return next_(source, info, **arguments)

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        if info._raw_info.parent_type.name == "Mutation":  # noqa: SLF001
            return await self._mutate(next_, source, info, arguments)
        self.door(info.context.caller)
        if "scope" in info._field.base_resolver.signature.parameters:  # noqa: SLF001
            arguments["scope"] = info.context.caller.reach(self.level)
        found = await next_(source, info, **arguments)
        if isinstance(found, Watch):
            found.door = self.door  # each event comes here again
        return found

    @property
    def _needs(self) -> str:
        return f"the scope {self.scope}" if self.scope else "a person's session"

    def door(self, caller: Caller) -> None:
        """Let the caller in, or say who is missing: nobody signed in, a token's scope, a staff level."""
        if self.level is Level.PUBLIC:
            return
        if not caller.known:
            raise denied("UNAUTHENTICATED", "Sign in first: `signIn`, or send a token as `Authorization: Bearer`.")
        if not caller.in_scope(self.scope):
            raise denied("MISSING_SCOPE", f"This token may not use this field: it takes {self._needs}.")
        if caller.ingest != (self.level is Level.INGEST):
            message = "A token of the retailer's own may do what takes the level INGEST, and nobody else: "
            raise denied("FORBIDDEN", f"{message}`endcap token create` makes one.")
        if self.level in STAFF_LEVELS and not caller.holds(self.level):
            raise denied("FORBIDDEN", f"This takes the staff level {self.level.value}.")

    def permits(self, caller: Caller, account_id: Any, *problems: Problem | None) -> Permission:
        """What a mutation under this guard would say of an object: the same rules, asked beforehand."""
        found = [problem for problem in problems if problem is not None]
        if not caller.in_scope(self.scope):
            found.insert(0, AccessDenied(message=f"This takes {self._needs}.", required=self.level.value))
        elif not caller.holds_in(self.level, account_id):
            message = f"This takes the level {self.level.value} in the account."
            found.insert(0, AccessDenied(message=message, required=self.level.value))
        return permission(found)

    def staff_permits(self, caller: Caller, problems: Sequence[Problem]) -> Permission:
        """What a staff's mutation under this guard would say."""
        if caller.scopes is None and caller.holds(self.level):
            return permission(problems)
        message = f"This takes the staff level {self.level.value}."
        return permission([AccessDenied(message=message, required=self.level.value), *problems])

    def key(self, caller: Caller) -> None:
        if self.level is not Level.PUBLIC and not caller.in_scope(self.scope):
            raise denied("MISSING_SCOPE", f"This token may not use this field: it takes {self._needs}.")

    def lock(self, caller: Caller, kind: type[Rowed], *values: Any) -> None:
        if self.level is not Level.PUBLIC and not kind.held_by(caller, self.level, *values):
            raise denied("FORBIDDEN", f"This takes the level {self.level.value} in the account.")

    async def _mutate(self, next_: Any, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        context: Context = info.context
        kind: type[MutationPayload] = info._field.type  # noqa: SLF001
        self.door(context.caller)
        if context.unit.conflicted:
            context.unit.skip()
            return refused(kind, Refusal(UNDONE))
        try:
            _refuse_card_numbers(arguments.get("input"), context.unit.key)
            more = await self._done_ahead(info, arguments)
            work, loads = context.unit.work(self._opens(context.caller), info.field_name)
            payload = await self._carry_out(next_, source, info, arguments, work, loads, kind, more)
        except Refusal as refusal:
            await context.unit.refuse()
            return refused(kind, refusal)
        context.loads = loads
        return payload

    def _opens(self, caller: Caller) -> Scope:
        return self._desk or caller.reach(self.level)

    def _replayed(self, caller: Caller) -> Scope:
        """Whose objects a replay may show: a desk's are those of all accounts."""
        scope = self._opens(caller)
        return replace(scope, everything=True) if self.level in STAFF_LEVELS else scope

    async def _done_ahead(self, info: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        if self._ahead is None:
            return {}
        if info.context.unit.has_begun:
            raise Refusal(Conflict(message="This mutation is the first of an @atomic operation, or no part of one."))
        return {"ahead": await self._ahead(info, arguments["input"])}

    def _keeper(self, caller: Caller) -> UUID | None:
        """Whose key it is; nobody's on a field for everybody, whose input may be a password."""
        return None if self.level is Level.PUBLIC else caller.token_id or caller.user_id

    async def _carry_out(
        self, next_: Any, source: Any, info: Any, arguments: Any, work: Work, loads: Loads, kind: Any, more: Any
    ) -> MutationPayload:
        """The mutation once: a key that was used answers with what it did then."""
        unit = info.context.unit
        if self._once and unit.key is None and not unit.dry:
            raise Refusal(KEYLESS)
        asked = (
            _taken(self._keeper(work.caller), info.field_name, unit.key, arguments) if unit.key is not None else None
        )
        earlier = await claim(work, asked) if asked else None
        if earlier is not None:
            return await _replay(kind, earlier, loads, self._replayed(info.context.caller))
        payload: MutationPayload = await next_(source, info, work=work, **arguments, **more)
        await work.flush()
        payload.seq = None if unit.dry else work.seq  # type: ignore[assignment]
        if asked:
            await record(work, asked, remembered(payload))
            await work.flush()
        await fill(payload, loads)
        return payload


async def _replay(kind: type[MutationPayload], earlier: Any, loads: Loads, scope: Scope) -> MutationPayload:
    payload = recalled(kind, earlier.answer or {}, earlier.seq)
    if not await fill(payload, loads, scope):
        raise Refusal(NotFound(message="What this key made is no longer visible to you.", path=("@idempotent", "key")))
    return payload


def _refuse_card_numbers(input: Any, key: str | None) -> None:
    """No text of any mutation quotes one: nothing was written or sent on when it is refused (S67)."""
    found = Findings()
    check_text(found, key or "", "@idempotent", "key")
    for path, text in texts(input) if input is not None else ():
        check_text(found, text, *path)
    found.settle()


def _taken(who: UUID | None, field: str, key: str, arguments: dict[str, Any]) -> Claim:
    if who is None:
        message = "A key belongs to a signed-in caller and holds no credentials: leave @idempotent out here."
        raise Refusal(InvalidInput(message=message, path=("@idempotent",)))
    if not 1 <= len(key) <= 255:
        limit = "1 <= length <= 255"
        raise Refusal(
            InvalidInput(message="A key has 1 to 255 characters.", path=("@idempotent", "key"), constraint=limit)
        )
    return Claim(who, key, field, digest(arguments))


def _described(kind: Any) -> str | None:
    return kind.__strawberry_definition__.description


def permission(problems: Sequence[Problem]) -> Permission:
    """Whether nothing is in the way."""
    return Permission(allowed=not problems, denials=[_denial(problem) for problem in problems])


def denied(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _denial(problem: Problem) -> Denial:
    required = AccessLevel(problem.required) if isinstance(problem, AccessDenied) else None
    return Denial(code=problem.code, message=problem.message, gate=getattr(problem, "gate", None), required=required)
