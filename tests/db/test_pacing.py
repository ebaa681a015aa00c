"""Pacing as the job keeps it: what a campaign cost while it was not paced is not taken for a part of its day."""

from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.resolvers.delivery import pacing
from tests.conftest import Api

WIDE = "UPDATE campaign SET configured_status = 'ENABLED', starts_at = '2026-11-01 00:00:00', ends_at = NULL"
DAILY = "UPDATE campaign SET daily_budget_micros = 24000000, total_budget_micros = 900000000, spent_today_micros = 0"
EARLIER = "INSERT INTO campaign_demand (campaign_id, expected_micros) SELECT id, 5000000000 FROM campaign"
MORE = "UPDATE campaign_demand SET expected_micros = expected_micros + 10000"
PACES = "SELECT DISTINCT pass_through FROM campaign_pacing"


async def _pace(api: Api) -> None:
    async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock.now, "pace") as work:
        await pacing.pace(work)


def paced(api: Api, minutes: int) -> None:
    """So many minutes pass, in each of which a campaign costs a cent: 14.40 a day, less than its budget."""
    for _ in range(minutes):
        api.run(_pace, api)
        api.clock.pass_(minutes=1)
        api.write(MORE)


def test_what_a_campaign_cost_before_it_was_paced_does_not_starve_it(api: Api):
    for statement in (WIDE, DAILY, EARLIER):
        api.write(statement)
    paced(api, 5)

    assert api.rows(PACES) == [(1_000_000,)]


def test_what_it_cost_while_it_had_no_daily_budget_does_not_starve_it_afterwards(api: Api):
    for statement in (WIDE, DAILY, EARLIER):
        api.write(statement)
    paced(api, 2)
    api.write("UPDATE campaign SET daily_budget_micros = NULL")
    paced(api, 1)
    api.write("UPDATE campaign_demand SET expected_micros = expected_micros + 5000000000")
    api.write(DAILY)
    paced(api, 5)

    assert api.rows(PACES) == [(1_000_000,)]
