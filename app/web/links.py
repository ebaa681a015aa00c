"""Where links in mail lead while there is no single-page app: a page that asks the API, as an app would.

Opening a link shows what it is for; only the button acts, so that no mail scanner uses it up.
"""

import re
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.web.pages import document, hashed

PATHS = ("/verify", "/reset", "/invitation", "/terms")
PAGE = Path(__file__).with_name("links.html")


def routes() -> list[BaseRoute]:
    return [Route(path, show) for path in PATHS]


def show(_: Request) -> Response:
    html, csp = _page()
    return document(html, csp)


@cache
def _page() -> tuple[str, str]:
    """The page, and a policy that lets its own script and styles run and nothing else."""
    html = PAGE.read_text("utf-8")
    allowed = {
        name: " ".join(hashed(each) for each in re.findall(rf"<{name}>(.*?)</{name}>", html, re.DOTALL))
        for name in ("script", "style")
    }
    csp = (
        f"default-src 'none'; script-src {allowed['script']}; style-src {allowed['style']}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, csp
