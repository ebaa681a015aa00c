"""Applying: five paths, step by step, submitted when complete, followed, answered, withdrawn."""

import pytest

from tests.conftest import Api, codes
from tests.people import EDITOR, NORTH, OUTSIDER, OWNER, REVIEWER, STRANGER
from tests.registrations import BRAND, PERSONAL, accept, begin, claimed, do, draft, gates, kept, ready, state, submitted

PATHS = """{ registrationPaths { path label available needsExternalLogin needsBrandContact steps
  serviceLevel { kind duration businessDays } } }"""
LIST = """query ($filter: RegistrationFilter, $sort: RegistrationSort) {
  registrations(first: 10, filter: $filter, sort: $sort) { nodes { brandName status } totalCount { value } } }"""
DETAIL = """query ($id: ID!) { registration(id: $id) { path purpose applicant { name email }
  personal { name workEmail phone company } brandName vendorCode brandContact { name email phone }
  secondaryContact { name } note replacesAccountNotice { existingAccountName previousAgency reason }
  warnings { code path } infoRequests { message answer } staffNotes { note } account { id } } }"""
MAY = """query ($id: ID!) { node(id: $id) { ... on Registration { permissions {
  update { allowed denials { code } } submit { allowed denials { gate } } withdraw { allowed }
  claim { allowed denials { code required } } approve { allowed denials { gate code } } } } } }"""


# ---- the paths


def test_the_wizard_offers_five_paths_with_their_steps_and_promises(api: Api):
    paths = {each["path"]: each for each in api(PATHS).data["registrationPaths"]}
    agency = paths["REPRESENT_VENDOR"]

    assert len(paths) == 5
    assert all(each["needsExternalLogin"] is not each["needsBrandContact"] for each in paths.values())
    assert agency["steps"] == ["PERSONAL_DETAILS", "BRAND_DETAILS", "REVIEW_AND_SUBMIT"]
    promise = {"kind": "AGENCY_ACCESS_REVIEW", "duration": "PT48H", "businessDays": False}
    assert (agency["needsBrandContact"], agency["serviceLevel"]) == (True, promise)
    assert paths["KDP"]["steps"][0] == "PROVE_LOGIN"
    assert paths["KDP"]["serviceLevel"]["kind"] == "BRAND_REGISTRATION_REVIEW"


def test_a_path_whose_login_is_not_set_up_is_not_available(api: Api):
    logins = api.installation.services.logins
    logins.clients = {name: each for name, each in logins.clients.items() if name != "KDP"}

    available = {each["path"]: each["available"] for each in api(PATHS).data["registrationPaths"]}
    assert [path for path, is_there in available.items() if not is_there] == ["KDP"]


# ---- step by step


def test_a_draft_says_what_is_missing_and_keeps_what_is_told(api: Api):
    id = begin(api)
    assert state(api, id)["blockers"] == [
        "PERSONAL_DETAILS",
        "BRAND_DETAILS",
        "BRAND_CONTACT",
        "VENDOR_CODE",
        "TERMS_ACCEPTED",
    ]
    do(api, "registrationUpdate", id=id, personal={"name": "Otto", "workEmail": "otto@gmail.com"})
    do(api, "registrationUpdate", id=id, personal=PERSONAL | {"phone": "+1 (206) 555-0100"}, brand=BRAND)

    assert state(api, id)["blockers"] == ["TERMS_ACCEPTED"]
    shown = api(DETAIL, as_=OUTSIDER, id=id).data["registration"]
    assert shown["personal"] == PERSONAL | {"phone": "+12065550100"}
    contact = {"name": "Carla Contact", "email": "carla@alpenglow.example", "phone": "+49305550100"}
    assert (shown["brandContact"], shown["brandName"], shown["vendorCode"]) == (contact, "Alpenglow", "ALPEN")
    assert shown["applicant"] == {"name": "Otto Outsider", "email": OUTSIDER.email}


