"""What tests hand in and decide: the documents of moderation, and the steps to a case in each state."""

from dataclasses import dataclass
from typing import Any

from tests.conftest import Api
from tests.people import DRAFT_AD, EDITOR, MODERATOR, SECOND, TENT_AD, Person

ERRORS = """userErrors { __typename code message path
  ... on IllegalTransition { from attempted allowed insteadUse } ... on GateNotMet { gate }
  ... on InvalidInput { constraint } ... on StaleVersion { currentVersion }
  ... on PolicyViolation { findings { ruleId field evidence explanation fix } } }"""
CASE = """id status submittedAt dueAt overdue queuePosition appealMessage decidedAt policyVersion version
  findings { kind ruleId policyUrl field evidence explanation fix automatic }"""
STATE = "reviewStatus effectiveStatus systemStop statusReasons { code remedyMutation }"
SUBMIT = f"""mutation ($id: ID!, $version: Int) {{ adSubmit(input: {{id: $id, expectedVersion: $version}}) {{
  ad {{ id submittedAt version {STATE} moderation {{ id }} }} moderationCase {{ {CASE} }} seq {ERRORS} }} }}"""
APPEAL = f"""mutation ($id: ID!, $message: String!) {{ adAppeal(input: {{id: $id, message: $message}}) {{
  moderationCase {{ {CASE} subject {{ ... on Ad {{ {STATE} }} }} }} seq {ERRORS} }} }}"""
STEP = f"""mutation ($id: ID!) {{ %s(input: {{id: $id}}) {{
  moderationCase {{ {CASE} claimedBy {{ name }} }} seq {ERRORS} }} }}"""
CLAIM, RELEASE = STEP % "moderationClaim", STEP % "moderationRelease"
DECIDE = f"""mutation ($input: ModerationDecideInput!) {{ moderationDecide(input: $input) {{
  moderationCase {{ {CASE} decidedBy {{ name }} subject {{ ... on Ad {{ id {STATE} }} }} }} seq {ERRORS} }} }}"""
STOP = f"mutation ($input: AdStopInput!) {{ adStop(input: $input) {{ ad {{ {STATE} stoppedAt }} seq {ERRORS} }} }}"
CLAIMS = {
    "kind": "CLAIM",
    "ruleId": "CLAIM-1",
    "field": "headline",
    "evidence": "along",
    "explanation": "Nobody can check it.",
    "fix": "Leave it out.",
}
TABLES = ("ad", "campaign", "moderation_case", "case_finding", "change", "email_message", "job")


@dataclass
class Shop:
    """A shop whose pages have one fault, or none."""

    said: str | None
    asked: list[str]

    async def fault(self, url: str) -> str | None:
        self.asked.append(url)
        return self.said


def submit(api: Api, id: str = DRAFT_AD, who: Person = EDITOR, version: int | None = None) -> dict[str, Any]:
    return api(SUBMIT, as_=who, id=id, version=version).data["adSubmit"]


def queued(api: Api, id: str = DRAFT_AD) -> str:
    """The id of a case that waits."""
    return submit(api, id)["moderationCase"]["id"]


def claim(api: Api, case: str, who: Person = MODERATOR) -> dict[str, Any]:
    return api(CLAIM, as_=who, id=case).data["moderationClaim"]


def release(api: Api, case: str, who: Person = MODERATOR) -> dict[str, Any]:
    return api(RELEASE, as_=who, id=case).data["moderationRelease"]


def claimed(api: Api, who: Person = MODERATOR) -> str:
    """The id of a case that a moderator looks at."""
    case = queued(api)
    claim(api, case, who)
    return case


def decide(api: Api, case: str, decision: str = "APPROVE", who: Person = MODERATOR, **more: Any) -> dict[str, Any]:
    findings = [CLAIMS] if decision == "REJECT" else []
    sent = {"id": case, "decision": decision, "findings": findings, **more}
    return api(DECIDE, as_=who, input=sent).data["moderationDecide"]


def decided(api: Api, decision: str = "APPROVE", who: Person = MODERATOR) -> str:
    """The id of a case that was decided."""
    case = claimed(api, who)
    decide(api, case, decision, who)
    return case


def appeal(api: Api, id: str = DRAFT_AD, message: str = "Look again.", who: Person = EDITOR) -> dict[str, Any]:
    return api(APPEAL, as_=who, id=id, message=message).data["adAppeal"]


def stop(api: Api, id: str = TENT_AD, who: Person = MODERATOR, **more: Any) -> dict[str, Any]:
    return api(STOP, as_=who, input={"id": id, "reason": "Recalled.", "findings": [CLAIMS], **more}).data["adStop"]


def in_state(api: Api, state: str) -> str:
    """The id of a case of DRAFT_AD in a state; it was rejected by MODERATOR where it was, claimed by SECOND after."""
    if state == "QUEUED":
        return queued(api)
    if state == "CLAIMED":
        return claimed(api)
    case = decided(api, "APPROVE" if state == "APPROVED" else "REJECT")
    if state in ("APPEALED", "CLAIMED AGAIN", "REJECTED AGAIN", "APPROVED AFTER ALL"):
        appeal(api)
    if state in ("CLAIMED AGAIN", "REJECTED AGAIN", "APPROVED AFTER ALL"):
        claim(api, case, SECOND)
    if state in ("REJECTED AGAIN", "APPROVED AFTER ALL"):
        decide(api, case, "REJECT" if state == "REJECTED AGAIN" else "APPROVE", SECOND)
    return case


def world(api: Api) -> list[Any]:
    """Everything that moderation would change."""
    return api.kept(*TABLES)


def refusals(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((error["code"], ".".join(error["path"])) for error in answer["userErrors"])
