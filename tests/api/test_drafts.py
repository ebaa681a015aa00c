"""Drafts: changed and deleted until they are submitted; history, versions, and everything that is refused."""

from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import (
    BAG,
    DRAFT_AD,
    EDITOR,
    ISLAND_AD,
    LAMP,
    OUTSIDER,
    SOUTH_PRODUCT,
    SPRING,
    STOPPED_AD,
    STRANGER,
    TENT_AD,
    gid,
)

USD = {"currency": "USD"}
ERRORS = """userErrors { code message path ... on InvalidInput { constraint } ... on StaleVersion { currentVersion }
  ... on IllegalTransition { from attempted allowed insteadUse } }"""
AD = """id title headline version landing { ... on Product { id } } bid { micros } interests { id }
  keywords(first: 50) { nodes { text match bid { micros } } }"""
UPDATE = f"mutation ($input: AdUpdateInput!) {{ adUpdate(input: $input) {{ ad {{ {AD} }} seq {ERRORS} }} }}"
DELETE = f"mutation ($input: AdDeleteInput!) {{ adDelete(input: $input) {{ deletedId seq {ERRORS} }} }}"
SEE = f"query ($id: ID!) {{ ad(id: $id) {{ {AD} }} }}"
MAY = """query ($id: ID!) { ad(id: $id) { permissions { update { allowed denials { code } }
  delete { allowed denials { code } } } } }"""


def update(api: Api, who=EDITOR, id=DRAFT_AD, version=None, **changes: Any) -> dict:
    sent = {"id": id, "changes": changes, **({"expectedVersion": version} if version else {})}
    return api(UPDATE, as_=who, input=sent).data["adUpdate"]


def delete(api: Api, who=EDITOR, id=DRAFT_AD, **more: Any) -> dict:
    return api(DELETE, as_=who, input={"id": id, **more}).data["adDelete"]


def paths(answer: dict) -> list[tuple[str, str]]:
    return sorted((error["code"], ".".join(error["path"])) for error in answer["userErrors"])


def kept(api: Api) -> list[Any]:
    """Everything that a change of an ad would change."""
    queries = ("ad ORDER BY id", "keyword ORDER BY id", "ad_interest ORDER BY ad_id, interest_id", "change", "campaign")
    return [api.rows(f"SELECT * FROM {each}") for each in queries]


def interest(api: Api) -> str:
    found = api("{ interests(first: 1) { nodes { id } } }", as_=EDITOR)
    return found.data["interests"]["nodes"][0]["id"]


def word(text: str, match: str = "EXACT", **more: Any) -> dict:
    return {"text": text, "match": match, **more}


def test_a_draft_gets_another_title_and_keeps_the_rest(api: Api):
    before = api(SEE, as_=EDITOR, id=DRAFT_AD).data["ad"]
    changed = update(api, title=" The ember stove ")

    assert (changed["userErrors"], changed["seq"]) == ([], "1")
    assert changed["ad"] == {**before, "title": "The ember stove", "version": 2}
    (told,) = api.rows("SELECT before, after FROM change WHERE event = 'AD_UPDATED'")
    assert ["The stove" in str(told[0]), "The ember stove" in str(told[1])] == [True, True]


def test_everything_of_a_draft_can_be_changed_at_once(api: Api):
    words, one = (
        [word("Gas stove", "PHRASE", bid={"micros": "300000", **USD}), word("toy", "NEGATIVE_EXACT")],
        interest(api),
    )
    new = {"headline": "Boils fast", "landing": {"productId": BAG}, "bid": {"micros": "990000", **USD}}
    ad = update(api, **new, keywords=words, interestIds=[one])["ad"]

    assert (ad["title"], ad["headline"], ad["landing"], ad["version"]) == ("The stove", "Boils fast", {"id": BAG}, 2)
    assert (ad["bid"], ad["interests"]) == ({"micros": "990000"}, [{"id": one}])
    assert [each["text"] for each in ad["keywords"]["nodes"]] == ["Gas stove", "toy"]


def test_lists_are_cleared_by_null_and_replaced_as_a_whole(api: Api):
    update(api, keywords=[word("a stove"), word("b stove")], interestIds=[interest(api)])
    replaced = update(api, keywords=[word("c stove")])["ad"]
    cleared = update(api, keywords=None, interestIds=None)["ad"]

    assert ([each["text"] for each in replaced["keywords"]["nodes"]], len(replaced["interests"])) == (["c stove"], 1)
    assert (cleared["keywords"]["nodes"], cleared["interests"], cleared["version"]) == ([], [], 4)
    after = str(api.rows("SELECT after FROM change ORDER BY seq DESC")[0])
    assert ("keywords" in after, "interest_ids" in after) == (True, True)


