"""The pages and endpoints of the pretend identity providers of a development; they run without script."""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.domain.identity import Returns
from app.domain.ports import Dismissed, Issuer
from app.domain.text import line, line_problem
from app.web.gate import Origins
from app.web.pages import CLOSED, admit, document, hashed

STYLE = """
body { margin: 0 auto; max-width: 480px; padding: 24px 16px; font: 16px/1.5 system-ui, sans-serif; color: #1f2933; }
p.note { padding: 8px 12px; background: #fff4d6; border-left: 4px solid #b7791f; overflow-wrap: anywhere; }
p.wrong { color: #9b1c1c; } form { margin: 0 0 12px; } label { display: block; margin-top: 20px; }
button, input { box-sizing: border-box; width: 100%; padding: 10px 12px; font: inherit; border-radius: 6px; }
button { border: 1px solid #1f5f8b; background: #1f5f8b; color: #fff; cursor: pointer; }
button:focus-visible, input:focus-visible { outline: 3px solid #b7791f; outline-offset: 2px; }
input { margin: 4px 0 12px; border: 1px solid #6b7885; } button.deny { background: #fff; color: #1f5f8b; }
"""
LOOPBACK = ("http://localhost:*", "http://127.0.0.1:*")
MOST_BYTES = 16_384
NO_STORE = {"cache-control": "no-store"}


def routes(issuers: Mapping[str, Issuer], origins: Origins, returns: Returns) -> list[BaseRoute]:
    """Below the path of each issuer: its configuration, its keys, where people are asked, where codes are exchanged."""
    sources = " ".join(
        sorted(returns.origins) + (["http://localhost:*", "http://127.0.0.1:*"] if returns.loopback else [])
    )
    csp = f"{CLOSED}; form-action 'self' {sources}; style-src {hashed(STYLE)}"  # browsers hold redirects to it too
    return [route for path, issuer in issuers.items() for route in Pages(issuer, origins, csp).routes(path)]


class Pages:
    """The web face of one issuer."""

    def __init__(self, issuer: Issuer, origins: Origins, csp: str) -> None:
        self._issuer, self._origins, self._csp = issuer, origins, csp

    def routes(self, path: str) -> Iterable[BaseRoute]:
        yield Route(f"{path}/.well-known/openid-configuration", self.configuration)
        yield Route(f"{path}/jwks", self.keys)
        yield Route(f"{path}/authorize", self.ask)
        yield Route(f"{path}/authorize", self.answer, methods=["POST"])
        yield Route(f"{path}/token", self.token, methods=["POST"])

    async def configuration(self, request: Request) -> Response:
        admit(request, self._origins)
        return JSONResponse(self._issuer.configuration())

    async def keys(self, request: Request) -> Response:
        admit(request, self._origins)
        return JSONResponse(self._issuer.keys())

    async def ask(self, request: Request) -> Response:
        return self._refused(request) or self._page()

    async def answer(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        form, asked = await _form(request), request.query_params
        if "deny" in form:
            return RedirectResponse(self._issuer.deny(asked), 303, NO_STORE)
        problem = line_problem(form.get("person", ""), name="The name", most=100)
        if problem is not None:
            return self._page(problem.message, 400)
        return RedirectResponse(self._issuer.approve(asked, line(form["person"])), 303, NO_STORE)

    async def token(self, request: Request) -> Response:
        admit(request, self._origins)
        status, body = self._issuer.token(request.headers.get("authorization", ""), await _form(request))
        return JSONResponse(body, status, NO_STORE)

    def _refused(self, request: Request) -> Response | None:
        """The answer where the request is not one to ask a person about."""
        admit(request, self._origins)
        try:
            back = self._issuer.refusal(request.query_params)
        except Dismissed as wrong:
            return self._shell(f"<h1>No such sign-in</h1><p>{escape(str(wrong))}</p>", 400)
        return RedirectResponse(back, 303, NO_STORE) if back else None

    def _page(self, wrong: str = "", status: int = 200) -> Response:
        buttons = (
            f'<button name="person" value="{escape(name)}">Continue as {escape(name)}</button>'
            for name in self._issuer.people
        )
        people = "".join(f'<form method="post">{button}</form>' for button in buttons)
        problem = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
        return self._shell(
            f"""<h1>Sign in</h1>
<p class="note">Development only: this page stands in for {escape(self._issuer.name)}, and believes what you say.</p>
{people}<form method="post"><label for="person">Somebody else</label>{problem}
<input id="person" name="person" autocomplete="off" maxlength="100" required><button>Continue</button></form>
<form method="post"><button class="deny" name="deny" value="1">Deny</button></form>""",
            status,
        )

    def _shell(self, body: str, status: int) -> Response:
        html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in: {escape(self._issuer.name)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body>{body}</body></html>"""
        return document(html, self._csp, status)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form's body."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None
