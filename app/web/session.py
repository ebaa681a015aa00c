"""The browser's session cookie, and where a request's token comes from."""

from datetime import datetime

from starlette.requests import HTTPConnection
from starlette.responses import Response


class SessionCookie:
    """`__Host-` with Secure where the address is https; the same without both in development over plain http."""

    def __init__(self, *, secure: bool) -> None:
        self.name = "__Host-endcap_session" if secure else "endcap_session"
        self._secure = secure

    def put(self, response: Response, token: str, expires_at: datetime) -> None:
        response.set_cookie(
            self.name, token, expires=expires_at, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self._secure, httponly=True, samesite="lax")

    def token(self, request: HTTPConnection) -> str | None:
        """The bearer token, or else the cookie's; a header that is no bearer token counts as a wrong one."""
        header = request.headers.get("authorization")
        if header is not None:
            return bearer(header)
        return request.cookies.get(self.name)


def from_browser(request: HTTPConnection) -> bool:
    """Whether a browser's page asks: only browsers send these, and their sessions travel in cookies."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


def bearer(header: str) -> str:
    """The token of an Authorization header; one that is no bearer token counts as a wrong one."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
