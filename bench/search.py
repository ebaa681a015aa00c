"""How well products are found: the rated queries of the shared data against the catalogue that they were rated on.

The share is of queries whose first ten products include one that people rated 2 or 3. NDCG@10, with gains of
2^rating - 1, is the mean over the queries for which anything is rated above 0. Most products were never rated and count
as 0; the last column leaves them out. Halves are told apart: weights that suit one of them alone would show.
"""

import asyncio
import csv
import os
from collections import defaultdict
from collections.abc import Sequence
from hashlib import md5
from math import log2
from pathlib import Path
from statistics import mean
from typing import Any

from bench.data import Size
from bench.stores import HOME, Store, prepare

DATA = HOME.parent / "shared" / "data"
VENDOR = "RATED"
SIZE = Size(0)
DEPTH = 10
HEAD = """| | share | first / second half | NDCG@10 | first / second half | NDCG@10 of the rated |
|---|---|---|---|---|---|"""
Ratings = dict[str, dict[str, int]]
"""By query and sku."""
Lists = dict[str, list[str]]
"""The skus found for each query, the best first."""


def measure(store: Store, folder: Path = DATA) -> None:
    """Print how well a database finds, beside LIKE and the best order of what it finds."""
    print(asyncio.run(_table(store, folder)))


async def _table(store: Store, folder: Path) -> str:
    rated = ratings(folder / "queries_rated.csv")
    await prepare(store, SIZE, HOME)
    await store.rows(f"update account set vendor_code = '{VENDOR}' where vendor_code = 'VENDOR00002'")
    os.environ["ENDCAP_DATABASE_URL"] = store.url
    from app.wiring import installation

    installed = installation()
    try:
        await installed.importing(folder / "products.jsonl.gz", VENDOR).run(strict=True)
        found = await _found(installed.database, rated)
    finally:
        await installed.database.close()
    ideal = {query: sorted(skus, key=lambda sku: -rated[query].get(sku, 0)) for query, skus in found.items()}
    rows = {"LIKE": await _liked(store, rated), "Endcap": found, "the same products, best rated first": ideal}
    return "\n".join([HEAD, *(f"| {name} | {_cells(lists, rated)} |" for name, lists in rows.items())])


def ratings(path: Path) -> Ratings:
    rated: Ratings = defaultdict(dict)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            rated[row["query"]][row["sku"]] = int(row["rating"])
    return rated


async def _found(database: Any, rated: Ratings) -> Lists:
    """What the declared read selects, in the order of relevance."""
    from sqlalchemy import literal

    from app.db.page import ordered
    from app.domain.search import Search
    from app.resolvers.catalogue import PRODUCTS, ProductSort, matching

    lists: Lists = {}
    async with database.reading() as connection:
        for query in rated:
            rows = ordered(matching(literal(VENDOR), Search.of(query)), PRODUCTS.orders[ProductSort.RELEVANCE])
            names = ("sku", "rank", "title_key", "id")
            rows = rows.with_only_columns(*(rows.selected_columns[name] for name in names))
            lists[query] = [row.sku for row in await connection.execute(rows)]
    return lists


async def _liked(store: Store, rated: Ratings) -> Lists:
    """The query as a part of the title, by title."""
    rows = f"select sku from product where vendor_code = '{VENDOR}' and title_key like '%{{}}%' order by title_key, id"
    return {query: [sku for (sku,) in await store.rows(rows.format(query.replace("'", "''")))] for query in rated}


def _cells(lists: Lists, rated: Ratings) -> str:
    hits, gains, known = {}, {}, {}
    for query, skus in lists.items():
        of = rated[query]
        hits[query] = float(any(of.get(sku, 0) >= 2 for sku in skus[:DEPTH]))
        if any(of.values()):
            gains[query] = ndcg([of.get(sku, 0) for sku in skus], of.values())
            known[query] = ndcg([of[sku] for sku in skus if sku in of], of.values())
    return " | ".join([*_parts(hits), *_parts(gains), _parts(known)[0]])


def _parts(figures: dict[str, float]) -> list[str]:
    """The mean of all, and of either half."""
    halves = [[value for query, value in figures.items() if half(query) == each] for each in (0, 1)]
    return [f"{mean(figures.values()):.3f}", " / ".join(f"{mean(each):.3f}" for each in halves)]


def half(query: str) -> int:
    return md5(query.encode()).digest()[0] % 2


def ndcg(ratings: Sequence[int], all_ratings: Any) -> float:
    return _gain(ratings) / _gain(sorted(all_ratings, reverse=True))


def _gain(ratings: Sequence[int]) -> float:
    return sum((2**rating - 1) / log2(place + 2) for place, rating in enumerate(ratings[:DEPTH]))
