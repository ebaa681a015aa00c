"""A pretend identity provider for development and tests: small, but OpenID Connect to the letter where it is used."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import ECKey

from app.adapters.identity import CALLBACK, Client
from app.domain.ports import Dismissed
from app.domain.text import fold

PEOPLE = ("Vera Vendor", "Viktor Vendor", "Kim Author")
CODE_LIFETIME, TOKEN_LIFETIME = timedelta(minutes=1), timedelta(minutes=5)
SIGNATURE = "ES256"
TOKEN_ERRORS = {"invalid_client": 401}


@dataclass(frozen=True)
class Grant:
    """What a code was given for."""

    person: str
    nonce: str | None
    challenge: str
    expires_at: datetime


@dataclass
class DevelopmentIssuer:
    """One provider for one client, which returns to one address. What it knows is forgotten when the process ends."""

    name: str
    client: Client
    redirect_uri: str
    clock: Callable[[], datetime]
    people: Sequence[str] = PEOPLE
    _grants: dict[str, Grant] = field(default_factory=dict)

    @classmethod
    def at(cls, base_url: str, path: str, name: str, clock: Callable[[], datetime]) -> "DevelopmentIssuer":
        """The issuer below *path* of our own address, and a client of it that nobody else can be."""
        return cls(name, Client(f"{base_url}{path}", "endcap", token_urlsafe(32)), f"{base_url}{CALLBACK}", clock)

    def configuration(self) -> Mapping[str, Any]:
        issuer = self.client.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [SIGNATURE],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": ["openid"],
            "claims_supported": ["sub", "name"],
        }

    def keys(self) -> Mapping[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}

    def refusal(self, asked: Mapping[str, str]) -> str | None:
        if asked.get("client_id") != self.client.id:
            raise Dismissed("No such client.")
        if asked.get("redirect_uri") != self.redirect_uri:
            raise Dismissed(f"The client returns to {self.redirect_uri} only.")
        if asked.get("response_type") != "code":
            return self._answer(asked, error="unsupported_response_type")
        if "openid" not in asked.get("scope", "").split():
            return self._answer(asked, error="invalid_scope")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return self._answer(asked, error="invalid_request", error_description="PKCE with S256 is required.")
        return None

    def approve(self, asked: Mapping[str, str], person: str) -> str:
        now, code = self.clock(), token_urlsafe(32)
        self._grants = {key: each for key, each in self._grants.items() if each.expires_at > now}
        self._grants[code] = Grant(person, asked.get("nonce"), asked["code_challenge"], now + CODE_LIFETIME)
        return self._answer(asked, code=code)

    def deny(self, asked: Mapping[str, str]) -> str:
        return self._answer(asked, error="access_denied")

    def token(self, authorization: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        error = self._error(authorization, form)
        if error is not None:
            return TOKEN_ERRORS.get(error, 400), {"error": error}
        grant = self._grants.pop(form.get("code", ""), None)  # used up by whoever tries it
        if grant is None or grant.expires_at <= self.clock() or not _fits(grant, form.get("code_verifier", "")):
            return 400, {"error": "invalid_grant"}
        access_token = token_urlsafe(32)
        body = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_LIFETIME.seconds}
        return 200, {**body, "id_token": self._id_token(grant, access_token)}

    def _error(self, authorization: str, form: Mapping[str, str]) -> str | None:
        scheme, _, given = authorization.partition(" ")
        try:
            credentials = b64decode(given, validate=True)
        except NotBase64:
            credentials = b""
        if scheme.lower() != "basic" or not compare_digest(
            credentials, f"{self.client.id}:{self.client.secret}".encode()
        ):
            return "invalid_client"
        if form.get("grant_type") != "authorization_code":
            return "unsupported_grant_type"
        return None if form.get("redirect_uri") == self.redirect_uri else "invalid_grant"

    def _id_token(self, grant: Grant, access_token: str) -> str:
        now = int(self.clock().timestamp())
        claims: dict[str, Any] = {
            "iss": self.client.issuer,
            "sub": sha256(f"{self.client.issuer} {fold(grant.person)}".encode()).hexdigest()[:32],
            "aud": self.client.id,
            "iat": now,
            "exp": now + TOKEN_LIFETIME.seconds,
            "name": grant.person,
            "at_hash": create_half_hash(access_token, SIGNATURE).decode(),  # type: ignore[union-attr] - of a known hash
        }
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        return jwt.encode({"alg": SIGNATURE, "kid": self._key.kid}, claims, self._key)

    @cached_property
    def _key(self) -> ECKey:
        return ECKey.generate_key("P-256", {"use": "sig", "alg": SIGNATURE}, auto_kid=True)

    def _answer(self, asked: Mapping[str, str], **more: str) -> str:
        state = {"state": asked["state"]} if "state" in asked else {}
        return f"{self.redirect_uri}?{urlencode({**more, **state, 'iss': self.client.issuer})}"


def _fits(grant: Grant, verifier: str) -> bool:
    return compare_digest(create_s256_code_challenge(verifier).encode(), grant.challenge.encode())
