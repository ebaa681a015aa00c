"""The rules of a registration: every step, every gate, every advice, for every path."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts import InvitationStatus
from app.domain.errors import Conflict, Findings, Gate, GateNotMet
from app.domain.onboarding import registration as rules
from app.domain.onboarding.details import check_details, e164, phone_problem, resembles, warnings
from app.domain.onboarding.paths import PATHS, RegistrationPath, RegistrationPurpose, RegistrationStep
from app.domain.onboarding.registration import REGISTRATION, TERMS, Facts, RegistrationStatus
from app.domain.policy import ServiceLevelKind

APPLICANT, REVIEWER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
COMPLETE = Facts(
    path=RegistrationPath.REPRESENT_VENDOR,
    purpose=RegistrationPurpose.NEW_ACCOUNT,
    status=RegistrationStatus.IN_REVIEW,
    applicant_id=APPLICANT,
    person_name="Otto",
    work_email="otto@agency.example",
    person_phone="+12065550100",
    company="Agency",
    brand_name="Alpenglow",
    contact_name="Carla",
    contact_email="carla@alpenglow.example",
    contact_phone="+49305550100",
    vendor_code="ALPEN",
    replaced_account=None,
    login_proved_at=None,
    secondary_needed=False,
    secondary_email=None,
    terms_status=InvitationStatus.ACCEPTED,
    vendor_has_account=False,
    claimed_by=REVIEWER,
    conflicted=None,
)
LOGIN = replace(COMPLETE, path=RegistrationPath.KDP, login_proved_at=datetime(2026, 11, 1, tzinfo=UTC), company=None)
STEPS = {
    ("DRAFT", "SUBMITTED"),
    ("SUBMITTED", "IN_REVIEW"),
    ("IN_REVIEW", "SUBMITTED"),
    ("IN_REVIEW", "INFO_REQUESTED"),
    ("IN_REVIEW", "APPROVED"),
    ("IN_REVIEW", "REJECTED"),
    ("INFO_REQUESTED", "IN_REVIEW"),
    ("INFO_REQUESTED", "REJECTED"),
    *((state, "WITHDRAWN") for state in ("DRAFT", "SUBMITTED", "IN_REVIEW", "INFO_REQUESTED")),
}
ANSWERS = {("PENDING", to) for to in ("ACCEPTED", "DECLINED", "REVOKED", "EXPIRED")}


# ---- states


@pytest.mark.parametrize(
    ("lifecycle", "states", "legal"), [(REGISTRATION, RegistrationStatus, STEPS), (TERMS, InvitationStatus, ANSWERS)]
)
def test_every_step_is_legal_or_refused_as_written_here(lifecycle, states, legal):
    passed = {(a.value, b.value) for a, b in product(states, repeat=2) if lifecycle.problem(a, b) is None}

    assert passed == legal


@pytest.mark.parametrize(
    ("state", "to", "instead"),
    [
        ("SUBMITTED", "APPROVED", "registrationClaim"),
        ("SUBMITTED", "REJECTED", "registrationClaim"),
        ("INFO_REQUESTED", "SUBMITTED", "registrationProvideInfo"),
        ("REJECTED", "SUBMITTED", "registrationCreate"),
        ("WITHDRAWN", "SUBMITTED", "registrationCreate"),
        ("APPROVED", "REJECTED", None),
    ],
)
def test_a_refused_step_names_what_helps(state, to, instead):
    assert REGISTRATION.problem(RegistrationStatus(state), RegistrationStatus(to)).instead_use == instead


# ---- paths


def test_the_paths_need_a_login_or_a_contact_and_promise_accordingly():
    agency = {path for path, info in PATHS.items() if info.contact}

    assert (set(PATHS), agency) == (set(RegistrationPath), {RegistrationPath.REPRESENT_VENDOR})
    assert all(info.login is not info.contact for info in PATHS.values())
    assert {info.promise for path, info in PATHS.items() if info.login} == {ServiceLevelKind.BRAND_REGISTRATION_REVIEW}
    assert PATHS[RegistrationPath.REPRESENT_VENDOR].promise is ServiceLevelKind.AGENCY_ACCESS_REVIEW


def test_a_path_with_a_login_begins_with_its_proof():
    assert PATHS[RegistrationPath.KDP].steps == tuple(RegistrationStep)
    assert PATHS[RegistrationPath.REPRESENT_VENDOR].steps == tuple(RegistrationStep)[1:]


# ---- gates


GATES = [
    (COMPLETE, {}, []),
    (LOGIN, {}, []),
    (LOGIN, {"login_proved_at": None}, [Gate.LOGIN_PROVED]),
    (LOGIN, {"contact_name": None, "contact_email": None, "contact_phone": None}, []),
    (COMPLETE, {"company": None}, [Gate.PERSONAL_DETAILS]),
    (COMPLETE, {"person_name": None}, [Gate.PERSONAL_DETAILS]),
    (COMPLETE, {"work_email": None}, [Gate.PERSONAL_DETAILS]),
    (LOGIN, {"person_phone": None}, [Gate.PERSONAL_DETAILS]),
    (LOGIN, {"brand_name": None}, [Gate.BRAND_DETAILS]),
    (COMPLETE, {"contact_name": None}, [Gate.BRAND_CONTACT]),
    (COMPLETE, {"contact_email": None}, [Gate.BRAND_CONTACT]),
    (COMPLETE, {"contact_phone": None}, [Gate.BRAND_CONTACT]),
    (COMPLETE, {"vendor_code": None}, [Gate.VENDOR_CODE]),
    (LOGIN, {"vendor_code": None}, [Gate.VENDOR_CODE]),
    (COMPLETE, {"vendor_has_account": True}, [Gate.REPLACEMENT_NOTICE]),
    (COMPLETE, {"vendor_has_account": True, "replaced_account": "Alpenglow US"}, []),
    (COMPLETE, {"secondary_needed": True}, [Gate.SECONDARY_CONTACT]),
    (COMPLETE, {"secondary_needed": True, "secondary_email": "s@alpenglow.example"}, []),
    (COMPLETE, {"status": RegistrationStatus.INFO_REQUESTED}, [Gate.INFO_PROVIDED]),
    (COMPLETE, {"terms_status": None}, [Gate.TERMS_ACCEPTED]),
    (COMPLETE, {"terms_status": InvitationStatus.PENDING}, [Gate.TERMS_ACCEPTED]),
    (COMPLETE, {"terms_status": InvitationStatus.DECLINED}, [Gate.TERMS_ACCEPTED]),
]
FURTHER = {"purpose": RegistrationPurpose.FURTHER_BRAND}


@pytest.mark.parametrize(("facts", "changes", "closed"), GATES)
def test_what_is_missing_is_a_gate_that_says_what_helps(facts, changes, closed):
    found = list(rules.obstacles(replace(facts, **changes)))

    assert [each.gate for each in found] == closed == rules.blockers(replace(facts, **changes))
    assert all(each.message and each.path and each.remedy_mutation for each in found)


def test_a_further_brand_asks_for_nothing_that_the_account_has_told():
    facts = replace(COMPLETE, **FURTHER, person_phone=None, company=None, contact_phone=None, vendor_has_account=True)

    assert list(rules.obstacles(facts)) == []


@pytest.mark.parametrize("status", ["APPROVED", "REJECTED", "WITHDRAWN"])
def test_what_has_ended_waits_for_nothing(status):
    assert rules.blockers(replace(COMPLETE, status=RegistrationStatus(status), vendor_code=None)) == []


anything = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(RegistrationPath),
        "purpose": st.sampled_from(RegistrationPurpose),
        "status": st.sampled_from(RegistrationStatus),
        "person_name": st.sampled_from([None, "Otto"]),
        "company": st.sampled_from([None, "Agency"]),
        "brand_name": st.sampled_from([None, "Alpenglow"]),
        "contact_email": st.sampled_from([None, "carla@alpenglow.example"]),
        "vendor_code": st.sampled_from([None, "ALPEN"]),
        "replaced_account": st.sampled_from([None, "Alpenglow US"]),
        "login_proved_at": st.sampled_from([None, datetime(2026, 11, 1, tzinfo=UTC)]),
        "secondary_needed": st.booleans(),
        "secondary_email": st.sampled_from([None, "s@alpenglow.example"]),
        "terms_status": st.sampled_from([None, *InvitationStatus]),
        "vendor_has_account": st.booleans(),
        "claimed_by": st.sampled_from([None, REVIEWER, OTHER]),
        "conflicted": st.sampled_from([None, f"{OTHER} {REVIEWER}", str(OTHER)]),
    },
)


@given(anything)
def test_i1_what_may_be_approved_has_no_blockers(changes):
    facts = replace(COMPLETE, **changes)

    if not rules.approve_problems(facts, REVIEWER):
        assert rules.blockers(facts) == []
        assert (facts.status, facts.claimed_by) == (RegistrationStatus.IN_REVIEW, REVIEWER)
        assert facts.terms_status is InvitationStatus.ACCEPTED
        assert str(REVIEWER) not in (facts.conflicted or "")


@given(anything)
def test_what_may_be_submitted_lacks_only_what_comes_later(changes):
    facts = replace(COMPLETE, **changes)

    if not rules.submit_problems(facts):
        assert facts.status is RegistrationStatus.DRAFT
        assert set(rules.blockers(facts)) <= set(rules.AFTER_SUBMISSION)
        assert facts.vendor_code is not None


# ---- who may do what


def test_one_reviewer_works_on_a_case_and_no_other_decides_on_it():
    for problems in (rules.approve_problems, rules.reject_problems, rules.request_problems, rules.release_problems):
        assert problems(COMPLETE, REVIEWER) == []
        assert [type(each) for each in problems(COMPLETE, OTHER)] == [Conflict]
    assert [type(each) for each in rules.claim_problems(COMPLETE, OTHER)] == [Conflict]


def test_nobody_reviews_what_they_applied_for_or_belong_to():
    for facts, reviewer in (
        (COMPLETE, APPLICANT),
        (replace(COMPLETE, conflicted=f"{uuid4()} {REVIEWER.hex}"), REVIEWER),
    ):
        mine = replace(facts, claimed_by=reviewer)
        for problems in (rules.claim_problems, rules.approve_problems, rules.reject_problems, rules.request_problems):
            (problem,) = problems(mine, reviewer)
            assert isinstance(problem, GateNotMet)
            assert problem.gate is Gate.NOT_OWN_ACCOUNT


def test_an_operator_releases_what_somebody_else_claimed():
    assert rules.release_problems(COMPLETE, OTHER, operator=True) == []


@pytest.mark.parametrize("status", list(RegistrationStatus))
def test_details_change_while_they_are_the_applicants(status):
    found = rules.update_problems(replace(COMPLETE, status=status))

    assert (found == []) is (status.value in ("DRAFT", "INFO_REQUESTED"))
    if found:
        instead = "registrationWithdraw" if status in rules.OPEN else "registrationCreate"
        assert (found[0].instead_use, found[0].allowed) == (instead, ("DRAFT", "INFO_REQUESTED"))


@pytest.mark.parametrize("status", list(RegistrationStatus))
def test_an_answer_is_given_where_one_is_asked_for(status):
    found = rules.answer_problems(replace(COMPLETE, status=status))

    assert (found == []) is (status is RegistrationStatus.INFO_REQUESTED)


@pytest.mark.parametrize("status", list(RegistrationStatus))
def test_the_terms_are_mailed_again_while_the_case_is_open(status):
    pending = replace(COMPLETE, status=status, terms_status=InvitationStatus.PENDING)

    assert (rules.resend_terms_problems(pending) == []) is (status in rules.QUEUED)
    assert rules.resend_terms_problems(replace(pending, terms_status=InvitationStatus.ACCEPTED)) != []


# ---- details


@pytest.mark.parametrize(
    ("domain", "brand", "alike"),
    [
        ("alpenglow.com", "Alpenglow", True),
        ("mail.alpenglow.co.uk", "Alpenglow", True),
        ("alpenglow-outdoor.com", "Alpenglow", True),
        ("northpeak.example", "Northpeak Outdoor Goods", True),
        ("nog.com", "Northpeak Outdoor Goods", True),
        ("alpengloww.com", "Alpenglow", True),
        ("muller.de", "Müller", True),
        ("gmail.com", "Alpenglow", False),
        ("agency.com", "Alpenglow", False),
        ("co.uk", "Alpenglow", False),
        ("com", "Alpenglow", False),
        ("", "Alpenglow", False),
        ("alpenglow.com", "!!", False),
        ("x.com", "Xylo", False),
    ],
)
def test_a_domain_resembles_its_brand(domain, brand, alike):
    assert resembles(domain, brand) is alike


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_domain_and_no_brand_make_it_stumble(domain, brand):
    assert resembles(domain, brand) in (True, False)


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        (("o@agency.example", "Alpenglow", "c@alpenglow.com", "o@agency.example"), []),
        (("o@gmail.com", "Alpenglow", "c@alpenglow.com", "x@y.example"), ["PERSONAL_MAIL_DOMAIN"]),
        (("o@agency.example", "Alpenglow", "c@other.com", "x@y.example"), ["CONTACT_DOMAIN_UNLIKE_BRAND"]),
        (("O@alpenglow.com", "Alpenglow", "o@Alpenglow.com", "x@y.example"), ["CONTACT_IS_APPLICANT"]),
        ((None, "Alpenglow", "x@alpenglow.com", "x@alpenglow.com"), ["CONTACT_IS_APPLICANT"]),
        ((None, None, None, "x@y.example"), []),
    ],
)
def test_advice_names_what_looks_odd(told, codes):
    assert [each.code.value for each in warnings(*told)] == codes


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("+1 206 555 0100", "+12065550100"),
        ("+49 (30) 555-0100", "+49305550100"),
        ("0049 30 5550100", None),
        ("206 555 0100", None),
        ("+1 206", None),
        ("+1 206 555 0100 ext. 5", None),
        ("call me", None),
        ("", None),
        ("+" + "9" * 1000, None),
    ],
)
def test_a_phone_number_can_be_dialled_from_anywhere(phone, kept):
    assert e164(phone) == kept
    assert (phone_problem(phone, "x") is None) is (kept is not None)


def test_every_wrong_detail_is_named_at_once():
    found = Findings()
    given = {"person_name": "", "work_email": "nobody", "contact_phone": "12", "vendor_code": "x" * 41, "note": "\0"}
    check_details(found, given | {"company": None}, lambda value, *path: Conflict(message=value, path=path))

    paths = [each.path[-1] for each in found.problems]
    assert paths == ["name", "workEmail", "contactPhone", "vendorCode", "note"]