def test_what_is_left_out_stays_and_null_clears(api: Api):
    id = draft(api)
    do(api, "registrationUpdate", id=id, brand={"vendorCode": None}, note="Please be quick")

    assert state(api, id)["blockers"] == ["VENDOR_CODE", "TERMS_ACCEPTED"]
    assert api(DETAIL, as_=OUTSIDER, id=id).data["registration"]["note"] == "Please be quick"
    do(api, "registrationUpdate", id=id, note=None, brand=None)
    shown = api(DETAIL, as_=OUTSIDER, id=id).data["registration"]
    assert (shown["note"], shown["brandName"], shown["personal"]["name"]) == (None, None, "Otto Outsider")


def test_every_wrong_field_is_named_at_once_and_nothing_is_kept(api: Api):
    id = draft(api)
    before = kept(api)
    wrong = {"personal": {"name": " ", "workEmail": "x", "phone": "5"}, "brand": {"contactPhone": "12"}, "note": "x\0"}
    api.clock.pass_(seconds=1)
    refused = do(api, "registrationUpdate", id=id, **(wrong | {"note": "x" * 2_001}))

    paths = [each["path"] for each in refused["userErrors"]]
    assert paths == [
        ["personal", "name"],
        ["personal", "workEmail"],
        ["personal", "phone"],
        ["brand", "contactPhone"],
        ["note"],
    ]
    assert refused["registration"] is None
    assert kept(api) == before


def test_advice_never_stands_in_the_way(api: Api):
    id = draft(api, contactEmail="otto@gmail.com")
    do(api, "registrationUpdate", id=id, personal={"workEmail": "otto@gmail.com"})

    shown = api(DETAIL, as_=OUTSIDER, id=id).data["registration"]["warnings"]
    assert [each["code"] for each in shown] == [
        "PERSONAL_MAIL_DOMAIN",
        "CONTACT_DOMAIN_UNLIKE_BRAND",
        "CONTACT_IS_APPLICANT",
    ]
    assert do(api, "registrationSubmit", id=id)["userErrors"] == []


@pytest.mark.parametrize("code", ["", "a b", "é", "x" * 41, "A/1"])
def test_a_vendor_code_is_a_code(api: Api, code):
    id = draft(api)
    before = kept(api)
    (refused,) = do(api, "registrationUpdate", id=id, brand={"vendorCode": code})["userErrors"]

    assert (refused["code"], refused["path"]) == ("INVALID", ["brand", "vendorCode"])
    assert kept(api) == before


def test_a_version_that_changed_meanwhile_is_refused(api: Api):
    id = draft(api)
    version, before = state(api, id)["version"], kept(api)
    refused = do(api, "registrationUpdate", id=id, note="N", expectedVersion=version - 1)

    assert [each["code"] for each in refused["userErrors"]] == ["STALE_VERSION"]
    assert kept(api) == before
    assert do(api, "registrationUpdate", id=id, note="N", expectedVersion=version)["userErrors"] == []


# ---- submission


def test_submitting_begins_the_promise_and_mails_the_contact(api: Api):
    id = submitted(api)
    shown = state(api, id)

    assert (shown["status"], shown["dueAt"], shown["queuePosition"]) == ("SUBMITTED", "2026-11-22T12:00:00Z", 1)
    assert shown["termsInvitation"] == {"status": "PENDING", "contactName": "Carla Contact"}
    assert api.mail(BRAND["contactEmail"])[0].subject == "Otto Outsider asks you to accept the terms for Alpenglow"
    (received,) = api.mail(OUTSIDER.email)
    assert received.subject == "We have your application for Alpenglow"
    assert "2026-11-22 12:00 UTC" in " ".join(received.text.split())


def test_a_brand_waits_for_business_days(api: Api):
    id = draft(api, path="KDP")
    api.write("UPDATE registration SET login_proved_at = created_at")
    do(api, "registrationSubmit", id=id)

    assert state(api, id)["dueAt"] == "2026-11-25T12:00:00Z"  # submitted on a Friday


