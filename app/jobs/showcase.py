"""What the demonstration shows: products, campaigns that compete for shoppers."""

from typing import NamedTuple

from app.domain.campaigns.status import CampaignKind
from app.domain.delivery.simulation.goods import GOODS


class Item(NamedTuple):
    """A product, what it costs in cents, by which keywords its ads are found, and what is bid for a click, in cents."""

    title: str
    price: int
    keywords: tuple[str, ...]
    bid: int


class Plan(NamedTuple):
    """A campaign: total and daily budget in units of the currency, and the places of the products it advertises."""

    name: str
    kind: CampaignKind
    total: int
    daily: int | None
    items: tuple[int, ...]
    interests: tuple[str, ...] = ()


SEARCH, DISPLAY = CampaignKind.SPONSORED_SEARCH, CampaignKind.ECOMMERCE_DISPLAY
ITEMS = (
    Item(*GOODS[0], ("tent",), 62),
    Item(*GOODS[1], ("family tent",), 55),
    Item(*GOODS[2], ("sleeping bag",), 48),
    Item(*GOODS[3], ("summer sleeping bag",), 35),
    Item(*GOODS[4], ("hiking backpack",), 52),
    Item(*GOODS[5], ("day pack",), 41),
    Item(*GOODS[6], ("gas stove", "stove"), 36),
    Item(*GOODS[7], ("cook set", "pots"), 29),
    Item(*GOODS[8], ("head torch",), 57),
    Item(*GOODS[9], ("lantern",), 55),
    Item(*GOODS[10], ("water filter",), 38),
    Item(*GOODS[11], ("bottle",), 24),
)
CAMPAIGNS = (
    Plan("Spring camping", SEARCH, 500, 5, (0, 1, 2)),
    Plan("Day hikes", DISPLAY, 300, 25, (4, 5), ("Camping", "Running")),
    Plan("Camp kitchen", SEARCH, 3, None, (6, 7)),
    Plan("Light at night", DISPLAY, 200, None, (8, 9), ("Camping",)),
    Plan("Water on the way", SEARCH, 150, None, ()),
)
PAUSED, STOPPED = "Light at night", 2
"""The campaign that is paused towards the end, and the place of the product that runs out of stock."""
RIVAL_ITEMS = (
    Item("Fjord dome tent", 149_00, ("tent", "family tent"), 58),
    Item("Fjord winter sleeping bag", 129_00, ("sleeping bag",), 51),
    Item("Fjord folding stove", 34_90, ("stove",), 40),
    Item("Fjord trekking backpack", 99_00, ("backpack",), 47),
    Item("Fjord camping lamp", 24_90, ("lantern", "lamp", "torch"), 33),
)
RIVALS = (
    Plan("Fjord camp", SEARCH, 900, 8, (0, 1, 2)),
    Plan("Fjord banners", DISPLAY, 600, 5, (3, 4), ("Camping", "Cycling")),
)
