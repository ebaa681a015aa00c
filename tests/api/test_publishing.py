"""Pages on their way to the public: snapshots, the review of each, appeals, and what everybody sees meanwhile."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.moderating import appeal as appeal_of_ad
from tests.moderating import claim, decide, refusals
from tests.paging import FOUND, TEXT, create, decided, drafted, handed_in, page, published, seen, wish, world
from tests.people import BOTH, EDITOR, FEED, MODERATOR, OUTSIDER, OWNER, SECOND, STRANGER, TENT, gid

CASE = """query ($id: ID!) { node(id: $id) { ... on ModerationCase { status dueAt findings { ruleId field automatic }
  subject { __typename ... on BrandPage { id slug status draft { title } } }
  pageContent { title tagline sections { text } } } } }"""
QUEUE = """query ($subject: [ModerationSubjectKind!]) { moderationQueue(first: 9, filter: {subject: $subject}) {
  nodes { status subject { __typename } } } }"""


def test_the_public_sees_a_page_once_it_is_approved(api: Api):  # S38, S56
    id = drafted(api)
    case = handed_in(api, id)
    assert (page(api, id)["status"], seen(api)) == ("IN_MODERATION", None)
    claim(api, case)
    decide(api, case)

    shown = page(api, id)
    assert (shown["status"], shown["public"], shown["statusReasons"]) == ("PUBLISHED", True, [])
    assert (shown["hasUnpublishedChanges"], shown["publishedAt"]) == (False, "2026-11-20T12:00:00Z")
    assert seen(api)["published"] == shown["draft"]


def test_what_is_changed_is_not_seen_before_it_is_approved(api: Api):  # S38
    id = published(api)
    wish(api, "Update", id=id, title="Newer", sections=[], productIds=[TENT])
    assert (page(api, id)["hasUnpublishedChanges"], seen(api)["published"]["title"]) == (True, "Northpeak")

    case = handed_in(api, id)
    assert (page(api, id)["status"], page(api, id)["public"]) == ("IN_MODERATION", True)
    assert (seen(api)["published"]["title"], len(seen(api)["published"]["sections"])) == ("Northpeak", 1)
    claim(api, case)
    decide(api, case)
    assert (seen(api)["published"]["title"], seen(api)["published"]["sections"]) == ("Newer", [])


def test_what_is_changed_after_it_was_handed_in_is_not_what_is_approved(api: Api):
    id = drafted(api)
    case = handed_in(api, id)
    wish(api, "Update", id=id, title="Later")
    claim(api, case)
    decide(api, case)

    assert (seen(api)["published"]["title"], page(api, id)["draft"]["title"]) == ("Northpeak", "Later")
    assert page(api, id)["hasUnpublishedChanges"] is True


def test_moderators_see_the_snapshot_and_not_the_draft(api: Api):
    id = drafted(api)
    case = handed_in(api, id)
    wish(api, "Update", id=id, title="Secret")
    answer = api(CASE, as_=MODERATOR, id=case)

    subject = {"__typename": "BrandPage", "id": id, "slug": "northpeak", "status": "IN_MODERATION", "draft": None}
    assert answer.data["node"]["subject"] == subject
    assert answer.data["node"]["pageContent"]["title"] == "Northpeak"
    assert answer.codes == ["FORBIDDEN"]


def test_pages_wait_in_the_same_queue_as_ads(api: Api):  # S57
    handed_in(api, drafted(api))
    page_, nobody = {"status": "QUEUED", "subject": {"__typename": "BrandPage"}}, []

    for subject, found in (
        (None, [page_]),
        (["BRAND_PAGE"], [page_]),
        (["AD"], nobody),
        (["AD", "BRAND_PAGE"], [page_]),
    ):
        assert api(QUEUE, as_=MODERATOR, subject=subject).data["moderationQueue"]["nodes"] == found


def test_what_the_policy_forbids_is_not_handed_in(api: Api):  # S56
    id = drafted(api, sections=[{**TEXT, "text": "Holy shit"}])
    before = world(api)
    (error,) = wish(api, "Publish", id=id)["userErrors"]

    (found,) = error["findings"]
    assert (found["ruleId"], found["field"], found["evidence"]) == ("LANGUAGE-1", "sections.0.text", "shit")
    assert world(api) == before


def test_what_the_policy_warns_of_stands_beside_the_case(api: Api):
    case = handed_in(api, drafted(api, tagline="The best of all"))

    found = api(CASE, as_=MODERATOR, id=case).data["node"]
    assert found["findings"] == [{"ruleId": "CLAIM-1", "field": "tagline", "automatic": True}]
    assert found["dueAt"] == "2026-11-23T12:00:00Z"


def test_an_empty_page_is_not_published(api: Api):
    id = create(api)["page"]["id"]
    before = world(api)

    assert refusals(wish(api, "Publish", id=id)) == [("INVALID", "id")]
    assert world(api) == before


def test_a_page_is_published_at_the_version_that_was_read(api: Api):
    id = drafted(api)
    before = world(api)

    assert refusals(wish(api, "Publish", id=id, expectedVersion=1)) == [("STALE_VERSION", "expectedVersion")]
    assert world(api) == before
    assert wish(api, "Publish", id=id, expectedVersion=2)["userErrors"] == []


@pytest.mark.parametrize("state", ["IN_MODERATION", "REJECTED", "PUBLISHED"])
def test_publishing_again_takes_something_new(api: Api, state):
    id = drafted(api)
    if state == "IN_MODERATION":
        handed_in(api, id)
    else:
        decided(api, id, "REJECT" if state == "REJECTED" else "APPROVE")
    before = world(api)

    assert refusals(wish(api, "Publish", id=id)) == [("CONFLICT", "id")]
    assert world(api) == before
    wish(api, "Update", id=id, title="Newer")
    assert wish(api, "Publish", id=id)["page"]["status"] == "IN_MODERATION"


def test_a_newer_draft_takes_the_place_of_the_one_that_is_reviewed(api: Api):
    id = drafted(api)
    older = handed_in(api, id)
    claim(api, older)
    wish(api, "Update", id=id, title="Newer")
    newer = handed_in(api, id)
    before = world(api)

    (error,) = decide(api, older)["userErrors"]
    assert (error["code"], error["from"], error["allowed"]) == ("ILLEGAL_TRANSITION", "WITHDRAWN", [])
    assert world(api) == before
    claim(api, newer)
    decide(api, newer)
    assert seen(api)["published"]["title"] == "Newer"


def test_a_rejection_keeps_what_was_public_and_names_what_helps(api: Api):  # S56
    id = published(api)
    wish(api, "Update", id=id, title="Newer")
    decided(api, id, "REJECT")

    found = page(api, id)
    assert (found["status"], found["public"], seen(api)["published"]["title"]) == ("REJECTED", True, "Northpeak")
    (reason,) = found["statusReasons"]
    assert (reason["code"], reason["remedyMutation"]) == ("REJECTED", "brandPageUpdate")


def test_a_page_that_was_never_approved_is_not_seen_after_a_rejection(api: Api):
    id = drafted(api)
    decided(api, id, "REJECT")

    assert (page(api, id)["status"], page(api, id)["public"], seen(api)) == ("REJECTED", False, None)


def words(letter: Any) -> str:
    return " ".join(letter.text.split())


def test_who_handed_a_page_in_and_the_admins_are_told(api: Api):  # S24, S56
    id = drafted(api)
    decided(api, id, "REJECT")
    (letter,) = api.mail(EDITOR.email)
    assert (letter.subject, api.mail(OWNER.email)[0].subject) == ("Northpeak: not approved",) * 2
    assert "the Page of Northpeak is not approved" in words(letter)
    assert 'tagline, "long": Nobody can check it. Leave it out.' in words(letter)

    wish(api, "Update", id=id, tagline="Other")
    api.clock.pass_(hours=1)
    decided(api, id)
    assert "everybody sees it now" in words(api.mail(EDITOR.email)[0])


def test_a_rejection_is_appealed_once_and_another_moderator_decides(api: Api):  # S56
    id = drafted(api)
    case = decided(api, id, "REJECT")
    assert wish(api, "Appeal", id=id, message="Look again.")["userErrors"] == []
    before = world(api)
    (error,) = claim(api, case)["userErrors"]
    assert (error["gate"], refusals(wish(api, "Appeal", id=id, message="Again."))) == (
        "SECOND_LOOK",
        [("ILLEGAL_TRANSITION", "id")],
    )
    assert world(api) == before

    claim(api, case, SECOND)
    decide(api, case, "APPROVE", SECOND)
    assert (page(api, id)["status"], seen(api)["published"]["title"]) == ("PUBLISHED", "Northpeak")


def test_an_appeal_that_fails_leaves_it_rejected(api: Api):
    id = drafted(api)
    case = decided(api, id, "REJECT")
    wish(api, "Appeal", id=id, message="Look again.")
    api.clock.pass_(hours=1)
    claim(api, case, SECOND)
    assert decide(api, case, "REJECT", SECOND, findings=[FOUND])["userErrors"] == []

    assert (page(api, id)["status"], page(api, id)["permissions"]["appeal"]["allowed"]) == ("REJECTED", False)
    assert "came to the same result" in words(api.mail(EDITOR.email)[0])


@pytest.mark.parametrize("message", ["", " ", "x" * 1001])
def test_an_appeal_says_why(api: Api, message):
    id = drafted(api)
    decided(api, id, "REJECT")
    before = world(api)

    assert refusals(wish(api, "Appeal", id=id, message=message)) == [("INVALID", "message")]
    assert world(api) == before


def test_only_a_rejection_is_appealed(api: Api):
    id = published(api)
    before = world(api)

    assert refusals(wish(api, "Appeal", id=id, message="Why not")) == [("ILLEGAL_TRANSITION", "id")]
    assert refusals(appeal_of_ad(api, gid("Ad", "tent-ad"))) == [("ILLEGAL_TRANSITION", "id")]
    assert world(api) == before


def test_a_page_is_taken_back_at_once_and_shown_again_without_another_look(api: Api):
    id = published(api)
    taken = wish(api, "Unpublish", id=id)["page"]
    assert (taken["status"], taken["public"], seen(api)) == ("UNPUBLISHED", False, None)
    assert [each["code"] for each in taken["statusReasons"]] == ["PAGE_NOT_PUBLISHED"]

    again = wish(api, "Publish", id=id)["page"]
    assert (again["status"], again["public"], seen(api)["published"]["title"]) == ("PUBLISHED", True, "Northpeak")


def test_what_is_taken_back_from_its_review_is_decided_by_nobody(api: Api):
    id = drafted(api)
    case = handed_in(api, id)
    claim(api, case)
    assert wish(api, "Unpublish", id=id)["page"]["status"] == "DRAFT"
    before = world(api)

    assert refusals(decide(api, case)) == [("ILLEGAL_TRANSITION", "id")]
    assert refusals(claim(api, case)) == [("ILLEGAL_TRANSITION", "id")]
    assert world(api) == before
    assert api(QUEUE, as_=MODERATOR).data["moderationQueue"]["nodes"] == []
    assert wish(api, "Publish", id=id)["page"]["status"] == "IN_MODERATION"


def test_what_was_changed_back_to_what_was_approved_is_public_at_once(api: Api):
    id = published(api)
    wish(api, "Update", id=id, title="Newer")
    case = handed_in(api, id)
    wish(api, "Update", id=id, title="Northpeak")
    back = wish(api, "Publish", id=id)["page"]

    assert (back["status"], back["hasUnpublishedChanges"]) == ("PUBLISHED", False)
    assert api(CASE, as_=MODERATOR, id=case).data["node"]["status"] == "WITHDRAWN"


@pytest.mark.parametrize("kind", ["BASIC", "UPGRADED"])
def test_nobody_takes_back_what_is_not_public(api: Api, kind):
    id = drafted(api, kind)
    before = world(api)
    (error,) = wish(api, "Unpublish", id=id)["userErrors"]

    assert (error["code"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", "brandPagePublish")
    assert world(api) == before


def join(api: Api) -> None:
    """MODERATOR becomes a member of NORTH, in the place of BOTH."""
    names = {"joins": MODERATOR.name, "leaves": BOTH.name}
    of = 'SELECT id FROM "user" WHERE name = '
    api.write(
        f"UPDATE membership SET user_id = ({of}:joins) WHERE user_id = ({of}:leaves) AND level = 'EDITOR'", **names
    )


def test_no_moderator_decides_on_a_page_of_their_own_account(api: Api):
    case = handed_in(api, drafted(api))
    join(api)
    before = world(api)

    (error,) = claim(api, case)["userErrors"]
    assert error["gate"] == "NOT_OWN_ACCOUNT"
    assert world(api) == before


@pytest.mark.parametrize(
    ("findings", "path"),
    [([], "findings"), ([{**FOUND, "field": "headline"}], "findings.0.field"), ([FOUND] * 51, "findings")],
)
def test_a_rejection_names_what_of_the_page_is_wrong(api: Api, findings, path):
    case = handed_in(api, drafted(api))
    claim(api, case)
    before = world(api)

    assert refusals(decide(api, case, "REJECT", findings=findings)) == [("INVALID", path)]
    assert world(api) == before


GUARDED = ("draft { title }", "hasUnpublishedChanges", "statusReasons { code }", "moderation { id }")


@pytest.mark.parametrize("who", [None, OUTSIDER, STRANGER])
@pytest.mark.parametrize("field", GUARDED)
def test_what_goes_on_behind_a_page_is_its_owners(api: Api, who, field):
    id = published(api)
    wish(api, "Update", id=id, title="Secret")
    handed_in(api, id)
    name = field.split(" ", maxsplit=1)[0]
    answer = api(f'{{ brandPage(slug: "northpeak") {{ status updatedAt publishedAt {field} }} }}', as_=who)

    found = answer.data["brandPage"]
    assert (found["status"], found[name], answer.codes) == ("PUBLISHED", None, ["FORBIDDEN"])
    assert found["updatedAt"] == found["publishedAt"]


def test_a_feed_sees_what_everybody_sees(api: Api):
    published(api)

    assert api('{ brandPage(slug: "northpeak") { slug } }', as_=FEED).data == {"brandPage": {"slug": "northpeak"}}


@pytest.mark.parametrize("slug", ["nobody", "", "../x", "northpeak'--'x", "x" * 500])
def test_what_is_no_pages_address_is_none(api: Api, slug):
    published(api)

    assert seen(api, slug) is None
