"""Every step of an account, an invitation, a membership and a message: legal, or refused with what helps."""

from itertools import product

import pytest

from app.domain.accounts import (
    ACCOUNT,
    INVITATION,
    MEMBERSHIP,
    AccountStatus,
    InvitationStatus,
    MembershipStatus,
    ended_problem,
    last_admin_problem,
    reinstated,
)
from app.domain.errors import Refusal
from app.domain.notices import EMAIL, MUTEABLE, EmailKind, EmailStatus, check_muted

ANSWERS = {("PENDING", to) for to in ("ACCEPTED", "DECLINED", "REVOKED", "EXPIRED")}
SENDING = {("QUEUED", "SENDING"), ("FAILED", "SENDING"), ("DEAD", "SENDING"), ("SENDING", "SENDING")}
WITHDRAWN = {("QUEUED", "DEAD"), ("FAILED", "DEAD")}
OPEN = ("ACTIVE", "PAYMENT_HOLD", "SUSPENDED")
LEGAL = [
    (ACCOUNT, AccountStatus, {(a, b) for a in OPEN for b in (*OPEN, "CLOSED") if a != b}),
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


@pytest.mark.parametrize("path", [(), ("removeOrganizationId",)])
def test_the_last_admin_is_named_where_the_input_names_them(path):
    assert last_admin_problem(0, *path).path == (path or ("id",))


@pytest.mark.parametrize(("awaits", "status"), [(True, "PAYMENT_HOLD"), (False, "ACTIVE")])
def test_a_suspension_ends_where_the_account_would_be_without_it(awaits, status):  # S33
    assert reinstated(awaits_card=awaits) is AccountStatus(status)


@pytest.mark.parametrize("kind", EmailKind)
def test_only_an_account_s_automated_mail_can_be_muted(kind):  # S24
    if kind in MUTEABLE:
        assert check_muted([kind]) is None
        return
    with pytest.raises(Refusal) as refusal:
        check_muted([*MUTEABLE, kind])
    (problem,) = refusal.value.problems
    known = "ACCOUNT_SUSPENDED, HANDOVER, MODERATION_RESULT, OUT_OF_STOCK, BILLING_FAILED, PAYMENT_METHOD_EXPIRING"
    assert (problem.path, problem.constraint) == (("muted", str(len(MUTEABLE))), known)
