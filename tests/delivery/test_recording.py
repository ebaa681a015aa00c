"""What auctions come to once they are recorded: of many some are judged whole, and stand for the others."""

from datetime import timedelta

from app.resolvers.delivery import recording
from tests.conftest import Api
from tests.delivery.serving import serve, serve_until_the_end

FARED = "SELECT outcome, sum(count) FROM outcome_hour o JOIN campaign c ON c.id = o.campaign_id WHERE c.name = 'Spring'"
WHOLE = "SELECT count(*) FROM auction WHERE complete"


def test_few_auctions_are_all_judged_whole(api: Api):
    serve(api, *map(str, range(20)), count=2)

    assert api.rows(WHOLE) == [(20,)]
    assert [(outcome, int(count)) for outcome, count in api.rows(f"{FARED} GROUP BY outcome")] == [("WON", 20)]


def test_auctions_are_added_up_by_the_hour_in_which_they_were_decided(api: Api):
    began = api.clock.now
    serve(api, "1", "2")
    api.clock.pass_(hours=1)
    serve(api, "3")

    rows = api.rows("SELECT starts_at, auctions FROM auction_hour ORDER BY starts_at")
    hours = [f"{began + timedelta(hours=more):%Y-%m-%d %H:00:00}" for more in (0, 1)]
    assert [(str(at)[:19], int(count)) for at, count in rows] == list(zip(hours, (2, 1), strict=True))


def test_of_many_every_third_is_judged_and_all_are_counted(api: Api):
    serve(api, *map(str, range(1_001)), count=2)

    assert api.rows(WHOLE) == [(334,)]
    assert api.rows("SELECT count(*) FROM auction") == [(1_001,)]
    assert [(outcome, int(count)) for outcome, count in api.rows(f"{FARED} GROUP BY outcome")] == [("WON", 1_001)]


def test_what_waits_or_is_being_judged_when_the_end_comes_is_recorded(api: Api, monkeypatch):
    monkeypatch.setattr(recording, "EVERY", 0)
    serve_until_the_end(api, 300, count=2)

    assert api.rows("SELECT count(*) FROM auction") == [(301,)]


def test_an_auction_of_a_busy_second_has_those_who_decided_it(api: Api):
    """Who else took part is not judged: the row says that it is not complete."""
    serve(api, *map(str, range(1_001)), count=1)

    rows = api.rows("SELECT complete, entries FROM auction WHERE request_id = '1'")
    assert [(bool(complete), "WON" in str(entries)) for complete, entries in rows] == [(False, True)]


def test_an_auction_that_is_recorded_stays_as_it_is(api: Api):
    """Decided anew for the same request, by another process or after the answer was forgotten."""
    serve(api, "1")
    before = api.rows("SELECT * FROM auction")
    api.clock.pass_(hours=2)
    serve(api, "1", "2")

    assert len(before) == 1
    assert api.rows("SELECT * FROM auction WHERE request_id = '1'") == before
    assert api.rows("SELECT count(*) FROM auction") == [(2,)]
