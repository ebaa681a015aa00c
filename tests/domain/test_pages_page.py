"""The life of a Page: every step legal and illegal, what is in its way, and what the public sees meanwhile."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.domain.accounts import AccountStatus
from app.domain.errors import Conflict, GateNotMet, IllegalTransition
from app.domain.pages.page import (
    KIND,
    PAGE,
    PRICE,
    REASONS,
    STEPS,
    PageFacts,
    PageKind,
    PageStatus,
    existing_problem,
    is_searchable,
    published_as,
    reasons,
    told,
    unpublished_as,
    upgraded_problem,
)
from app.domain.reasons import ReasonCode

DRAFT, IN_MODERATION, PUBLISHED, REJECTED, UNPUBLISHED = PageStatus
BASIC, UPGRADED = PageKind
FOLLOWS = {
    DRAFT: {IN_MODERATION},
    IN_MODERATION: set(PageStatus),
    PUBLISHED: {IN_MODERATION, UNPUBLISHED},
    REJECTED: {IN_MODERATION, PUBLISHED, UNPUBLISHED},
    UNPUBLISHED: {IN_MODERATION, PUBLISHED},
}
NEW = PageFacts(UPGRADED, DRAFT, AccountStatus.ACTIVE, brand_approved=True)
SHOWN = replace(NEW, status=PUBLISHED, is_public=True, was_public=True)
CLOSED = (AccountStatus.SUSPENDED, AccountStatus.CLOSED)


def said(step, page):
    """The kinds of what is in the way of a step."""
    found = STEPS[step](page)
    return [each.gate.value if isinstance(each, GateNotMet) else type(each).__name__ for each in found]


@pytest.mark.parametrize(("state", "to"), list(product(PageStatus, repeat=2)))
def test_a_page_takes_exactly_the_steps_there_are(state, to):  # S38
    problem = PAGE.problem(state, to, "id")

    assert (problem is None) is (to in FOLLOWS[state])
    assert problem is None or problem.allowed == tuple(sorted(each.value for each in FOLLOWS[state]))


@pytest.mark.parametrize(("state", "to"), list(product(PageKind, repeat=2)))
def test_a_page_is_upgraded_once_and_for_good(state, to):  # S43
    assert (KIND.problem(state, to) is None) is ((state, to) == (BASIC, UPGRADED))


def test_both_kinds_are_free():  # S45
    assert PRICE == 0


def test_a_brand_has_one_page():  # S42, I5
    assert existing_problem(has_page=False) is None
    problem = existing_problem(has_page=True)
    assert (problem.gate.value, problem.remedy_mutation) == ("ONE_PAGE_PER_BRAND", "brandPageUpdate")


def test_what_an_upgraded_page_alone_has_names_the_way_there():  # I6
    assert upgraded_problem(UPGRADED, "id", what="widgets") is None
    problem = upgraded_problem(BASIC, "template", what="widgets")
    assert (problem.gate.value, problem.path, problem.remedy_mutation) == (
        "PAGE_UPGRADED",
        ("template",),
        "brandPageUpgrade",
    )


@pytest.mark.parametrize(("kind", "is_public"), list(product(PageKind, (True, False))))
def test_shoppers_find_what_is_public_and_upgraded_alone(kind, is_public):  # S44, I6
    assert is_searchable(kind, is_public=is_public) is (kind is UPGRADED and is_public)


@pytest.mark.parametrize("account", AccountStatus)
@pytest.mark.parametrize("step", STEPS)
def test_nothing_new_is_done_in_an_account_that_is_suspended_or_closed(step, account):
    stopped = "ACCOUNT_ACTIVE" in said(step, replace(NEW, account=account))

    assert stopped is (account in CLOSED and step not in ("unpublish", "appeal"))  # which take something back


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (NEW, []),
        (replace(NEW, brand_approved=False), ["BRAND_APPROVED"]),
        (replace(NEW, account=AccountStatus.PAYMENT_HOLD), []),
        (SHOWN, []),
        (replace(SHOWN, is_approved=True), ["Conflict"]),
        (replace(SHOWN, status=UNPUBLISHED, is_public=False, is_approved=True), []),
        (replace(NEW, status=IN_MODERATION), []),
        (replace(NEW, status=IN_MODERATION, is_handed_in=True), ["Conflict"]),
        (replace(SHOWN, status=IN_MODERATION, is_approved=True), []),
        (replace(NEW, status=REJECTED, is_handed_in=True), ["Conflict"]),
        (replace(NEW, status=REJECTED), []),
        (replace(SHOWN, status=REJECTED, is_approved=True), []),
        (replace(NEW, is_handed_in=True), []),  # taken out of its review, and handed in again
    ],
)
def test_publishing_wants_an_approved_brand_and_something_new(page, found):  # S37, S38
    assert said("publish", page) == found


def test_what_was_rejected_as_it_is_may_be_appealed_or_changed():
    (problem,) = STEPS["publish"](replace(NEW, status=REJECTED, is_handed_in=True))

    assert isinstance(problem, Conflict)
    assert "brandPageUpdate" in problem.message
    assert "appeal" in problem.message


@pytest.mark.parametrize(
    ("page", "to"),
    [(NEW, IN_MODERATION), (SHOWN, IN_MODERATION), (replace(SHOWN, status=UNPUBLISHED, is_approved=True), PUBLISHED)],
)
def test_only_what_was_approved_before_goes_public_without_another_look(page, to):
    assert published_as(page) is to


@pytest.mark.parametrize(
    ("page", "to"),
    [
        (SHOWN, UNPUBLISHED),
        (replace(SHOWN, status=IN_MODERATION), UNPUBLISHED),
        (replace(SHOWN, status=REJECTED), UNPUBLISHED),
        (replace(NEW, status=IN_MODERATION), DRAFT),
        (replace(SHOWN, status=IN_MODERATION, is_public=False), UNPUBLISHED),
    ],
)
def test_what_is_public_or_being_reviewed_can_be_taken_back(page, to):
    assert (said("unpublish", page), unpublished_as(page)) == ([], to)


@pytest.mark.parametrize(
    ("page", "allowed"),
    [
        (NEW, ("IN_MODERATION",)),
        (replace(NEW, status=REJECTED), ("IN_MODERATION", "PUBLISHED")),
        (replace(SHOWN, status=UNPUBLISHED, is_public=False), ("IN_MODERATION", "PUBLISHED")),
    ],
)
def test_what_nobody_sees_cannot_be_taken_back(page, allowed):
    (problem,) = STEPS["unpublish"](page)

    assert isinstance(problem, IllegalTransition)
    assert (problem.allowed, problem.instead_use) == (allowed, "brandPagePublish")


@pytest.mark.parametrize("kind", PageKind)
def test_widgets_take_an_upgraded_page(kind):  # S44, I6
    assert said("set_widget", replace(NEW, kind=kind)) == ([] if kind is UPGRADED else ["PAGE_UPGRADED"])
    assert said("upgrade", replace(NEW, kind=kind)) == ([] if kind is BASIC else ["IllegalTransition"])


@pytest.mark.parametrize("status", PageStatus)
@pytest.mark.parametrize("appealed", [True, False])
def test_a_rejection_alone_is_appealed_and_once(status, appealed):  # S56
    found = STEPS["appeal"](replace(NEW, status=status, appealed=appealed))

    assert (found == []) is (status is REJECTED and not appealed)
    assert [each.instead_use for each in found] == (
        [] if not found else ["brandPageUpdate" if status is REJECTED else "brandPagePublish"]
    )


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        (SHOWN, []),
        (NEW, ["NOT_SUBMITTED"]),
        (replace(NEW, status=UNPUBLISHED), ["PAGE_NOT_PUBLISHED"]),
        (replace(NEW, status=REJECTED, brand_approved=False), ["BRAND_NOT_APPROVED", "REJECTED"]),
        (replace(SHOWN, account=AccountStatus.SUSPENDED), ["ACCOUNT_SUSPENDED"]),
        (replace(SHOWN, account=AccountStatus.PAYMENT_HOLD), []),
        (replace(NEW, status=IN_MODERATION, account=AccountStatus.CLOSED), ["ACCOUNT_CLOSED", "IN_MODERATION"]),
    ],
)
def test_a_page_says_why_it_is_not_shown(page, codes):
    assert [each.value for each in reasons(page)] == codes
    assert set(reasons(page)) <= set(REASONS)


def test_of_a_public_page_it_is_the_newer_draft_that_is_not_shown():
    for code in (ReasonCode.IN_MODERATION, ReasonCode.REJECTED):
        assert "earlier version" in told(code, is_public=True).message
        assert "earlier version" not in told(code, is_public=False).message
    assert told(ReasonCode.REJECTED, is_public=True).remedy_mutation == "brandPageUpdate"


class Life(RuleBasedStateMachine):
    """A Page under every order of its owner's and the moderators' steps; contents are numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.page, self.draft, self.submitted, self.published = replace(NEW, kind=BASIC), 1, None, None

    def facts(self) -> PageFacts:
        drafted = {"is_approved": self.draft == self.published, "is_handed_in": self.draft == self.submitted}
        return replace(self.page, was_public=self.published is not None, **drafted)

    def allowed(self, step: str) -> bool:
        return not STEPS[step](self.facts())

    def move(self, to: PageStatus, **more: bool) -> None:
        self.page = replace(self.page, status=PAGE.advance(self.page.status, to), **more)

    @rule(content=st.integers(1, 3))
    def change(self, content: int) -> None:
        self.draft = content

    @precondition(lambda self: self.allowed("upgrade"))
    @rule()
    def upgrade(self) -> None:
        self.page = replace(self.page, kind=KIND.advance(self.page.kind, UPGRADED))

    @precondition(lambda self: self.allowed("publish"))
    @rule()
    def publish(self) -> None:
        to = published_as(self.facts())
        self.submitted = self.draft if to is IN_MODERATION else self.submitted
        self.move(to, is_public=self.page.is_public or to is PUBLISHED)

    @precondition(lambda self: self.allowed("unpublish"))
    @rule()
    def unpublish(self) -> None:
        self.move(unpublished_as(self.facts()), is_public=False)

    @precondition(lambda self: self.page.status is IN_MODERATION)
    @rule(approves=st.booleans())
    def decide(self, approves: bool) -> None:
        self.published = self.submitted if approves else self.published
        self.move(PUBLISHED if approves else REJECTED, is_public=approves or self.page.is_public)

    @precondition(lambda self: self.allowed("appeal"))
    @rule()
    def win_an_appeal(self) -> None:
        self.published = self.submitted
        self.move(PUBLISHED, is_public=True)

    @invariant()
    def what_is_public_was_approved_and_a_draft_is_not(self) -> None:
        if self.page.is_public:
            assert self.published is not None
            assert self.page.status in (PUBLISHED, IN_MODERATION, REJECTED)
        assert self.page.is_public or self.page.status is not PUBLISHED

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        self_same = self.draft in (self.submitted, self.published)
        assert self_same or self.allowed("publish")


TestLife = Life.TestCase
