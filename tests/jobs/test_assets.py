"""What uploads leave over is cleared in its time, whatever died on the way; images that are shown stay."""

from pathlib import Path
from typing import Any

import pytest

from app.jobs.assets import Broom
from app.jobs.runner import Runner
from app.jobs.schedule import DISCARD, SCHEDULE
from app.resolvers import assets
from tests.conftest import Api
from tests.pictures import begin, complete, picture, put, upload, uploaded

DATA = picture()


def files(api: Api) -> list[str]:
    folder = Path(api.installation.settings.storage_url.removeprefix("file:"))
    return sorted(each.relative_to(folder).parts[0] for each in folder.rglob("*") if each.is_file())


def test_uploads_never_completed_go_with_their_bytes(api: Api):
    uploaded(api, DATA)
    begin(api, DATA)
    for minutes, left in ((69, 2), (11, 0)):  # an hour, ten minutes of grace, and every ten minutes
        api.clock.pass_(minutes=minutes)
        api.work()
        assert (len(api.rows("SELECT id FROM asset")), len(files(api))) == (left, min(left, 1))

    history = api.rows("SELECT event, actor, action FROM change ORDER BY seq")
    assert history[2:] == [("ASSET_LAPSED", "Endcap", "assets.discard")] * 2


def test_an_image_stays_and_the_file_it_was_made_of_goes(api: Api):
    asset = upload(api, DATA)["asset"]
    rejected = upload(api, b"GIF89a junk", "image/gif")["asset"]
    before = files(api)
    api.clock.pass_(minutes=70)
    api.work()

    assert (before, files(api)) == (["images", "uploads", "uploads"], ["images"])
    assert api.request("GET", asset["url"][21:]).status_code == 200
    assert api.rows("SELECT status, upload_key FROM asset ORDER BY status") == [("READY", None), ("REJECTED", None)]
    assert rejected["rejection"]


def test_what_a_crash_left_beside_an_image_goes_too(api: Api):
    id, lapsed = uploaded(api, DATA), uploaded(api, DATA)
    keys = [assets.image_folder(key) for (key,) in api.run(_keys, api)]
    for folder in keys:  # drawn and stored, and then the process died
        api.run(api.installation.storage.write, f"{folder}/of-another-file", b"x", "image/png")
    complete(api, id, DATA)
    api.clock.pass_(minutes=70)
    api.work()

    assert (files(api), lapsed != id) == (["images"], True)
    assert api.rows("SELECT status FROM asset") == [("READY",)]


async def _keys(api: Api) -> Any:
    from sqlalchemy import select

    from app.db.tables.assets import Asset

    async with api.installation.database.reading() as connection:
        return (await connection.execute(select(Asset.id))).all()


def test_a_sweep_that_dies_is_done_again(api: Api):
    uploaded(api, DATA)
    api.clock.pass_(minutes=70)

    class Dying(Broom):
        async def sweep(self, runner: Runner, claim: Any) -> None:
            async with runner.work(claim) as work:
                late = await assets.leftovers(work)
            await assets.clear(self.storage, late[0])
            raise ConnectionError("power cut")

    task = next(task for task in SCHEDULE if task.name == DISCARD)
    dying = Runner(api.installation.database, api.clock, {DISCARD: Dying(api.installation.storage).sweep}, [task])
    api.run(dying.drain)
    assert (files(api), api.rows("SELECT status FROM asset")) == ([], [("UPLOADING",)])
    api.clock.pass_(minutes=10)
    api.work()
    assert api.rows("SELECT id FROM asset") == []


def test_a_file_put_in_the_last_minute_is_completed_in_peace(api: Api):
    api.work()
    begun = begin(api, DATA)
    api.clock.pass_(minutes=59)
    assert put(api, begun["uploadUrl"], DATA).status_code == 204
    api.work()

    assert complete(api, begun["asset"]["id"], DATA)["asset"]["status"] == "READY"


@pytest.mark.parametrize("count", [101])
def test_many_leftovers_are_cleared_in_several_goes(api: Api, count):
    asset = api.rows("SELECT id FROM account WHERE name_key = 'north'")
    begun = begin(api, DATA)
    api.clock.pass_(minutes=70)
    api.run(_copy, api, count)

    assert api.work() >= 2
    assert (len(asset), api.rows("SELECT id FROM asset"), bool(begun)) == (1, [], True)


async def _copy(api: Api, count: int) -> None:
    from sqlalchemy import insert, select
    from uuid_utils.compat import uuid7

    from app.db.tables.assets import Asset

    async with api.installation.database.writer.begin() as connection:
        (row,) = (await connection.execute(select(Asset.__table__))).mappings()
        rows = [{**row, "id": uuid7(), "token_hash": None} for _ in range(count)]
        await connection.execute(insert(Asset.__table__), rows)
