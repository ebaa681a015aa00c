"""Cases of moderation, ads that replace others, and content that never changes once it was submitted (I8)."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0008"
down_revision = "0007"
CONTENT = (
    "campaign_id",
    "product_id",
    "image_id",
    "title",
    "title_key",
    "headline",
    "currency",
    "bid_micros",
    "submitted_at",
)
TARGETS = ("keyword", "ad_interest")
SAID = "the content of a submitted ad never changes"


def upgrade() -> None:
    # in place: to copy the table, as Alembic would on SQLite, is refused while keywords and figures refer to it
    kind = "UUID" if _is_postgresql() else "CHAR(32)"
    op.execute(f"ALTER TABLE ad ADD COLUMN replaces_id {kind} CONSTRAINT fk_ad_replaces_id REFERENCES ad (id)")
    op.create_index("uq_ad_replaces_id", "ad", ["replaces_id"], unique=True)
    _cases()
    _findings()
    if _is_postgresql():
        _guard_postgresql()
    else:
        _guard_sqlite()


def _cases() -> None:
    op.create_table(
        "moderation_case",
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("status", _choice("moderationstatus", "QUEUED CLAIMED APPROVED REJECTED APPEALED"), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("submitted_by", "claimed_by", "decided_by")),
        *(sa.Column(name, base.UtcDateTime(), nullable=False) for name in ("submitted_at", "due_at")),
        *(sa.Column(name, base.UtcDateTime(), nullable=True) for name in ("claimed_at", "decided_at", "appealed_at")),
        sa.Column("appeal_message", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["ad_id"], ["ad.id"], name="fk_moderation_case_ad_id"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_moderation_case_account_id"),
        *(
            sa.ForeignKeyConstraint([name], ["user.id"], name=f"fk_moderation_case_{name}")
            for name in ("submitted_by", "claimed_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_case"),
        sa.UniqueConstraint("ad_id", name="uq_moderation_case_ad_id"),
    )
    op.create_index("ix_moderation_case_account_id", "moderation_case", ["account_id"])
    op.create_index("ix_moderation_case_due", "moderation_case", ["status", "due_at", "id"])


def _findings() -> None:
    kinds = "LANGUAGE IMAGE CLAIM LANDING PROHIBITED_PRODUCT TECHNICAL OTHER"
    op.create_table(
        "case_finding",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("findingkind", kinds), nullable=False),
        sa.Column("rule_id", base.Text(60), nullable=False),
        sa.Column("policy_url", base.Text(2000), nullable=False),
        sa.Column("field", base.Text(40), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name="fk_case_finding_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_finding"),
    )
    op.create_index("ix_case_finding_place", "case_finding", ["case_id", "place", "id"])


def _guard_sqlite() -> None:
    stop = f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in CONTENT)
    op.execute(
        f"CREATE TRIGGER ad_content BEFORE UPDATE ON ad WHEN OLD.submitted_at IS NOT NULL AND ({changed}) {stop}"
    )
    op.execute(f"CREATE TRIGGER ad_kept BEFORE DELETE ON ad WHEN OLD.submitted_at IS NOT NULL {stop}")
    for table in TARGETS:
        for verb, rows in (("INSERT", ("NEW",)), ("UPDATE", ("NEW", "OLD")), ("DELETE", ("OLD",))):
            ads = " OR ".join(f"id = {row}.ad_id" for row in rows)
            found = f"EXISTS (SELECT 1 FROM ad WHERE ({ads}) AND submitted_at IS NOT NULL)"  # noqa: S608 - names of our own
            op.execute(f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} WHEN {found} {stop}")


def _guard_postgresql() -> None:
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in CONTENT)
    _function("ad_content", f"IF OLD.submitted_at IS NOT NULL AND ({changed}) THEN {_stop()} END IF; RETURN NEW;")
    _function("ad_kept", f"IF OLD.submitted_at IS NOT NULL THEN {_stop()} END IF; RETURN OLD;")
    old, new = (f"(TG_OP <> '{verb}' AND id = {row}.ad_id)" for verb, row in (("INSERT", "OLD"), ("DELETE", "NEW")))
    found = f"EXISTS (SELECT 1 FROM ad WHERE ({old} OR {new}) AND submitted_at IS NOT NULL)"  # noqa: S608
    _function("ad_target", f"IF {found} THEN {_stop()} END IF; RETURN COALESCE(NEW, OLD);")
    op.execute("CREATE TRIGGER ad_content BEFORE UPDATE ON ad FOR EACH ROW EXECUTE FUNCTION ad_content()")
    op.execute("CREATE TRIGGER ad_kept BEFORE DELETE ON ad FOR EACH ROW EXECUTE FUNCTION ad_kept()")
    for table in TARGETS:
        verbs = "INSERT OR UPDATE OR DELETE"
        op.execute(f"CREATE TRIGGER ad_target BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION ad_target()")


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def _stop() -> str:
    return f"RAISE EXCEPTION '{SAID}';"


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    is_postgresql = _is_postgresql()
    op.execute(f"DROP TRIGGER ad_content{' ON ad' if is_postgresql else ''}")
    op.execute(f"DROP TRIGGER ad_kept{' ON ad' if is_postgresql else ''}")
    for table in TARGETS:
        for name in ("ad_target",) if is_postgresql else (f"{table}_{each}" for each in ("insert", "update", "delete")):
            op.execute(f"DROP TRIGGER {name}{f' ON {table}' if is_postgresql else ''}")
    for name in ("ad_content", "ad_kept", "ad_target") if is_postgresql else ():
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("case_finding")
    op.drop_table("moderation_case")
    op.drop_index("uq_ad_replaces_id", "ad")
    op.execute("ALTER TABLE ad DROP COLUMN replaces_id")
