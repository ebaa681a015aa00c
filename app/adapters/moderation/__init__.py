"""The ad policy as a file of rules: the one that ships, or the installation's own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.domain.findings import FindingKind
from app.domain.moderation.rules import TOKEN, Check, Policy, Rule, Verdict

STANDARD = Path(__file__).parent / "standard.toml"
EXAMPLE = "https://shop.example/ad-policy"  # stands in until an installation has a policy of its own
WORDED = (Check.WORDS, Check.DISGUISED_WORDS)
FIELDS = {"title", "headline", "keywords", "product"}


def load(path: Path | None) -> Policy:
    """The policy of a file, without one that which ships. Raises ValueError that names the rule at fault."""
    file = path or STANDARD
    try:
        read = tomllib.loads(file.read_text("utf-8"))
        rules = tuple(_rule(each) for each in read["rules"])
        policy = Policy(int(read["version"]), (str(read["url"]) if path else EXAMPLE).rstrip("#"), rules)
    except (OSError, KeyError, TypeError, ValueError) as fault:
        raise ValueError(f"the ad policy {file}: {_said(fault)}") from fault
    if len(policy.by_id) < len(rules):
        raise ValueError(f"the ad policy {file}: two rules have the same id")
    return policy


def _said(fault: Exception) -> str:
    return f"{fault} is missing" if isinstance(fault, KeyError) else str(fault)


def _rule(told: Mapping[str, Any]) -> Rule:
    try:
        rule = Rule(
            id=told["id"],
            kind=FindingKind(told["kind"]),
            verdict=Verdict(told["verdict"]),
            check=Check(told["check"]),
            explanation=told["explanation"],
            fix=told["fix"],
            fields=tuple(told.get("fields", ())),
            words=tuple(told.get("words", ())),
            limits=told.get("limits", {}),
        )
    except ValueError as fault:
        raise ValueError(f"rule {told.get('id')}: {fault}") from None
    if rule.check in WORDED and not (rule.words and all(TOKEN.search(each) for each in rule.words)):
        raise ValueError(f"rule {rule.id} has no words")
    if rule.check is Check.REACHABLE and rule.verdict is Verdict.FAIL:
        raise ValueError(f"rule {rule.id}: a landing is asked for after the submission, too late to refuse it: WARN")
    if unknown := set(rule.fields) - FIELDS:
        raise ValueError(f"rule {rule.id} names unknown fields: {', '.join(sorted(unknown))}")
    return rule
