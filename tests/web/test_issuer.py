"""The pretend identity providers of a development: OpenID Connect as a client sees it, and nowhere in production."""

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conftest import Api

AT, VERIFIER = "/dev/issuer/kdp", "v" * 43
BACK = "http://127.0.0.1:8000/login/callback"
ASKED = {
    "response_type": "code",
    "client_id": "endcap",
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "the state",
    "nonce": "n",
    "code_challenge": create_s256_code_challenge(VERIFIER),
    "code_challenge_method": "S256",
}
PRODUCTION = {"env": "production", "base_url": "https://ads.example"}


def authorize(api: Api, method: str = "GET", form: Any = None, **other: Any) -> Any:
    asked = {name: value for name, value in {**ASKED, **other}.items() if value is not None}
    return api.request(method, f"{AT}/authorize?{urlencode(asked)}", data=form)


def told(response: Any) -> dict[str, str]:
    """What the browser brings back to us."""
    assert (response.status_code, response.headers["cache-control"]) == (303, "no-store")
    to = urlsplit(response.headers["location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == BACK
    return {name: value for name, (value,) in parse_qs(to.query).items()}


def exchange(api: Api, code: str, secret: str | None = None, **other: str) -> Any:
    client = api.installation.logins.clients["KDP"]
    credentials = b64encode(f"endcap:{client.secret if secret is None else secret}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, **other}
    return api.request("POST", f"{AT}/token", data=form, headers={"authorization": f"Basic {credentials}"})


def test_it_says_of_itself_what_a_client_needs(api: Api):
    said = api.request("GET", f"{AT}/.well-known/openid-configuration").json()

    assert said["issuer"] == f"http://127.0.0.1:8000{AT}"
    assert {said[name].removeprefix(said["issuer"]) for name in said if name.endswith(("_endpoint", "_uri"))} == {
        "/authorize",
        "/token",
        "/jwks",
    }
    assert said["code_challenge_methods_supported"] == ["S256"]
    (key,) = api.request("GET", f"{AT}/jwks").json()["keys"]
    assert (key["alg"], "d" in key) == ("ES256", False)


def test_a_person_is_asked_on_a_page_without_script(api: Api):
    page = authorize(api)

    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "Continue as Vera Vendor" in page.text


def test_a_code_is_exchanged_once_for_a_signed_token(api: Api):
    back = told(authorize(api, "POST", {"person": "Vera Vendor"}))
    assert (back["state"], back["iss"]) == ("the state", f"http://127.0.0.1:8000{AT}")

    answer = exchange(api, back["code"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    keys = KeySet.import_key_set(api.request("GET", f"{AT}/jwks").json())
    claims = jwt.decode(answer.json()["id_token"], keys).claims
    assert (claims["aud"], claims["nonce"], claims["name"]) == ("endcap", "n", "Vera Vendor")
    again = exchange(api, back["code"])
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_the_same_person_is_the_same_subject_and_others_are_others(api: Api):
    keys = KeySet.import_key_set(api.request("GET", f"{AT}/jwks").json())

    def subject(person: str) -> str:
        code = told(authorize(api, "POST", {"person": person}))["code"]
        return jwt.decode(exchange(api, code).json()["id_token"], keys).claims["sub"]

    assert subject("Nia  New") == subject(" nia new")
    assert subject("Nia New") != subject("Nia Newer")


def test_a_person_may_deny(api: Api):
    assert told(authorize(api, "POST", {"deny": "1"}))["error"] == "access_denied"


@pytest.mark.parametrize("form", [{"person": ""}, {"person": "x" * 101}, {"person": "a\nb"}, {}])
def test_a_name_must_be_one(api: Api, form):
    page = authorize(api, "POST", form)

    assert (page.status_code, 'role="alert"' in page.text) == (400, True)


@pytest.mark.parametrize(
    "other", [{"client_id": "x"}, {"redirect_uri": "https://evil.example"}, {"redirect_uri": None}]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_not_its_client_is_sent_nowhere(api: Api, method, other):
    page = authorize(api, method, {"person": "Vera Vendor"}, **other)

    assert (page.status_code, "location" in page.headers) == (400, False)


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_what_its_client_asks_wrongly_is_told_to_it(api: Api, other, error):
    assert told(authorize(api, **other))["error"] == error


@pytest.mark.parametrize(
    ("other", "status", "error"),
    [
        ({"secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"redirect_uri": "https://evil.example"}, 400, "invalid_grant"),
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"code": "another"}, 400, "invalid_grant"),
    ],
)
def test_a_code_is_exchanged_by_its_client_with_its_verifier_only(api: Api, other, status, error):
    code = told(authorize(api, "POST", {"person": "Vera Vendor"}))["code"]

    answer = exchange(api, **{"code": code, **other})
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_a_code_ends_after_a_minute(api: Api):
    code = told(authorize(api, "POST", {"person": "Vera Vendor"}))["code"]
    api.clock.pass_(seconds=60)

    assert exchange(api, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic /w==", "Bearer x"])
def test_credentials_that_cannot_be_read_are_wrong_ones(api: Api, header):
    answer = api.request("POST", f"{AT}/token", headers={"authorization": header})

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(("body", "status"), [(b"a" * 20_000, 413), (b"&".join([b"a=b"] * 60), 400), (b"\xff", 400)])
def test_a_body_that_is_no_form_of_ours_is_refused(api: Api, body, status):
    assert api.request("POST", f"{AT}/token", content=body).status_code == status


@pytest.mark.parametrize("path", ["/authorize", "/jwks", "/.well-known/openid-configuration", "/token"])
def test_under_a_foreign_name_there_is_no_issuer(api: Api, path):
    method = "POST" if path == "/token" else "GET"

    assert api.request(method, f"{AT}{path}", headers={"host": "evil.example"}).status_code == 421


def test_production_has_none_and_a_path_that_is_set_up_neither(configured):
    production, own = configured(**PRODUCTION), configured(login_kdp="https://us:secret@id.example")

    assert [each.installation.logins.offered for each in (production,)] == [{}.keys()]
    path = f"{AT}/jwks"
    assert production.request("GET", path, headers={"host": "ads.example"}).status_code == 404
    assert own.request("GET", path).status_code == 404
    assert own.request("GET", "/dev/issuer/vendor-central/jwks").status_code == 200
