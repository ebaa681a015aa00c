"""`/p/SLUG`: brand Pages as shoppers' browsers and search engines get them, without scripts and without sign-in."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.conftest import ADDRESS, Api
from tests.jobs.test_widgets import enable, stock
from tests.paging import TEXT, create, decided, drafted, handed_in, published, wish
from tests.people import BAG, FEED, NORTH, OPERATOR, STOVE, TENT
from tests.pictures import image

HTML = "text/html; charset=utf-8"
UPSERT = """mutation ($items: [ProductInput!]!) {
  productUpsert(input: {items: $items}) { products { id } userErrors { message } } }"""
SUSPEND = 'mutation ($id: ID!) { accountSuspend(input: {id: $id, reason: "R"}) { userErrors { message } } }'


class Seen(HTMLParser):
    """What a parser finds in a document: its elements with their attributes, and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.inside, data.strip()))

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        found = [attrs for name, attrs in self.elements if name == tag]
        return [attrs for attrs in found if attributes.items() <= attrs.items()]

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]

    def meta(self, name: str) -> str | None:
        found = [*self.all("meta", name=name), *self.all("meta", property=name)]
        return found[0]["content"] if found else None

    @property
    def names(self) -> list[str]:
        """The products it shows, in their order."""
        return [text for tag, text in self.texts if tag == "span" and text[:1] != "$" and text not in ASIDE]

    @property
    def data(self) -> Any:
        (text,) = self.said("script")
        return json.loads(text)


ASIDE = {"Northpeak", "Out of stock"}


def get(api: Api, path: str = "/p/northpeak", **headers: str) -> Any:
    return api.request("GET", path, headers=headers)


def look(api: Api, path: str = "/p/northpeak", **query: str) -> Seen:
    response = api.request("GET", path, params=query) if query else get(api, path)
    assert (response.status_code, response.headers["content-type"]) == (200, HTML)
    return Seen(response.text)


def sell(api: Api, **changes: Any) -> str:
    """The id of another product of Northpeak."""
    facts = {"sku": "N-9", "title": "Sunrise mug", "brandName": "Northpeak", "vendorCode": "NORTH"}
    item = {**facts, "detailUrl": "https://shop.example/products/N-9", **changes}
    return api(UPSERT, as_=FEED, items=[item]).data["productUpsert"]["products"][0]["id"]


# ---- what is shown, and when


def test_everybody_sees_a_public_page(api: Api):  # S38, S39
    published(api)
    page = look(api)

    assert (page.said("title"), page.said("h1"), page.said("h2")) == (["Northpeak"], ["Northpeak"], [*HEADS])
    assert page.names == ["Trail tent for two"]
    assert {"For long trails", "Far from roads."} <= set(page.said("p"))
    assert page.all("a", href="https://shop.example/products/N-1") == [{"href": "https://shop.example/products/N-1"}]


HEADS = ("Why we walk", "Products")


def gone(api: Api, state: str) -> None:
    """A Page that nobody may see, in one of its ways."""
    if state in ("DRAFT", "IN_MODERATION", "REJECTED"):
        id = drafted(api)
        if state == "IN_MODERATION":
            handed_in(api, id)
        if state == "REJECTED":
            decided(api, id, "REJECT")
    elif state == "UNPUBLISHED":
        wish(api, "Unpublish", id=published(api))
    elif state == "SUSPENDED":
        published(api)
        assert api(SUSPEND, as_=OPERATOR, id=NORTH).data["accountSuspend"]["userErrors"] == []


@pytest.mark.parametrize("state", ["NONE", "DRAFT", "IN_MODERATION", "REJECTED", "UNPUBLISHED", "SUSPENDED"])
def test_a_page_that_is_not_public_is_a_page_that_says_so(api: Api, state):  # S38
    gone(api, state)
    response = get(api)

    page = Seen(response.text)
    assert (response.status_code, response.headers["content-type"]) == (404, HTML)
    assert (page.said("h1"), page.meta("robots")) == (["This page is not here"], "noindex")
    assert (len(page.all("main")), response.headers["cache-control"]) == (1, "no-store")
    assert "Northpeak" not in response.text


@pytest.mark.parametrize("slug", ["%00", "%ff", "a%2Fb", "..%2Fx", "x" * 3000, "%F0%9F%8F%94", "'--"])
def test_no_address_makes_a_fault(api: Api, slug):
    published(api)

    assert get(api, f"/p/{slug}").status_code == 404


