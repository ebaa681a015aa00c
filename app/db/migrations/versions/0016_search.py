"""The words of products, and their full-text index: FTS5 on SQLite, GIN on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db import base
from app.domain.search import Indexed, indexed, slips

revision = "0016"
down_revision = "0015"
BATCH = 1_000

# SQLite's index refers to the words in the table; a number of its own for each product, since VACUUM may change rowids.
FTS5 = """
CREATE VIRTUAL TABLE product_index USING fts5(
  words, content='product', content_rowid='index_number', detail=none, tokenize="ascii tokenchars '=_'"
)"""
TAKE_OUT = """INSERT INTO product_index(product_index, rowid, words)
  SELECT 'delete', old.index_number, old.words WHERE old.words <> '';"""
PUT_IN = """INSERT INTO product_index(rowid, words)
  SELECT index_number, words FROM product WHERE id = new.id AND words <> '';"""
TAKE_NUMBER = (
    "UPDATE product SET index_number = (SELECT coalesce(max(index_number), 0) + 1 FROM product) WHERE id = new.id;"
)
TRIGGERS = {
    "new": f"AFTER INSERT ON product BEGIN {TAKE_NUMBER} {PUT_IN} END",
    "changed": f"AFTER UPDATE OF words ON product WHEN old.words IS NOT new.words BEGIN {TAKE_OUT} {PUT_IN} END",
    "gone": f"AFTER DELETE ON product BEGIN {TAKE_OUT} END",
}
# It costs what a thousand operators cost: so the planner takes the index, and does not make the words of all products.
VECTOR = """
CREATE FUNCTION endcap_words(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
BEGIN RETURN array_to_tsvector(string_to_array(btrim(words), ' ')); END $$
"""
PRODUCTS = sa.table(
    "product",
    *map(sa.column, ("index_number", "vendor_code", "title", "brand_name", "part", "sku", "ean", "description")),
    sa.column("category", sa.JSON()),
    *map(sa.column, ("words", "word_count")),
)
SLIPS = sa.table("product_slip", sa.column("slip"), sa.column("word"))


def upgrade() -> None:
    op.add_column("product", sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.add_column("product", sa.Column("word_count", sa.Integer(), nullable=False, server_default="0"))
    on_postgres = op.get_bind().dialect.name == "postgresql"
    if on_postgres:
        op.execute("CREATE SEQUENCE product_index_number")
    default = sa.text("nextval('product_index_number')") if on_postgres else None
    op.add_column("product", sa.Column("index_number", sa.BigInteger(), nullable=True, server_default=default))
    if not on_postgres:
        op.execute("UPDATE product SET index_number = rowid")
    op.create_index("ix_product_index_number", "product", ["index_number"], unique=True)
    op.create_table(
        "product_slip",
        sa.Column("slip", base.Text(40), nullable=False),
        sa.Column("word", base.Text(40), nullable=False),
        sa.PrimaryKeyConstraint("slip", "word", name=op.f("pk_product_slip")),
    )
    _fill(op.get_bind())
    for statement in _index(on_postgres):
        op.execute(statement)


def _fill(bind: sa.Connection) -> None:
    """Write the words of the products that are there."""
    columns, known = PRODUCTS.c, set[str]()
    write = sa.update(PRODUCTS).where(columns.index_number == sa.bindparam("number"))
    write = write.values(words=sa.bindparam("new_words"), word_count=sa.bindparam("new_count"))
    after = 0
    while rows := bind.execute(
        sa.select(PRODUCTS).where(columns.index_number > after).order_by(columns.index_number).limit(BATCH)
    ).all():
        found = {row.index_number: _worded(row) for row in rows}
        bind.execute(write, [{"number": n, "new_words": e.words, "new_count": e.length} for n, e in found.items()])
        fresh = {word for each in found.values() for word in each.named} - known
        if kept := [{"slip": slip, "word": word} for word in fresh for slip in slips(word)]:
            bind.execute(sa.insert(SLIPS), kept)
        known |= fresh
        after = rows[-1].index_number


def _worded(row: Any) -> Indexed:
    numbers, described = (row.part, row.sku, row.ean), (row.description, *row.category)
    return indexed(row.vendor_code, row.title, row.brand_name, numbers, described)


def _index(on_postgres: bool) -> Iterator[str]:
    if on_postgres:
        yield VECTOR
        yield "CREATE INDEX product_index ON product USING gin (endcap_words(words))"
        return
    yield FTS5
    yield "INSERT INTO product_index(product_index) VALUES ('rebuild')"
    yield from (f"CREATE TRIGGER product_index_{name} {body}" for name, body in TRIGGERS.items())


def downgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    if on_postgres:
        op.drop_index("product_index", "product")
        op.execute("DROP FUNCTION endcap_words")
    else:
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER product_index_{name}")
        op.execute("DROP TABLE product_index")
    op.drop_table("product_slip")
    op.drop_index("ix_product_index_number", "product")
    for column in ("index_number", "word_count", "words"):
        op.drop_column("product", column)
    if on_postgres:
        op.execute("DROP SEQUENCE product_index_number")
