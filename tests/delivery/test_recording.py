"""What auctions come to once they are recorded: of many some are judged whole, and stand for the others."""

from tests.conftest import Api
from tests.delivery.serving import serve

FARED = "SELECT outcome, sum(count) FROM outcome_hour o JOIN campaign c ON c.id = o.campaign_id WHERE c.name = 'Spring'"
WHOLE = "SELECT count(*) FROM auction WHERE complete"


def test_few_auctions_are_all_judged_whole(api: Api):
    serve(api, *map(str, range(20)), count=2)

    assert api.rows(WHOLE) == [(20,)]
    assert [(outcome, int(count)) for outcome, count in api.rows(f"{FARED} GROUP BY outcome")] == [("WON", 20)]


def test_of_many_every_third_is_judged_and_all_are_counted(api: Api):
    serve(api, *map(str, range(1_001)), count=2)

    assert api.rows(WHOLE) == [(334,)]
    assert api.rows("SELECT count(*) FROM auction") == [(1_001,)]
    assert [(outcome, int(count)) for outcome, count in api.rows(f"{FARED} GROUP BY outcome")] == [("WON", 1_001)]
