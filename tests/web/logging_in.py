"""Steps of a login elsewhere that tests share: begun through the API, walked over HTTP, looked for in the database."""

from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Answer, Api
from tests.people import OUTSIDER, Person

PAGE = "http://127.0.0.1:8000/registration?step=1"
CREATE = "mutation ($path: RegistrationPath!) { registrationCreate(input: {path: $path}) { registration { id } } }"
BEGIN = """mutation ($id: ID!, $to: URL!) { registrationLoginBegin(input: {id: $id, returnTo: $to}) {
  registration { id loginProvedAt } authorizationUrl seq userErrors { code message path } } }"""
PROVED = "query ($id: ID!) { registration(id: $id) { loginProvedAt blockers } }"
PERSON = "Vera Vendor"


def bearer(who: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {who.token}"}


def applied(api: Api, who: Person = OUTSIDER, path: str = "KDP") -> str:
    """The id of a registration that was begun."""
    return api(CREATE, as_=who, path=path).data["registrationCreate"]["registration"]["id"]


def begin(api: Api, id: str, who: Person = OUTSIDER, to: str = PAGE) -> Answer:
    return api(BEGIN, as_=who, id=id, to=to)


def begun(api: Api, id: str, who: Person = OUTSIDER, to: str = PAGE) -> str:
    """Where the browser is to be sent."""
    answer = begin(api, id, who, to).data["registrationLoginBegin"]
    assert answer["userErrors"] == []
    return answer["authorizationUrl"]


def visit(api: Api, url: str, headers: dict[str, str] | None = None) -> Any:
    return api.request("GET", url, headers={"accept": "text/html", "sec-fetch-site": "cross-site", **(headers or {})})


def sent(api: Api, url: str, headers: dict[str, str] | None = None) -> str:
    """Where a visit leads."""
    response = visit(api, url, headers)
    assert response.status_code == 303, response.text
    assert (response.headers["cache-control"], response.headers["referrer-policy"]) == ("no-store", "no-referrer")
    return response.headers["location"]


def answered(api: Api, url: str, headers: dict[str, str], person: str = PERSON) -> str:
    """The callback with which the provider sends a browser back whose person said who they are."""
    return api.request("POST", sent(api, url, headers), data={"person": person}).headers["location"]


def told(page: str) -> str:
    """How the page that the browser comes back to is told it ended."""
    begins = f"{PAGE}&login="
    assert page.startswith(begins), page
    return page.removeprefix(begins)


def walked(api: Api, id: str, who: Person = OUTSIDER, person: str = PERSON) -> str:
    """The whole way, in the session that began it."""
    back = answered(api, begun(api, id, who), bearer(who), person)
    assert urlsplit(back).path == "/login/callback"
    return told(sent(api, back, bearer(who)))


def nothing(api: Api) -> bool:
    """Whether no login was proved: no identity, no proof, no word of it in history."""
    identities = api.rows("SELECT count(*) FROM external_identity")
    proofs = api.rows("SELECT count(*) FROM registration WHERE login_proved_at IS NOT NULL")
    return [*identities, *proofs, *api.rows("SELECT count(*) FROM change WHERE event = 'LOGIN_PROVED'")] == [(0,)] * 3
