"""People, their sessions, and the tokens of integrations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Owned, Text, choice
from app.domain.identity import Purpose


class User(Keyed, Base):
    """A person, apart from any account; `email_key` is the folded address, `staff` the names of staff levels."""

    __tablename__ = "user"

    name: Mapped[str] = mapped_column(Text(100))
    name_key: Mapped[str] = mapped_column(Folded(200))
    email: Mapped[str] = mapped_column(Text(254))
    email_key: Mapped[str] = mapped_column(Folded(254), unique=True)
    password_hash: Mapped[str]
    staff: Mapped[list[str]] = mapped_column(JSON, default=list)
    email_verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Session(Keyed, Base):
    """A sign-in; only the SHA-256 of its token is kept."""

    __tablename__ = "session"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(Text(64), unique=True)
    ip_address: Mapped[str | None] = mapped_column(Text(45))
    user_agent: Mapped[str | None] = mapped_column(Text(400))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]  # null: not since it began
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Keyed, Base):
    """A link that was mailed: it opens one thing, once; only the SHA-256 of its secret is kept."""

    __tablename__ = "one_time_link"

    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, checked=False))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    secret_hash: Mapped[str] = mapped_column(Text(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IngestToken(Keyed, Base):
    """The retailer's own token for a feed: it belongs to no account."""

    __tablename__ = "ingest_token"

    name: Mapped[str] = mapped_column(Text(80))
    prefix: Mapped[str] = mapped_column(Text(16))
    token_hash: Mapped[str] = mapped_column(Text(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginAttempt(Keyed, Base):
    """A login elsewhere that a person began, the latest of a registration; only the SHA-256 of its state is kept."""

    __tablename__ = "login_attempt"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), unique=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"))
    provider: Mapped[str] = mapped_column(Text(40))
    state_hash: Mapped[str] = mapped_column(Text(64), unique=True)
    nonce: Mapped[str] = mapped_column(Text(64))
    verifier: Mapped[str] = mapped_column(Text(64))
    return_to: Mapped[str] = mapped_column(Text(2000))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ExternalIdentity(Keyed, Base):
    """Who a person proved to be to an identity provider: one person to one of its subjects, and never by an address."""

    __tablename__ = "external_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    issuer: Mapped[str] = mapped_column(Text(255))
    subject: Mapped[str] = mapped_column(Text(255))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]


class ApiToken(Owned, Base):
    """A partner's token: it acts with its creator's level in one account, within its scopes."""

    __tablename__ = "api_token"

    created_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(Text(80))
    prefix: Mapped[str] = mapped_column(Text(16))
    token_hash: Mapped[str] = mapped_column(Text(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
