"""Accounts, brands, and the people who work in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Owned, Text, Versioned, choice
from app.domain.access import MemberLevel
from app.domain.accounts import AccountStatus, InvitationStatus, MembershipStatus, OrganizationKind

ACTIVE = text("status = 'ACTIVE'")  # unscoped: the condition of an index


class Account(Keyed, Versioned, Base):
    """The advertising account of a vendor; a vendor may have several (S34)."""

    __tablename__ = "account"

    display_name: Mapped[str] = mapped_column(Text(100))
    name_key: Mapped[str] = mapped_column(Folded(200))
    vendor_code: Mapped[str] = mapped_column(Text(40), index=True)
    status: Mapped[AccountStatus] = mapped_column(choice(AccountStatus), default=AccountStatus.ACTIVE)
    currency: Mapped[str] = mapped_column(Text(3))
    time_zone: Mapped[str] = mapped_column(Text(64))
    is_sandbox: Mapped[bool] = mapped_column(default=False)
    awaits_card: Mapped[bool] = mapped_column(default=False)  # nothing is served until a new one is there (S33)


class Sandbox(Base):
    """What a test account runs on (S28): the seed of its shoppers, and the moment up to which they have come."""

    __tablename__ = "sandbox"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    seed: Mapped[int]
    now: Mapped[datetime]


class Brand(Owned, Base):
    __tablename__ = "brand"

    name: Mapped[str] = mapped_column(Text(100))
    name_key: Mapped[str] = mapped_column(Folded(200))
    vendor_code: Mapped[str] = mapped_column(Text(40))
    approved: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Organization(Keyed, Base):
    """The agency, advertiser or partner a member belongs to."""

    __tablename__ = "organization"

    name: Mapped[str] = mapped_column(Text(100))
    kind: Mapped[OrganizationKind] = mapped_column(choice(OrganizationKind))


class Membership(Owned, Base):
    """A user's level in one account."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_active",
            "user_id",
            "account_id",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"))
    level: Mapped[MemberLevel] = mapped_column(choice(MemberLevel))
    status: Mapped[MembershipStatus] = mapped_column(choice(MembershipStatus), default=MembershipStatus.ACTIVE)
    muted: Mapped[list[str]] = mapped_column(JSON, default=list)  # kinds of mail
    since: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Invitation(Owned, Base):
    """An invitation to an account; its one-time link is made, and its hash kept, when the mail is sent."""

    __tablename__ = "invitation"

    name: Mapped[str] = mapped_column(Text(100))
    email: Mapped[str] = mapped_column(Text(254))
    email_key: Mapped[str] = mapped_column(Folded(254), index=True)
    organization_name: Mapped[str | None] = mapped_column(Text(100))
    level: Mapped[MemberLevel] = mapped_column(choice(MemberLevel))
    status: Mapped[InvitationStatus] = mapped_column(choice(InvitationStatus), default=InvitationStatus.PENDING)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    mailed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