def test_edits_are_not_seen_before_they_are_approved(api: Api):  # S38
    id = published(api)
    before = get(api).text
    wish(api, "Update", id=id, title="Newer", sections=[], productIds=[BAG])
    assert get(api).text == before
    decided(api, id)

    page = look(api)
    assert (page.said("h1"), page.names) == (["Newer"], ["Summit sleeping bag"])


def test_sections_and_products_stand_in_the_owners_order(api: Api):  # S40
    shelf = {"kind": "PRODUCTS", "heading": "Nights", "productIds": [BAG, STOVE]}
    published(api, sections=[shelf, TEXT], productIds=[TENT])
    page = look(api)

    assert page.said("h2") == ["Nights", "Why we walk", "More products"]
    assert page.names == ["Summit sleeping bag", "Ember gas stove", "Trail tent for two"]


# ---- addresses


def test_former_addresses_lead_to_todays(api: Api):  # S39
    id = published(api)
    wish(api, "Update", id=id, slug="north-peak")
    response = get(api, "/p/northpeak?q=tent&after=x")

    assert (response.status_code, response.headers["location"]) == (301, "/p/north-peak?q=tent&after=x")
    assert response.headers["cache-control"] == "public, no-cache"
    assert look(api, "/p/north-peak").said("h1") == ["Northpeak"]
    wish(api, "Update", id=id, slug="northpeak")
    assert get(api, "/p/north-peak").headers["location"] == "/p/northpeak"


@pytest.mark.parametrize("slug", ["Northpeak", "NORTHPEAK", "n%C3%B6rthpeak", "northpeak-", "%20northpeak"])
def test_an_address_in_other_letters_leads_to_the_one(api: Api, slug):
    published(api)
    response = get(api, f"/p/{slug}")

    assert (response.status_code, response.headers["location"]) == (301, "/p/northpeak")


def test_a_former_address_of_a_page_that_is_not_public_leads_nowhere(api: Api):
    id = published(api)
    wish(api, "Update", id=id, slug="north-peak")
    wish(api, "Unpublish", id=id)

    assert get(api, "/p/northpeak").status_code == 404


def test_a_page_is_shown_under_our_own_name_only(api: Api):
    published(api)

    assert get(api, host="evil.example").status_code == 421


# ---- kept by browsers