def test_what_is_the_same_is_no_change(api: Api):
    before = kept(api)
    same = update(api, title="The stove", keywords=[], bid={"micros": "350000", **USD})

    assert (same["ad"]["version"], same["seq"], same["userErrors"]) == (1, None, [])
    assert kept(api) == before


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"title": None}, ("INVALID", "changes.title")),
        ({"headline": None}, ("INVALID", "changes.headline")),
        ({"landing": None}, ("INVALID", "changes.landing")),
        ({"bid": None}, ("INVALID", "changes.bid")),
        ({"title": "t" * 51}, ("INVALID", "changes.title")),
        ({"bid": {"micros": "9999", **USD}}, ("INVALID", "changes.bid.micros")),
        ({"bid": {"micros": "350000", "currency": "EUR"}}, ("INVALID", "changes.bid.currency")),
        ({"landing": {"productId": LAMP}}, ("INVALID", "changes.landing.productId")),
        ({"landing": {"productId": SOUTH_PRODUCT}}, ("NOT_FOUND", "changes.landing.productId")),
        ({"landing": {"productId": "nonsense"}}, ("NOT_FOUND", "changes.landing.productId")),
        ({"interestIds": [gid("Interest", "unknown")]}, ("INVALID", "changes.interestIds")),
        ({"keywords": [word("tents"), word("Tent!")]}, ("INVALID", "changes.keywords.1.text")),
        (
            {"keywords": [word("x", "NEGATIVE_EXACT", bid={"micros": "1", **USD})]},
            ("INVALID", "changes.keywords.0.bid"),
        ),
        ({"keywords": [word("x"), word("x", "NEGATIVE_PHRASE")]}, ("INVALID", "changes.keywords.1.match")),
    ],
)
def test_a_change_that_cannot_be_is_refused(api: Api, changes, refused):
    before = kept(api)

    answer = update(api, **changes)
    assert (paths(answer), answer["ad"], answer["seq"]) == ([refused], None, None)
    assert kept(api) == before


def test_every_invalid_field_of_a_change_is_reported_at_once(api: Api):
    changes = {"title": "", "headline": "h" * 121, "bid": {"micros": "1", **USD}, "landing": {"productId": LAMP}}

    expected = ["changes.bid.micros", "changes.headline", "changes.landing.productId", "changes.title"]
    assert paths(update(api, **changes)) == [("INVALID", path) for path in expected]


@pytest.mark.parametrize("review", ["IN_MODERATION", "APPROVED", "REJECTED"])
@pytest.mark.parametrize(
    ("change", "attempted", "instead"), [(update, "UPDATED", "adReplace"), (delete, "DELETED", "adPause")]
)
def test_what_was_submitted_is_neither_changed_nor_deleted(api: Api, review, change, attempted, instead):  # S55, S62
    api.write("UPDATE ad SET review_status = :review WHERE title = 'The tent'", review=review)
    before = kept(api)
    (error,) = change(api, id=TENT_AD)["userErrors"]

    assert error.pop("message").startswith(f"The ad was submitted and is {review}")
    steps = {"from": review, "attempted": attempted, "allowed": [], "insteadUse": instead}
    assert error == {"code": "ILLEGAL_TRANSITION", "path": ["id"], **steps}
    assert kept(api) == before


@pytest.mark.parametrize("change", [update, delete])
def test_in_an_archived_campaign_no_draft_moves(api: Api, change):
    api.write("UPDATE campaign SET configured_status = 'ARCHIVED' WHERE name = 'Spring'")
    before = kept(api)

    (error,) = change(api)["userErrors"]
    assert (error["code"], error["from"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", "ARCHIVED", "campaignCreate")
    assert kept(api) == before


def test_a_draft_is_deleted_with_all_that_belongs_to_it(api: Api):
    update(api, keywords=[word("stove")], interestIds=[interest(api)])
    gone = delete(api, expectedVersion=2)

    assert (gone["deletedId"], gone["userErrors"], gone["seq"]) == (DRAFT_AD, [], "2")
    assert api(SEE, as_=EDITOR, id=DRAFT_AD).data == {"ad": None}
    assert [api.rows(f"SELECT count(*) FROM {each}") for each in ("keyword", "ad_interest")] == [[(0,)], [(0,)]]
    assert api.rows("SELECT event, action, actor FROM change WHERE seq = 2") == [
        ("AD_DELETED", "adDelete", "Ben Editor")
    ]


def test_deleting_it_again_finds_nothing(api: Api):
    delete(api)
    before = kept(api)

    assert paths(delete(api)) == [("NOT_FOUND", "id")]
    assert kept(api) == before


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_stale_version_is_refused(api: Api, change):
    update(api, title="Newer")
    before = kept(api)
    answer = update(api, version=1, title="Older") if change == "update" else delete(api, expectedVersion=1)

    (error,) = answer["userErrors"]
    assert (error["code"], error["path"], error["currentVersion"]) == ("STALE_VERSION", ["expectedVersion"], 2)
    assert kept(api) == before


@pytest.mark.parametrize("change", [update, delete])
@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_touches_no_draft(api: Api, change, who):
    before = kept(api)

    assert paths(change(api, who)) == [("NOT_FOUND", "id")]
    for id in (ISLAND_AD, gid("Ad", "unknown"), SPRING, "nonsense"):
        assert paths(change(api, id=id)) == [("NOT_FOUND", "id")]
    assert kept(api) == before


@pytest.mark.parametrize("ad", [DRAFT_AD, TENT_AD, STOPPED_AD])
@pytest.mark.parametrize("campaign", ["ENABLED", "ARCHIVED"])
def test_permissions_say_beforehand_whether_a_draft_can_be_changed(api: Api, ad, campaign):
    api.write("UPDATE campaign SET configured_status = :status WHERE name = 'Spring'", status=campaign)
    seen = api(MAY, as_=EDITOR, id=ad).data["ad"]["permissions"]
    said = {
        "update": api(UPDATE.replace("$input)", "$input) @dryRun"), as_=EDITOR, input={"id": ad, "changes": {}}),
        "delete": api(DELETE.replace("$input)", "$input) @dryRun"), as_=EDITOR, input={"id": ad}),
    }

    for step, field in (("update", "adUpdate"), ("delete", "adDelete")):
        assert [each["code"] for each in seen[step]["denials"]] == codes(said[step], field)
        assert seen[step]["allowed"] is (not codes(said[step], field))
