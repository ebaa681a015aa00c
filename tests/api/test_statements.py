"""How many statements each operation of the contract sends, besides authentication and grants."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests import people
from tests.api.test_operations import OPERATIONS, RANGE
from tests.conftest import Api
from tests.people import EDITOR, NORTH, NORTH_BRAND, OWNER, PASSWORD, SPRING, SUMMER, TENT, TENT_AD

USD = {"micros": "50000000", "currency": "USD"}
CAMPAIGN = {"accountId": NORTH, "brandId": NORTH_BRAND, "kind": "SPONSORED_SEARCH", "name": "Autumn"}
AD = {"campaignId": SPRING, "title": "T", "headline": "H", "landing": {"productId": TENT}}
INVITED = {"accountId": NORTH, "name": "Nia", "email": "nia@example.com", "level": "EDITOR"}

# operation: who sends it, its variables, and how many statements that takes
SENT = {
    "AccountSwitcher": (OWNER, {}, 3),
    "AdCreate": (EDITOR, {"input": {**AD, "bid": {**USD, "micros": "250000"}}}, 14),
    "AdPause": (EDITOR, {"id": TENT_AD}, 13),
    "ApiTokenCreate": (OWNER, {"input": {"accountId": NORTH, "name": "R", "scopes": ["metrics:read"]}}, 5),
    "Campaign": (EDITOR, {"id": SPRING, "range": RANGE}, 5),
    "CampaignCreate": (
        EDITOR,
        {"input": {**CAMPAIGN, "totalBudget": USD, "start": "2026-11-01T00:00:00Z"}, "key": "k"},
        11,
    ),
    "CampaignPause": (EDITOR, {"id": SPRING}, 10),
    "CampaignUpdate": (EDITOR, {"input": {"id": SPRING, "name": "May"}}, 10),
    "CampaignsResume": (EDITOR, {"one": SUMMER, "other": SUMMER}, 8),
    "Dashboard": (EDITOR, {"accountId": NORTH, "range": RANGE}, 6),
    "Interests": (EDITOR, {}, 1),
    "Members": (OWNER, {"accountId": NORTH}, 7),
    "Metrics": (EDITOR, {"accountId": NORTH, "query": {"range": RANGE, "dimensions": ["AD", "DAY"]}}, 3),
    "Products": (EDITOR, {"accountId": NORTH, "first": 2}, 2),
    "SignIn": (None, {"email": OWNER.email, "password": PASSWORD}, 3),
    "SignOut": (EDITOR, {}, 1),
    "UserInvite": (OWNER, {"input": INVITED}, 7),
}


def sent(api: Api, name: str) -> int:
    """How many statements the operation takes besides authentication and grants."""
    who, variables, _ = SENT[name]
    api.statements.clear()
    assert api(OPERATIONS[name], as_=who, **variables).errors == []
    known = 0 if who is None else 2  # the session with its user, and the memberships
    return len([sql for sql in api.statements if not sql.startswith("BEGIN")]) - known


def test_every_operation_is_counted():
    assert set(SENT) == set(OPERATIONS)


@pytest.mark.parametrize("name", SENT)
def test_an_operation_takes_as_many_statements_as_written_here(api: Api, name):
    assert sent(api, name) == SENT[name][2]


def test_the_dashboard_of_50_campaigns_with_10_ads_takes_6_statements(api: Api):
    few = sent(api, "Dashboard")
    api.run(_grow, api)
    api.statements.clear()
    answer = api(OPERATIONS["Dashboard"], as_=EDITOR, accountId=NORTH, range=RANGE)

    campaigns = answer.data["account"]["campaigns"]["nodes"]
    assert (len(campaigns), {len(each["ads"]["nodes"]) for each in campaigns}) == (50, {10})
    # account, its metrics, campaigns, their metrics, ads, their metrics
    assert sent(api, "Dashboard") == few == 6


async def _grow(api: Api) -> None:
    """50 newer campaigns with 10 ads each, and figures for each ad."""
    places = [(i, j) for i in range(50) for j in range(10)]
    campaigns = [people._campaign(f"c{i}", "north", f"C {i}", -1 - i, []) for i in range(50)]
    draft = {"effective_status": people.EffectiveStatus.DRAFT}
    ads = [people._ad(f"a{i}-{j}", "north", f"c{i}", "tent", j, [], **draft) for i, j in places]
    hours = [people._hour(f"a{i}-{j}", f"c{i}", "tent", "north", 1, 9, 10, 1, 5) for i, j in places]
    async with AsyncSession(api.installation.database.writer) as session, session.begin():
        for layer in (campaigns, ads, hours):
            session.add_all(layer)
            await session.flush()
