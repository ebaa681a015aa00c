"""Draws invoices: as a page without scripts, and as a PDF by Typst; what stands in them is text, and never markup."""

import asyncio
from base64 import b64encode
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Template
from markupsafe import Markup

from app.adapters.invoices.words import told
from app.adapters.templates import environment
from app.domain.billing.invoices import Invoice
from app.domain.ports import Document

HERE = Path(__file__).parent
STYLE = (HERE / "invoice.css").read_text("utf-8")
HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
AT_ONCE = 2  # documents that are set beside each other, each in a thread


class Documents:
    """Documents in one language. The PDF has the fonts that come with Typst, then those of the machine."""

    def __init__(self, language: str) -> None:
        self._language, self._page = language, _page(language)
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def html(self, invoice: Invoice) -> Document:
        return Document(await asyncio.to_thread(self._page.render, told(invoice)), POLICY)

    async def pdf(self, invoice: Invoice) -> bytes:
        async with self._turn:
            return await asyncio.to_thread(self._set, invoice)

    def _set(self, invoice: Invoice) -> bytes:
        """The document for screen readers too (PDF/UA), unless a letter is in no font: that none can read."""
        import typst

        facts = {**told(invoice), "language": self._language}
        given: dict[str, Any] = {
            "input": HERE / "invoice.typ",
            "root": HERE,
            "font_paths": self._fonts,
            "sys_inputs": {"invoice": orjson.dumps(facts).decode()},
            "timestamp": int(invoice.issued_at.timestamp()),
        }
        try:
            return typst.compile(**given, pdf_standards="ua-1")
        except typst.TypstError:
            return typst.compile(**given)

    @cached_property
    def _fonts(self) -> Any:
        """Looked for once: a machine has many."""
        import typst

        return typst.Fonts()


@cache
def _page(language: str) -> Template:
    return environment(HERE, language=language, style_sheet=Markup(STYLE)).get_template("invoice.html")  # noqa: S704 - ours
