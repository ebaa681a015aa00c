"""The demonstration's Pages in Chromium: for everybody's eyes and keys, on a phone and a desk, without a script."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Live

AXE = Path(__file__).parents[1] / "axe" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = """axe.run().then(done => done.violations.filter(each => ["serious", "critical"].includes(each.impact))
  .map(each => `${each.id}: ${each.nodes.map(node => node.target.join(" ")).join(", ")}`))"""
PAGES = (
    "/p/northpeak-outdoor",
    "/p/lakeside-toys",
    "/p/northpeak-outdoor?q=tent",
    "/p/lakeside-toys?q=zz",
    "/p/nobody",
)
VIEWS = ((390, "light"), (1280, "light"), (1280, "dark"))

pytestmark = pytest.mark.browser


@pytest.fixture(params=VIEWS)
def page(chromium: Any, request: Any) -> Iterator[Any]:
    """A page that notes what it complains of; axe is let in past the policy."""
    width, scheme = request.param
    view = {"width": width, "height": 900}
    context = chromium.new_context(viewport=view, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.complaints = complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda asked: complaints.append(asked.url))
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(page: Any, live: Live, path):
    if not AXE.exists():
        pytest.skip("axe-core is not here: cd tests/axe && npm ci")
    page.goto(f"{live.url}{path}")
    page.add_script_tag(content=AXE.read_text("utf-8"))

    assert page.evaluate(GRAVE) == []


@pytest.mark.parametrize("path", PAGES[:3])
def test_a_page_fits_its_window_and_loads_without_complaint(page: Any, live: Live, path):
    page.goto(f"{live.url}{path}")

    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    assert page.complaints == []
    seen = page.evaluate("[...document.images].filter(each => each.complete && !each.naturalWidth).length")
    assert seen == 0


@pytest.fixture
def plain(chromium: Any) -> Iterator[Any]:
    """A browser without scripts, under the policy as it is."""
    context = chromium.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_shopper_searches_without_scripts(plain: Any, live: Live):
    plain.goto(f"{live.url}/p/northpeak-outdoor")
    plain.get_by_role("searchbox").fill("sleeping bags")
    plain.keyboard.press("Enter")
    plain.get_by_role("heading", name="Results for “sleeping bags”").wait_for()

    names = plain.get_by_role("main").get_by_role("listitem").get_by_role("link").all_inner_texts()
    assert names[:2] == ["Northpeak Meadow summer sleeping bag", "Northpeak Summit down sleeping bag"]
    plain.get_by_role("link", name="All of Northpeak Outdoor").click()
    plain.get_by_role("heading", name="Made for the way there").wait_for()


def test_the_keyboard_reaches_the_content_first(plain: Any, live: Live):
    plain.goto(f"{live.url}/p/lakeside-toys")
    plain.keyboard.press("Tab")
    plain.get_by_role("link", name="Skip to content").wait_for()
    plain.keyboard.press("Enter")

    assert plain.url.endswith("/p/lakeside-toys#main")


def test_the_styles_apply_under_the_policy(plain: Any, live: Live):
    plain.goto(f"{live.url}/p/lakeside-toys")

    box, width = plain.get_by_role("main").get_by_role("listitem").first.bounding_box(), 390
    assert box["width"] < width / 2