@pytest.mark.parametrize(
    ("path", "brand", "gate", "remedy"),
    [
        ("REPRESENT_VENDOR", {"vendorCode": None}, "VENDOR_CODE", "registrationUpdate"),  # S13
        ("REPRESENT_VENDOR", {"contactPhone": None}, "BRAND_CONTACT", "registrationUpdate"),
        ("REPRESENT_VENDOR", {"vendorCode": "north"}, "REPLACEMENT_NOTICE", "registrationUpdate"),  # S1
        ("VENDOR_CENTRAL", {}, "LOGIN_PROVED", "registrationLoginBegin"),  # S5
        ("KDP", {"brandName": None}, "BRAND_DETAILS", "registrationUpdate"),
    ],
)
def test_nothing_is_submitted_before_it_is_complete(api: Api, path, brand, gate, remedy):
    id = draft(api, path=path, **brand)
    before = kept(api)
    refused = do(api, "registrationSubmit", id=id)

    assert gate in gates(refused)
    assert next(each for each in refused["userErrors"] if each["gate"] == gate)["remedyMutation"] == remedy
    assert kept(api) == before


def test_a_vendor_with_an_account_needs_the_notice_and_reviewers_see_it_first(api: Api):
    first = submitted(api)
    id = draft(api, STRANGER, vendorCode="North", brandName="Northwind")
    notice = {"existingAccountName": "North", "previousAgency": "Compass", "reason": "The agency has changed."}
    do(api, "registrationUpdate", STRANGER, id=id, replacesAccountNotice=notice)
    api.clock.pass_(hours=1)

    assert do(api, "registrationSubmit", STRANGER, id=id)["userErrors"] == []
    assert (state(api, id, STRANGER)["queuePosition"], state(api, first)["queuePosition"]) == (1, 2)
    shown = api(DETAIL, as_=STRANGER, id=id).data["registration"]
    assert shown["replacesAccountNotice"] == notice


def test_one_applies_once_at_a_time_for_a_brand(api: Api):
    submitted(api)
    id = draft(api, brandName="  ALPENGLOW ", vendorCode="alpen")
    before = kept(api)

    refused = do(api, "registrationSubmit", id=id)
    assert [each["code"] for each in refused["userErrors"]] == ["CONFLICT"]
    assert kept(api) == before
    assert do(api, "registrationSubmit", STRANGER, id=draft(api, STRANGER))["userErrors"] == [], "others may"


def test_what_is_submitted_is_changed_no_more(api: Api):
    id = submitted(api)
    before = kept(api)
    for name, more in (("registrationUpdate", {"note": "N"}), ("registrationSubmit", {})):
        (refused,) = do(api, name, id=id, **more)["userErrors"]
        assert (refused["code"], refused["from"]) == ("ILLEGAL_TRANSITION", "SUBMITTED")
    assert kept(api) == before


def test_a_case_in_review_is_not_submitted_again(api: Api):
    id = claimed(api)
    before = kept(api)
    (refused,) = do(api, "registrationSubmit", id=id)["userErrors"]

    assert (refused["code"], refused["from"]) == ("ILLEGAL_TRANSITION", "IN_REVIEW")
    assert kept(api) == before


def test_twenty_open_applications_are_enough(api: Api):
    for _ in range(20):
        begin(api)
    refused = do(api, "registrationCreate", path="KDP")

    assert [each["code"] for each in refused["userErrors"]] == ["LIMIT"]
    assert api.rows("SELECT count(*) FROM registration") == [(20,)]


# ---- following and withdrawing


def test_one_sees_what_one_applied_for_and_nothing_else(api: Api):
    submitted(api)
    begin(api)
    draft(api, STRANGER, brandName="Secret")

    mine = api(LIST, as_=OUTSIDER, sort="CREATED_DESC").data["registrations"]
    assert mine["nodes"] == [{"brandName": None, "status": "DRAFT"}, {"brandName": "Alpenglow", "status": "SUBMITTED"}]
    drafts = api(LIST, as_=OUTSIDER, filter={"status": ["DRAFT"]}).data["registrations"]
    assert drafts["totalCount"] == {"value": 1}
    found = api(LIST, as_=OUTSIDER, filter={"query": "alpen"}).data["registrations"]["nodes"]
    assert [each["brandName"] for each in found] == ["Alpenglow"]


