"""The life of a Page: its kinds and states, what is in the way of each step, and why it is not shown (S38, S42-S45)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from app.domain.accounts import AccountStatus, active_problem
from app.domain.errors import Conflict, Gate, GateNotMet, IllegalTransition, Problem
from app.domain.reasons import OF_ACCOUNT, ReasonCode, Told
from app.domain.states import Lifecycle

PRICE = 0  # micros: both kinds are free (S45)


class PageKind(Enum):
    """An UPGRADED one has other templates and widgets, and is found by search (S43, S44, I6)."""

    BASIC = "BASIC"
    UPGRADED = "UPGRADED"


class PageStatus(Enum):
    """What became of the draft; whether the public sees a Page is a fact beside it."""

    DRAFT = "DRAFT"
    IN_MODERATION = "IN_MODERATION"
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"
    UNPUBLISHED = "UNPUBLISHED"


_S = PageStatus
KIND = Lifecycle(
    "Page", next={PageKind.BASIC: frozenset({PageKind.UPGRADED}), PageKind.UPGRADED: frozenset[PageKind]()}
)
PAGE = Lifecycle(
    "Page",
    next={
        _S.DRAFT: frozenset({_S.IN_MODERATION}),
        _S.IN_MODERATION: frozenset(_S),  # a newer draft takes its place, or it is taken back
        _S.PUBLISHED: frozenset({_S.IN_MODERATION, _S.UNPUBLISHED}),
        _S.REJECTED: frozenset({_S.IN_MODERATION, _S.PUBLISHED, _S.UNPUBLISHED}),
        _S.UNPUBLISHED: frozenset({_S.IN_MODERATION, _S.PUBLISHED}),
    },
    instead={(state, _S.UNPUBLISHED): "brandPagePublish" for state in (_S.DRAFT, _S.UNPUBLISHED)},
)
"""What was approved once goes public again without another look: it is the very same (UNPUBLISHED > PUBLISHED)."""


@dataclass(frozen=True)
class PageFacts:
    """What the steps of a Page hang on.

    *is_public*: everybody sees its published snapshot. *was_public*: it has one. The draft may be the same as what is
    published (*is_approved*), or as what was handed in last (*is_handed_in*). *appealed*: that was looked at twice.
    """

    kind: PageKind
    status: PageStatus
    account: AccountStatus
    brand_approved: bool
    is_public: bool = False
    was_public: bool = False
    is_approved: bool = False
    is_handed_in: bool = False
    appealed: bool = False


def is_searchable(kind: PageKind, *, is_public: bool) -> bool:
    """Shoppers find an UPGRADED Page by its brand's name (S44)."""
    return is_public and kind is PageKind.UPGRADED


def published_as(page: PageFacts) -> PageStatus:
    """What publishing makes of a Page: content that was approved before is not looked at again."""
    return _S.PUBLISHED if page.is_approved else _S.IN_MODERATION


def unpublished_as(page: PageFacts) -> PageStatus:
    """What taking a Page back makes of it: one that was never public is a draft again."""
    return _S.UNPUBLISHED if page.was_public else _S.DRAFT


def upgraded_problem(kind: PageKind, *path: str, what: str) -> Problem | None:
    """Only an UPGRADED Page has *what* (I6)."""
    if kind is PageKind.UPGRADED:
        return None
    message = f"Only an UPGRADED Page has {what}. Upgrade it: that is free."
    return GateNotMet(message=message, path=path, gate=Gate.PAGE_UPGRADED, remedy_mutation="brandPageUpgrade")


def existing_problem(*, has_page: bool) -> Problem | None:
    """A brand has one Page (S42, I5)."""
    if not has_page:
        return None
    message = "The brand has a Page already: a brand has one. Change that one."
    return GateNotMet(
        message=message, path=("brandId",), gate=Gate.ONE_PAGE_PER_BRAND, remedy_mutation="brandPageUpdate"
    )


def update_problems(page: PageFacts) -> list[Problem]:
    return _some(active_problem(page.account, "id"))


def widget_problems(page: PageFacts) -> list[Problem]:
    return _some(active_problem(page.account, "id"), upgraded_problem(page.kind, "id", what="widgets"))


def upgrade_problems(page: PageFacts) -> list[Problem]:
    return _some(active_problem(page.account, "id"), KIND.problem(page.kind, PageKind.UPGRADED, "id"))


def publish_problems(page: PageFacts) -> list[Problem]:
    """Everything in the way of publishing but what the draft lacks, and what the policy says of it (S37)."""
    message = "The brand is not approved yet: its Page is shown once it is."
    brand = None if page.brand_approved else GateNotMet(message=message, path=("id",), gate=Gate.BRAND_APPROVED)
    return _some(active_problem(page.account, "id"), brand, _unchanged_problem(page))


