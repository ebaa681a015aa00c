"""Brand Pages with their snapshots and addresses, ads that lead to them, and cases about them."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0011"
down_revision = "0010"
FORMER = ["campaign_id", "product_id", "image_id", "title", "title_key", "headline", "currency", "bid_micros"]
FORMER += ["submitted_at"]
CONTENT = [*FORMER[:2], "brand_page_id", *FORMER[2:]]
SAID = "the content of a submitted ad never changes"
STATES = "'QUEUED', 'CLAIMED', 'APPROVED', 'REJECTED', 'APPEALED'"
SUBJECT, SNAPSHOT, LANDING = (
    "(ad_id IS NULL) <> (brand_page_id IS NULL)",
    "(brand_page_id IS NULL) = (content_id IS NULL)",
    "(product_id IS NULL) <> (brand_page_id IS NULL)",
)
STOCK = ("page_product", "content_id", "page_content"), ("section_product", "section_id", "page_section")
STOCK += (("widget_product", "widget_id", "page_widget"),)


def upgrade() -> None:
    _contents()
    _pages()
    _below()
    _optional("ad", "product_id")
    _optional("metric_hour", "product_id")
    _optional("moderation_case", "ad_id")
    _states(STATES, f"{STATES}, 'WITHDRAWN'")
    _refer("ad", "brand_page_id", "brand_page", "landing", LANDING)
    op.create_index("ix_ad_brand_page_id", "ad", ["brand_page_id"])
    _refer("moderation_case", "brand_page_id", "brand_page", "subject", SUBJECT)
    _refer("moderation_case", "content_id", "page_content", "snapshot", SNAPSHOT)
    op.create_index("ix_moderation_case_brand_page_id", "moderation_case", ["brand_page_id"])
    op.create_index("uq_moderation_case_content_id", "moderation_case", ["content_id"], unique=True)
    _guard(CONTENT)


def _contents() -> None:
    op.create_table(
        "page_content",
        sa.Column("title", base.Text(80), nullable=False),
        sa.Column("tagline", base.Text(160), nullable=True),
        sa.Column("template", _choice("pagetemplate", "STANDARD PRODUCTS_GRID PRODUCTS_SPOTLIGHT"), nullable=False),
        sa.Column("logo_id", sa.Uuid(), nullable=True),
        sa.Column("hero_id", sa.Uuid(), nullable=True),
        sa.Column("digest", base.Text(64), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_keys("page_content", account_id="account", logo_id="asset", hero_id="asset"),
    )
    op.create_index("ix_page_content_account_id", "page_content", ["account_id"])
    op.create_table(
        "page_section",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("sectionkind", "TEXT IMAGE PRODUCTS"), nullable=False),
        sa.Column("heading", base.Text(100), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("image_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_keys("page_section", content_id="page_content", image_id="asset"),
    )
    op.create_index("ix_page_section_place", "page_section", ["content_id", "place", "id"])


def _pages() -> None:
    op.create_table(
        "brand_page",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("pagekind", "BASIC UPGRADED"), nullable=False),
        sa.Column(
            "status", _choice("pagestatus", "DRAFT IN_MODERATION PUBLISHED REJECTED UNPUBLISHED"), nullable=False
        ),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("slug", base.Text(60), nullable=False),
        sa.Column("name_key", base.Text(200), nullable=False),
        sa.Column("grams", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_id", sa.Uuid(), nullable=True),
        sa.Column("published_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        *_keys("brand_page", account_id="account", brand_id="brand"),
        *(_key("brand_page", f"{name}_id", "page_content") for name in ("draft", "submitted", "published")),
        sa.UniqueConstraint("brand_id", name="uq_brand_page_brand_id"),
    )
    op.create_index("ix_brand_page_account_id", "brand_page", ["account_id"])
    op.create_index("ix_brand_page_search", "brand_page", ["is_public", "kind", "name_key", "id"])


def _below() -> None:
    """What hangs below a Page and its contents."""
    op.create_table(
        "page_slug",
        sa.Column("slug", base.Text(60), nullable=False),
        sa.Column("page_id", sa.Uuid(), nullable=False),
        sa.Column("since", base.UtcDateTime(), nullable=False),
        _key("page_slug", "page_id", "brand_page"),
        sa.PrimaryKeyConstraint("slug", name="pk_page_slug"),
    )
    op.create_index("ix_page_slug_page_id", "page_slug", ["page_id"])
    op.create_table(
        "page_widget",
        sa.Column("page_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("widgetkind", "BEST_SELLERS RECOMMENDATIONS"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("computed_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_keys("page_widget", page_id="brand_page"),
        sa.UniqueConstraint("page_id", "kind", name="uq_page_widget_page_id_kind"),
    )
    op.create_table(
        "page_gram",
        sa.Column("gram", base.Text(3), nullable=False),
        sa.Column("page_id", sa.Uuid(), nullable=False),
        _key("page_gram", "page_id", "brand_page"),
        sa.PrimaryKeyConstraint("gram", "page_id", name="pk_page_gram"),
    )
    for table, owner, of in STOCK:
        op.create_table(
            table,
            sa.Column(owner, sa.Uuid(), nullable=False),
            sa.Column("product_id", sa.Uuid(), nullable=False),
            sa.Column("place", sa.Integer(), nullable=False),
            _key(table, owner, of),
            _key(table, "product_id", "product"),
            sa.PrimaryKeyConstraint(owner, "product_id", name=f"pk_{table}"),
        )


def _optional(table: str, column: str) -> None:
    """Let a column be null."""
    if _is_postgresql():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
    else:
        _reword(table, f"{column} CHAR(32) NOT NULL", f"{column} CHAR(32)")


def _required(table: str, column: str) -> None:
    if _is_postgresql():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
    else:
        _reword(table, f"{column} CHAR(32)", f"{column} CHAR(32) NOT NULL")


def _states(former: str, states: str) -> None:
    """Let cases have other states."""
    if _is_postgresql():
        op.drop_constraint(op.f("ck_moderation_case_moderationstatus"), "moderation_case", type_="check")
        op.create_check_constraint(
            op.f("ck_moderation_case_moderationstatus"), "moderation_case", f"status IN ({states})"
        )
    else:
        _reword("moderation_case", f"CHECK (status IN ({former}))", f"CHECK (status IN ({states}))")


def _reword(table: str, old: str, new: str) -> None:
    """Loosen a table of SQLite where it stands, as sqlite.org/lang_altertable.html (7) says; it keeps its triggers.

    SQLite cannot alter a column. To make the table anew, as Alembic would, drops the triggers that keep submitted ads
    as they are, and is refused while other tables refer to it. What is written there stays valid: only the words of
    its declaration change.
    """
    connection = op.get_bind()
    named = {"name": table}
    sql = connection.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), named)
    if sql is None or sql.count(old) != 1:
        raise LookupError(f"the table {table} is not declared with {old!r}, once")
    op.execute("PRAGMA writable_schema = ON")
    write = sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name")
    connection.execute(write, {**named, "sql": sql.replace(old, new)})
    op.execute("PRAGMA writable_schema = RESET")  # and the declaration is read again


def _refer(table: str, column: str, to: str, check: str, condition: str) -> None:
    """Add a column that refers to another table, in place, with a check of the row."""
    kind = "UUID" if _is_postgresql() else "CHAR(32)"
    refers = f"CONSTRAINT fk_{table}_{column} REFERENCES {to} (id)"
    holds = f"CONSTRAINT ck_{table}_{check} CHECK ({condition})"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} {refers} {holds}")


def _guard(columns: list[str]) -> None:
    """Make the guard of the content of submitted ads anew, over these columns (I8)."""
    if _is_postgresql():
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
        stop = f"IF OLD.submitted_at IS NOT NULL AND ({changed}) THEN RAISE EXCEPTION '{SAID}'; END IF; RETURN NEW;"
        op.execute(
            f"CREATE OR REPLACE FUNCTION ad_content() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {stop} END $$"
        )
        return
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
    when = f"WHEN OLD.submitted_at IS NOT NULL AND ({changed})"
    op.execute("DROP TRIGGER ad_content")
    op.execute(f"CREATE TRIGGER ad_content BEFORE UPDATE ON ad {when} BEGIN SELECT RAISE(ABORT, '{SAID}'); END")


def _keys(table: str, **refers: str) -> list[sa.Constraint]:
    return [
        *(_key(table, column, to) for column, to in refers.items()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def downgrade() -> None:
    """Refused while an ad leads to a Page: neither can such an ad be kept, nor may it be changed or deleted."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM ad WHERE brand_page_id IS NOT NULL")):
        raise RuntimeError("ads lead to Pages, which revision 0010 does not know: restore a backup instead")
    _guard(FORMER)
    cases = "SELECT id FROM moderation_case WHERE brand_page_id IS NOT NULL"
    op.execute(f"DELETE FROM case_finding WHERE case_id IN ({cases})")  # noqa: S608 - words of our own
    op.execute("DELETE FROM moderation_case WHERE brand_page_id IS NOT NULL")
    op.drop_index("uq_moderation_case_content_id", "moderation_case")
    op.drop_index("ix_moderation_case_brand_page_id", "moderation_case")
    op.drop_index("ix_ad_brand_page_id", "ad")
    for table, column in (
        ("moderation_case", "content_id"),
        ("moderation_case", "brand_page_id"),
        ("ad", "brand_page_id"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    _states(f"{STATES}, 'WITHDRAWN'", STATES)
    _required("moderation_case", "ad_id")
    _required("metric_hour", "product_id")
    _required("ad", "product_id")
    for table in (*(each[0] for each in STOCK), "page_gram", "page_widget", "page_slug", "brand_page"):
        op.drop_table(table)
    for table in ("page_section", "page_content"):
        op.drop_table(table)
