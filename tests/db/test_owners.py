"""Whose ads are is remembered by whoever counts events one after another; what may change is not."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.db.work import transaction
from app.domain.access import EVERYTHING, NOBODY
from app.resolvers.delivery import owners
from app.resolvers.delivery.owners import Owner, Owners
from tests.conftest import Api
from tests.people import uid

TENT, BAG, NONE = uid("tent-ad"), uid("bag-ad"), UUID(int=7)


async def asked(api: Api, known: Owners, *ads: UUID) -> dict[UUID, Owner]:
    async with transaction(api.installation.database, NOBODY, EVERYTHING, api.clock(), "ask") as work:
        return await known.of(work, ads)


def set_zone(api: Api, zone: str) -> None:
    api.write("UPDATE account SET time_zone = :zone WHERE display_name = 'North'", zone=zone)


def test_what_is_remembered_is_what_would_be_read(api: Api):
    known = Owners()
    answers = [api.run(asked, api, known, *ads) for ads in ((TENT,), (TENT, BAG, NONE), (BAG, TENT))]

    assert answers == [api.run(asked, api, Owners(), *ads) for ads in ((TENT,), (TENT, BAG), (BAG, TENT))]
    assert answers[0][TENT].account_id == uid("north")
    assert set(answers[1]) == {TENT, BAG}


def test_a_time_zone_is_asked_for_each_time(api: Api):
    known = Owners()
    set_zone(api, "Asia/Kolkata")
    before = api.run(asked, api, known, TENT)
    set_zone(api, "Europe/Paris")
    after = api.run(asked, api, known, TENT)

    assert (before[TENT].zone, after[TENT].zone) == (ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Paris"))


@pytest.fixture
def read(monkeypatch) -> list[set[UUID]]:
    """The ads that were read from the database, each time."""
    reading, times = owners.owners, list[set[UUID]]()

    async def noted(work: Any, ads: Any) -> Any:
        times.append(set(ads))
        return await reading(work, ads)

    monkeypatch.setattr(owners, "owners", noted)
    return times


def test_only_ads_that_are_not_known_are_read(api: Api, read):
    known = Owners()
    for ads in ((TENT, NONE), (TENT, BAG, NONE), (BAG, TENT)):
        api.run(asked, api, known, *ads)

    assert read == [{TENT, NONE}, {BAG, NONE}]


def test_of_too_many_some_are_forgotten_and_read_again(api: Api, read, monkeypatch):
    monkeypatch.setattr(owners, "MOST_KNOWN", 1)
    known = Owners()
    answers = [api.run(asked, api, known, TENT, BAG) for _ in range(2)]

    assert list(map(len, read)) == [2, 1]
    assert [set(each) for each in answers] == [{TENT, BAG}] * 2
