"""Accounts that take new things, invitations that run out, and the check of an invitation."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.access import MemberLevel
from app.domain.accounts import (
    MOST_IN_HANDOVER,
    AccountStatus,
    InvitationStatus,
    Invitee,
    active_problem,
    check_account,
    check_handover,
    check_invitee,
    invitation_status,
    local_day,
    resend_problem,
)
from app.domain.errors import Findings, Gate, GateNotMet, InvalidInput
from app.domain.identity import LIFETIMES, Purpose

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def found_in(name="Bo Li", email=None, organization=None, path=()):
    found = Findings()
    check_invitee(found, Invitee(name, "bo@example.com", MemberLevel.EDITOR, organization), email, *path)
    return [(problem.path, problem.constraint) for problem in found.problems]


def test_an_invitation_lives_seven_days():  # S20
    assert LIFETIMES[Purpose.INVITATION] == timedelta(days=7)


@pytest.mark.parametrize(
    ("expires_at", "status"),
    [
        (NOW - MOMENT, InvitationStatus.EXPIRED),
        (NOW, InvitationStatus.EXPIRED),
        (NOW + MOMENT, InvitationStatus.PENDING),
    ],
)
def test_a_pending_invitation_expires_at_its_time(expires_at, status):
    assert invitation_status(InvitationStatus.PENDING, expires_at, NOW) is status


@pytest.mark.parametrize("answered", [each for each in InvitationStatus if each is not InvitationStatus.PENDING])
@pytest.mark.parametrize("expires_at", [NOW - MOMENT, NOW + MOMENT])
def test_an_answered_invitation_keeps_its_answer_whatever_the_time(answered, expires_at):
    assert invitation_status(answered, expires_at, NOW) is answered


@pytest.mark.parametrize("status", [AccountStatus.ACTIVE, AccountStatus.PAYMENT_HOLD])
def test_an_account_waiting_for_a_card_still_takes_new_things(status):  # S33
    assert active_problem(status) is None


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
def test_a_suspended_or_closed_account_takes_nothing_new(status):  # I10
    problem = active_problem(status)

    assert isinstance(problem, GateNotMet)
    assert (problem.path, problem.gate) == (("accountId",), Gate.ACCOUNT_ACTIVE)
    assert active_problem(status, "campaign", "id").path == ("campaign", "id")


@pytest.mark.parametrize("name", ["B", "B" * 100, f"  {'B' * 100}  "])
@pytest.mark.parametrize("organization", [None, "A", "A" * 100])
def test_an_invitation_within_its_limits_passes(name, organization):  # S20
    assert found_in(name=name, organization=organization) == []


@pytest.mark.parametrize("text", ["", "  ", "B" * 101])
def test_names_outside_their_limits_are_told_by_field(text):
    assert found_in(name=text, organization=text) == [
        (("name",), "1 <= length <= 100"),
        (("organizationName",), "1 <= length <= 100"),
    ]


def test_everything_wrong_with_an_invitation_is_told_at_once():
    address = InvalidInput(message="No address.", path=("email",), constraint="e-mail address")

    assert found_in(name="", email=address, organization="\n") == [
        (("name",), "1 <= length <= 100"),
        (("email",), "e-mail address"),
        (("organizationName",), "printable"),
    ]


def test_where_several_are_invited_a_problem_says_whose_it_is():
    assert found_in(name="", organization="\n", path=("inviteAgency", "1")) == [
        (("inviteAgency", "1", "name"), "1 <= length <= 100"),
        (("inviteAgency", "1", "organizationName"), "printable"),
    ]


@pytest.mark.parametrize(
    ("name", "zone", "paths"),
    [
        (None, None, []),
        ("N", "Europe/Berlin", []),
        ("N" * 100, "UTC", []),
        ("", "Mars/Olympus", [("displayName",), ("timeZone",)]),
        ("N" * 101, "", [("displayName",), ("timeZone",)]),
        (None, "../../etc/passwd", [("timeZone",)]),
        (None, "America", [("timeZone",)]),
        (None, "\x00", [("timeZone",)]),
        (None, "europe/berlin", [("timeZone",)]),
    ],
)
def test_settings_are_a_name_and_a_time_zone(name, zone, paths):
    found = Findings()
    check_account(found, name, zone)

    assert [problem.path for problem in found.problems] == paths


@pytest.mark.parametrize(
    ("invited", "removed", "organization", "paths"),
    [
        (0, 0, None, [("inviteAgency",)]),
        (1, 0, None, []),
        (0, 1, None, []),
        (0, 0, "x", []),
        (MOST_IN_HANDOVER, MOST_IN_HANDOVER, "x", []),
        (MOST_IN_HANDOVER + 1, MOST_IN_HANDOVER + 1, None, [("inviteAgency",), ("removeMembershipIds",)]),
    ],
)
def test_a_handover_has_somebody_who_comes_or_goes_and_not_too_many(invited, removed, organization, paths):  # S31
    found = Findings()
    check_handover(found, [0] * invited, [0] * removed, organization)

    assert [problem.path for problem in found.problems] == paths


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 21), ("America/New_York", 21), ("Asia/Kathmandu", 22), ("Australia/Lord_Howe", 22)]
)
def test_a_day_begins_at_the_accounts_own_midnight(zone, day):
    local = local_day(NOW, zone)

    assert local == NOW
    assert local.date() == date(2026, 11, day)


@pytest.mark.parametrize(("seconds", "refused"), [(0, True), (599, True), (600, False)])
def test_an_invitation_is_mailed_again_after_ten_minutes(seconds, refused):
    mailed_at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    problem = resend_problem(mailed_at, mailed_at + timedelta(seconds=seconds))

    assert (problem is not None) is refused
    assert not refused or problem.retry_at == mailed_at + timedelta(minutes=10)
