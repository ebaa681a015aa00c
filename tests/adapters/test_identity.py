"""The client of identity providers, against one on a real socket: what is not the truth proves nothing."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import ECKey, OKPKey
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.adapters.identity import MOST_BYTES, Client, OpenIdProviders
from app.domain.ports import Proof, Unproved
from tests.adapters.provider import CODE, KEY, NONCE, OTHER, VERIFIER, Provider, away, served

CONFIGURATION = "/.well-known/openid-configuration"
OURS = "https://ads.example"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with served() as provider:
        yield provider


def client(provider: Provider, **options: Any) -> OpenIdProviders:
    ours = Client(options.pop("at", provider.url), "us", options.pop("secret", "our secret"))
    return OpenIdProviders(OURS, {"KDP": ours}, lambda: datetime.now(UTC), **options)


def proved(provider: Provider, issuer: str | None = None, **options: Any) -> Proof:
    return asyncio.run(client(provider, **options).prove("KDP", CODE, VERIFIER, NONCE, issuer))


def outcome(provider: Provider, issuer: str | None = None, **options: Any) -> tuple[str, str]:
    """How it ends when nothing is proved, and why."""
    with pytest.raises(Unproved) as end:
        proved(provider, issuer, **options)
    return end.value.outcome.name, str(end.value)


def test_the_person_is_sent_to_the_provider_with_all_that_binds_the_answer(provider):
    to = urlsplit(asyncio.run(client(provider).address("KDP", "the state", NONCE, VERIFIER)))

    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{provider.url}/authorize"
    assert {name: value for name, (value,) in parse_qs(to.query).items()} == {
        "response_type": "code",
        "client_id": "us",
        "redirect_uri": f"{OURS}/login/callback",
        "scope": "openid",
        "state": "the state",
        "nonce": NONCE,
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }


def test_the_code_is_exchanged_with_the_verifier_and_our_secret(provider):
    assert proved(provider) == Proof(provider.url, "s-1")

    (_, form, authorization) = next(each for each in provider.asked if each[0] == "/token")
    back = f"{OURS}/login/callback"
    assert form == {
        "grant_type": "authorization_code",
        "code": CODE,
        "code_verifier": VERIFIER,
        "redirect_uri": back,
    }
    assert authorization == "Basic dXM6b3VyIHNlY3JldA=="


@pytest.mark.parametrize(
    ("secret", "taken", "sent"),
    [("s", ["client_secret_post"], {"client_id": "us", "client_secret": "s"}), ("", None, {"client_id": "us"})],
)
def test_the_client_shows_itself_as_the_provider_wants(provider, secret, taken, sent):
    provider.configuration = {"token_endpoint_auth_methods_supported": taken}

    assert proved(provider, secret=secret).subject == "s-1"
    (_, form, authorization) = next(each for each in provider.asked if each[0] == "/token")
    assert ({name: form[name] for name in form if name.startswith("client")}, authorization) == (sent, "")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["the nonce"]},
        {"aud": "them"},
        {"aud": ["them"]},
        {"aud": None},
        {"aud": ["us", "them"]},  # for whom of them?
        {"aud": ["us", "them"], "azp": "them"},
        {"azp": "them"},
        {"iss": "https://other.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "s" * 256},
        {"exp": -61},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": 3600},
        {"nbf": 3600},
        {"at_hash": "of another token"},
    ],
    ids=str,
)
def test_a_token_that_is_not_ours_proves_nothing(provider, claims):
    provider.claims = claims

    assert outcome(provider)[0] == "UNTRUSTED"


@pytest.mark.parametrize("claims", [{"aud": ["us"]}, {"aud": ["us", "them"], "azp": "us"}, {"exp": -30}], ids=str)
def test_what_the_specification_allows_is_taken(provider, claims):
    provider.claims = claims

    assert proved(provider).subject == "s-1"


def test_an_address_in_the_token_is_no_part_of_the_proof(provider):
    provider.claims = {"email": "ada@example.com", "email_verified": True}

    assert proved(provider) == Proof(provider.url, "s-1")


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"alg": "none"}, KEY),
        ({"alg": "HS256"}, KEY.as_pem(private=False)),
        ({}, OTHER),  # under the name of the right one
        ({"kid": OTHER.kid}, OTHER),
        ({"alg": "RS256", "crit": ["b64"], "b64": False}, KEY),
    ],
    ids=["none", "public key as secret", "other key", "unknown key", "critical header"],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_token_that_the_provider_did_not_sign_proves_nothing(provider, header, key):
    provider.header, provider.key = header, key

    assert outcome(provider)[0] == "UNTRUSTED"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("PS256", KEY),
        ("ES256", ECKey.generate_key("P-256")),
        ("Ed25519", OKPKey.generate_key("Ed25519")),
    ],
)
def test_signatures_of_private_keys_are_taken(provider, algorithm, key):
    bare = type(key).import_key({**key.as_dict(private=True), "alg": algorithm, "kid": "k"})
    provider.key, provider.keys, provider.header = bare, [bare], {"alg": algorithm, "kid": "k"}

    assert proved(provider).subject == "s-1"


def test_a_token_without_kid_is_tried_with_the_only_key(provider):
    provider.header = {"kid": None}

    assert proved(provider).subject == "s-1"


def test_keys_are_asked_for_again_where_the_provider_has_new_ones(provider):
    providers = client(provider)

    async def both() -> list[Proof]:
        first = await providers.prove("KDP", CODE, VERIFIER, NONCE, None)
        provider.keys, provider.key, provider.header = [OTHER], OTHER, {"kid": OTHER.kid}
        return [first, await providers.prove("KDP", CODE, VERIFIER, NONCE, None)]

    assert asyncio.run(both()) == [Proof(provider.url, "s-1")] * 2
    assert [path for path, *_ in provider.asked].count("/jwks") == 2


def test_what_a_provider_says_of_itself_is_kept_for_an_hour(provider):
    at = [datetime.now(UTC)]
    providers = client(provider)
    providers.clock = lambda: at[0]

    async def three() -> None:
        for minutes in (0, 59, 2):
            at[0] += timedelta(minutes=minutes)
            await providers.address("KDP", "s", NONCE, VERIFIER)

    asyncio.run(three())
    assert [path for path, *_ in provider.asked] == [CONFIGURATION] * 2


@pytest.mark.parametrize("issuer", ["https://evil.example", ""])
def test_an_answer_of_another_issuer_is_not_followed(provider, issuer):
    assert outcome(provider, issuer) == ("UNTRUSTED", "another issuer answers")
    assert "/token" not in [path for path, *_ in provider.asked]


def test_a_provider_that_names_itself_must_be_named(provider):
    provider.configuration = {"authorization_response_iss_parameter_supported": True}

    assert outcome(provider) == ("UNTRUSTED", "another issuer answers")
    assert proved(provider, provider.url).subject == "s-1"


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": ["https://x.example"]},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": 7},
    ],
    ids=str,
)
def test_a_wrong_configuration_is_not_used(provider, configuration):
    provider.configuration = configuration

    assert outcome(provider)[0] == "UNTRUSTED"
    assert [path for path, *_ in provider.asked] == [CONFIGURATION]


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        (away("https://evil.example"), "UNAVAILABLE"),
        (Response(status_code=500), "UNAVAILABLE"),
        (JSONResponse({"x": "x" * MOST_BYTES}), "UNAVAILABLE"),
        (Response(b"{}", headers={"content-encoding": "gzip"}), "UNAVAILABLE"),
        (PlainTextResponse("no JSON"), "UNTRUSTED"),
        (JSONResponse([]), "UNTRUSTED"),
        (PlainTextResponse("[" * 200_000), "UNTRUSTED"),
        (PlainTextResponse(b"\xff\xfe"), "UNTRUSTED"),
    ],
    ids=["redirect", "fault", "huge", "packed", "text", "list", "deep", "bytes"],
)
@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/jwks"])
def test_whatever_is_answered_instead_proves_nothing(provider, path, answer, how):
    provider.answers = {path: answer}

    assert outcome(provider)[0] == how


@pytest.mark.parametrize("body", [{"access_token": "a"}, {"id_token": 7}, {"id_token": "a.b"}, {"id_token": "..."}, {}])
def test_an_answer_without_a_token_proves_nothing(provider, body):
    provider.answers = {"/token": JSONResponse(body)}

    assert outcome(provider)[0] == "UNTRUSTED"


def test_a_code_that_the_provider_does_not_know_is_said_to_have_failed(provider):
    provider.answers = {"/token": JSONResponse({"error": "invalid_grant"}, 400)}

    assert outcome(provider) == ("FAILED", "invalid_grant: ")


def test_a_slow_provider_is_not_waited_for(provider):
    provider.delay = 5

    assert outcome(provider, seconds=0.2)[0] == "UNAVAILABLE"


def test_a_provider_that_is_not_there_is_said_to_be_away(provider):
    assert outcome(provider, at="http://127.0.0.1:9")[0] == "UNAVAILABLE"
    assert outcome(provider, at="http://nowhere.invalid")[0] == "UNAVAILABLE"


def test_a_client_is_read_from_its_setting():
    assert Client.of("https://me%40x:a%2Fb@id.example/realm/") == Client("https://id.example/realm/", "me@x", "a/b")
    assert Client.of("https://me@id.example:8443") == Client("https://id.example:8443", "me", "")
    assert "a/b" not in repr(Client.of("https://me:a%2Fb@id.example"))
