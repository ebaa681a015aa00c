"""A Page as the ad policy looks at it: all that the public would read and see of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.moderation.rules import Image


@dataclass(frozen=True)
class PageText:
    """A text of a Page, under the name by which findings call it."""

    field: str
    text: str | None


@dataclass(frozen=True)
class PageSubject:
    """Texts stand for what rules call the headline, products for what they call the product; sizes in pixels.

    Stock is nothing to a Page: what is out of stock is marked there, and left out of its widgets.
    """

    title: str = ""
    slug: str = ""
    says: Sequence[PageText] = ()
    products: Sequence[PageText] = ()
    pictures: Sequence[tuple[str, Image]] = ()

    def texts(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        known = {
            "title": [PageText("title", self.title), PageText("slug", self.slug.replace("-", " "))],
            "headline": self.says,
            "product": self.products,
        }
        for name in names:
            yield from ((each.field, each.text) for each in known.get(name, ()) if each.text)

    def images(self) -> Iterator[tuple[str, Image]]:
        yield from self.pictures

    def out_of_stock(self) -> Iterator[tuple[str, str]]:
        yield from ()
