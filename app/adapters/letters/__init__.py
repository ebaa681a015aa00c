"""The words of our mail: a file of texts for each language, one layout for all, in text and in HTML."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from css_inline import inline
from jinja2 import Environment

from app.adapters.templates import environment, text
from app.domain.ports import Letter

HERE = Path(__file__).parent
PATHS = {"EMAIL_VERIFICATION": "verify", "PASSWORD_RESET": "reset", "INVITATION": "invitation", "TERMS": "terms"}
"""Where in the single-page app the link of a kind leads."""


class Templates:
    """Letters in one language; links lead to *address*, and *product* is what Endcap is called there.

    Who wants no more of a kind goes to Endcap's own *base*: mail programs send what they POST there (RFC 8058).
    """

    def __init__(self, language: str, address: str, product: str, base: str) -> None:
        self._texts: dict[str, Any] = tomllib.loads((HERE / f"{language}.toml").read_text("utf-8"))
        self._address, self._language = address.rstrip("/"), language
        self._base = base.rstrip("/")
        self._standard = {"product": product, "address": self._address}

    def subject(self, kind: str, parameters: Mapping[str, Any]) -> str:
        return self._said(self._texts[kind]["subject"], parameters)

    def write(
        self,
        kind: str,
        to: str,
        id: UUID,
        parameters: Mapping[str, Any],
        secret: str | None,
        leaving: str | None = None,
    ) -> Letter:
        """The letter. Raises jinja2's UndefinedError where a parameter is missing that its words need."""
        words, subject = self._texts[kind], self.subject(kind, parameters)
        parts = {
            "language": self._language,
            "subject": subject,
            "paragraphs": list(filter(None, (self._said(each, parameters) for each in words["paragraphs"]))),
            "items": self._items(words, parameters),
            "action": words.get("action"),
            "link": f"{self._address}/{PATHS[kind]}?token={quote(secret)}" if secret else None,
            "afterwards": [self._said(each, parameters) for each in words.get("afterwards", ())],
            "product": self._standard["product"],
            "leaving": f"{self._base}/unsubscribe?token={quote(leaving)}" if leaving else None,
            "why": self._said(self._texts["LEAVING"]["why"], parameters) if leaving else None,
            "leave": self._texts["LEAVING"]["action"],
        }
        plain = _layouts().get_template("layout.txt").render(parts)
        html = inline(_layouts().get_template("layout.html").render(parts))
        return Letter(id, to, subject, plain, html, parts["leaving"])

    def _items(self, words: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[str]:
        """What a kind says of each of a list among its parameters, numbered by `loop`."""
        each = enumerate(parameters[words["items"]], 1) if "items" in words else ()
        return [self._said(words["item"], {"loop": number, **item}) for number, item in each]

    def _said(self, words: str, parameters: Mapping[str, Any]) -> str:
        return " ".join(text(words).render({**self._standard, **parameters}).split())


@cache
def _layouts() -> Environment:
    return environment(HERE)
