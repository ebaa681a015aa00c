"""Draws ads as they would be shown: one document for all placements, escaped, under a policy that runs no script."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Template

from app.adapters.templates import environment
from app.domain.ports import Shown

HERE = Path(__file__).parent
STYLE = (HERE / "ad.css").read_text("utf-8")
HASH = b64encode(sha256(STYLE.encode()).digest()).decode()


class Drawings:
    """Documents in one language; the pages that frame them should set `sandbox` too."""

    def __init__(self, language: str) -> None:
        self._language = language

    def draw(self, shown: Shown, width: int, height: int, layout: str) -> str:
        """The document; its image, if any, is the one thing that it may load."""
        loads = shown.image_url or "'none'"
        csp = f"default-src 'none'; img-src {loads}; style-src 'sha256-{HASH}'; base-uri 'none'; form-action 'none'"
        facts = {"width": width, "height": height, "layout": layout, "language": self._language}
        return _page().render(shown=shown, csp=csp, style=STYLE, **facts)


@cache
def _page() -> Template:
    return environment(HERE).get_template("ad.html")
