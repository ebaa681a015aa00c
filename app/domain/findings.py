"""What is wrong with an ad in the eyes of the ad policy: found by a rule or by a moderator, with the very words."""

from dataclasses import dataclass
from enum import Enum


class FindingKind(Enum):
    LANGUAGE = "LANGUAGE"
    IMAGE = "IMAGE"
    CLAIM = "CLAIM"
    LANDING = "LANDING"
    PROHIBITED_PRODUCT = "PROHIBITED_PRODUCT"
    TECHNICAL = "TECHNICAL"
    OTHER = "OTHER"


@dataclass(frozen=True)
class Finding:
    """One finding; `field` names what of the ad it is about, `evidence` quotes it, `fix` says how to mend it."""

    kind: FindingKind
    rule_id: str
    policy_url: str
    field: str
    explanation: str
    evidence: str | None = None
    fix: str | None = None
    automatic: bool = False
