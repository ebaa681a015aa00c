"""Pages for browsers: each under a policy that lets nothing run but what it holds itself."""

from base64 import b64encode
from hashlib import sha256

from starlette.responses import HTMLResponse, Response


def hashed(content: str) -> str:
    """What a Content-Security-Policy calls an inline script or style."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def document(html: str, csp: str) -> Response:
    headers = {
        "cache-control": "no-store",
        "content-security-policy": csp,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(html, headers=headers)
