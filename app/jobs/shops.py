"""What the two brands of the demonstration sell, and what their Pages say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.catalogue import plain
from app.domain.delivery.simulation.goods import GOODS
from app.domain.pages.content import PageTemplate
from app.domain.pages.page import PageKind


@dataclass(frozen=True)
class Shop:
    """A brand with its products (title and cents) and its Page; numbers are places of products."""

    vendor: str
    brand: str
    word: str
    prefix: str
    products: tuple[tuple[str, int], ...]
    kind: PageKind
    template: PageTemplate
    slug: str
    tagline: str
    about: tuple[str, str]
    shelves: tuple[tuple[str, tuple[int, ...]], ...]
    below: tuple[int, ...]
    scene: tuple[str, str] | None = None

    def sku(self, place: int) -> str:
        return f"{self.prefix}-{place + 1:03}"

    def goods(self, product_url: str, currency: str, pictures: Mapping[str, str]) -> list[dict[str, Any]]:
        """The products as the catalogue takes them; *pictures* are addresses by sku."""
        whose = {"vendor_code": self.vendor, "brand_name": self.brand, "currency": currency}
        return [
            plain(whose, product_url, sku, f"{self.word} {title}", cents, pictures.get(sku))
            for place, (title, cents) in enumerate(self.products)
            for sku in (self.sku(place),)
        ]


NORTHPEAK = Shop(
    vendor="NORTHPEAK",
    brand="Northpeak Outdoor",
    word="Northpeak",
    prefix="NP",
    products=GOODS,
    kind=PageKind.UPGRADED,
    template=PageTemplate.PRODUCTS_SPOTLIGHT,
    slug="northpeak-outdoor",
    tagline="Gear for long trails and short nights",
    about=(
        "Made for the way there",
        (
            "We sew tents and bags in one small house below the hills, and walk with them before anybody else does.\n"
            "What comes back torn is mended for as long as there is something to mend."
        ),
    ),
    shelves=(("Sleep under the sky", (0, 1, 2, 3)), ("Carry it there", (4, 5))),
    below=(6, 7),
    scene=("The hills behind our house", "Five ranges of hills behind each other in the evening"),
)
LAKESIDE = Shop(
    vendor="LAKESIDE",
    brand="Lakeside Toys",
    word="Lakeside",
    prefix="LT",
    products=(
        ("Wind kite, 1.2 metres", 19_90),
        ("Wooden sailing boat", 24_50),
        ("Building blocks, 60 pieces", 34_90),
        ("Push train with three wagons", 29_90),
        ("Lake puzzle, 100 pieces", 12_90),
        ("Little drum", 17_50),
    ),
    kind=PageKind.BASIC,
    template=PageTemplate.STANDARD,
    slug="lakeside-toys",
    tagline="Wooden toys for wet and dry days",
    about=("From one lake", "Beech and maple from the shore, and colours that can be chewed."),
    shelves=(("Out of doors", (0, 1)),),
    below=(2, 3, 4, 5),
)
