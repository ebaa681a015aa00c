"""I8: what was submitted never changes, whoever writes to the database and however (S55)."""

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.db.migrate import HERE, migrate
from tests import paging
from tests.conftest import Api
from tests.moderating import queued, submit
from tests.people import DRAFT_AD, EDITOR

SET = "UPDATE ad SET {} WHERE title = 'The stove'"
UPDATE = "mutation ($id: ID!, $changes: AdChangesInput!) { adUpdate(input: {id: $id, changes: $changes}) { seq } }"
WORDS = {"keywords": [{"text": "gas stove", "match": "PHRASE"}]}
CONTENT = (
    "title = 'Other'",
    "title_key = 'other'",
    "headline = 'Other'",
    "bid_micros = 360000",
    "currency = 'EUR'",
    "product_id = (SELECT id FROM product WHERE sku = 'N-1')",
    "campaign_id = (SELECT id FROM campaign WHERE name = 'Summer')",
    "brand_page_id = (SELECT id FROM brand_page), product_id = NULL",
    "submitted_at = NULL",
    "submitted_at = created_at",
)
MINE = "ad_id = (SELECT id FROM ad WHERE title = 'The stove')"
TARGETS = (
    f"DELETE FROM keyword WHERE {MINE}",
    f"UPDATE keyword SET text = 'other' WHERE {MINE}",
    f"UPDATE keyword SET bid_micros = 500000 WHERE {MINE}",
    f"UPDATE keyword SET ad_id = (SELECT id FROM ad WHERE title = 'The bag') WHERE {MINE}",
    f"DELETE FROM ad_interest WHERE {MINE}",
    f"UPDATE ad_interest SET ad_id = (SELECT id FROM ad WHERE title = 'The bag') WHERE {MINE}",
    "DELETE FROM ad WHERE title = 'The stove'",
)


@pytest.fixture
def aimed(api: Api) -> Api:
    """DRAFT_AD with a keyword and an interest."""
    found = api("{ interests(first: 1) { nodes { id } } }", as_=EDITOR).data["interests"]["nodes"]
    changes = {**WORDS, "interestIds": [each["id"] for each in found]}
    assert api(UPDATE, as_=EDITOR, id=DRAFT_AD, changes=changes).data["adUpdate"]["seq"]
    return api


def kept(api: Api) -> list:
    return [api.rows(f"SELECT * FROM {each} ORDER BY 1, 2") for each in ("ad", "keyword", "ad_interest")]


def refused(api: Api, sql: str) -> bool:
    before = kept(api)
    with pytest.raises(DBAPIError, match="never changes"):
        api.write(sql)
    return kept(api) == before


def to_before_pages(api: Api) -> None:
    """Take back the revision of Pages, and what came after it."""

    def downgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(HERE))
        config.attributes["connection"] = connection
        revisions = ScriptDirectory(str(HERE)).walk_revisions()
        (pages,) = (each for each in revisions if each.path.endswith("_pages.py"))
        command.downgrade(config, str(pages.down_revision))

    async def run() -> None:
        async with api.installation.database.writer.begin() as connection:
            await connection.run_sync(downgrade)

    api.run(run)


@pytest.mark.parametrize("change", CONTENT)
def test_no_statement_changes_the_content_of_a_submitted_ad(aimed: Api, change):
    queued(aimed)
    paging.create(aimed)

    assert refused(aimed, SET.format(change))


@pytest.mark.parametrize("sql", TARGETS)
def test_no_statement_changes_whom_a_submitted_ad_is_for_or_deletes_it(aimed: Api, sql):
    queued(aimed)

    assert refused(aimed, sql)


def test_no_statement_gives_a_submitted_ad_another_keyword(aimed: Api):
    queued(aimed)

    one_more = "SELECT campaign_id, id, 2, 'late', 'EXACT', currency FROM ad WHERE title = 'The stove'"
    assert refused(aimed, f'INSERT INTO keyword (id, ad_id, place, text, "match", currency) {one_more}')


@pytest.mark.parametrize("change", [*CONTENT[:4], "configured_status = 'PAUSED'"])
def test_a_draft_may_change_and_what_people_and_moderators_do_may_always(aimed: Api, change):
    aimed.write(SET.format(change))
    aimed.write("UPDATE ad SET title = 'The stove' WHERE title = 'Other'")
    assert submit(aimed)["userErrors"] == []

    for step in (
        "configured_status = 'ENABLED'",
        "review_status = 'APPROVED'",
        "system_stop = 'POLICY'",
        "version = 9",
    ):
        aimed.write(SET.format(step))


def test_an_ad_leads_to_a_product_or_to_a_page(aimed: Api):  # S47, S48
    paging.create(aimed)
    for landing in ("product_id = NULL", "brand_page_id = (SELECT id FROM brand_page)"):
        with pytest.raises(DBAPIError, match="ck_ad_landing"):
            aimed.write(SET.format(landing))

    aimed.write(SET.format("product_id = NULL, brand_page_id = (SELECT id FROM brand_page)"))


def test_what_was_submitted_before_pages_came_stays_as_it_is_since(aimed: Api):
    """Their revision loosens the table of ads in place: it keeps the triggers, and makes one of them anew."""
    queued(aimed)
    before = kept(aimed)
    to_before_pages(aimed)
    aimed.run(migrate, aimed.installation.database)

    assert [sorted(map(str, each)) for each in kept(aimed)] == [sorted(map(str, each)) for each in before]
    for change in (*CONTENT[:4], "product_id = NULL"):
        assert refused(aimed, SET.format(change))
    assert refused(aimed, TARGETS[0])
    assert refused(aimed, TARGETS[-1])
