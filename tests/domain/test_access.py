"""Who holds which level where, what a token may do, and what a scope admits."""

from uuid import UUID

import pytest

from app.domain.access import (
    EVERYTHING,
    NOBODY,
    NOTHING,
    STAFF_LEVELS,
    TOKEN_SCOPES,
    Caller,
    Level,
    MemberLevel,
    Scope,
)
from app.domain.errors import AccessDenied, Refusal

ANN, OURS, THEIRS, FOREIGN = (UUID(int=n) for n in range(1, 5))
EDITOR = Caller(user_id=ANN, grants={OURS: MemberLevel.EDITOR})
ADMIN = Caller(user_id=ANN, grants={OURS: MemberLevel.ADMIN})
BOTH = Caller(user_id=ANN, grants={OURS: MemberLevel.ADMIN, THEIRS: MemberLevel.EDITOR})
CALLERS = {
    "nobody": (NOBODY, {Level.PUBLIC}),
    "a person without an account": (Caller(user_id=ANN), {Level.PUBLIC, Level.SIGNED_IN}),
    "an editor": (EDITOR, {Level.PUBLIC, Level.SIGNED_IN, Level.EDITOR}),
    "an admin": (ADMIN, {Level.PUBLIC, Level.SIGNED_IN, Level.EDITOR, Level.ADMIN}),
    "an admin here, an editor there": (BOTH, {Level.PUBLIC, Level.SIGNED_IN, Level.EDITOR, Level.ADMIN}),
    **{
        f"staff: {level.value}": (
            Caller(user_id=ANN, staff=frozenset({level})),
            {Level.PUBLIC, Level.SIGNED_IN, level},
        )
        for level in STAFF_LEVELS
    },
    "all staff levels at once": (
        Caller(user_id=ANN, staff=frozenset(STAFF_LEVELS)),
        {Level.PUBLIC, Level.SIGNED_IN, *STAFF_LEVELS},
    ),
}
EACH_LEVEL = pytest.mark.parametrize("level", Level)


def token(*scopes):
    return Caller(user_id=ANN, grants=ADMIN.grants, scopes=frozenset(scopes), token_id=UUID(int=9))


def refused(scope, account, *path):
    with pytest.raises(Refusal) as refusal:
        scope.admit(account, *path)
    (problem,) = refusal.value.problems
    return problem


def test_there_are_exactly_two_levels_of_members():  # S25
    assert [level.value for level in MemberLevel] == ["EDITOR", "ADMIN"]


@EACH_LEVEL
def test_an_admin_reaches_both_levels_of_members_and_an_editor_one(level):  # S22, S23
    assert MemberLevel.ADMIN.reaches(level) is (level in {Level.EDITOR, Level.ADMIN})
    assert MemberLevel.EDITOR.reaches(level) is (level is Level.EDITOR)


@EACH_LEVEL
@pytest.mark.parametrize(("caller", "held"), CALLERS.values(), ids=CALLERS)
def test_a_caller_holds_exactly_these_levels(caller, held, level):
    assert caller.holds(level) is (level in held)


@EACH_LEVEL
@pytest.mark.parametrize("caller", [each for each, _ in CALLERS.values()], ids=CALLERS)
def test_a_level_in_an_account_comes_from_membership_there_only(caller, level):  # I4
    permitted = {MemberLevel.EDITOR: {Level.EDITOR}, MemberLevel.ADMIN: {Level.EDITOR, Level.ADMIN}, None: set()}

    for account in (OURS, THEIRS, FOREIGN):
        assert caller.holds_in(level, account) is (level in permitted[caller.grants.get(account)])


def test_only_who_has_a_user_is_signed_in():
    assert (NOBODY.signed_in, Caller(user_id=ANN).signed_in, token().signed_in) == (False, True, True)


@pytest.mark.parametrize("scope", [None, "", *TOKEN_SCOPES])
def test_a_persons_session_is_never_narrowed_by_scopes(scope):
    assert EDITOR.in_scope(scope)


@pytest.mark.parametrize("granted", TOKEN_SCOPES)
@pytest.mark.parametrize("asked", TOKEN_SCOPES)
def test_a_token_passes_where_its_scope_is_asked_and_nowhere_else(granted, asked):
    assert token(granted).in_scope(asked) is (granted == asked)


