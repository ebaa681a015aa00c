"""The proof of the login that a registration's path asks for: begun by the applicant, recorded on return (S4, S5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db.engine import Database
from app.db.tables.onboarding import Registration
from app.db.work import Work, transaction
from app.domain.access import NOTHING, Caller
from app.domain.errors import Findings
from app.domain.events import Event
from app.domain.identity import LoginOutcome, Returns
from app.domain.onboarding import logins as rules
from app.domain.ports import Logins, Proof, Unproved
from app.resolvers.identity import logins
from app.resolvers.identity.logins import Attempt
from app.resolvers.onboarding.reads import facts, locked

ACTION = "loginCallback"
DENIED = "access_denied"


@dataclass(frozen=True)
class Said:
    """What the provider gave the browser to bring: a code or an error, and its name."""

    code: str | None
    error: str | None
    issuer: str | None


async def begin_login(
    work: Work, providers: Logins, returns: Returns, id: UUID, return_to: str
) -> tuple[Registration, str]:
    """The applicant's own registration, and the address to send their browser to."""
    registration = await locked(work, id, own=True)
    found = Findings()
    found.add(*rules.begin_problems(await facts(work, registration), providers.offered))
    found.add(returns.problem(return_to, "returnTo"))
    found.settle()
    state = await logins.begin_attempt(work, registration.id, registration.path.value, return_to)
    return registration, providers.start(state)


async def finish(
    database: Database, providers: Logins, clock: Callable[[], datetime], caller: Caller, state: str, said: Said
) -> None:
    """The browser came back: the attempt is used up, the provider asked, the proof recorded. Raises Unproved.

    The network is between two transactions (law 8); whoever fails has to begin again.
    """
    async with transaction(database, caller, NOTHING, clock(), ACTION) as work:
        attempt = await logins.use_up(work, state)
    attempt.check(caller.session_id, clock())
    if said.error is not None or said.code is None:
        outcome = LoginOutcome.DENIED if said.error == DENIED else LoginOutcome.FAILED
        raise Unproved(outcome, said.error or "no code")
    proof = await providers.prove(attempt.provider, said.code, attempt.verifier, attempt.nonce, said.issuer)
    async with transaction(database, caller, NOTHING, clock(), ACTION) as work:
        await _record(work, attempt, proof)


async def _record(work: Work, attempt: Attempt, proof: Proof) -> None:
    registration = await locked(work, attempt.registration_id, own=True)
    if not rules.takes_proof(registration.status):
        raise Unproved(LoginOutcome.CLOSED, f"the registration is {registration.status.value}")
    identity = await logins.own(work, proof)
    registration.login_proved_at = work.now
    work.emit(Event.LOGIN_PROVED, registration, login_proved_at=work.now, issuer=proof.issuer, identity=identity)
