"""Where browsers pass on their way to an identity provider and back: looked up, used once, sent on (S5)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.db.engine import FAULTS, is_away
from app.domain.access import NOBODY, Caller
from app.domain.identity import LoginOutcome, returning
from app.domain.ports import Unproved
from app.domain.text import printable
from app.resolvers.identity.callers import authenticate
from app.resolvers.identity.logins import Attempt, seen
from app.resolvers.onboarding.login import Said, finish
from app.schema.context import Services
from app.web.gate import Origins
from app.web.pages import CLOSED, admit, document, hashed
from app.web.session import SessionCookie

STYLE = "body { margin: 0 auto; max-width: 640px; padding: 24px 16px; font: 16px/1.5 system-ui, sans-serif; }"
CSP = f"{CLOSED}; form-action 'none'; style-src {hashed(STYLE)}"
ON = {"cache-control": "no-store", "referrer-policy": "no-referrer"}  # the address that was left holds a code
STATE = re.compile(r"eco_[\w-]{43}", re.ASCII)
CODE = re.compile(r"[ -~]{1,4096}")  # RFC 6749, appendix A.11
UNKNOWN = "This login is not known here, or a later one took its place. Go back to your registration and begin again."
AWAY = "The database cannot be reached right now. Go back to your registration in a moment and begin again."
Step = Callable[[Request, str, Attempt], Awaitable[str]]
log = structlog.get_logger("endcap.login")


@dataclass(frozen=True)
class LoginPages:
    """`/login/start` and `/login/callback`: the redirects of the protocol, and so by GET.

    Both ask for the session that began, by its cookie or as a bearer token: a link that was sent to somebody
    else proves nothing for the sender, and nothing for them.
    """

    services: Services
    origins: Origins
    cookie: SessionCookie

    def routes(self) -> list[BaseRoute]:
        return [Route("/login/start", self.start), Route("/login/callback", self.callback)]

    async def start(self, request: Request) -> Response:
        return await self._passing(request, self._start)

    async def callback(self, request: Request) -> Response:
        return await self._passing(request, self._finish)

    async def _passing(self, request: Request, step: Step) -> Response:
        """Send the browser on, or tell what is in the way where it is not known whence it came."""
        admit(request, self.origins)
        if request.method != "GET":  # Starlette takes HEAD for it
            raise HTTPException(405, headers={"Allow": "GET"})
        state = _one(request, "state", STATE)
        try:
            attempt = await seen(self.services.database, state) if state else None
            if state is None or attempt is None:
                return _page(UNKNOWN, 400)
            return RedirectResponse(await step(request, state, attempt), 303, ON)
        except FAULTS as fault:
            if not is_away(fault):
                raise
            log.warning("the database is away", exc_info=fault)
            return _page(AWAY, 503)

    async def _start(self, request: Request, state: str, attempt: Attempt) -> str:
        try:
            attempt.check((await self._caller(request)).session_id, self.services.clock())
            return await self.services.logins.address(attempt.provider, state, attempt.nonce, attempt.verifier)
        except Unproved as end:
            return _told(attempt, end)

    async def _finish(self, request: Request, state: str, attempt: Attempt) -> str:
        services, caller = self.services, await self._caller(request)
        error = request.query_params.get("error")
        said = Said(_one(request, "code", CODE), error, request.query_params.get("iss"))
        try:
            await finish(services.database, services.logins, services.clock, caller, state, said)
        except Unproved as end:
            return _told(attempt, end)
        return returning(attempt.return_to, LoginOutcome.PROVED)

    async def _caller(self, request: Request) -> Caller:
        token = self.cookie.token(request)
        return await authenticate(self.services.database, token, self.services.clock()) if token else NOBODY


def _one(request: Request, name: str, form: re.Pattern[str]) -> str | None:
    """A parameter that is given once, and as it must be."""
    given = request.query_params.getlist(name)
    return given[0] if len(given) == 1 and form.fullmatch(given[0]) else None


def _told(attempt: Attempt, end: Unproved) -> str:
    """Where the browser is sent that proved nothing; the operator is told why."""
    why = printable(str(end))[:500]
    log.warning("a login proved nothing", provider=attempt.provider, outcome=end.outcome.value, why=why)
    return returning(attempt.return_to, end.outcome)


def _page(text: str, status: int) -> Response:
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Login</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body><h1>Nothing was proved</h1><p>{text}</p></body></html>"""
    response = document(html, CSP, status)
    if status == 503:
        response.headers["retry-after"] = "5"
    return response
