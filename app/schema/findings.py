"""Findings: what is wrong with an ad, as clients see it and as moderators write it."""

from typing import Any

import strawberry

from app.domain.findings import FindingKind
from app.domain.moderation.cases import Given
from app.execution.rows import Rowed
from app.execution.vocabulary import column
from app.schema.enums import enum
from app.schema.scalars import URL

enum(
    FindingKind,
    "FindingKind",
    "What a finding is about",
    LANGUAGE="How it is said",
    IMAGE="The image",
    CLAIM="What is claimed",
    LANDING="Where a click leads",
    PROHIBITED_PRODUCT="What is advertised",
    TECHNICAL="Something does not work as it should",
    OTHER="Something else",
)


@strawberry.type(description="Something that is wrong with an ad, with the very words")
class Finding(Rowed):
    kind: FindingKind = column(description="What it is about")
    rule_id: str = column(description="Rule of the ad policy")
    policy_url: URL = column(description="Where the rule can be read")
    field: str = column(description="Field of the ad, such as title or keywords.0")
    evidence: str | None = column(description="What was found, in the very words")
    explanation: str = column(description="What is wrong with it")
    fix: str | None = column(description="How to mend it")
    automatic: bool = column(description="Whether a rule found it by itself; else a moderator did")


@strawberry.input(description="Something that a moderator found")
class FindingInput:
    kind: FindingKind = strawberry.field(description="What it is about, as the rule says")
    rule_id: str = strawberry.field(description="Rule of the ad policy")
    field: str = strawberry.field(
        description="Field of the ad: title, headline, landing, image, bid, keywords or keywords.0; or of the Page: "
        "title, tagline, slug, template, logo, hero, products.0 or sections.0.text"
    )
    evidence: str | None = strawberry.field(
        default=strawberry.UNSET, description="What was found, in the very words, at most 500 characters"
    )
    explanation: str = strawberry.field(description="What is wrong with it, 1 to 1,000 characters")
    fix: str | None = strawberry.field(default=strawberry.UNSET, description="How to mend it, at most 1,000 characters")

    def plain(self) -> Given:
        return Given(self.kind, self.rule_id, self.field, self.explanation, self.evidence or None, self.fix or None)


def shown(findings: Any) -> list[Finding]:
    return [Finding(row=each) for each in findings]
