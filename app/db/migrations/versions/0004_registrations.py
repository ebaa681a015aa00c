"""Registrations, the terms their contacts accept, documents in versions, and promises as settings."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0004"
down_revision = "0003"
FIRST = UUID("01900000-0000-7000-8000-000000000001")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
AGREEMENT = """\
# Advertising agreement

This is the agreement that comes with Endcap. It is short on purpose: the operator of this installation replaces it by
the retailer's own terms before the first brand applies.

1. The brand authorises the applicant to advertise its products here, and says so by accepting this agreement.
2. Advertising is paid for by valid clicks, within the budget that the advertiser sets.
3. Every ad follows the ad policy; the retailer may refuse or stop what does not.
4. What the brand or its representative gives us about people is used for running the account, and for nothing else.
5. Either side may end this at any time; what was owed until then stays owed.
"""


def upgrade() -> None:
    _policy()
    _registrations()
    _about_registrations()
    _first_agreement()


def _policy() -> None:
    op.create_table(
        "policy_document",
        sa.Column(
            "kind",
            _choice(
                "policydocumentkind",
                "AGREEMENT USER_GUIDE AD_POLICY_GUIDELINES CREATIVE_STANDARDS BILLING_FUNDAMENTALS INFRINGEMENT_PROCEDURE",
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", base.Text(200), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("effective_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_document"),
        sa.UniqueConstraint("kind", "version", name="uq_policy_document_kind_version"),
    )
    op.create_table(
        "service_level",
        sa.Column(
            "kind",
            _choice("servicelevelkind", "AGENCY_ACCESS_REVIEW BRAND_REGISTRATION_REVIEW AD_MODERATION METRICS_FINAL"),
            nullable=False,
        ),
        sa.Column("duration", base.Text(20), nullable=False),
        sa.Column("business_days", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_level"),
        sa.UniqueConstraint("kind", name="uq_service_level_kind"),
    )


def _registrations() -> None:
    op.create_table(
        "registration",
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "path",
            _choice("registrationpath", "VENDOR_CENTRAL ADVANTAGE_CENTRAL VENDOR_EXPRESS REPRESENT_VENDOR KDP"),
            nullable=False,
        ),
        sa.Column("purpose", _choice("registrationpurpose", "NEW_ACCOUNT FURTHER_BRAND"), nullable=False),
        sa.Column(
            "status",
            _choice("registrationstatus", "DRAFT SUBMITTED IN_REVIEW INFO_REQUESTED APPROVED REJECTED WITHDRAWN"),
            nullable=False,
        ),
        sa.Column("person_name", base.Text(100), nullable=True),
        sa.Column("work_email", base.Text(254), nullable=True),
        sa.Column("person_phone", base.Text(20), nullable=True),
        sa.Column("company", base.Text(100), nullable=True),
        sa.Column("brand_name", base.Text(100), nullable=True),
        sa.Column("brand_key", base.Folded(200), nullable=True),
        sa.Column("contact_name", base.Text(100), nullable=True),
        sa.Column("contact_email", base.Text(254), nullable=True),
        sa.Column("contact_phone", base.Text(20), nullable=True),
        sa.Column("vendor_code", base.Text(40), nullable=True),
        sa.Column("vendor_key", base.Folded(80), nullable=True),
        sa.Column("secondary_name", base.Text(100), nullable=True),
        sa.Column("secondary_email", base.Text(254), nullable=True),
        sa.Column("secondary_phone", base.Text(20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("replaced_account", base.Text(100), nullable=True),
        sa.Column("replaced_agency", base.Text(100), nullable=True),
        sa.Column("replaced_reason", sa.Text(), nullable=True),
        sa.Column("follows", sa.Integer(), nullable=False),
        sa.Column("login_proved_at", base.UtcDateTime(), nullable=True),
        sa.Column("secondary_needed", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", base.UtcDateTime(), nullable=True),
        sa.Column("due_at", base.UtcDateTime(), nullable=True),
        sa.Column("clock_stopped_at", base.UtcDateTime(), nullable=True),
        sa.Column("seconds_left", sa.Integer(), nullable=True),
        sa.Column("reminded_at", base.UtcDateTime(), nullable=True),
        sa.Column("decided_at", base.UtcDateTime(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_registration_account_id"),
        sa.ForeignKeyConstraint(["applicant_id"], ["user.id"], name="fk_registration_applicant_id"),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name="fk_registration_brand_id"),
        sa.ForeignKeyConstraint(["claimed_by"], ["user.id"], name="fk_registration_claimed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_registration"),
    )
    op.create_index("ix_registration_account_id", "registration", ["account_id"])
    op.create_index("ix_registration_applicant_created", "registration", ["applicant_id", "created_at", "id"])
    op.create_index("ix_registration_brand_id", "registration", ["brand_id"])
    op.create_index("ix_registration_queue", "registration", ["status", "follows", "due_at", "id"])
    op.create_index("ix_registration_vendor_key", "registration", ["vendor_key"])


def _about_registrations() -> None:
    op.create_table(
        "info_request",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("need_secondary_contact", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", base.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name="fk_info_request_asked_by"),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name="fk_info_request_registration_id"),
        sa.PrimaryKeyConstraint("id", name="pk_info_request"),
    )
    op.create_index("ix_info_request_registration_id", "info_request", ["registration_id"])
    op.create_table(
        "staff_note",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name="fk_staff_note_author_id"),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name="fk_staff_note_registration_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_note"),
    )
    op.create_index("ix_staff_note_registration_id", "staff_note", ["registration_id"])
    op.create_table(
        "terms_invitation",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("contact_name", base.Text(100), nullable=False),
        sa.Column("contact_email", base.Text(254), nullable=False),
        sa.Column("status", _choice("invitationstatus", "PENDING ACCEPTED DECLINED REVOKED EXPIRED"), nullable=False),
        sa.Column("made_at", base.UtcDateTime(), nullable=False),
        sa.Column("sent_at", base.UtcDateTime(), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("answered_at", base.UtcDateTime(), nullable=True),
        sa.Column("full_name", base.Text(100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["policy_document.id"], name="fk_terms_invitation_document_id"),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name="fk_terms_invitation_registration_id"),
        sa.PrimaryKeyConstraint("id", name="pk_terms_invitation"),
    )
    op.create_index("ix_terms_invitation_registration_id", "terms_invitation", ["registration_id"])


def _first_agreement() -> None:
    """Something to accept from the first day; the operator publishes the retailer's own words as the next version."""
    kinds = {"id": sa.Uuid(), "version": sa.Integer(), "effective_at": base.UtcDateTime()}
    texts = dict.fromkeys(("kind", "title", "markdown"), sa.Text())
    document = sa.table("policy_document", *(sa.column(name, kind) for name, kind in (kinds | texts).items()))
    first = {"id": FIRST, "kind": "AGREEMENT", "version": 1, "title": "Advertising agreement", "markdown": AGREEMENT}
    op.bulk_insert(document, [{**first, "effective_at": BEGINNING}])


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.drop_table("terms_invitation")
    op.drop_table("staff_note")
    op.drop_table("info_request")
    op.drop_table("registration")
    op.drop_table("service_level")
    op.drop_table("policy_document")
