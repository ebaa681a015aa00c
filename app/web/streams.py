"""Subscriptions that run: opened by the same gate as queries, asked afresh who asks for every event, and ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import structlog
from graphql import ExecutionResult, GraphQLError, OperationType
from graphql.execution import create_source_event_stream

from app.db.engine import is_away
from app.db.followers import Behind
from app.domain.access import NOBODY, Caller
from app.domain.errors import Refusal
from app.execution.executor import Executor, is_expected
from app.resolvers.identity.callers import authenticate, standing
from app.schema.context import Context, Services
from app.schema.errors import shown
from app.schema.watch import Watch
from app.web.documents import Document, Documents
from app.web.gate import Asked, Refused

ATTEND = 0.5  # seconds between looks who may still follow what
MOST_OF_CALLER = 100  # subscriptions, and connections, of one person or token in a process
MESSAGES = {
    "UNAUTHENTICATED": "The session or token has ended: sign in again.",
    "SLOW_CONSUMER": "Events came faster than they were taken. Subscribe again; accountEvents goes on with sinceSeq.",
    "UNAVAILABLE": "The database cannot be reached right now. Subscribe again; accountEvents goes on with sinceSeq.",
    "TIMEOUT": "The event took too long to be made. Ask for less of it.",
    "RESTARTING": "The server restarts. Subscribe again; accountEvents goes on with sinceSeq.",
}
log = structlog.get_logger("endcap.streams")
Error = dict[str, Any]


class Stopped(Exception):
    """A subscription ends here, or never begins: with these errors."""

    def __init__(self, *errors: Error) -> None:
        self.errors = errors

    @classmethod
    def because(cls, code: str, message: str = "") -> "Stopped":
        return cls({"message": message or MESSAGES[code], "extensions": {"code": code, "requestId": uuid4().hex}})

    @property
    def code(self) -> str:
        return self.errors[0]["extensions"]["code"]


@dataclass(eq=False)
class Asker:
    """Who holds a connection: what they came with, whom it stood for when last asked, and what runs for them."""

    token: str | None
    address: str
    from_browser: bool
    dismissed: Callable[[Stopped], None]  # is told when the session has ended, or the server ends
    caller: Caller = NOBODY
    streams: "set[Stream]" = field(default_factory=set)

    @property
    def id(self) -> UUID | None:
        return self.caller.token_id or self.caller.user_id


class Streams:
    """All subscriptions of this process."""

    def __init__(self, schema: Any, services: Services, documents: Documents, seconds: float) -> None:
        self.schema, self.services, self._documents, self.seconds = schema, services, documents, seconds
        self._askers: set[Asker] = set()
        self._attending: asyncio.Task[None] | None = None
        self._closing = False

    async def welcome(self, asker: Asker) -> None:
        """Find out who it is; whoever is welcome must take leave. Nobody unknown is."""
        if self._closing:
            raise Stopped.because("RESTARTING")
        if asker.token is not None:
            async with _within(self.seconds):
                asker.caller = await authenticate(self.services.database, asker.token, self.services.clock())
        if asker.caller is NOBODY:
            raise Stopped.because("UNAUTHENTICATED", "Sign in first, or send a token as `Authorization: Bearer`.")
        if sum(each.id == asker.id for each in self._askers) >= MOST_OF_CALLER:
            raise _too_many(MOST_OF_CALLER, "connections")
        self._askers.add(asker)
        if self._attending is None:
            self._attending = asyncio.create_task(self._attend())

    def leave(self, asker: Asker) -> None:
        self._askers.discard(asker)
        if not self._askers and self._attending is not None:
            self._attending.cancel()
            self._attending = None

    def close(self) -> None:
        """The server ends: so does everything here."""
        self._closing = True
        for asker in tuple(self._askers):
            self._dismiss(asker, Stopped.because("RESTARTING"))

    async def open(self, asker: Asker, asked: Asked) -> "Stream":
        """Begin to follow what is asked; raises Stopped where that is refused. Whoever opens must close."""
        document = self._prepared(asked)
        if sum(len(each.streams) for each in self._askers if each.id == asker.id) >= MOST_OF_CALLER:
            raise _too_many(MOST_OF_CALLER, "subscriptions")
        stream = Stream(self, asker, document)
        asker.streams.add(stream)  # counted from now on
        try:
            await stream.start(asked)
        except BaseException:
            stream.close()
            raise
        return stream

    def _prepared(self, asked: Asked) -> Document:
        if not asked.query:
            raise Stopped.because("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        try:
            document = self._documents.prepare(asked)
        except Refused as refused:
            raise Stopped.because(refused.code, refused.message) from None
        if document.errors:
            raise stopped(document.errors)
        operation = document.operation(asked.operation_name)
        if operation is not None and operation.operation is not OperationType.SUBSCRIPTION:
            message = "Only subscriptions are streamed: send queries and mutations by POST, and accept JSON."
            raise Stopped.because("BAD_REQUEST", message)
        return document

    async def _attend(self) -> None:
        """Twice a second, ask for all of them at once who still stands for whom; whoever changed is looked at."""
        while True:
            await asyncio.sleep(ATTEND)
            try:
                askers = tuple(self._askers)
                tokens = {asker.token for asker in askers if asker.token is not None}
                callers = await standing(self.services.database, tokens, self.services.clock())
                changed = [each for each in askers if callers.get(each.token or "", NOBODY) != each.caller]
                await asyncio.gather(*(self._renew(each, callers.get(each.token or "", NOBODY)) for each in changed))
            except Exception:  # the last resort: whoever attends must outlive whatever it meets
                log.exception("callers could not be checked")

    async def _renew(self, asker: Asker, caller: Caller) -> None:
        if caller is NOBODY:
            self._dismiss(asker, Stopped.because("UNAUTHENTICATED"))
            return
        for stream in tuple(asker.streams):
            await stream.check(caller)
        asker.caller = caller

    def _dismiss(self, asker: Asker, why: Stopped) -> None:
        for stream in tuple(asker.streams):
            stream.end(why)
        asker.dismissed(why)


class Stream:
    """One subscription of somebody: an iterator of answers, which raises Stopped at its end."""

    def __init__(self, streams: Streams, asker: Asker, document: Document) -> None:
        self._streams, self._asker, self._document = streams, asker, document
        self._services = streams.services
        self._watch: Watch | None = None
        self._executor: Executor | None = None
        self._why: Stopped | None = None

    async def start(self, asked: Asked) -> None:
        """Pass the guard, and follow from now on."""
        async with _within(self._streams.seconds):
            context = self._context(await self._caller())
        node, values, name = self._document.node, asked.variables, asked.operation_name
        schema = self._streams.schema
        executor: Any = Executor.build(schema, node, None, context, values, name, max_coercion_errors=10)
        if isinstance(executor, list):
            mistakes = [GraphQLError(e.message[:500], e.nodes, extensions={"code": "BAD_USER_INPUT"}) for e in executor]
            raise stopped(mistakes)
        executor.plans, executor.document = self._services.plans, self._document.digest
        async with _within(self._streams.seconds):
            _ = executor.plan  # made once, for all events
            source: Any = create_source_event_stream(executor)
            source = await source if executor.is_awaitable(source) else source
        if isinstance(source, ExecutionResult):
            raise stopped(source.errors or ())
        self._executor, self._watch = executor, source
        if self._why is not None:
            raise self._why
        if self._asker.caller != context.caller:  # they changed meanwhile, when this could not be looked at yet
            async with _within(self._streams.seconds):
                await self.check(await self._caller())

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self._answers()

    async def _answers(self) -> AsyncIterator[dict[str, Any]]:
        if self._watch is None:
            raise TypeError("a stream is started first")
        try:
            async for change in self._watch:
                async with _within(self._streams.seconds):
                    answer = await self._answer(self._watch, change)
                if answer is not None:
                    yield answer
        except Behind:
            raise Stopped.because("SLOW_CONSUMER") from None

    async def _answer(self, watch: Watch, change: Any) -> dict[str, Any] | None:
        """What a change is to whoever asks now, or None."""
        context = self._context(await self._caller())
        try:
            event = await watch.show(context, change)
        except (Refusal, GraphQLError) as refusal:
            raise _refused(refusal) from None
        return None if event is None else await self._executed(event, context)

    async def _executed(self, event: Any, context: Context) -> dict[str, Any]:
        executor: Any = self._executor.build_per_event_executor(event)  # type: ignore[union-attr]
        executor.context_value = context
        result = executor.execute_operation()
        result = await result if executor.is_awaitable(result) else result
        if not result.errors:
            return {"data": result.data}
        return {"errors": _told(result.errors), "data": result.data}

    async def _caller(self) -> Caller:
        """Who asks now, whatever was known before."""
        caller = await authenticate(self._services.database, self._asker.token or "", self._services.clock())
        if caller is NOBODY:
            raise Stopped.because("UNAUTHENTICATED")
        return caller

    def _context(self, caller: Caller) -> Context:
        return Context(self._services, caller, self._asker.address, self._asker.from_browser)

    async def check(self, caller: Caller) -> None:
        """The caller's grants have changed: end what they may not follow any more."""
        if self._watch is not None:
            try:
                await self._watch.admit(self._context(caller))
            except (Refusal, GraphQLError) as refusal:
                self.end(_refused(refusal))

    def end(self, why: Stopped) -> None:
        self._why = why
        if self._watch is not None:
            self._watch.follower.end(why)

    def close(self) -> None:
        self._asker.streams.discard(self)
        if self._watch is not None:
            self._watch.follower.leave()


def stopped(errors: Sequence[GraphQLError]) -> Stopped:
    return Stopped(*_told(errors))


def _refused(refusal: Refusal | GraphQLError) -> Stopped:
    error = refusal if isinstance(refusal, GraphQLError) else GraphQLError("", original_error=refusal)
    return stopped([error])


def _too_many(most: int, what: str) -> Stopped:
    return Stopped.because("LIMIT", f"At most {most} {what} at once: end one first.")


def _told(errors: Sequence[GraphQLError]) -> list[Error]:
    """Errors as a client sees them; faults are logged, and those of a database that is away end the stream."""
    request_id = uuid4().hex
    for error in errors:
        if not is_expected(error) and error.original_error is not None:
            if is_away(error.original_error):
                raise Stopped.because("UNAVAILABLE")
            log.error("fault in an event", request_id=request_id, path=error.path, exc_info=error.original_error)
    return [shown(error, request_id) for error in errors]


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """A deadline, and the last resort: whatever fails ends the stream with a code."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except Stopped:
        raise
    except TimeoutError:
        raise Stopped.because("TIMEOUT") from None
    except Exception as fault:  # the last resort: whatever failed is ours, masked and logged
        raise stopped([GraphQLError("", original_error=fault)]) from fault
