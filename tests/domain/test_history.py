"""Taking back: what of history can be, when, what it sets, and what helps where it cannot."""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.status import AdFacts, ConfiguredStatus, ReviewStatus, SystemStop
from app.domain.errors import Conflict, IllegalTransition
from app.domain.events import Event
from app.domain.history import FIELDS, HELP, OF_ADS, REVERTIBLE, SWITCHES, WAYS, Now, revert_problem, undoing
from app.domain.money import Money
from tests.house.contract import fields, sdl

ENABLED, PAUSED, ARCHIVED = ConfiguredStatus
START = datetime(2026, 11, 1, tzinfo=UTC)
VALUES = {
    "name": "Spring",
    "total_budget_micros": 5_000_000,
    "daily_budget_micros": None,
    "starts_at": START.isoformat(),
    "ends_at": None,
}
INPUTS = {
    "name": "Spring",
    "total_budget": Money(5_000_000, "EUR"),
    "daily_budget": None,
    "start": START,
    "end": None,
}
NEVER = [event for event in Event if event not in REVERTIBLE]
SOME = st.sets(st.sampled_from(sorted(VALUES)))


def switched(state, campaign=ENABLED, stop=SystemStop.NONE, review=ReviewStatus.APPROVED):
    """What a pause or a resumption left, and what its ad is by now."""
    return Now({"configured_status": state.value}, campaign, AdFacts(state, review, stop))


def left(event):
    """The state that a pause or a resumption left."""
    return PAUSED if SWITCHES[event] is ENABLED else ENABLED


def after(event):
    return {"configured_status": left(event).value}


def told(problem):
    return None if problem is None else (type(problem), problem.path)


# ---- what is never taken back


def test_every_event_is_taken_back_or_has_a_way_out():
    assert {*REVERTIBLE} | HELP.keys() | WAYS.keys() == set(Event)
    assert len(REVERTIBLE) + len(HELP) + len(WAYS) == len(Event)


def test_what_helps_is_a_mutation_of_the_contract():
    wishes = {name.removeprefix("Mutation.") for name, _ in fields(sdl(), "Mutation")}

    assert set(HELP.values()) - wishes == set()


@pytest.mark.parametrize("event", NEVER, ids=lambda event: event.name)
@pytest.mark.parametrize("now", [Now({}, None), Now({}, ENABLED), Now({}, ARCHIVED), switched(PAUSED)])
def test_what_cannot_be_taken_back_is_refused_whatever_it_is_by_now(event, now):
    problem = revert_problem(event, {}, now)

    assert isinstance(problem, IllegalTransition)
    assert (problem.path, problem.state, problem.attempted) == (("changeEventId",), event.value, "REVERTED")
    assert problem.instead_use == HELP.get(event)
    assert problem.message == f"{event.value} cannot be taken back: {WAYS.get(event) or f'use `{HELP[event]}`'}."


# ---- campaigns


@given(SOME)
def test_a_campaign_is_set_back_where_nothing_of_it_changed_since(changed):
    values = {name: VALUES[name] for name in changed}

    assert revert_problem(Event.CAMPAIGN_UPDATED, values, Now(VALUES, ENABLED)) is None
    assert revert_problem(Event.CAMPAIGN_UPDATED, values, Now(VALUES, PAUSED)) is None


@given(SOME, SOME)
def test_what_changed_again_since_is_named(changed, since):
    values, now = {name: VALUES[name] for name in changed}, {**VALUES, **dict.fromkeys(since, "other")}
    problem = revert_problem(Event.CAMPAIGN_UPDATED, values, Now(now, ENABLED))

    assert told(problem) == ((Conflict, ("changeEventId",)) if changed & since else None)
    for name in changed & since:
        assert name.removesuffix("_micros").removesuffix("_at").replace("_", " ") in problem.message


@given(SOME)
def test_an_archived_campaign_stays_as_it_is(changed):
    problem = revert_problem(Event.CAMPAIGN_UPDATED, {name: VALUES[name] for name in changed}, Now(VALUES, ARCHIVED))

    assert (told(problem), problem.instead_use) == ((IllegalTransition, ("changeEventId",)), "campaignCreate")


@pytest.mark.parametrize("event", [event for event in SWITCHES if event not in OF_ADS], ids=lambda event: event.name)
@pytest.mark.parametrize("state", ConfiguredStatus)
def test_a_campaigns_switch_is_turned_back_only_as_it_was_left(event, state):
    problem = revert_problem(event, after(event), Now({"configured_status": state.value}, state))

    if state is ARCHIVED:
        assert told(problem) == (IllegalTransition, ("changeEventId",))
    else:
        assert told(problem) == (None if state is left(event) else (Conflict, ("changeEventId",)))


def test_a_subject_that_is_gone_has_nothing_to_be_set_back():
    for event in REVERTIBLE:
        assert told(revert_problem(event, {"name": "Spring"}, Now({}, None))) == (Conflict, ("changeEventId",))


# ---- ads

STATES = list(product(OF_ADS, (ENABLED, PAUSED), ConfiguredStatus, SystemStop, ReviewStatus))


@pytest.mark.parametrize(("event", "state", "campaign", "stop", "review"), STATES)
def test_an_ads_switch_is_turned_back_only_as_it_was_left_and_never_a_stop(event, state, campaign, stop, review):
    problem = revert_problem(event, after(event), switched(state, campaign, stop, review))

    if campaign is ARCHIVED:
        assert problem.instead_use == "campaignCreate"
    elif stop is not SystemStop.NONE:  # I9
        assert (problem.state, problem.attempted, problem.instead_use) == (
            stop.value,
            SWITCHES[event].value,
            "adReplace",
        )
    else:
        assert told(problem) == (None if state is left(event) else (Conflict, ("changeEventId",)))


# ---- what it sets


@given(SOME)
def test_exactly_what_was_changed_is_set_back(changed):
    assert undoing({name: VALUES[name] for name in changed}, "EUR") == {
        FIELDS[name]: INPUTS[FIELDS[name]] for name in changed
    }


def test_what_is_no_input_is_left_alone():
    assert undoing({"payment_method_id": None, "spent_micros": 1, "name": "Spring"}, "EUR") == {"name": "Spring"}


def test_every_field_that_can_be_set_back_is_tried_here():
    assert FIELDS.keys() == VALUES.keys()
    assert set(FIELDS.values()) == INPUTS.keys()
