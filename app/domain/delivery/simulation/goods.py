"""What simulated shoppers look for, and the goods of test accounts that they may find."""

from app.domain.delivery.simulation.world import Topic

GOODS = (
    ("Trail 2 tent for two people", 189_00),
    ("Trail 4 family tent", 329_00),
    ("Summit down sleeping bag", 149_00),
    ("Meadow summer sleeping bag", 59_00),
    ("Ridge 45 hiking backpack", 119_00),
    ("Ridge 28 day pack", 79_00),
    ("Ember gas stove", 44_90),
    ("Ember cook set, 3 pots", 39_90),
    ("Lumen head torch, 400 lumens", 34_90),
    ("Lumen camp lantern", 29_90),
    ("Brook water filter", 49_90),
    ("Brook insulated bottle, 1 litre", 24_90),
)
"""Titles, and prices in cents."""
TOPICS = (
    Topic(("tent", "tent for two people", "family tent", "light tent"), ("Camping",), 30),
    Topic(("sleeping bag", "down sleeping bag", "summer sleeping bag"), ("Camping",), 22),
    Topic(("hiking backpack", "backpack", "day pack"), ("Running",), 16),
    Topic(("gas stove", "camping stove", "cook set", "camping pots"), ("Camping",), 14),
    Topic(("head torch", "camp lantern", "camping lamp"), ("Camping",), 10),
    Topic(("water filter", "insulated bottle", "bottle"), ("Cycling",), 8),
    Topic(("running shoes", "bicycle lock", "yoga mat"), ("Fitness",), 12),
)
FLOORS = (50_000, 80_000, 120_000, 160_000, 220_000, 300_000)
"""What others bid who have no account here, in micros."""
RATE = 55_000
"""How often the typical ad is clicked by whoever looks at it, in parts per million."""