def test_a_browser_that_has_the_page_is_told_so(api: Api):
    published(api)
    first = get(api)
    again = get(api, **{"if-none-match": f'"other", W/{first.headers["etag"]}'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert first.headers["cache-control"] == "public, no-cache"
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_what_changes_on_a_page_changes_its_tag(api: Api):
    published(api)
    tag = get(api).headers["etag"]
    stock(api, "N-1", in_stock=False)
    response = get(api, **{"if-none-match": tag})

    assert (response.status_code, response.headers["etag"] == tag) == (200, False)
    assert "Out of stock" in Seen(response.text).said("span")
    assert api.request("HEAD", "/p/northpeak").headers["etag"] == response.headers["etag"]


def test_without_a_database_a_page_says_to_try_again(configured):
    lost = configured(database_url="postgresql://postgres@127.0.0.1:9/endcap")
    response = get(lost)

    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert Seen(response.text).said("h1") == ["Not now"]


# ---- nothing runs, nothing is loaded from elsewhere

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<!--"


def test_whatever_owners_and_feeds_write_is_text(api: Api):
    odd = sell(api, title=f"Mug {HOSTILE}")
    shelf = {"kind": "PRODUCTS", "heading": HOSTILE, "productIds": [odd]}
    published(api, title=HOSTILE, tagline=HOSTILE, sections=[{**TEXT, "text": HOSTILE}, shelf], productIds=[])
    page = look(api)

    assert (page.said("h1"), page.said("h2")) == ([HOSTILE], ["Why we walk", HOSTILE])
    assert page.all("script") == [{"type": "application/ld+json"}]
    assert (page.all("img"), [name for _, attrs in page.elements for name in attrs if name.startswith("on")]) == (
        [],
        [],
    )
    assert page.data["name"] == HOSTILE
    assert page.data["mainEntity"]["itemListElement"][0]["item"]["name"] == f"Mug {HOSTILE}"


def test_what_is_looked_for_is_text_too(api: Api):
    published(api)
    page = look(api, q=HOSTILE)

    assert (page.all("input")[0]["value"], len(page.all("script")), page.all("img")) == (HOSTILE, 1, [])


def policy(api: Api, path: str = "/p/northpeak") -> dict[str, list[str]]:
    parts = [part.split() for part in get(api, path).headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


def test_a_page_runs_nothing_and_loads_the_images_it_shows(api: Api):
    mug = sell(api, imageUrl="https://Images.Example:8443/mug.jpg")
    published(api, heroAssetId=image(api, 1200, 400), productIds=[TENT, mug])
    its = policy(api)

    assert its.pop("style-src")[0].startswith("'sha256-")
    assert its.pop("img-src") == [ADDRESS, "https://images.example:8443"]
    nothing = ["'none'"]
    assert its.pop("form-action") == ["'self'"]
    assert its == {"default-src": nothing, "base-uri": nothing, "frame-ancestors": nothing}


@pytest.mark.parametrize("url", ["https://x;script-src.example/a.png", "https://ümläut.example/a.png", "http://[::1/a"])
def test_an_image_that_no_policy_can_name_is_not_drawn(api: Api, url):
    published(api, productIds=[sell(api, imageUrl=url)])

    assert (policy(api)["img-src"], look(api).all("img"), look(api).names) == (["'none'"], [], ["Sunrise mug"])


def test_images_keep_their_place_and_say_what_they_show(api: Api):
    part = {"kind": "IMAGE", "imageAssetId": image(api, 900, 300), "text": "A ridge at dawn"}
    logo, hero = image(api, 400, 300), image(api, 1200, 400)
    published(api, logoAssetId=logo, heroAssetId=hero, sections=[part], productIds=[sell(api, imageUrl=MUG)])
    images = look(api).all("img")

    assert [(each["width"], each["height"], each["alt"]) for each in images] == [
        ("400", "300", ""),  # beside the brand's name
        ("1200", "400", "Northpeak"),
        ("900", "300", "A ridge at dawn"),
        ("320", "320", ""),  # in a link with the product's name
    ]
    assert [each.get("loading") for each in images] == [None, None, "lazy", "lazy"]


MUG = "https://images.example/mug.jpg"


# ---- widgets


def test_an_upgraded_page_shows_its_widgets(api: Api):  # S44
    id = published(api)
    enable(api, id)
    enable(api, id, "RECOMMENDATIONS")
    sell(api)
    api.clock.pass_(hours=1)
    api.work()

    page = look(api)
    assert page.said("h2") == [*HEADS, "Best sellers", "You may also like"]
    assert page.names == ["Trail tent for two", "Trail tent for two", "Summit sleeping bag", "Sunrise mug"]


def test_what_ran_out_is_in_no_widget(api: Api):  # S44, S79
    id = published(api)
    enable(api, id)
    stock(api, "N-1", in_stock=False)

    assert look(api).names == ["Trail tent for two", "Summit sleeping bag"]  # the owner's own choice stays, and says so


def test_a_basic_page_has_no_widgets(api: Api):  # S43, I6
    id = published(api, "BASIC")
    (refused,) = wish(api, "SetWidget", id=id, kind="BEST_SELLERS", enabled=True)["userErrors"]

    assert (refused["gate"], look(api).said("h2")) == ("PAGE_UPGRADED", [*HEADS])


def test_a_widget_that_is_not_on_is_not_there(api: Api):
    published(api)

    assert look(api).said("h2") == [*HEADS]


@pytest.mark.parametrize("template", ["STANDARD", "PRODUCTS_GRID", "PRODUCTS_SPOTLIGHT"])
def test_products_stand_as_the_template_says(api: Api, template):  # S44
    published(api, template=template)

    (cards,) = look(api).all("ul")
    assert cards["class"] == f"cards {template.removeprefix('PRODUCTS_').lower()}"


# ---- for machines


def test_a_page_can_be_read_without_eyes(api: Api):
    published(api, heroAssetId=image(api, 1200, 400))
    page = look(api)

    count = Counter(tag for tag, _ in page.elements)
    assert page.all("html") == [{"lang": "en"}]
    assert [count[each] for each in ("h1", "main", "header", "footer", "title")] == [1] * 5
    assert (page.all("a")[0]["href"], page.all("main")[0]["id"]) == ("#main", "main")
    assert (page.all("label")[0]["for"], page.all("input")[0]["id"]) == ("q", "q")


def test_a_page_tells_other_sites_what_it_is(api: Api):
    published(api, heroAssetId=image(api, 1200, 400))
    page = look(api)

    address = f"{ADDRESS}/p/northpeak"
    assert page.all("link", rel="canonical")[0]["href"] == address
    assert [page.meta(f"og:{name}") for name in ("title", "type", "url")] == ["Northpeak", "website", address]
    assert page.meta("og:description") == page.meta("description") == page.meta("twitter:description")
    assert (page.meta("description"), page.meta("twitter:card")) == ("For long trails", "summary_large_image")
    assert page.meta("og:image") == page.meta("twitter:image") == page.all("img")[0]["src"]
    assert (page.meta("og:image:width"), page.meta("robots")) == ("1200", None)


def test_a_page_tells_search_engines_its_brand_and_products(api: Api):
    published(api)
    stock(api, "N-1", in_stock=False)
    data = look(api).data

    url = "https://shop.example/products/N-1"
    assert (data["@type"], data["url"], data["about"]) == (
        "CollectionPage",
        f"{ADDRESS}/p/northpeak",
        {"@type": "Brand", "name": "Northpeak"},
    )
    (listed,) = data["mainEntity"]["itemListElement"]
    assert (listed["position"], listed["item"]["sku"], listed["item"]["url"]) == (1, "N-1", url)
    stock_and_price = {"price": "189.00", "priceCurrency": "USD", "availability": "https://schema.org/OutOfStock"}
    assert listed["item"]["offers"] == {"@type": "Offer", **stock_and_price, "url": url}


# ---- searching on a Page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tents", ["Lümen tent lamp", "Trail tent for two"]),
        ("SLEEPING bag", ["Summit sleeping bag"]),
        ("lumen", ["Lümen tent lamp"]),
        ("sunrse", ["Sunrise mug"]),
        ("N-2", ["Summit sleeping bag"]),
        ("kite", []),  # another vendor's
        ("stove", []),  # another brand's
        ("\0%_'", []),
    ],
)
def test_shoppers_search_among_the_products_of_the_brand(api: Api, query, names):
    sell(api)
    published(api)
    page = look(api, q=query)

    assert page.names == names
    assert page.said("h1") == [f"Results for “{' '.join(query.replace(chr(0), ' ').split())}”"]
    assert (page.meta("robots"), page.all("link", rel="canonical")[0]["href"]) == ("noindex", f"{ADDRESS}/p/northpeak")


def test_what_the_page_shows_of_another_brand_is_found_there(api: Api):
    published(api, productIds=[STOVE])

    assert look(api, q="stove").names == ["Ember gas stove"]


@pytest.mark.parametrize("query", ["", "  ", "\0"])
def test_who_looks_for_nothing_sees_the_page(api: Api, query):
    published(api)

    assert api.request("GET", "/p/northpeak", params={"q": query}).text == get(api).text


def test_a_long_search_is_read_further(api: Api):
    facts = {"brandName": "Northpeak", "vendorCode": "NORTH", "detailUrl": "https://shop.example/x"}
    items = [{**facts, "sku": f"P-{n:02}", "title": f"Peg {n:02}"} for n in range(30)]
    assert api(UPSERT, as_=FEED, items=items).data["productUpsert"]["userErrors"] == []
    published(api)
    first = look(api, q="peg & co")

    (more,) = first.all("a", rel="next")
    second = look(api, more["href"])
    assert first.names + second.names == [f"Peg {n:02}" for n in range(30)]
    assert second.all("a", rel="next") == []
    assert look(api, q="peg & co", after="nonsense").names == first.names


@pytest.mark.parametrize("kind", ["BASIC", "UPGRADED"])
def test_a_page_of_either_kind_can_be_searched(api: Api, kind):
    published(api, kind)

    assert look(api, q="bag").names == ["Summit sleeping bag"]


def test_a_page_takes_as_many_statements_whatever_it_shows(api: Api):
    id = create(api)["page"]["id"]
    shelves = [{"kind": "PRODUCTS", "productIds": [TENT, BAG, STOVE]} for _ in range(20)]
    wish(api, "Update", id=id, sections=shelves)
    decided(api, id)
    api.statements.clear()
    get(api)

    assert len([sql for sql in api.statements if re.match("(SELECT|WITH)", sql)]) == len(api.statements) <= 4
