"""The names under which changes are written to history: once written they stay."""

import pytest

from app.domain.events import Event


@pytest.mark.parametrize("event", Event)
def test_an_event_is_written_under_its_own_name_run_together(event):
    assert event.value == event.name.title().replace("_", "")


def test_no_two_events_share_a_name():
    assert len({event.value for event in Event}) == len(Event.__members__)
