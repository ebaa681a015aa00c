"""The mailbox of a development: letters that would have been sent, to be read in a browser."""

from collections.abc import Sequence
from html import escape
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.domain.ports import Kept, Mailbox
from app.web.gate import Origins
from app.web.pages import CLOSED, admit, document, hashed

STYLE = """
body { margin: 0 auto; max-width: 960px; padding: 24px 16px; font: 16px/1.5 system-ui, sans-serif; color: #1f2933; }
table { width: 100%; border-collapse: collapse; } td, th { padding: 8px; text-align: left; vertical-align: top; }
tr + tr { border-top: 1px solid #d9dee3; } time { white-space: nowrap; }
td { overflow-wrap: anywhere; } td:nth-child(2) { min-width: 12em; }
@media (max-width: 600px) { tr, td { display: block; } th { display: none; } td { padding: 2px 8px; } }
"""
QUIET = f"{CLOSED}; form-action 'none'; style-src"
LIST_CSP, LETTER_CSP = f"{QUIET} {hashed(STYLE)}", f"{QUIET} 'unsafe-inline'"  # a letter's styles are inlined


def routes(mailbox: Mailbox, origins: Origins) -> list[BaseRoute]:
    """`/mailbox` and a page for each letter; only under our own name, since letters hold links."""

    def listed(request: Request) -> Response:
        admit(request, origins)
        return document(_list(mailbox.kept()), LIST_CSP)

    def read(request: Request) -> Response:
        admit(request, origins)
        wanted: UUID = request.path_params["id"]
        found = next((kept.letter for kept in mailbox.kept() if kept.letter.id == wanted), None)
        if found is None:
            raise HTTPException(404, "No such letter.")
        return document(found.html, LETTER_CSP)

    return [Route("/mailbox", listed), Route("/mailbox/{id:uuid}", read)]


def _list(letters: Sequence[Kept]) -> str:
    rows = "".join(_row(each) for each in letters) or '<tr><td colspan="3">No mail yet.</td></tr>'
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mailbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body><h1>Mailbox</h1><p>Mail of this development installation: nothing leaves this machine.</p>
<table><tr><th>When</th><th>To</th><th>Subject</th></tr>{rows}</table></body></html>"""


def _row(kept: Kept) -> str:
    at, letter = kept.at.isoformat(" ", "seconds"), kept.letter
    link = f'<a href="/mailbox/{letter.id}">{escape(letter.subject)}</a>'
    return f"<tr><td><time>{at}</time></td><td>{escape(letter.to)}</td><td>{link}</td></tr>"