def _unchanged_problem(page: PageFacts) -> Problem | None:
    """Why publishing the draft would change nothing: it is just that which is shown, reviewed, or was rejected."""
    if page.is_approved:
        said = "is published as it is" if page.status is _S.PUBLISHED else None
    elif page.is_handed_in:
        said = {_S.IN_MODERATION: "is being reviewed as it is", _S.REJECTED: "was not approved as it is"}.get(
            page.status
        )
    else:
        said = None
    if said is None:
        return PAGE.problem(page.status, published_as(page), "id")
    appeal = ", or appeal" if page.status is _S.REJECTED else ""
    return Conflict(message=f"The Page {said}: change it with `brandPageUpdate` first{appeal}.", path=("id",))


def unpublish_problems(page: PageFacts) -> list[Problem]:
    """Only what is public, or on its way there, can be taken back."""
    if page.is_public or page.status is _S.IN_MODERATION:
        return _some(PAGE.problem(page.status, unpublished_as(page), "id"))
    return [
        IllegalTransition(
            message=f"The Page is {page.status.value} and not public: there is nothing to take back.",
            path=("id",),
            state=page.status.value,
            attempted=_S.UNPUBLISHED.value,
            allowed=tuple(sorted(each.value for each in PAGE.next[page.status] - {_S.UNPUBLISHED})),
            instead_use="brandPagePublish",
        )
    ]


def appeal_problems(page: PageFacts) -> list[Problem]:
    """Only a rejection can be appealed, once; the way out after that is another draft (S56)."""
    if page.status is _S.REJECTED and not page.appealed:
        return []
    is_rejected = page.status is _S.REJECTED
    said = "An appeal was made already" if is_rejected else f"The Page is {page.status.value}: it was not rejected"
    return [
        IllegalTransition(
            message=f"{said}.",
            path=("id",),
            state=page.status.value,
            attempted="APPEALED",
            allowed=(),
            instead_use="brandPageUpdate" if is_rejected else "brandPagePublish",
        )
    ]


STEPS = {
    "update": update_problems,
    "set_widget": widget_problems,
    "upgrade": upgrade_problems,
    "publish": publish_problems,
    "unpublish": unpublish_problems,
    "appeal": appeal_problems,
}
"""What is in the way of each step: what mutations refuse, and permissions say beforehand."""


def reasons(page: PageFacts) -> list[ReasonCode]:
    """Why the public does not see the Page, or not its draft; empty when it is shown as it is."""
    found = [] if page.account is AccountStatus.PAYMENT_HOLD else [OF_ACCOUNT.get(page.account)]
    found.append(None if page.brand_approved else ReasonCode.BRAND_NOT_APPROVED)
    found.append(_OF_STATUS.get(page.status))
    return [each for each in found if each is not None]


def told(code: ReasonCode, *, is_public: bool) -> Told:
    """What a reason means here: of a Page that is public it is the newer draft that is not."""
    return _WHILE_PUBLIC.get(code, REASONS[code]) if is_public else REASONS[code]


_OF_STATUS = {
    _S.DRAFT: ReasonCode.NOT_SUBMITTED,
    _S.IN_MODERATION: ReasonCode.IN_MODERATION,
    _S.REJECTED: ReasonCode.REJECTED,
    _S.UNPUBLISHED: ReasonCode.PAGE_NOT_PUBLISHED,
}
REASONS: Mapping[ReasonCode, Told] = {
    ReasonCode.ACCOUNT_CLOSED: Told("The account is closed"),
    ReasonCode.ACCOUNT_SUSPENDED: Told("The account is suspended", remedy="Contact support"),
    ReasonCode.BRAND_NOT_APPROVED: Told("The brand is not approved yet", remedy="Wait for its review"),
    ReasonCode.NOT_SUBMITTED: Told("The Page is a draft", remedy="Publish it", remedy_mutation="brandPagePublish"),
    ReasonCode.IN_MODERATION: Told("The Page is being reviewed"),
    ReasonCode.REJECTED: Told(
        "The Page was not approved",
        remedy="Mend what was found and publish it again, or appeal",
        remedy_mutation="brandPageUpdate",
    ),
    ReasonCode.PAGE_NOT_PUBLISHED: Told(
        "The Page was taken back", remedy="Publish it again", remedy_mutation="brandPagePublish"
    ),
}
_WHILE_PUBLIC: Mapping[ReasonCode, Told] = {
    ReasonCode.IN_MODERATION: Told("Its changes are being reviewed; until then the earlier version is shown"),
    ReasonCode.REJECTED: Told(
        "Its changes were not approved; the earlier version is shown",
        remedy="Mend what was found and publish it again, or appeal",
        remedy_mutation="brandPageUpdate",
    ),
}


def _some(*problems: Problem | None) -> list[Problem]:
    return [each for each in problems if each is not None]
