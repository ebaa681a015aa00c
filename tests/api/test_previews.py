"""The image of an ad, and how an ad would look in each placement."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.previews import Drawings
from app.domain.ports import Shown
from tests.conftest import Api
from tests.people import DRAFT_AD, EDITOR, ISLAND_AD, NORTH, OWNER, SPRING, STRANGER, TENT, TENT_AD, gid
from tests.pictures import begin, image, picture, upload

CREATE = """mutation ($input: AdCreateInput!) { adCreate(input: $input) {
  ad { id image { id url width } } userErrors { code path message ... on InvalidInput { constraint } } } }"""
PREVIEW = """query ($id: ID!, $placement: PlacementKind!) { adPreview(adId: $id, placement: $placement) {
  html width height landingUrl imageProblems disclaimer } }"""
BASE = {"campaignId": SPRING, "title": "The tent", "headline": "Sleeps two", "landing": {"productId": TENT}}
AD = {**BASE, "bid": {"micros": "250000", "currency": "USD"}}
PLACEMENTS = ("SEARCH_RESULTS", "PRODUCT_DETAIL", "BRAND_PAGE", "PARTNER_SITE", "EMAIL")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "img"}


def create(api: Api, **changes: Any) -> Any:
    return api(CREATE, as_=EDITOR, input={**AD, **changes}).data["adCreate"]


def preview(api: Api, id: str, placement: str = "SEARCH_RESULTS", who: Any = EDITOR) -> Any:
    answer = api(PREVIEW, as_=who, id=id, placement=placement)
    assert answer.errors == []
    return answer.data["adPreview"]


class Reader(HTMLParser):
    """What a document consists of, and what it says."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, list[str | None]] = {}
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts[self._open[-1] if self._open else ""] = data


# ---- the image of an ad


def test_an_ad_has_an_image(api: Api):
    id = image(api)
    ad = create(api, imageAssetId=id)["ad"]

    assert (ad["image"]["id"], ad["image"]["width"]) == (id, 400)
    assert create(api, imageAssetId=None)["ad"]["image"] is None


def test_an_image_that_fits_nowhere_is_refused_with_the_limits(api: Api):
    id = image(api, 200, 200)
    answer = create(api, imageAssetId=id, title="")

    problems = {error["path"][0]: error for error in answer["userErrors"]}
    assert (answer["ad"], sorted(problems)) == (None, ["imageAssetId", "title"])
    assert all(f"{each} takes at least" in problems["imageAssetId"]["message"] for each in PLACEMENTS)
    assert api.rows("SELECT count(*) FROM ad WHERE image_id IS NOT NULL") == [(0,)]


def test_only_a_ready_image_of_the_account_is_taken(api: Api):
    waiting = begin(api, picture())["asset"]["id"]
    rejected = upload(api, b"GIF89a junk", "image/gif")["asset"]["id"]
    foreign = image(api)
    api.write("UPDATE asset SET account_id = (SELECT id FROM account WHERE name_key = 'south') WHERE status = 'READY'")
    ids = (waiting, rejected, foreign, gid("Asset", "unknown"), "nonsense", SPRING)
    answers = [create(api, imageAssetId=id)["userErrors"] for id in ids]

    assert [error["code"] for (error,) in answers] == ["INVALID"] * 2 + ["NOT_FOUND"] * 4
    assert {tuple(error["path"]) for (error,) in answers} == {("imageAssetId",)}
    assert api.rows("SELECT count(*) FROM ad") == [(5,)]


# ---- previews


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_an_ad_is_drawn_in_every_placement_submitted_or_not(api: Api, placement):  # S53
    for id, title in ((TENT_AD, "The tent"), (DRAFT_AD, "The stove")):
        seen = preview(api, id, placement)
        assert Reader(seen["html"]).texts["h1"] == title
        assert (seen["width"] >= 300, seen["height"] >= 200, seen["imageProblems"]) == (True, True, [])
        assert seen["disclaimer"].startswith("A preview.")


@pytest.mark.parametrize(("placement", "problems"), [("SEARCH_RESULTS", 0), ("BRAND_PAGE", 2), ("EMAIL", 2)])
def test_an_image_is_left_out_where_it_does_not_fit_and_the_preview_says_why(api: Api, placement, problems):
    made = create(api, imageAssetId=image(api))["ad"]
    seen = preview(api, made["id"], placement)

    assert (len(seen["imageProblems"]), "<img" in seen["html"]) == (problems, not problems)
    loads = made["image"]["url"] if not problems else "'none'"
    assert f"img-src {loads};" in Reader(seen["html"]).attributes["content"][0]  # type: ignore[operator]


def test_strangers_see_no_preview(api: Api):
    assert [preview(api, id, who=STRANGER) for id in (TENT_AD, DRAFT_AD)] == [None, None]
    assert [preview(api, id, who=OWNER) for id in (ISLAND_AD, NORTH, "nonsense", gid("Ad", "unknown"))] == [None] * 4


def test_an_ad_of_hostile_words_is_shown_as_these_words(api: Api):
    ad = create(api, title=HOSTILE[:50], headline=HOSTILE, imageAssetId=image(api))["ad"]
    read = Reader(preview(api, ad["id"])["html"])

    assert (read.texts["h1"], read.texts["p"]) == (HOSTILE[:50], HOSTILE)
    assert read.attributes["alt"] == [HOSTILE[:50]]
    assert (set(read.tags) & {"script", "iframe", "a"}, read.tags.count("img")) == (set(), 1)
    assert [name for name in read.attributes if name.startswith("on")] == []


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(WORDS, WORDS, st.sampled_from([None, "https://ads.example/assets/1"]))
def test_any_words_survive_and_nothing_but_words_comes_of_them(title, headline, url):
    html = Drawings("en").draw(Shown(title, headline, url), 640, 200, "row")
    read, plain = Reader(html), Reader(Drawings("en").draw(Shown("t", "h", url), 640, 200, "row"))

    assert (read.texts["h1"], read.texts["title"], read.texts["p"]) == (title, title, headline)
    assert (read.tags, read.attributes.keys()) == (plain.tags, plain.attributes.keys())
    assert read.attributes["content"] == plain.attributes["content"]


def test_a_preview_runs_no_script_and_loads_nothing_by_its_own_policy():
    html = Drawings("en").draw(Shown("t", "h", None), 640, 200, "row")
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', html)

    assert policy is not None
    words = policy[1].replace("&#39;", "'")
    assert words.startswith("default-src 'none'; img-src 'none'; style-src 'sha256-")
    assert ("script" in words, "unsafe" in words, "'; base-uri 'none'; form-action 'none'" in words) == (False,) * 2 + (
        True,
    )
