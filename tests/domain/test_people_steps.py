"""Every step of an invitation, a membership and a message: legal, or refused with what helps."""

from itertools import product

import pytest

from app.domain.accounts import (
    INVITATION,
    MEMBERSHIP,
    InvitationStatus,
    MembershipStatus,
    ended_problem,
    last_admin_problem,
)
from app.domain.notices import EMAIL, EmailStatus

ANSWERS = {("PENDING", to) for to in ("ACCEPTED", "DECLINED", "REVOKED", "EXPIRED")}
SENDING = {("QUEUED", "SENDING"), ("FAILED", "SENDING"), ("DEAD", "SENDING"), ("SENDING", "SENDING")}
WITHDRAWN = {("QUEUED", "DEAD"), ("FAILED", "DEAD")}
LEGAL = [
    (INVITATION, InvitationStatus, ANSWERS),
    (MEMBERSHIP, MembershipStatus, {("ACTIVE", "REMOVED")}),
    (EMAIL, EmailStatus, SENDING | WITHDRAWN | {("SENDING", to) for to in ("SENT", "FAILED", "DEAD")}),
]


@pytest.mark.parametrize(("lifecycle", "states", "legal"), LEGAL)
def test_every_step_is_legal_or_refused_as_written_here(lifecycle, states, legal):
    passed = {(a.value, b.value) for a, b in product(states, repeat=2) if lifecycle.problem(a, b) is None}

    assert passed == legal


@pytest.mark.parametrize("state", ["DECLINED", "REVOKED", "EXPIRED"])
def test_who_comes_too_late_is_invited_again(state):
    problem = INVITATION.problem(InvitationStatus(state), InvitationStatus.ACCEPTED, "id")

    assert (problem.instead_use, problem.allowed) == ("userInvite", ())


def test_a_membership_that_ended_begins_again_by_an_invitation():
    assert ended_problem(MembershipStatus.ACTIVE, "id") is None
    assert ended_problem(MembershipStatus.REMOVED, "id").instead_use == "userInvite"


@pytest.mark.parametrize(("others", "refused"), [(0, True), (1, False), (2, False)])
def test_the_last_admin_stays(others, refused):
    assert (last_admin_problem(others) is not None) is refused
