"""Pages for browsers: each under a policy that lets nothing run but what it holds itself."""

from base64 import b64encode
from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.web.gate import Origins

CLOSED = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def hashed(content: str) -> str:
    """What a Content-Security-Policy calls an inline script or style."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def admit(request: Request, origins: Origins) -> None:
    """Refuse who calls us by a name that is not ours."""
    if not origins.is_ours(request.headers.get("host", "")):
        raise HTTPException(421, "Not under this name.")


def document(html: str, csp: str, status: int = 200) -> Response:
    headers = {
        "cache-control": "no-store",
        "content-security-policy": csp,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(html, status, headers)
