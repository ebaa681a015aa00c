"""Logins elsewhere, walked over HTTP: begun, asked, come back, proved; and every way in which nothing is."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from app.adapters.identity import Client
from tests.adapters.provider import CODE, OTHER, Provider, served
from tests.conftest import Api
from tests.people import EDITOR, NOW, OUTSIDER, STRANGER
from tests.web.asking import CUSTOM, SIGN_IN
from tests.web.asking import PAGE as FROM_PAGE
from tests.web.logging_in import (
    BEGIN,
    PAGE,
    PROVED,
    answered,
    applied,
    bearer,
    begin,
    begun,
    nothing,
    sent,
    told,
    visit,
    walked,
)

ME = bearer(OUTSIDER)
SUBMIT = """mutation ($id: ID!) {
  registrationUpdate(input: {id: $id, personal: {name: "Otto", workEmail: "otto@acme.example", phone: "+12065550100"},
    brand: {brandName: "Acme", contactName: "Ann", contactEmail: "ann@acme.example", contactPhone: "+12065550101",
    vendorCode: "ACME"}}) { userErrors { code } }
  registrationSubmit(input: {id: $id}) { registration { status } userErrors { ... on GateNotMet { gate } } } }"""


def test_a_login_is_proved_by_coming_back_from_its_provider(api: Api):
    id = applied(api)
    answer = begin(api, id).data["registrationLoginBegin"]
    assert (answer["registration"], answer["seq"]) == ({"id": id, "loginProvedAt": None}, None)
    assert nothing(api)

    assert walked(api, id) == "proved"
    seen = api(PROVED, as_=OUTSIDER, id=id).data["registration"]
    assert seen["loginProvedAt"] == NOW.isoformat().replace("+00:00", "Z")
    assert "LOGIN_PROVED" not in seen["blockers"]
    (row,) = api.rows("SELECT actor, action, after FROM change WHERE event = 'LOGIN_PROVED'")
    assert (row[0], row[1]) == ("Otto Outsider", "loginCallback")
    assert api.rows("SELECT issuer FROM external_identity") == [("http://127.0.0.1:8000/dev/issuer/kdp",)]


def test_the_proof_opens_the_way_to_submission(api: Api):
    id = applied(api)
    refused = api(SUBMIT, as_=OUTSIDER, id=id).data["registrationSubmit"]
    assert refused == {"registration": None, "userErrors": [{"gate": "LOGIN_PROVED"}]}

    assert walked(api, id) == "proved"
    submitted = api(SUBMIT, as_=OUTSIDER, id=id).data["registrationSubmit"]
    assert submitted == {"registration": {"status": "SUBMITTED"}, "userErrors": []}


def test_a_browser_proves_with_its_cookie_alone(api: Api):
    variables = {"email": OUTSIDER.email, "password": "a password for tests"}
    answer = api.post({"query": SIGN_IN, "variables": variables}, headers=FROM_PAGE)
    cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
    id = applied(api)
    body = {"query": BEGIN, "variables": {"id": id, "to": PAGE}}
    url = api.post(body, headers={**cookie, **CUSTOM, **FROM_PAGE}).data["registrationLoginBegin"]["authorizationUrl"]

    assert told(sent(api, answered(api, url, cookie), cookie)) == "proved"
    assert not nothing(api)


def test_whoever_denies_comes_back_with_that(api: Api):
    to = sent(api, begun(api, applied(api)), ME)
    back = api.request("POST", to, data={"deny": "1"}).headers["location"]

    assert told(sent(api, back, ME)) == "denied"
    assert nothing(api)


def swapped(url: str, **other: str | None) -> str:
    """The callback with other parameters."""
    given = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    return f"/login/callback?{urlencode({k: v for k, v in {**given, **other}.items() if v is not None})}"


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        ({"code": "another"}, "failed"),
        ({"code": None}, "failed"),
        ({"code": ""}, "failed"),
        ({"code": "x" * 4097}, "failed"),
        ({"code": "\x00"}, "failed"),
        ({"code": "ü"}, "failed"),
        ({"error": "server_error"}, "failed"),
        ({"error": ""}, "failed"),
        ({"error": "access_denied"}, "denied"),
        ({"error": "\ud83d\ude00\r\n".encode("utf-16", "surrogatepass").decode("utf-16")}, "failed"),
        ({"iss": "https://evil.example"}, "untrusted"),
        ({"iss": None}, "untrusted"),
    ],
    ids=repr,
)
def test_a_callback_with_something_else_proves_nothing_and_is_used_up(api: Api, other, outcome):
    back = answered(api, begun(api, applied(api)), ME)

    assert told(sent(api, swapped(back, **other), ME)) == outcome
    assert told(sent(api, back, ME)) == "used"
    assert nothing(api)


def test_two_codes_are_none(api: Api):
    back = answered(api, begun(api, applied(api)), ME)

    assert told(sent(api, f"{back}&code=another", ME)) == "failed"
    assert nothing(api)


def test_a_callback_works_once(api: Api):
    back = answered(api, begun(api, applied(api)), ME)

    assert [told(sent(api, back, ME)) for _ in range(3)] == ["proved", "used", "used"]
    assert api.rows("SELECT count(*) FROM change WHERE event = 'LOGIN_PROVED'") == [(1,)]


def test_of_many_at_once_one_is_proved(api: Api):
    back = answered(api, begun(api, applied(api)), ME)

    async def at_once() -> list[Any]:
        return await asyncio.gather(*(api._request("GET", back, {"headers": ME}) for _ in range(20)))

    pages = sorted(told(each.headers["location"]) for each in api.run(at_once))
    assert pages == ["proved", *["used"] * 19]
    assert api.rows("SELECT count(*) FROM external_identity") == [(1,)]


def test_a_login_must_come_back_within_ten_minutes(api: Api):
    late, soon = applied(api), applied(api)
    url, back = begun(api, late), answered(api, begun(api, soon), ME)
    api.clock.pass_(minutes=10)

    assert (told(sent(api, url, ME)), told(sent(api, back, ME))) == ("expired", "expired")
    assert nothing(api)


def test_only_the_latest_login_of_a_registration_counts(api: Api):
    id = applied(api)
    first, second = (answered(api, begun(api, id), ME) for _ in range(2))

    assert visit(api, first, ME).status_code == 400
    assert nothing(api)
    assert told(sent(api, second, ME)) == "proved"
    assert api.rows("SELECT count(*) FROM login_attempt") == [(1,)]


def test_the_start_may_be_reloaded(api: Api):
    url = begun(api, applied(api))

    assert sent(api, url, ME) == sent(api, url, ME)
    assert told(sent(api, answered(api, url, ME), ME)) == "proved"


# ---- across sessions


def others(api: Api) -> list[dict[str, str]]:
    """Another person, nobody, a wrong token, and the same person elsewhere."""
    again = api(SIGN_IN, email=OUTSIDER.email, password="a password for tests").data["signIn"]["sessionToken"]
    return [bearer(STRANGER), {}, {"authorization": "Bearer ecs_x"}, {"authorization": f"Bearer {again}"}]


@pytest.mark.parametrize("who", range(4), ids=["another", "nobody", "unknown", "same person elsewhere"])
def test_whoever_is_sent_the_callback_of_another_proves_it_for_neither(api: Api, who):
    back = answered(api, begun(api, applied(api)), ME)

    assert told(sent(api, back, others(api)[who])) == "other_session"
    assert nothing(api)
    assert told(sent(api, back, ME)) == "used"
    assert nothing(api)


@pytest.mark.parametrize("who", range(4), ids=["another", "nobody", "unknown", "same person elsewhere"])
def test_whoever_is_sent_the_start_of_another_is_not_asked_who_they_are(api: Api, who):
    url = begun(api, applied(api))

    assert told(sent(api, url, others(api)[who])) == "other_session"
    assert told(sent(api, answered(api, url, ME), ME)) == "proved"


def test_a_session_that_ended_meanwhile_proves_nothing(api: Api):
    back = answered(api, begun(api, applied(api)), ME)
    api("mutation { signOut { ok } }", as_=OUTSIDER)

    assert told(sent(api, back, ME)) == "other_session"
    assert nothing(api)


def test_a_login_that_another_proved_is_refused(api: Api):
    mine, theirs = applied(api), applied(api, STRANGER)
    assert walked(api, mine) == "proved"

    assert walked(api, theirs, STRANGER) == "taken"
    assert api(PROVED, as_=STRANGER, id=theirs).data["registration"]["loginProvedAt"] is None
    (owner,) = api.rows('SELECT u.email FROM external_identity e JOIN "user" u ON u.id = e.user_id')
    assert owner == (OUTSIDER.email,)
    assert walked(api, theirs, STRANGER, "Kim Author") == "proved"


def test_one_person_may_prove_with_a_login_again_and_elsewhere(api: Api):
    ways = [walked(api, applied(api, path=path)) for path in ("KDP", "KDP", "VENDOR_CENTRAL")]

    assert ways == ["proved"] * 3
    issuers = api.rows("SELECT issuer FROM external_identity ORDER BY issuer")
    assert [issuer.rpartition("/")[2] for (issuer,) in issuers] == ["kdp", "vendor-central"]


def test_a_registration_that_moved_on_takes_no_proof(api: Api):
    id = applied(api)
    back = answered(api, begun(api, id), ME)
    api("mutation ($id: ID!) { registrationWithdraw(input: {id: $id}) { seq } }", as_=OUTSIDER, id=id)

    assert told(sent(api, back, ME)) == "closed"
    assert nothing(api)


def test_what_could_open_it_is_not_kept(api: Api):
    url = begun(api, applied(api))
    (state,) = parse_qs(urlsplit(url).query)["state"]

    (row,) = api.rows("SELECT * FROM login_attempt")
    assert state not in map(str, row)
    to = parse_qs(urlsplit(sent(api, url, ME)).query)
    assert to["state"] == [state]
    assert to["code_challenge"][0] not in map(str, row)


# ---- what is no callback

STRANGE = ["", "?", "?state=", "?state=x", f"?state=eco_{'a' * 43}", "?code=a&error=b", "?state=%00", "?state=%ff%fe"]
STRANGE += [f"?state=eco_{'a' * 43}&state=eco_{'a' * 43}", f"?state={'a' * 10_000}", "?state[]=x", "?" + "a=b&" * 500]
STRANGE += [f"?state=eco_{quote('ä' * 43)}", f"?state=eco_{'a' * 42}%0a"]


@pytest.mark.parametrize("query", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("path", ["/login/start", "/login/callback"])
def test_a_login_that_is_not_known_ends_on_a_page_that_says_so(api: Api, path, query):
    page = visit(api, path + query, ME)

    assert (page.status_code, page.headers["cache-control"]) == (400, "no-store")
    assert "script" not in page.headers["content-security-policy"]
    assert "begin again" in page.text
    assert nothing(api)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS"])
def test_only_a_visit_counts(api: Api, method):
    back = answered(api, begun(api, applied(api)), ME)

    assert api.request(method, back, headers=ME).status_code == 405
    assert told(sent(api, back, ME)) == "proved"


@pytest.mark.parametrize("path", ["/login/start", "/login/callback"])
def test_under_a_foreign_name_there_are_no_logins(api: Api, path):
    url = begun(api, applied(api))
    answer = visit(api, f"{path}?{urlsplit(url).query}", {**ME, "host": "evil.example"})

    assert answer.status_code == 421
    assert told(sent(api, answered(api, url, ME), ME)) == "proved"


def test_without_a_database_the_page_says_to_try_again(configured):
    lost = configured(database_url="postgresql://postgres@127.0.0.1:9/endcap")

    page = visit(lost, f"/login/callback?state=eco_{'a' * 43}", ME)
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")


# ---- a provider that cheats, slow or away


@pytest.fixture
def provider(api: Api) -> Iterator[Provider]:
    with served() as provider:
        provider.clock = api.clock
        clients = {"KDP": Client(provider.url, "us", "secret")}
        api.installation.services.logins = replace(api.installation.logins, clients=clients, transport=None)
        yield provider


def from_provider(api: Api, provider: Provider) -> str:
    """The callback that the provider would send the browser to."""
    asked = parse_qs(urlsplit(sent(api, begun(api, applied(api)), ME)).query)
    provider.claims = {"nonce": asked["nonce"][0], **provider.claims}
    return f"/login/callback?{urlencode({'code': CODE, 'state': asked['state'][0]})}"


def _other_key(provider: Provider) -> None:
    provider.key = OTHER


CHEATS: dict[str, Callable[[Provider], Any]] = {
    "nonce": lambda provider: provider.claims.update(nonce="another"),
    "audience": lambda provider: provider.claims.update(aud="them"),
    "issuer": lambda provider: provider.claims.update(iss="https://evil.example"),
    "expired": lambda provider: provider.claims.update(exp=-3600),
    "key": _other_key,
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_provider_that_cheats_proves_nothing(api: Api, provider, cheat):
    CHEATS[cheat](provider)

    assert told(sent(api, from_provider(api, provider), ME)) == "untrusted"
    assert nothing(api)


def test_a_provider_on_the_network_proves_and_its_addresses_link_nobody(api: Api, provider):
    provider.claims = {"email": EDITOR.email, "email_verified": True, "sub": EDITOR.email}

    assert told(sent(api, from_provider(api, provider), ME)) == "proved"
    assert api.rows('SELECT u.email FROM external_identity e JOIN "user" u ON u.id = e.user_id') == [(OUTSIDER.email,)]


def test_a_slow_provider_proves_nothing(api: Api, provider):
    back = from_provider(api, provider)
    provider.delay, api.installation.services.logins.seconds = 10, 0.2

    assert told(sent(api, back, ME)) == "unavailable"
    assert nothing(api)


def test_a_provider_that_is_away_is_said_to_be_at_the_start(api: Api):
    logins = api.installation.services.logins = replace(api.installation.logins, transport=None)
    logins.clients = {"KDP": Client("http://127.0.0.1:9", "us", "secret")}

    assert told(sent(api, begun(api, applied(api)), ME)) == "unavailable"
    assert nothing(api)