def test_withdrawing_ends_the_application_and_its_terms(api: Api):
    id = submitted(api)
    token = api.token(BRAND["contactEmail"])
    assert do(api, "registrationWithdraw", id=id)["registration"]["status"] == "WITHDRAWN"

    assert state(api, id)["termsInvitation"]["status"] == "REVOKED"
    assert api("query ($t: String!) { termsInvitation(token: $t) { contactName } }", t=token).data == {
        "termsInvitation": None
    }
    before = kept(api)
    (refused,) = do(api, "registrationWithdraw", id=id)["userErrors"]
    assert (refused["code"], refused["from"], refused["allowed"]) == ("ILLEGAL_TRANSITION", "WITHDRAWN", [])
    assert kept(api) == before


def test_terms_that_were_not_mailed_yet_are_not_mailed_for_what_is_withdrawn(api: Api):
    do(api, "registrationWithdraw", id=submitted(api))

    assert api.mail(BRAND["contactEmail"]) == []


def test_what_may_be_done_is_said_beforehand(api: Api):
    id = submitted(api)
    mine = api(MAY, as_=OUTSIDER, id=id).data["node"]["permissions"]
    theirs = api(MAY, as_=REVIEWER, id=id).data["node"]["permissions"]

    assert (mine["withdraw"]["allowed"], mine["update"]["denials"]) == (True, [{"code": "ILLEGAL_TRANSITION"}])
    assert mine["claim"]["denials"][0] == {"code": "FORBIDDEN", "required": "REVIEWER"}
    assert (theirs["claim"]["allowed"], theirs["withdraw"]["allowed"]) == (True, False)
    assert theirs["approve"]["denials"][0]["code"] == "ILLEGAL_TRANSITION"


# ---- answering


def test_an_answer_puts_the_case_back_where_it_was(api: Api):
    id = claimed(api)
    do(api, "registrationRequestInfo", REVIEWER, id=id, message="Which products?", needSecondaryContact=True)
    assert state(api, id)["blockers"] == ["SECONDARY_CONTACT", "INFO_PROVIDED", "TERMS_ACCEPTED"]
    before = kept(api)
    assert gates(do(api, "registrationProvideInfo", id=id, message="Tents")) == ["SECONDARY_CONTACT"]
    assert kept(api) == before

    second = {"name": "Sven", "email": "sven@alpenglow.example"}
    do(api, "registrationUpdate", id=id, secondaryContact=second)
    assert do(api, "registrationProvideInfo", id=id, message=" Tents ")["registration"]["status"] == "IN_REVIEW"
    shown = api(DETAIL, as_=OUTSIDER, id=id).data["registration"]
    assert shown["infoRequests"] == [{"message": "Which products?", "answer": "Tents"}]
    assert shown["secondaryContact"] == {"name": "Sven"}


def test_a_new_contact_has_to_accept_what_the_former_one_did(api: Api):
    id = ready(api)
    do(api, "registrationRequestInfo", REVIEWER, id=id, message="Is Carla the right person?")
    do(api, "registrationUpdate", id=id, brand={"contactName": "Nora", "contactEmail": "nora@alpenglow.example"})
    do(api, "registrationProvideInfo", id=id, message="No, Nora is")

    assert state(api, id)["termsInvitation"] == {"status": "PENDING", "contactName": "Nora"}
    assert gates(do(api, "registrationApprove", REVIEWER, id=id)) == ["TERMS_ACCEPTED"]
    assert accept(api, "nora@alpenglow.example")["userErrors"] == []
    assert do(api, "registrationApprove", REVIEWER, id=id)["userErrors"] == []


def test_terms_go_to_nobody_while_the_contact_is_missing(api: Api):
    id = claimed(api)
    do(api, "registrationRequestInfo", REVIEWER, id=id, message="Who?")
    do(api, "registrationUpdate", id=id, brand={"contactEmail": None})
    api.clock.pass_(minutes=10)
    before = kept(api)

    assert gates(do(api, "registrationResendTermsInvitation", id=id)) == ["BRAND_CONTACT"]
    assert kept(api) == before


