"""The documents of the wizard and of the reviewers' desk, sent as an app would send them, with exact answers."""

from tests.api.test_operations import answer
from tests.conftest import Api
from tests.people import NORTH, OPERATOR, OUTSIDER, OWNER, REVIEWER
from tests.registrations import BRAND, DETAILS, claimed, ready, submitted


def test_the_wizard_from_its_first_page_to_the_queue(api: Api):
    paths = [each["path"] for each in answer(api, "RegistrationPaths", None)["registrationPaths"]]
    made = answer(api, "RegistrationCreate", OUTSIDER, path=paths[3])["registrationCreate"]["registration"]
    told = answer(api, "RegistrationUpdate", OUTSIDER, input={"id": made["id"], **DETAILS})["registrationUpdate"]
    sent = answer(api, "RegistrationSubmit", OUTSIDER, id=made["id"], expectedVersion=told["registration"]["version"])

    assert (made["status"], told["registration"]["blockers"]) == ("DRAFT", ["TERMS_ACCEPTED"])
    assert told["registration"]["warnings"] == []
    assert sent["registrationSubmit"]["userErrors"] == []
    listed = answer(api, "Registrations", OUTSIDER)["registrations"]["nodes"]
    assert [(each["brandName"], each["status"], each["queuePosition"]) for each in listed] == [
        ("Alpenglow", "SUBMITTED", 1)
    ]


def test_an_application_shows_what_may_be_done(api: Api):
    id = submitted(api)
    shown = answer(api, "Registration", OUTSIDER, id=id)["registration"]
    may = {name: each["allowed"] for name, each in shown["permissions"].items()}

    assert may == {
        "update": False,
        "submit": False,
        "provideInfo": False,
        "resendTermsInvitation": True,
        "withdraw": True,
    }
    assert (shown["brandContact"]["name"], shown["termsInvitation"]["status"]) == ("Carla Contact", "PENDING")


def test_terms_are_read_accepted_sent_again_and_declined(api: Api):
    id = submitted(api)
    api.clock.pass_(minutes=10)
    again = answer(api, "RegistrationResendTermsInvitation", OUTSIDER, id=id)["registrationResendTermsInvitation"]
    token = api.token(BRAND["contactEmail"])
    read = answer(api, "TermsInvitation", None, token=token)["termsInvitation"]
    accepted = answer(api, "TermsAccept", None, token=token, documentVersion=1, fullName="Carla")["termsAccept"]

    assert again["registration"]["termsInvitation"]["sentAt"] == "2026-11-20T12:10:00Z"
    assert (read["brandName"], read["document"]["version"]) == ("Alpenglow", 1)
    at = "2026-11-20T12:10:00Z"
    assert accepted == {"termsInvitation": {"status": "ACCEPTED", "acceptedAt": at}, "userErrors": []}
    submitted(api, brandName="Other", contactEmail="n@other.example")
    declined = answer(api, "TermsDecline", None, token=api.token("n@other.example"))["termsDecline"]
    assert declined["termsInvitation"]["status"] == "DECLINED"


def test_a_reviewers_desk_from_the_queue_to_the_account(api: Api):
    id = ready(api)
    (case,) = answer(api, "ReviewQueue", REVIEWER)["reviewQueue"]["nodes"]
    note = answer(api, "RegistrationAddStaffNote", REVIEWER, id=id, note="All right")["registrationAddStaffNote"]
    shown = answer(api, "ReviewCase", REVIEWER, id=id)["node"]
    made = answer(api, "RegistrationApprove", REVIEWER, id=id, expectedVersion=shown["version"])["registrationApprove"]

    assert (case["id"], case["applicant"]["email"], case["blockers"]) == (id, OUTSIDER.email, [])
    assert (note["userErrors"], shown["staffNotes"][0]["note"]) == ([], "All right")
    assert shown["permissions"]["approve"] == {"allowed": True, "denials": []}
    assert (made["registration"]["status"], made["account"]["displayName"]) == ("APPROVED", "Alpenglow")


def test_a_case_is_claimed_released_asked_about_answered_and_rejected(api: Api):
    id = submitted(api)
    states = [
        answer(api, name, REVIEWER, id=id)[f"r{name[1:]}"]["registration"]["status"]
        for name in ("RegistrationClaim", "RegistrationRelease", "RegistrationClaim")
    ]
    question = {"id": id, "message": "Which?", "needSecondaryContact": False}
    asked = answer(api, "RegistrationRequestInfo", REVIEWER, input=question)["registrationRequestInfo"]
    told = answer(api, "RegistrationProvideInfo", OUTSIDER, id=id, message="Tents")["registrationProvideInfo"]
    ended = answer(api, "RegistrationReject", REVIEWER, id=id, reason="No")["registrationReject"]

    assert states == ["IN_REVIEW", "SUBMITTED", "IN_REVIEW"]
    assert [each["registration"]["status"] for each in (asked, told, ended)] == [
        "INFO_REQUESTED",
        "IN_REVIEW",
        "REJECTED",
    ]


def test_an_application_is_withdrawn(api: Api):
    gone = answer(api, "RegistrationWithdraw", OUTSIDER, id=claimed(api))["registrationWithdraw"]

    assert (gone["registration"]["status"], gone["userErrors"]) == ("WITHDRAWN", [])


def test_a_further_brand_is_applied_for(api: Api):
    contact = {"name": "F", "email": "f@fjord.example"}
    given = {"accountId": NORTH, "name": "Fjord", "vendorCode": "FJORD", "brandContact": contact}
    made = answer(api, "BrandCreate", OWNER, input=given)["brandCreate"]

    assert (made["brand"]["name"], made["brand"]["approved"]) == ("Fjord", False)
    assert (made["registration"]["status"], made["userErrors"]) == ("SUBMITTED", [])


def test_documents_and_promises_are_read_and_set(api: Api):
    text = {"kind": "USER_GUIDE", "title": "Guide", "markdown": "# Guide", "effectiveAt": "2026-11-20T12:00:00Z"}
    published = answer(api, "PolicyDocumentPublish", OPERATOR, input=text)["policyDocumentPublish"]
    promise = {"kind": "METRICS_FINAL", "duration": "P2D", "businessDays": False}
    answer(api, "ServiceLevelSet", OPERATOR, input=promise)
    shown = answer(api, "PolicyDocuments", None)

    assert (published["document"]["version"], published["userErrors"]) == (1, [])
    assert [each["kind"] for each in shown["policyDocuments"]] == ["AGREEMENT", "USER_GUIDE"]
    assert promise in shown["serviceLevels"]
