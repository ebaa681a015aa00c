"""The taxonomy of interests, the same ids everywhere."""

from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from app.domain.text import fold

revision = "0002"
down_revision = "0001"

NAMESPACE = uuid5(NAMESPACE_URL, "endcap:interest")
TAXONOMY = {
    "Arts and crafts": ["Drawing and painting", "Sewing and knitting", "Musical instruments"],
    "Automotive": ["Car care", "Car electronics", "Motorcycles"],
    "Baby and family": ["Baby care", "Toys and games", "School supplies"],
    "Beauty": ["Fragrance", "Hair care", "Make-up", "Skin care"],
    "Books and media": ["Films and series", "Music", "Novels", "Specialist books"],
    "Electronics": ["Audio", "Cameras", "Computers", "Gaming", "Phones", "Printers", "Smart home", "Television"],
    "Fashion": ["Accessories", "Children's clothing", "Men's clothing", "Shoes", "Women's clothing"],
    "Food and drink": ["Coffee and tea", "Cooking", "Organic food", "Wine"],
    "Health": ["Fitness", "Nutrition", "Wellness"],
    "Home": ["Bathroom", "Decoration", "Furniture", "Kitchen appliances", "Lighting"],
    "Garden and tools": ["Barbecue", "Gardening", "Power tools"],
    "Office": ["Office furniture", "Stationery"],
    "Outdoors and sport": ["Camping", "Cycling", "Running", "Team sports", "Winter sports"],
    "Pets": ["Cats", "Dogs", "Fish and birds"],
    "Travel": ["Business travel", "Luggage"],
}


def upgrade() -> None:
    table = sa.table("interest", *(sa.column(name, kind) for name, kind in COLUMNS))
    paths = [path for top, below in TAXONOMY.items() for path in ([top], *([top, name] for name in below))]
    rows = [
        {"id": uuid5(NAMESPACE, "/".join(path)), "name": path[-1], "name_key": fold(path[-1]), "path": path}
        for path in paths
    ]
    op.bulk_insert(table, rows)


def downgrade() -> None:
    op.execute("DELETE FROM interest")


COLUMNS = (("id", sa.Uuid()), ("name", sa.String()), ("name_key", sa.String()), ("path", sa.JSON()))