def test_a_token_with_several_scopes_passes_with_each():
    both = token("campaigns:read", "metrics:read")

    assert [both.in_scope(each) for each in ("campaigns:read", "metrics:read", "users:read")] == [True, True, False]


def test_a_field_without_a_scope_is_closed_to_every_token():
    assert not token(*TOKEN_SCOPES).in_scope(None)


@pytest.mark.parametrize("asked", [None, "", *TOKEN_SCOPES])
def test_a_token_without_scopes_passes_nowhere(asked):
    assert not token().in_scope(asked)


def test_only_an_admin_grants_scopes_that_reach_the_members():  # S23
    assert {name: level for name, (_, level) in TOKEN_SCOPES.items()} == {
        "accounts:read": Level.EDITOR,
        "accounts:write": Level.ADMIN,
        "users:read": Level.ADMIN,
        "users:write": Level.ADMIN,
        "brands:write": Level.ADMIN,
        "catalog:read": Level.EDITOR,
        "campaigns:read": Level.EDITOR,
        "campaigns:write": Level.EDITOR,
        "metrics:read": Level.EDITOR,
        "pages:read": Level.EDITOR,
        "pages:write": Level.EDITOR,
        "assets:read": Level.EDITOR,
        "assets:write": Level.EDITOR,
        "billing:read": Level.EDITOR,
        "billing:write": Level.ADMIN,
        "jobs:read": Level.EDITOR,
        "jobs:write": Level.EDITOR,
        "audit:read": Level.EDITOR,
        "sandbox:write": Level.EDITOR,
    }


@EACH_LEVEL
def test_a_reach_sees_every_account_of_the_caller_and_permits_those_at_the_level(level):
    permitted = frozenset({Level.EDITOR: {OURS, THEIRS}, Level.ADMIN: {OURS}}.get(level, set()))

    assert BOTH.reach(level) == Scope(
        level, frozenset({OURS, THEIRS}), permitted, administered=frozenset({OURS}), held=BOTH.grants, user_id=ANN
    )


@EACH_LEVEL
def test_staff_reach_no_account_unless_their_desk_names_it(level):
    reach = Caller(user_id=ANN, staff=frozenset(STAFF_LEVELS)).reach(level)

    assert (reach.visible, reach.permitted, reach.everything) == (frozenset(), frozenset(), False)


@EACH_LEVEL
@pytest.mark.parametrize("held", [None, *MemberLevel])
def test_a_scope_admits_exactly_the_accounts_where_the_level_is_held(held, level):
    scope = Caller(user_id=ANN, grants={OURS: held} if held else {}).reach(level)

    if held and held.reaches(level):
        assert scope.admit(OURS) is None
        return
    problem = refused(scope, OURS, "input", "id")
    assert isinstance(problem, AccessDenied)
    assert (problem.required, problem.have) == (level.value, held.value if held else None)
    assert problem.path == ("input", "id")


@EACH_LEVEL
def test_a_level_held_elsewhere_admits_no_foreign_account(level):
    assert refused(BOTH.reach(level), FOREIGN).have is None


@EACH_LEVEL
@pytest.mark.parametrize("now", [None, *MemberLevel])
def test_a_scope_that_changed_admits_what_is_held_by_now(level, now):
    scope = BOTH.reach(level).changed(OURS, now)

    if now and now.reaches(level):
        assert scope.admit(OURS) is None
    else:
        assert refused(scope, OURS).have == (now.value if now else None)
    assert (THEIRS in scope.permitted) is (level is Level.EDITOR)


def test_a_scope_never_comes_to_see_what_it_did_not():
    assert BOTH.reach(Level.EDITOR).changed(FOREIGN, MemberLevel.ADMIN).visible == {OURS, THEIRS}


def test_everything_admits_every_account_and_nothing_none():
    assert EVERYTHING.admit(FOREIGN) is None
    assert refused(NOTHING, FOREIGN).required == "PUBLIC"
    assert (NOTHING.visible, NOTHING.permitted, NOTHING.everything) == (frozenset(), frozenset(), False)
