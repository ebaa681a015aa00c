"""From sign-up to the first dashboard by each of the five paths: through GraphQL and the links in real mail only."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.test_operations import OPERATIONS, RANGE
from tests.conftest import Api
from tests.people import REVIEWER
from tests.registrations import BRAND, PERSONAL
from tests.web.logging_in import walked

NEW, PASSWORD = "vera@alpenglow.example", "a long new password"
LOGINS = ["VENDOR_CENTRAL", "ADVANTAGE_CENTRAL", "VENDOR_EXPRESS", "KDP"]


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has signed up and proved their address."""

    token: str


def run(api: Api, operation: str, as_: Any = None, **variables: Any) -> Any:
    """The payload of an operation of the contract, which must not refuse anything."""
    answer = api(OPERATIONS[operation], as_=as_, **variables)
    assert answer.errors == []
    (payload,) = answer.data.values()
    assert payload.get("userErrors", []) == [] if isinstance(payload, dict) else True
    return payload


def signed_up(api: Api) -> Newcomer:
    run(api, "SignUp", email=NEW, name="Vera Vendor", password=PASSWORD)
    return Newcomer(run(api, "EmailVerify", token=api.token(NEW), password=PASSWORD)["sessionToken"])


def applied(api: Api, who: Newcomer, path: str, brand: dict[str, str]) -> str:
    """The id of a registration that was submitted, with its login proved where the path begins with one."""
    steps = next(each["steps"] for each in run(api, "RegistrationPaths") if each["path"] == path)
    id = run(api, "RegistrationCreate", who.token, path=path)["registration"]["id"]
    if "PROVE_LOGIN" in steps:
        assert walked(api, id, who) == "proved"  # type: ignore[arg-type] - a token is all it takes
    told = run(api, "RegistrationUpdate", who.token, input={"id": id, "personal": PERSONAL, "brand": brand})
    assert told["registration"]["blockers"] == ["TERMS_ACCEPTED"]
    run(api, "RegistrationSubmit", who.token, id=id)
    return id


def decided(api: Api, id: str, contact: str) -> None:
    """The contact accepts by their link; a reviewer claims and approves."""
    token = api.token(contact)
    shown = run(api, "TermsInvitation", token=token)
    run(api, "TermsAccept", token=token, documentVersion=shown["document"]["version"], fullName="C. Contact")
    assert run(api, "ReviewQueue", REVIEWER)["nodes"][0]["blockers"] == []
    run(api, "RegistrationClaim", REVIEWER, id=id)
    run(api, "RegistrationApprove", REVIEWER, id=id)


def dashboard(api: Api, who: Newcomer) -> Any:
    (membership,) = run(api, "AccountSwitcher", who.token)["memberships"]
    return run(api, "Dashboard", who.token, accountId=membership["account"]["id"], range=RANGE)


@pytest.mark.parametrize("path", LOGINS)
def test_a_vendor_with_a_login_comes_from_sign_up_to_the_dashboard(api: Api, path):
    vera = signed_up(api)
    brand = {"brandName": "Alpenglow", "vendorCode": "ALPEN"}
    id = applied(api, vera, path, brand)
    api.work()
    api.clock.pass_(hours=1)
    assert run(api, "AccountSwitcher", vera.token)["memberships"] == []

    decided(api, id, PERSONAL["workEmail"])  # without a contact the vendor accepts the terms themself
    assert "Alpenglow is approved" in [each.subject for each in api.mail(NEW)]
    assert dashboard(api, vera)["displayName"] == "Alpenglow"


def test_an_agency_comes_from_sign_up_to_the_dashboard_with_questions_on_the_way(api: Api):
    vera = signed_up(api)
    id = applied(api, vera, "REPRESENT_VENDOR", BRAND)
    run(api, "RegistrationClaim", REVIEWER, id=id)
    question = {"id": id, "message": "Who else?", "needSecondaryContact": True}
    run(api, "RegistrationRequestInfo", REVIEWER, input=question)
    second = {"name": "Sven", "email": "sven@alpenglow.example"}
    run(api, "RegistrationUpdate", vera.token, input={"id": id, "secondaryContact": second})
    run(api, "RegistrationProvideInfo", vera.token, id=id, message="Sven")

    decided(api, id, BRAND["contactEmail"])
    assert dashboard(api, vera)["displayName"] == "Alpenglow"


def test_an_agency_takes_a_client_over_by_an_account_of_its_own(api: Api):  # S34, S35: option 2
    vera = signed_up(api)
    id = run(api, "RegistrationCreate", vera.token, path="REPRESENT_VENDOR")["registration"]["id"]
    brand = BRAND | {"vendorCode": "NORTH", "brandName": "North"}
    notice = {"existingAccountName": "North", "previousAgency": "Compass", "reason": "A new agency"}
    told = {"id": id, "personal": PERSONAL, "brand": brand}
    first = run(api, "RegistrationUpdate", vera.token, input=told)["registration"]
    assert first["blockers"] == ["REPLACEMENT_NOTICE", "TERMS_ACCEPTED"]
    run(api, "RegistrationUpdate", vera.token, input={"id": id, "replacesAccountNotice": notice})
    run(api, "RegistrationSubmit", vera.token, id=id)

    decided(api, id, BRAND["contactEmail"])
    assert dashboard(api, vera)["displayName"] == "North"
    assert api.rows("SELECT count(*) FROM account WHERE vendor_code = 'NORTH'") == [(2,)]
