"""The first tables."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0001"
down_revision = None

TABLES = """
    account idempotency_key interest organization product user api_token brand change
    email_message invitation membership session campaign ad ad_event ad_interest keyword metric_hour
"""


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("display_name", base.Text(100), nullable=False),
        sa.Column("name_key", base.Text(200), nullable=False),
        sa.Column("vendor_code", base.Text(40), nullable=False),
        sa.Column("status", _choice("accountstatus", "ACTIVE PAYMENT_HOLD SUSPENDED CLOSED"), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("time_zone", base.Text(64), nullable=False),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_index("ix_account_vendor_code", "account", ["vendor_code"])

    op.create_table(
        "idempotency_key",
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("key", base.Text(255), nullable=False),
        sa.Column("field", base.Text(64), nullable=False),
        sa.Column("digest", base.Text(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("seq", base.Sequence, nullable=True),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])

    op.create_table(
        "interest",
        sa.Column("name", base.Text(100), nullable=False),
        sa.Column("name_key", base.Text(200), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
    )
    op.create_table(
        "organization",
        sa.Column("name", base.Text(100), nullable=False),
        sa.Column("kind", _choice("organizationkind", "ADVERTISER AGENCY PARTNER RETAILER"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_table(
        "product",
        sa.Column("vendor_code", base.Text(40), nullable=False),
        sa.Column("sku", base.Text(64), nullable=False),
        sa.Column("part", base.Text(300), nullable=True),
        sa.Column("title", base.Text(500), nullable=False),
        sa.Column("title_key", base.Text(1000), nullable=False),
        sa.Column("brand_name", base.Text(100), nullable=True),
        sa.Column("brand_key", base.Text(200), nullable=True),
        sa.Column("price_micros", sa.BigInteger(), nullable=True),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("ean", base.Text(14), nullable=True),
        sa.Column("detail_url", base.Text(2000), nullable=False),
        sa.Column("image_url", base.Text(2000), nullable=True),
        sa.Column("released", sa.Date(), nullable=True),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("stock_changed_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("vendor_code", "sku", name=op.f("uq_product_vendor_code_sku")),
    )
    op.create_index("ix_product_price", "product", ["vendor_code", "price_micros", "id"])
    op.create_index("ix_product_title", "product", ["vendor_code", "title_key", "id"])

    op.create_table(
        "user",
        sa.Column("name", base.Text(100), nullable=False),
        sa.Column("name_key", base.Text(200), nullable=False),
        sa.Column("email", base.Text(254), nullable=False),
        sa.Column("email_key", base.Text(254), nullable=False),
        sa.Column("password_hash", base.Text(255), nullable=False),
        sa.Column("staff", sa.JSON(), nullable=False),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email_key", name=op.f("uq_user_email_key")),
    )
    op.create_table(
        "api_token",
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("name", base.Text(80), nullable=False),
        sa.Column("prefix", base.Text(16), nullable=False),
        sa.Column("token_hash", base.Text(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("last_used_at", base.UtcDateTime(), nullable=True),
        sa.Column("expires_at", base.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_api_token_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    op.create_index("ix_api_token_created_by", "api_token", ["created_by"])

    op.create_table(
        "brand",
        sa.Column("name", base.Text(100), nullable=False),
        sa.Column("name_key", base.Text(200), nullable=False),
        sa.Column("vendor_code", base.Text(40), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_brand_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )
    op.create_index("ix_brand_account_id", "brand", ["account_id"])

    op.create_table(
        "change",
        sa.Column("seq", base.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("actor", base.Text(100), nullable=False),
        sa.Column("via", _choice("via", "SESSION API_TOKEN JOB COMMAND_LINE"), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("action", base.Text(64), nullable=False),
        sa.Column("subject_type", base.Text(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", base.Text(1000), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_change_account_id")),
        sa.ForeignKeyConstraint(["actor_user_id"], ["user.id"], name=op.f("fk_change_actor_user_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        sa.UniqueConstraint("id", name=op.f("uq_change_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_account_seq", "change", ["account_id", "seq"])
    op.create_index("ix_change_subject_id", "change", ["subject_id"])

    op.create_table(
        "email_message",
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("to", base.Text(254), nullable=False),
        sa.Column("subject", base.Text(255), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("status", _choice("emailstatus", "QUEUED SENDING SENT FAILED DEAD"), nullable=False),
        sa.Column("queued_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_email_message_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_message")),
    )
    op.create_index("ix_email_message_account_id", "email_message", ["account_id"])
    op.create_index("ix_email_message_status", "email_message", ["status"])

    op.create_table(
        "invitation",
        sa.Column("name", base.Text(100), nullable=False),
        sa.Column("email", base.Text(254), nullable=False),
        sa.Column("email_key", base.Text(254), nullable=False),
        sa.Column("organization_name", base.Text(100), nullable=True),
        sa.Column("level", _choice("memberlevel", "EDITOR ADMIN"), nullable=False),
        sa.Column("status", _choice("invitationstatus", "PENDING ACCEPTED DECLINED REVOKED EXPIRED"), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_invitation_account_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["user.id"], name=op.f("fk_invitation_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index("ix_invitation_account_id", "invitation", ["account_id"])
    op.create_index("ix_invitation_email_key", "invitation", ["email_key"])

    op.create_table(
        "membership",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("level", _choice("memberlevel", "EDITOR ADMIN"), nullable=False),
        sa.Column("status", _choice("membershipstatus", "ACTIVE REMOVED"), nullable=False),
        sa.Column("since", base.UtcDateTime(), nullable=False),
        sa.Column("removed_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "account_id", name=op.f("uq_membership_user_id_account_id")),
    )
    op.create_index("ix_membership_account_id", "membership", ["account_id"])

    op.create_table(
        "session",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", base.Text(64), nullable=False),
        sa.Column("ip_address", base.Text(45), nullable=True),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_index("ix_session_user_id", "session", ["user_id"])

    op.create_table(
        "campaign",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("campaignkind", "ECOMMERCE_DISPLAY SPONSORED_SEARCH"), nullable=False),
        sa.Column("name", base.Text(80), nullable=False),
        sa.Column("name_key", base.Text(200), nullable=False),
        sa.Column("configured_status", _choice("configuredstatus", "ENABLED PAUSED ARCHIVED"), nullable=False),
        sa.Column(
            "effective_status",
            _choice(
                "effectivestatus",
                "DRAFT IN_MODERATION REJECTED SCHEDULED READY RUNNING PAUSED OUT_OF_BUDGET OUT_OF_STOCK STOPPED_BILLING STOPPED_POLICY ACCOUNT_INACTIVE ENDED ARCHIVED",
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("total_budget_micros", sa.BigInteger(), nullable=False),
        sa.Column("daily_budget_micros", sa.BigInteger(), nullable=True),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.Column("spent_today_micros", sa.BigInteger(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=True),
        sa.Column("starts_at", base.UtcDateTime(), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("spent_micros <= total_budget_micros", name=op.f("ck_campaign_budget")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_campaign_account_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_campaign_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index("ix_campaign_account_created", "campaign", ["account_id", "created_at", "id"])
    op.create_index("ix_campaign_account_id", "campaign", ["account_id"])

    op.create_table(
        "ad",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("title", base.Text(50), nullable=False),
        sa.Column("title_key", base.Text(200), nullable=False),
        sa.Column("headline", base.Text(120), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("bid_micros", sa.BigInteger(), nullable=False),
        sa.Column("configured_status", _choice("configuredstatus", "ENABLED PAUSED ARCHIVED"), nullable=False),
        sa.Column("review_status", _choice("reviewstatus", "DRAFT IN_MODERATION APPROVED REJECTED"), nullable=False),
        sa.Column("system_stop", _choice("systemstop", "NONE OUT_OF_STOCK BILLING POLICY"), nullable=False),
        sa.Column(
            "effective_status",
            _choice(
                "effectivestatus",
                "DRAFT IN_MODERATION REJECTED SCHEDULED READY RUNNING PAUSED OUT_OF_BUDGET OUT_OF_STOCK STOPPED_BILLING STOPPED_POLICY ACCOUNT_INACTIVE ENDED ARCHIVED",
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("submitted_at", base.UtcDateTime(), nullable=True),
        sa.Column("stopped_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_ad_account_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_ad_campaign_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_ad_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ad")),
    )
    op.create_index("ix_ad_account_id", "ad", ["account_id"])
    op.create_index("ix_ad_campaign_created", "ad", ["campaign_id", "created_at", "id"])
    op.create_index("ix_ad_product_id", "ad", ["product_id"])

    op.create_table(
        "ad_event",
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("slot", base.Text(64), nullable=False),
        sa.Column("kind", _choice("eventkind", "IMPRESSION CLICK"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column(
            "placement",
            _choice("placement", "SEARCH_RESULTS PRODUCT_DETAIL BRAND_PAGE PARTNER_SITE EMAIL"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shopper", base.Text(128), nullable=True),
        sa.Column("price_micros", sa.BigInteger(), nullable=False),
        sa.Column("charged_micros", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_ad_event_account_id")),
        sa.ForeignKeyConstraint(["ad_id"], ["ad.id"], name=op.f("fk_ad_event_ad_id")),
        sa.PrimaryKeyConstraint("auction_id", "slot", "kind", name=op.f("pk_ad_event")),
    )
    op.create_table(
        "ad_interest",
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("interest_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["ad_id"], ["ad.id"], name=op.f("fk_ad_interest_ad_id")),
        sa.ForeignKeyConstraint(["interest_id"], ["interest.id"], name=op.f("fk_ad_interest_interest_id")),
        sa.PrimaryKeyConstraint("ad_id", "interest_id", name=op.f("pk_ad_interest")),
    )
    op.create_table(
        "keyword",
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", base.Text(80), nullable=False),
        sa.Column("match", _choice("matchtype", "EXACT PHRASE BROAD NEGATIVE_EXACT NEGATIVE_PHRASE"), nullable=False),
        sa.Column("bid_micros", sa.BigInteger(), nullable=True),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["ad_id"], ["ad.id"], name=op.f("fk_keyword_ad_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword")),
    )
    op.create_index("ix_keyword_ad_place", "keyword", ["ad_id", "place", "id"])

    op.create_table(
        "metric_hour",
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column(
            "placement",
            _choice("placement", "SEARCH_RESULTS PRODUCT_DETAIL BRAND_PAGE PARTNER_SITE EMAIL"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", base.UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("unbilled_clicks", sa.BigInteger(), nullable=False),
        sa.Column("invalid_clicks", sa.BigInteger(), nullable=False),
        sa.Column("spend_micros", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_metric_hour_account_id")),
        sa.ForeignKeyConstraint(["ad_id"], ["ad.id"], name=op.f("fk_metric_hour_ad_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_metric_hour_campaign_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_metric_hour_product_id")),
        sa.PrimaryKeyConstraint("ad_id", "placement", "position", "starts_at", name=op.f("pk_metric_hour")),
    )
    op.create_index("ix_metric_hour_account_day", "metric_hour", ["account_id", "day"])
    op.create_index("ix_metric_hour_ad_day", "metric_hour", ["ad_id", "day"])
    op.create_index("ix_metric_hour_campaign_day", "metric_hour", ["campaign_id", "day"])


def downgrade() -> None:
    for table in reversed(TABLES.split()):
        op.drop_table(table)
