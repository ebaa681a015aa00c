"""What the retailer has set: its promises, and the documents that people accept, in versions."""

from datetime import datetime

from sqlalchemy import Text as LongText
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Text, choice
from app.domain.policy import PolicyDocumentKind, ServiceLevelKind


class ServiceLevelSetting(Keyed, Base):
    """A promise that the operator set instead of the one that comes with Endcap."""

    __tablename__ = "service_level"

    kind: Mapped[ServiceLevelKind] = mapped_column(choice(ServiceLevelKind), unique=True)
    duration: Mapped[str] = mapped_column(Text(20))
    business_days: Mapped[bool]


class PolicyDocument(Keyed, Base):
    """A version of a document; it never changes: what was accepted can always be read again (S12, S77)."""

    __tablename__ = "policy_document"
    __table_args__ = (UniqueConstraint("kind", "version"),)

    kind: Mapped[PolicyDocumentKind] = mapped_column(choice(PolicyDocumentKind))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(Text(200))
    markdown: Mapped[str] = mapped_column(LongText)
    effective_at: Mapped[datetime]
