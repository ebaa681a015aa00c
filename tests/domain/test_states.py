"""The transition table itself: what it lets pass, what it answers, and that no table has a hole."""

import importlib
import pkgutil
from enum import Enum

import pytest

import app.domain
from app.domain.errors import Refusal
from app.domain.states import Lifecycle


class Door(Enum):
    OPEN = "OPEN"
    SHUT = "SHUT"
    LOCKED = "LOCKED"
    BRICKED = "BRICKED"


DOOR = Lifecycle(
    "door",
    next={
        Door.OPEN: frozenset({Door.SHUT}),
        Door.SHUT: frozenset({Door.OPEN, Door.LOCKED, Door.BRICKED}),
        Door.LOCKED: frozenset({Door.SHUT}),
        Door.BRICKED: frozenset(),
    },
    instead={(Door.OPEN, Door.LOCKED): "doorShut"},
)


def every_lifecycle():
    modules = pkgutil.walk_packages(app.domain.__path__, "app.domain.")
    values = [value for each in modules for value in vars(importlib.import_module(each.name)).values()]
    return list({id(value): value for value in values if isinstance(value, Lifecycle)}.values())


@pytest.mark.parametrize(
    "lifecycle", every_lifecycle(), ids=lambda each: f"{each.noun}: {type(next(iter(each.next))).__name__}"
)
def test_a_life_cycle_says_for_every_state_what_follows(lifecycle):
    states = set(type(next(iter(lifecycle.next))))

    assert set(lifecycle.next) == states
    assert frozenset().union(*lifecycle.next.values()) <= states


@pytest.mark.parametrize(
    "lifecycle", every_lifecycle(), ids=lambda each: f"{each.noun}: {type(next(iter(each.next))).__name__}"
)
def test_help_is_offered_only_where_a_step_is_refused(lifecycle):
    assert not [(state, to) for state, to in lifecycle.instead if to in lifecycle.next[state]]


def test_the_life_cycles_are_those_that_have_tests_of_their_own():
    assert sorted((each.noun, type(next(iter(each.next))).__name__) for each in every_lifecycle()) == [
        ("Page", "PageKind"),
        ("Page", "PageStatus"),
        ("account", "AccountStatus"),
        ("ad", "ConfiguredStatus"),
        ("ad", "ReviewStatus"),
        ("ad", "SystemStop"),
        ("asset", "AssetStatus"),
        ("campaign", "ConfiguredStatus"),
        ("case", "ModerationStatus"),
        ("charge", "ChargeStatus"),
        ("invitation", "InvitationStatus"),
        ("job", "AccountJobStatus"),
        ("membership", "MembershipStatus"),
        ("message", "EmailStatus"),
        ("payment method", "PaymentMethodStatus"),
        ("registration", "RegistrationStatus"),
        ("terms invitation", "InvitationStatus"),
    ]


@pytest.mark.parametrize("state", Door)
@pytest.mark.parametrize("to", Door)
def test_a_step_passes_exactly_where_the_table_has_it(state, to):
    if to in DOOR.next[state]:
        assert DOOR.problem(state, to) is None
        assert DOOR.advance(state, to) is to
    else:
        assert DOOR.problem(state, to).state == state.value
        with pytest.raises(Refusal):
            DOOR.advance(state, to)


def test_a_refused_step_says_what_is_allowed_in_one_order_and_what_helps():
    problem = DOOR.problem(Door.SHUT, Door.SHUT, "input", "id")

    assert (problem.state, problem.attempted) == ("SHUT", "SHUT")
    assert problem.allowed == ("BRICKED", "LOCKED", "OPEN")
    assert problem.path == ("input", "id")
    assert problem.instead_use is None


def test_the_mutation_that_helps_belongs_to_one_step_alone():
    assert DOOR.problem(Door.OPEN, Door.LOCKED).instead_use == "doorShut"
    assert DOOR.problem(Door.OPEN, Door.BRICKED).instead_use is None


def test_from_a_last_state_nothing_is_allowed_and_the_message_says_so():
    problem = DOOR.problem(Door.BRICKED, Door.OPEN)

    assert problem.allowed == ()
    assert "nothing follows" in problem.message


def test_a_refused_advance_raises_the_very_problem():
    with pytest.raises(Refusal) as refusal:
        DOOR.advance(Door.LOCKED, Door.OPEN, "id")

    assert refusal.value.problems == (DOOR.problem(Door.LOCKED, Door.OPEN, "id"),)
