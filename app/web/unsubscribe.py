"""Where a letter's reader says that they want no more of its kind: GET shows, POST does it (RFC 8058), nobody signs in.

A page without scripts, under our own address even where links in mail lead to an app: mail programs POST here.
"""

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.db.engine import FAULTS, is_away
from app.resolvers.accounts import leaving
from app.schema.context import Services
from app.web.pages import document, hashed

STYLE = """
body { margin: 0; padding: 24px 12px; background: #f3f4f6; color: #1f2933; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 480px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 8px; overflow-wrap: anywhere; }
h1 { margin: 0 0 16px; font-size: 24px; }
button { padding: 12px 20px; border: 0; border-radius: 6px; background: #1d4ed8; color: #fff; font: inherit;
  font-weight: 600; cursor: pointer; }
"""
CSP = f"default-src 'none'; style-src {hashed(STYLE)}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
NOTHING = "This link opens nothing any more. Sign in to choose which mail of an account you get."
AWAY = "Endcap cannot be reached right now. Try again in a minute."


def routes(services: Services) -> list[BaseRoute]:
    async def answer(request: Request) -> Response:
        acts = request.method == "POST"
        ask = leaving.mute if acts else leaving.subscription
        try:
            found = await ask(services.database, request.query_params.get("token", ""), services.clock())
        except FAULTS as fault:
            if not is_away(fault):
                raise
            return _page("Not now", AWAY, status=503, headers={"retry-after": "5"})
        if found is None:
            return _page("Nothing to do", NOTHING, status=404)
        what = f"mail of the kind “{found.kind.value.replace('_', ' ').lower()}” about {found.account}"
        if acts:
            return _page("Done", f"You get no more {what}. Sign in to choose otherwise.")
        return _page("Stop this mail?", f"This is about {what}. Other mail stays as it is.", button="Stop it")

    return [Route("/unsubscribe", answer, methods=["GET", "POST"])]


def _page(
    title: str, words: str, *, button: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    form = f'<form method="post"><button>{escape(button)}</button></form>' if button else ""
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body><main><h1>{escape(title)}</h1><p>{escape(words)}</p>{form}</main></body></html>"""
    page = document(html, CSP)
    page.status_code = status
    page.headers.update(headers or {})
    return page
