"""The index of products: the database keeps it, through whatever writes a product, and through VACUUM."""

import sqlite3
from contextlib import closing

import pytest
from alembic.script import ScriptDirectory

from app.db.fulltext import translated
from app.db.migrate import HERE, migrate
from app.domain.search import indexed
from tests.conftest import Api
from tests.db.test_migrations import changed, downgrade

FOUND = {
    "sqlite": """SELECT p.sku FROM product_index i JOIN product p ON p.index_number = i.rowid
      WHERE product_index MATCH :q""",
    "postgresql": "SELECT sku FROM product WHERE endcap_words(words) @@ CAST(:q AS tsquery)",
}


def found(api: Api, condition: str) -> list[str]:
    dialect = api.installation.database.dialect.name
    return sorted(sku for (sku,) in api.rows(FOUND[dialect], q=translated(condition, dialect)))


def write(api: Api, sku: str, title: str) -> None:
    words = indexed("NORTH", title, None, [sku], []).words
    api.write("UPDATE product SET words = :words WHERE sku = :sku", words=words, sku=sku)


@pytest.mark.parametrize(
    ("condition", "skus"),
    [
        ("tent", ["N-1", "N-4"]),
        ("tent two", ["N-1"]),
        ("two|stove", ["N-1", "N-3"]),
        ("trail&two|gas", ["N-1", "N-3"]),
        ("st*", ["N-3"]),
        ("tent|stove lumen|gas", ["N-3", "N-4"]),
        ("_4e4f525448", ["N-1", "N-2", "N-3", "N-4"]),
        ("=n3", ["N-3"]),
        ("lümen", []),
        ("_", []),
    ],
)
def test_a_condition_means_the_same_to_both(api: Api, condition, skus):
    assert found(api, condition) == skus


def take_away(api: Api, sku: str) -> None:
    """A product that no submitted ad leads to."""
    api.write("DELETE FROM ad WHERE product_id = (SELECT id FROM product WHERE sku = :sku)", sku=sku)
    api.write("DELETE FROM product WHERE sku = :sku", sku=sku)


def test_the_index_follows_what_is_written_and_taken_away(api: Api):
    write(api, "N-1", "Canoe")
    assert (found(api, "canoe"), found(api, "tent")) == (["N-1"], ["N-4"])

    take_away(api, "N-3")
    api.write("UPDATE product SET in_stock = false")
    assert (found(api, "stove"), found(api, "canoe")) == ([], ["N-1"])


def test_on_sqlite_the_index_stays_right_through_vacuum(api: Api):
    """VACUUM may number the rows of a table anew; the index must still agree with the words, by its own check."""
    if api.installation.database.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's index is of the rows themselves")
    take_away(api, "N-3")
    with closing(sqlite3.connect(api.installation.database.writer.url.database or "")) as connection:
        connection.execute("VACUUM")
    write(api, "N-2", "Canoe")

    api.write("INSERT INTO product_index (product_index) VALUES ('integrity-check')")
    assert (found(api, "tent"), found(api, "canoe")) == (["N-1", "N-4"], ["N-2"])


def test_products_that_were_there_before_are_found(api: Api):
    """What was written under an earlier revision is indexed by this one."""
    before = ScriptDirectory(str(HERE)).get_revision("0012").down_revision
    api.write("UPDATE product SET description = 'With a whistle' WHERE sku = 'N-1'")
    changed(api, lambda connection: downgrade(connection, before))
    api.run(migrate, api.installation.database)

    assert (found(api, "tent"), found(api, "whistle")) == (["N-1", "N-4"], ["N-1"])
    assert api.rows("SELECT count(*) FROM product_slip WHERE word = 'ember'") == [(6,)]
