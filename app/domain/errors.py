"""The refusals a rule may give: typed problems, each with a code, a path and the way out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from app.domain.findings import Finding


class Code(Enum):
    """Part of the contract: clients branch on it."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    STALE_VERSION = "STALE_VERSION"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    LIMIT = "LIMIT"
    POLICY = "POLICY"
    PAYMENT = "PAYMENT"
    GATE = "GATE"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"


class Gate(Enum):
    """A condition that must hold first."""

    TERMS_ACCEPTED = "TERMS_ACCEPTED"
    PERSONAL_DETAILS = "PERSONAL_DETAILS"
    BRAND_DETAILS = "BRAND_DETAILS"
    BRAND_CONTACT = "BRAND_CONTACT"
    VENDOR_CODE = "VENDOR_CODE"
    REPLACEMENT_NOTICE = "REPLACEMENT_NOTICE"
    LOGIN_PROVED = "LOGIN_PROVED"
    SECONDARY_CONTACT = "SECONDARY_CONTACT"
    INFO_PROVIDED = "INFO_PROVIDED"
    NOT_OWN_ACCOUNT = "NOT_OWN_ACCOUNT"
    BRAND_APPROVED = "BRAND_APPROVED"
    EMAIL_VERIFIED = "EMAIL_VERIFIED"
    ACCOUNT_ACTIVE = "ACCOUNT_ACTIVE"
    SECOND_LOOK = "SECOND_LOOK"
    PAGE_UPGRADED = "PAGE_UPGRADED"
    ONE_PAGE_PER_BRAND = "ONE_PAGE_PER_BRAND"
    BALANCE_PAID = "BALANCE_PAID"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One reason of a refusal; `path` names the input field it is about, outermost first."""

    code: ClassVar[Code]
    message: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InvalidInput(Problem):
    """A value the field cannot take; `constraint` is the limit, machine-readable."""

    code: ClassVar[Code] = Code.INVALID
    constraint: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotFound(Problem):
    """Absent, or hidden from this caller: the answer is the same."""

    code: ClassVar[Code] = Code.NOT_FOUND


@dataclass(frozen=True, kw_only=True)
class Conflict(Problem):
    """Taken already, or undone because another part of the operation was refused."""

    code: ClassVar[Code] = Code.CONFLICT


@dataclass(frozen=True, kw_only=True)
class LimitExceeded(Problem):
    """Too many, or too often; `retry_at` where waiting helps."""

    code: ClassVar[Code] = Code.LIMIT
    limit: int
    retry_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class IllegalTransition(Problem):
    """The state allows other steps; `instead_use` names the mutation that helps."""

    code: ClassVar[Code] = Code.ILLEGAL_TRANSITION
    state: str
    attempted: str
    allowed: tuple[str, ...]
    instead_use: str | None = None


@dataclass(frozen=True, kw_only=True)
class StaleVersion(Problem):
    """The object changed since the caller read it."""

    code: ClassVar[Code] = Code.STALE_VERSION
    current_version: int


@dataclass(frozen=True, kw_only=True)
class GateNotMet(Problem):
    """Something else has to happen first; `remedy_mutation` does it."""

    code: ClassVar[Code] = Code.GATE
    gate: Gate
    remedy_mutation: str | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyViolation(Problem):
    """Against the ad policy; each finding quotes what, and says how to mend it."""

    code: ClassVar[Code] = Code.POLICY
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class AccessDenied(Problem):
    """The object is visible to the caller, who holds too low a level for this; levels by name."""

    code: ClassVar[Code] = Code.FORBIDDEN
    required: str
    have: str | None = None


@dataclass(frozen=True, kw_only=True)
class IdempotencyMismatch(Problem):
    """The key was used for another field or other input."""

    code: ClassVar[Code] = Code.IDEMPOTENCY_MISMATCH
    key: str


def written(problem: Problem) -> dict[str, Any]:
    """A problem whose values are plain, as JSON keeps it."""
    return {"kind": type(problem).__name__, **vars(problem)}


def read(kept: Mapping[str, Any]) -> Problem:
    """The problem that was written."""
    kinds = {each.__name__: each for each in Problem.__subclasses__()}
    values = {name: value for name, value in kept.items() if name != "kind"}
    return kinds[kept["kind"]](**{**values, "path": tuple(values["path"])})


class Refusal(Exception):
    """An expected "no" with every reason at once; it never becomes a fault."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    def under(self, *path: str) -> list[Problem]:
        """The problems of an item of a list: *path* leads to it."""
        return [replace(problem, path=(*path, *problem.path)) for problem in self.problems]


@dataclass
class Findings:
    """Collects the problems of an input, so that every invalid field is reported at once."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, *problems: Problem | None) -> None:
        self.problems.extend(problem for problem in problems if problem is not None)

    def invalid(self, message: str, *path: str, constraint: str | None = None) -> None:
        self.add(InvalidInput(message=message, path=path, constraint=constraint))

    def beneath(self, found: "Findings", *path: str) -> None:
        """Take over what was found of an input's field that has fields of its own."""
        self.problems.extend(replace(problem, path=(*path, *problem.path)) for problem in found.problems)

    def settle(self) -> None:
        """Raise what was found as one Refusal; nothing found passes."""
        if self.problems:
            raise Refusal(*self.problems)