def test_nobody_answers_what_was_not_asked(api: Api):
    id = claimed(api)
    before = kept(api)
    (refused,) = do(api, "registrationProvideInfo", id=id, message="Tents")["userErrors"]

    assert (refused["code"], refused["from"]) == ("ILLEGAL_TRANSITION", "IN_REVIEW")
    assert kept(api) == before


# ---- a further brand (S52)

BRAND_CREATE = """mutation ($input: BrandCreateInput!) { brandCreate(input: $input) {
  brand { id name approved registration { status } } registration { id purpose status blockers path }
  userErrors { code path } } }"""
SHOWN = "query ($id: ID!) { node(id: $id) { ... on Brand { approved registration { status } } } }"
CONTACT = {"name": "Fiona", "email": "fiona@fjord.example"}


def further(api: Api, **more):
    given = {"accountId": NORTH, "name": "Fjord", "vendorCode": "FJORD", "brandContact": CONTACT, **more}
    return api(BRAND_CREATE, as_=OWNER, input=given).data["brandCreate"]


def test_a_further_brand_is_reviewed_and_then_approved(api: Api):
    made = further(api)
    id = made["registration"]["id"]
    assert made["brand"]["approved"] is False
    assert made["registration"]["blockers"] == ["TERMS_ACCEPTED"]
    assert (made["registration"]["purpose"], made["registration"]["status"]) == ("FURTHER_BRAND", "SUBMITTED")

    do(api, "registrationClaim", REVIEWER, id=id)
    accept(api, CONTACT["email"])
    assert do(api, "registrationApprove", REVIEWER, id=id)["userErrors"] == []
    shown = api(
        "query ($id: ID!) { node(id: $id) { ... on Brand { approved registration { status } } } }",
        as_=OWNER,
        id=made["brand"]["id"],
    )
    assert shown.data["node"] == {"approved": True, "registration": {"status": "APPROVED"}}
    assert api.rows("SELECT count(*) FROM account") == [(2,)]
    assert api.mail(OWNER.email)[0].subject == "Fjord is approved"


def test_a_brand_without_a_contact_needs_a_proved_login_and_no_brand_comes_twice(api: Api):
    before = kept(api)
    assert codes_of(further(api, brandContact=None)) == [("INVALID", ["brandContact"])]
    assert codes_of(further(api, name="Northpeak")) == [("CONFLICT", ["name"])]
    wrong = further(api, name="", vendorCode="", brandContact={"name": "F", "email": "x", "phone": "1"})
    assert [code for code, _ in codes_of(wrong)] == ["INVALID"] * 4
    assert kept(api) == before


def codes_of(payload) -> list:
    return [(each["code"], each["path"]) for each in payload["userErrors"]]


def test_a_brand_that_was_rejected_is_applied_for_again(api: Api):
    first = further(api)
    do(api, "registrationClaim", REVIEWER, id=first["registration"]["id"])
    assert codes_of(further(api)) == [("CONFLICT", ["name"])]
    do(api, "registrationReject", REVIEWER, id=first["registration"]["id"], reason="No contract")

    again = further(api, vendorCode="FJORD2")
    assert (again["brand"]["id"], again["userErrors"]) == (first["brand"]["id"], [])
    assert again["brand"]["registration"] == {"status": "SUBMITTED"}
    assert api.rows("SELECT vendor_code, approved FROM brand WHERE name = 'Fjord'")[0][0] == "FJORD2"


def test_no_brand_is_approved_for_an_account_that_is_closed(api: Api):
    id = further(api)["registration"]["id"]
    do(api, "registrationClaim", REVIEWER, id=id)
    accept(api, CONTACT["email"])
    api.write("UPDATE account SET status = 'SUSPENDED'")
    before = kept(api)

    assert gates(do(api, "registrationApprove", REVIEWER, id=id)) == ["ACCOUNT_ACTIVE"]
    assert kept(api) == before


def test_an_editor_applies_for_no_brand(api: Api):
    given = {"accountId": NORTH, "name": "Fjord", "vendorCode": "FJORD", "brandContact": CONTACT}
    before = kept(api)
    assert codes(api(BRAND_CREATE, as_=EDITOR, input=given), "brandCreate") == ["FORBIDDEN"]
    assert kept(api) == before
