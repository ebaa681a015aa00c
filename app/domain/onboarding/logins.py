"""The proof of a login that a path asks for (S5): when it may begin, and where it still counts."""

from collections.abc import Collection, Iterator

from app.domain.errors import InvalidInput, Problem
from app.domain.onboarding.paths import PATHS
from app.domain.onboarding.registration import EDITABLE, Facts, RegistrationStatus, update_problems


def begin_problems(facts: Facts, offered: Collection[str]) -> Iterator[Problem]:
    """*offered* are the names of the paths whose identity provider is set up."""
    yield from update_problems(facts)
    if not PATHS[facts.path].login:
        message = "This path has no login to prove: go on with `registrationUpdate` and `registrationSubmit`."
        yield InvalidInput(message=message, path=("id",), constraint="a path with a login")
    elif facts.path.value not in offered:
        known = ", ".join(sorted(offered)) or "none"
        message = (
            f"Logins of {facts.path.value} are not set up here (ENDCAP_LOGIN_{facts.path.value}): ask the operator, "
            f"or begin another registration with `registrationCreate`. Set up: {known}."
        )
        yield InvalidInput(message=message, path=("id",), constraint=known)


def takes_proof(status: RegistrationStatus) -> bool:
    """A login proves a registration while its applicant may change it (S16)."""
    return status in EDITABLE
