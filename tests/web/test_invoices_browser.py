"""Invoices in Chromium: for everybody's eyes, on a phone, a desk and paper, under the policy they are served with."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.test_invoices import DOCUMENTS, INVOICE, NOTE

AXE = Path(__file__).parents[1] / "axe" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = """axe.run().then(done => done.violations.map(each => `${each.id}: ${each.nodes.length}`))"""
ADDRESS = "https://ads.example/v1/invoices/x.html"
VIEWS = ((390, "light"), (1280, "light"), (1280, "dark"))
LOOK = "(name) => getComputedStyle(document.querySelector('h1'))[name]"

DRAWN = {each.kind: asyncio.run(DOCUMENTS.html(each)) for each in (INVOICE, NOTE)}  # Playwright has a loop of its own

pytestmark = pytest.mark.browser


def shown(context: Any, invoice: Any) -> Any:
    """The document on a page that notes what it complains of, as it is served."""
    page, complaints = context.new_page(), []
    drawn = DRAWN[invoice.kind]
    headers = {"content-security-policy": f"{drawn.csp}; sandbox", "content-type": "text/html; charset=utf-8"}
    page.route("**/*", lambda route: route.fulfill(body=drawn.html, headers=headers))
    page.on("console", lambda message: complaints.append(message.text))
    page.complaints = complaints
    page.goto(ADDRESS)
    return page


@pytest.fixture(params=VIEWS)
def view(chromium: Any, request: Any) -> Iterator[Any]:
    width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    yield context
    context.close()


@pytest.fixture
def plain(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    yield context
    context.close()


@pytest.mark.parametrize("invoice", [INVOICE, NOTE])
def test_axe_finds_nothing_and_it_fits_the_window(view: Any, invoice):
    if not AXE.exists():
        pytest.skip("axe-core is not here: cd tests/axe && npm ci")
    page = shown(view, invoice)
    page.add_script_tag(content=AXE.read_text("utf-8"))

    assert page.evaluate(GRAVE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_the_styles_apply_under_the_policy_and_paper_is_white(plain: Any):
    page = shown(plain, INVOICE)
    dark = page.evaluate(LOOK, "color")
    page.emulate_media(media="print")

    assert (dark, page.evaluate(LOOK, "color")) == ("rgb(232, 234, 237)", "rgb(0, 0, 0)")
    assert page.complaints == []
