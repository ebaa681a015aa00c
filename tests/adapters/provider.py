"""A real identity provider on a socket of its own, which can be told to cheat."""

import asyncio
import hmac
import socket
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
import uvicorn
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

KEY, OTHER = (RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True) for _ in range(2))
NONCE, VERIFIER, CODE = "the nonce", "v" * 43, "the code"
ANY = ("none", "RS256", "PS256", "ES256", "Ed25519")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Provider:
    """What it says, unless a test has it say something else; what it was asked. Times are seconds from now."""

    url: str
    configuration: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    keys: list[Any] = field(default_factory=lambda: [KEY])
    answers: dict[str, Response] = field(default_factory=dict)
    """By path: what is answered there in place of the truth."""
    delay: float = 0
    clock: Callable[[], datetime] = now
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        path, form = request.url.path, dict(parse_qsl((await request.body()).decode()))
        self.asked.append((path, form, request.headers.get("authorization", "")))
        await asyncio.sleep(self.delay)
        if path in self.answers:
            return self.answers[path]
        said = {"/jwks": self._jwks, "/token": self._token}.get(path, self._configuration)
        return JSONResponse(said())

    def _configuration(self) -> dict[str, Any]:
        truth = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        return {**truth, **self.configuration}

    def _jwks(self) -> dict[str, Any]:
        return {"keys": [each.as_dict(private=False) for each in self.keys]}

    def _token(self) -> dict[str, Any]:
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.token()}

    def token(self) -> str:
        truth = {"iss": self.url, "sub": "s-1", "aud": "us", "iat": 0, "exp": 60, "nonce": NONCE}
        told = {**truth, **self.claims}
        now = int(self.clock().timestamp())
        at = {name: now + told[name] for name in ("iat", "exp", "nbf") if isinstance(told.get(name), int)}
        claims = {name: value for name, value in {**told, **at}.items() if value is not None}
        said = {"alg": "RS256", "kid": KEY.kid, **self.header}
        header = {name: value for name, value in said.items() if value is not None}
        if isinstance(self.key, bytes):
            return shared(header, claims, self.key)
        return jwt.encode(header, claims, self.key, registry=jws.JWSRegistry(algorithms=ANY))


def shared(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Signed with the public key as if it were a shared secret: the oldest trick; joserfc itself does not do it."""
    text = b".".join(urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in (header, claims))
    signature = urlsafe_b64encode(hmac.digest(key, text, "sha256")).rstrip(b"=")
    return b".".join([text, signature]).decode()


def away(url: str) -> Response:
    return RedirectResponse(url)


@contextmanager
def served() -> Iterator[Provider]:
    """The provider, listening."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        app = Starlette(routes=[Route("/{path:path}", provider.answer, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            threading.Event().wait(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()
