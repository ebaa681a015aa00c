"""Identity providers: an OpenID Connect client that believes only what is signed, for it, and now."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
import orjson
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from app.domain.identity import LoginOutcome
from app.domain.ports import Proof, Unproved

START, CALLBACK = "/login/start", "/login/callback"
CONFIGURATION = "/.well-known/openid-configuration"
SECONDS = 10  # of a whole conversation
MOST_BYTES = 262_144
KEPT = timedelta(hours=1)  # what a provider says of itself
LEEWAY = 60  # seconds that clocks may differ
SIGNATURES = ("RS256", "PS256", "ES256", "Ed25519")  # made with a private key: nobody else can
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Client:
    """What we are to a provider."""

    issuer: str
    id: str
    secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> "Client":
        """The client of https://ID:SECRET@HOST/PATH; the issuer is the address without them, to the letter."""
        parts = urlsplit(url)
        issuer = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return cls(issuer, unquote(parts.username or ""), unquote(parts.password or ""))


@dataclass
class Known:
    """What a provider said of itself, and when."""

    at: datetime
    configuration: Mapping[str, Any]
    keys: KeySet | None = None


@dataclass
class OpenIdProviders:
    """Clients by the name of what a login proves; *transport* leads to providers in tests without a network."""

    base_url: str
    clients: Mapping[str, Client]
    clock: Callable[[], datetime]
    transport: httpx2.AsyncBaseTransport | None = None
    seconds: float = SECONDS
    _known: dict[str, Known] = field(default_factory=dict)

    @property
    def offered(self) -> Collection[str]:
        return self.clients.keys()

    def start(self, state: str) -> str:
        return f"{self.base_url}{START}?state={state}"

    async def address(self, name: str, state: str, nonce: str, verifier: str) -> str:
        async with self._talk(name) as client:
            known = await self._discovered(name, client)
            to = known.configuration["authorization_endpoint"]
            url, _ = client.create_authorization_url(to, state=state, code_verifier=verifier, nonce=nonce)
        return url

    async def prove(self, name: str, code: str, verifier: str, nonce: str, issuer: str | None) -> Proof:
        """The code is exchanged, and its token read: signature, issuer, audience, times and nonce all hold."""
        async with self._talk(name) as client:
            known = await self._discovered(name, client)
            _check_answerer(known.configuration, issuer)
            client.token_endpoint_auth_method = _method(known.configuration, self.clients[name])
            token = await client.fetch_token(
                known.configuration["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
            claims = await self._claims(known, client, token, nonce)
        return Proof(claims["iss"], claims["sub"])

    @asynccontextmanager
    async def _talk(self, name: str) -> AsyncIterator[AsyncOAuth2Client]:
        """A conversation with a provider, however it ends."""
        ours, inner = self.clients[name], self.transport or httpx2.AsyncHTTPTransport(verify=self._certificates)
        client: Any = AsyncOAuth2Client(
            ours.id,
            ours.secret,
            scope="openid",  # no address of theirs is asked for
            redirect_uri=f"{self.base_url}{CALLBACK}",
            code_challenge_method="S256",
            timeout=self.seconds,
            headers={"accept-encoding": "identity"},
            transport=Bounded(inner),
        )
        try:
            async with asyncio.timeout(self.seconds), client:
                yield client
        except Unproved:
            raise
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL) as fault:
            raise Unproved(LoginOutcome.UNAVAILABLE, f"{type(fault).__name__}: {fault}") from fault
        except OAuthError as fault:
            raise Unproved(LoginOutcome.FAILED, f"{fault.error}: {fault.description}") from fault
        except Exception as fault:  # the last resort: whatever its answer does to a library, it proves nothing
            raise Unproved(LoginOutcome.UNTRUSTED, f"{type(fault).__name__}: {fault}") from fault

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()

    async def _discovered(self, name: str, client: AsyncOAuth2Client) -> Known:
        known, now = self._known.get(name), self.clock()
        if known is None or known.at < now - KEPT:
            issuer = self.clients[name].issuer
            configuration = await _asked(client, issuer.removesuffix("/") + CONFIGURATION)
            _check_configuration(configuration, issuer)
            known = self._known[name] = Known(now, configuration)
        return known

    async def _claims(self, known: Known, client: AsyncOAuth2Client, token: Any, nonce: str) -> Mapping[str, Any]:
        """What the token says, if it is said to us; the keys are asked for again where it names a new one."""
        text = token.get("id_token")
        if not isinstance(text, str):
            raise Unproved(LoginOutcome.UNTRUSTED, "no id_token")
        try:
            signed = _opened(text, known.keys or await _learn(known, client))
        except InvalidKeyIdError:
            signed = _opened(text, await _learn(known, client))
        expected: Any = {
            "iss": {"essential": True, "value": known.configuration["issuer"]},
            "aud": {"essential": True, "value": client.client_id},
        }
        given = {"nonce": nonce, "client_id": client.client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(signed.claims, signed.header, expected, given)
        claims.validate(int(self.clock().timestamp()), LEEWAY)
        if not 1 <= len(claims["sub"]) <= 255:
            raise Unproved(LoginOutcome.UNTRUSTED, "sub has not 1 to 255 characters")
        return claims


class Bounded(httpx2.AsyncBaseTransport):
    """Answers as they are: none that leads elsewhere, is packed, or does not end."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if 300 <= response.status_code < 400:
            await response.aclose()
            raise httpx2.RemoteProtocolError(f"{request.url.host} redirects")
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.RemoteProtocolError(f"{request.url.host} packs its answer")
        response.stream = Counted(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self._inner:
            count += len(chunk)
            if count > MOST_BYTES:
                raise httpx2.ReadError(f"the answer is longer than {MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _asked(client: AsyncOAuth2Client, url: str) -> Any:
    response = await client.request("GET", url, withhold_token=True)
    response.raise_for_status()
    return orjson.loads(response.content)


async def _learn(known: Known, client: AsyncOAuth2Client) -> KeySet:
    """The provider's keys as they are now."""
    known.keys = KeySet.import_key_set(await _asked(client, known.configuration["jwks_uri"]))
    return known.keys


def _opened(text: str, keys: KeySet) -> jwt.Token:
    return jwt.decode(text, keys, registry=JWSRegistry(algorithms=SIGNATURES, strict_check_header=False))


def _check_configuration(said: Any, issuer: str) -> None:
    """It speaks of itself, and of no endpoint that is less safe than it."""
    if not isinstance(said, dict) or said.get("issuer") != issuer:
        raise Unproved(LoginOutcome.UNTRUSTED, "its configuration is another issuer's")
    schemes = {"https", urlsplit(issuer).scheme}
    wrong = [name for name in ENDPOINTS if urlsplit(str(said.get(name))).scheme not in schemes]
    if wrong:
        raise Unproved(LoginOutcome.UNTRUSTED, f"its configuration has no safe {', '.join(wrong)}")
    if "S256" not in said.get("code_challenge_methods_supported", ["S256"]):
        raise Unproved(LoginOutcome.UNTRUSTED, "it does not take PKCE with S256")


def _check_answerer(configuration: Mapping[str, Any], issuer: str | None) -> None:
    """Who answers is who was asked (RFC 9207)."""
    named = issuer is not None or configuration.get("authorization_response_iss_parameter_supported") is True
    if named and issuer != configuration["issuer"]:
        raise Unproved(LoginOutcome.UNTRUSTED, "another issuer answers")


def _method(configuration: Mapping[str, Any], ours: Client) -> str:
    """How we show the provider that it is us."""
    if not ours.secret:
        return "none"
    taken = configuration.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in taken else "client_secret_post"
