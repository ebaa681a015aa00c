"""How tests apply, accept terms and decide: the operations of the wizard and the desk, each in a line."""

from typing import Any

from tests.conftest import Api
from tests.people import OUTSIDER, REVIEWER, Person

PERSONAL = {
    "name": "Otto Outsider",
    "workEmail": "otto@agency.example",
    "phone": "+1 206 555 0100",
    "company": "Agency",
}
BRAND = {
    "brandName": "Alpenglow",
    "contactName": "Carla Contact",
    "contactEmail": "carla@alpenglow.example",
    "contactPhone": "+49 30 5550100",
    "vendorCode": "ALPEN",
}
DETAILS = {"personal": PERSONAL, "brand": BRAND}
STATE = """id status blockers dueAt overdue clockStoppedAt queuePosition version
  termsInvitation { status contactName } rejectionReason"""
ERRORS = """userErrors { code path message
  ... on GateNotMet { gate remedyMutation } ... on IllegalTransition { from allowed insteadUse } }"""
READ = f"query ($id: ID!) {{ registration(id: $id) {{ {STATE} }} }}"


def wish(name: str, more: str = "") -> str:
    """The document of one of registration's mutations."""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ registration {{ {STATE} }} {more} {ERRORS} }} }}"
    )


def do(api: Api, name: str, who: Person = OUTSIDER, **input: Any) -> Any:
    """Carry out `registrationVerb` and give its payload."""
    return api(wish(name), as_=who, input=input).data[name]


def begin(api: Api, who: Person = OUTSIDER, path: str = "REPRESENT_VENDOR") -> str:
    """The id of a new draft."""
    return do(api, "registrationCreate", who, path=path)["registration"]["id"]


def draft(api: Api, who: Person = OUTSIDER, path: str = "REPRESENT_VENDOR", **brand: Any) -> str:
    """The id of a draft with all details."""
    id = begin(api, who, path)
    made = do(api, "registrationUpdate", who, id=id, personal=PERSONAL, brand=BRAND | brand)
    assert made["userErrors"] == []
    return id


def submitted(api: Api, who: Person = OUTSIDER, **brand: Any) -> str:
    id = draft(api, who, **brand)
    assert do(api, "registrationSubmit", who, id=id)["userErrors"] == []
    return id


def claimed(api: Api, who: Person = OUTSIDER, by: Person = REVIEWER, **brand: Any) -> str:
    id = submitted(api, who, **brand)
    assert do(api, "registrationClaim", by, id=id)["userErrors"] == []
    return id


def accept(api: Api, email: str = BRAND["contactEmail"], version: int = 1) -> Any:
    """The contact accepts the terms by the link in their newest letter."""
    document = """mutation ($token: String!, $version: Int!) {
      termsAccept(input: {token: $token, documentVersion: $version, fullName: "Carla Contact"}) {
        termsInvitation { status acceptedAt document { version } } userErrors { code path } } }"""
    return api(document, token=api.token(email), version=version).data["termsAccept"]


def ready(api: Api, who: Person = OUTSIDER, by: Person = REVIEWER, **brand: Any) -> str:
    """The id of a case that may be approved."""
    id = claimed(api, who, by, **brand)
    assert accept(api, brand.get("contactEmail", BRAND["contactEmail"]))["userErrors"] == []
    return id


def state(api: Api, id: str, who: Person = OUTSIDER) -> Any:
    return api(READ, as_=who, id=id).data["registration"]


def gates(payload: Any) -> list[str | None]:
    """The gates that a refusal names."""
    return [each.get("gate") for each in payload["userErrors"]]


def kept(api: Api) -> list[Any]:
    """Everything that an application or a decision would change."""
    tables = ("registration", "terms_invitation", "info_request", "staff_note", "email_message", "change", "brand")
    more = ("account", "membership", "policy_document", "service_level", "job", "one_time_link")
    return api.kept(*tables, *more)
