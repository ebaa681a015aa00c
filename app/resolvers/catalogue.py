"""The catalogue: searching products and interests, and importing products from the retailer's file."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, bindparam, cast, false, func, literal, or_, select, update
from sqlalchemy import Text as LongText
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import load_only
from sqlalchemy.orm.attributes import set_committed_value

from app.db import search as words
from app.db.keys import Condition, Selection, any_of
from app.db.match import holds
from app.db.page import Order
from app.db.reads import Many, One, RootOne, RootPaged
from app.db.scope import opened, under
from app.db.tables.accounts import Account, Brand
from app.db.tables.catalogue import AdInterest, Interest, Product, ProductSlip
from app.db.work import Work
from app.domain import catalogue as rules
from app.domain.access import Scope
from app.domain.errors import NotFound, Problem, Refusal
from app.domain.events import Event
from app.domain.search import Indexed, Search, indexed, slips
from app.domain.text import fold

LEAST, GREATEST = -1, 2**62  # stand for an unknown price at the end of either order


class ProductSort(Enum):
    RELEVANCE = "RELEVANCE"
    TITLE_ASC = "TITLE_ASC"
    PRICE_ASC = "PRICE_ASC"
    PRICE_DESC = "PRICE_DESC"


# ---- reads


def products(
    scope: Scope,  # noqa: ARG001 - `shop` asks it
    account_id: UUID,
    search: Search,
    fills: bool = True,
    brand_ids: Collection[UUID] | None = None,
    in_stock: bool | None = None,
) -> Selection:
    """The products of the account's vendor that match a search."""
    # unscoped: `shop` has opened the account
    vendor = select(Account.vendor_code).where(Account.id == account_id).scalar_subquery()
    looked: list[Any] = []
    if in_stock is not None:
        looked.append(Product.in_stock.is_(in_stock))
    if brand_ids is not None:
        mine = (Brand.account_id == account_id) & any_of(Brand.id, brand_ids)
        # unscoped: brands of the account opened above
        looked.append(select(Brand.id).where(Brand.name_key == Product.brand_key, mine).exists())
    return matching(vendor, search, *looked, fills=fills)


def matching(vendor: Any, search: Search, *looked: Any, fills: bool = True) -> Selection:
    """The products of a vendor that match a search, and their `rank`, the least first (db/search.py).

    *looked* are conditions on the products that are looked at, such as to be on the Page where a shopper searches.
    """
    table: Any = Product.__table__
    rank: Any = literal(0)
    whose: Any = Product.vendor_code
    if search.forms:
        found = words.matching(search, vendor, looked, fills=fills)
        table, rank = table.join(found, found.c.index_number == Product.index_number), -found.c.total
        looked = ()
        whose = whose + ""  # by no index: PostgreSQL would read all of the vendor's to join the few that were found
    elif not search.is_blank:
        looked = (false(),)
    rows = select(
        *Product.__table__.c,
        rank.label("rank"),
        func.coalesce(Product.price_micros, GREATEST).label("price_up"),
        func.coalesce(Product.price_micros, LEAST).label("price_down"),
    )
    return rows.select_from(table).where(whose == vendor, *looked)


def products_by_ids(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Products of the vendors whose accounts the scope opens."""
    rows = under(Product).where(any_of(Product.id, ids))
    if scope.everything:
        return rows
    vendors = select(Account.vendor_code).where(any_of(Account.id, scope.permitted))  # unscoped: the scope's own
    return rows.where(Product.vendor_code.in_(vendors))


def product_of(where: Condition) -> Selection:
    return under(Product).where(where(Product.id))


def interests(scope: Scope, query: str | None = None) -> Selection:  # noqa: ARG001 - the same for everybody
    rows = under(Interest)
    return rows if query is None else rows.where(holds(Interest.name_key, query, fold))


def interests_by_ids(scope: Scope, ids: Collection[UUID]) -> Selection:  # noqa: ARG001
    return under(Interest).where(any_of(Interest.id, ids))


def interest_of(where: Condition) -> Selection:
    return under(Interest).where(where(Interest.id))


def interests_of_ad(where: Condition) -> Selection:
    # unscoped: below an ad
    rows = select(*Interest.__table__.c, AdInterest.ad_id).join_from(AdInterest, Interest)
    return rows.where(where(AdInterest.ad_id))


def shop(scope: Scope, account_id: UUID, **_: Any) -> None:
    """Refuse an account that the scope does not open, before its products are looked for."""
    opened(scope, account_id, "accountId")


PRODUCTS = RootPaged(
    products,
    orders={
        ProductSort.RELEVANCE: Order(("rank", "title_key", "id")),
        ProductSort.TITLE_ASC: Order(("title_key", "id")),
        ProductSort.PRICE_ASC: Order(("price_up", "id")),
        ProductSort.PRICE_DESC: Order(("price_down", "id"), descending=True),
    },
    check=shop,
)
PRODUCTS_BY_IDS = RootOne(products_by_ids)
PRODUCT_OF = One(product_of, key="id", of="product_id")
INTERESTS = RootPaged(interests, orders={None: Order(("name_key", "id"))})
INTERESTS_BY_IDS = RootOne(interests_by_ids)
INTEREST_OF = One(interest_of, key="id", of="interest_id")
INTERESTS_OF_AD = Many(interests_of_ad, key="ad_id", order=Order(("name_key", "id")))


# ---- changes


async def upsert(work: Work, items: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Write products by vendor and sku; how many of each vendor were new or different. Equal ones are not touched.

    *items* have the same columns of `product` each; others stay, and so does stock (S79 has its own road).
    """
    dialect = work.session.get_bind().dialect.name
    rows = [
        {
            **item,
            "id": work.ids(),
            "in_stock": True,
            "title_key": fold(item["title"]),
            "brand_key": fold(item["brand_name"] or "") or None,
        }
        for item in sorted(items, key=_place)
    ]
    table: Any = Product.__table__  # not the entity: the ORM would split the rows by their nulls
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in ("id", "vendor_code", "in_stock", "sku")}
    differs = or_(*(_compared(table.c[name]).is_distinct_from(_compared(value)) for name, value in fresh.items()))
    keys = [Product.vendor_code, Product.sku]
    write = statement.on_conflict_do_update(index_elements=keys, set_=fresh, where=differs).returning(*_SEARCHED)
    changed: list[Any] = []
    for start in range(0, len(rows), 500):
        changed += (await work.session.execute(write, rows[start : start + 500])).all()
    await _index(work, changed)
    return Counter(each.vendor_code for each in changed)


_SEARCHED = [Product.id, Product.vendor_code, Product.title, Product.brand_name, Product.part, Product.sku, Product.ean]
_SEARCHED += [Product.description, Product.category]


async def _index(work: Work, products: Sequence[Any]) -> None:
    """Write the words of products that were written just now, from all their columns: an item may have had but some."""
    if not products:
        return
    table: Any = Product.__table__
    write = update(table).where(table.c.id == bindparam("key"))
    write = write.values(words=bindparam("new_words"), word_count=bindparam("new_count"))
    found = {each.id: _worded(each) for each in products}
    rows = [{"key": id, "new_words": each.words, "new_count": each.length} for id, each in found.items()]
    await work.session.execute(write, rows)
    await _learn(work, {word for each in found.values() for word in each.named})


def _worded(product: Any) -> Indexed:
    numbers = (product.part, product.sku, product.ean)
    described = (product.description, *product.category)
    return indexed(product.vendor_code, product.title, product.brand_name, numbers, described)


async def _learn(work: Work, words: Collection[str]) -> None:
    """Keep the words that are new under their slips. In one order, and at once: so nobody waits in a circle."""
    known = select(ProductSlip.word).where(any_of(ProductSlip.slip, words), ProductSlip.word == ProductSlip.slip)
    fresh = set(words) - set(await work.session.scalars(known))
    rows = sorted((slip, word) for word in fresh for slip in slips(word))
    if rows:
        dialect = work.session.get_bind().dialect.name
        write = (postgresql if dialect == "postgresql" else sqlite).insert(ProductSlip).on_conflict_do_nothing()
        await work.session.execute(write, [{"slip": slip, "word": word} for slip, word in rows])


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    """Products are written and locked in this order: so nobody waits in a circle."""
    return item["vendor_code"], item["sku"]


def _compared(value: Any) -> Any:
    """PostgreSQL compares JSON as text only."""
    return cast(value, LongText) if isinstance(value.type, JSON) else value


async def note(work: Work, written: Mapping[str, int], **facts: Any) -> None:
    """Write an import to the history of the accounts of the vendors that it changed products of."""
    if not written:
        return
    # unscoped: a feed is for all vendors
    rows = select(Account).where(any_of(Account.vendor_code, list(written))).order_by(Account.id)
    for account in await work.session.scalars(rows):
        work.emit(Event.PRODUCTS_IMPORTED, account, **{"written": written[account.vendor_code], **facts})


def _check_size(items: Sequence[Any]) -> None:
    problem = rules.batch_problem(len(items))
    if problem:
        raise Refusal(problem)


async def put(work: Work, items: Sequence[Mapping[str, Any]], currency: str) -> tuple[list[UUID], list[Problem]]:
    """Write the products of a feed's batch: their keys in its order, and why the others are refused."""
    _check_size(items)
    good, problems = rules.singly(items, lambda item: rules.listed(item, currency), _place)
    if not good:
        return [], problems
    await note(work, await upsert(work, list(good.values())))
    rows = select(Product.id, Product.vendor_code, Product.sku)
    rows = rows.where(any_of(Product.sku, [each["sku"] for each in good.values()]))
    found = {(vendor, sku): id for id, vendor, sku in await work.session.execute(rows)}
    return [found[_place(each)] for each in good.values()], problems


@dataclass(frozen=True)
class Reported:
    """What became of a report: the products it names, those among them that ran out, and what was refused."""

    products: list[UUID]
    out: list[UUID]
    problems: list[Problem]


async def report(work: Work, items: Sequence[Mapping[str, Any]]) -> Reported:
    """Take a batch of reports of stock; each item is refused by itself.

    A sku is the retailer's: it names the product of every vendor who lists it. What is out of stock has its ads
    stopped in this very transaction (S79, by jobs/reactions.py); what is back has none of them resumed.
    """
    _check_size(items)
    good, problems = rules.singly(items, lambda item: rules.reported(item, work.now), lambda item: item["sku"])
    products = await _locked(work, [each["sku"] for each in good.values()])
    for place, item in good.items():
        if item["sku"] not in products:
            at = ("items", str(place), "sku")
            problems.append(NotFound(message="No product has this sku: `productUpsert` makes it.", path=at))
    named = [(product, item) for item in good.values() for product in products.get(item["sku"], ())]
    out = await _restock(work, [pair for pair in named if rules.is_news(pair[1]["at"], pair[0].stock_changed_at)])
    return Reported([product.id for product, _ in named], out, problems)


async def _locked(work: Work, skus: Sequence[str]) -> dict[str, list[Product]]:
    """The products of these skus, locked before the campaigns and ads that they may stop."""
    rows = select(Product).where(any_of(Product.sku, skus)).order_by(Product.vendor_code, Product.sku)
    columns = (Product.vendor_code, Product.sku, Product.title, Product.in_stock, Product.stock_changed_at)
    rows = rows.options(load_only(*columns)).with_for_update(key_share=True)
    found: dict[str, list[Product]] = {}
    for product in await work.session.scalars(rows):
        found.setdefault(product.sku, []).append(product)
    return found


async def _restock(work: Work, news: Sequence[tuple[Product, Mapping[str, Any]]]) -> list[UUID]:
    """Write the stock of all at once, and say what came back and what ran out, which is answered."""
    if not news:
        return []
    table: Any = Product.__table__
    write = update(table).where(table.c.id == bindparam("key"))
    write = write.values(in_stock=bindparam("now_in_stock"), stock_changed_at=bindparam("moment"))
    changes = [{"key": p.id, "now_in_stock": item["in_stock"], "moment": item["at"]} for p, item in news]
    await work.session.execute(write, changes)
    out = [product for product, item in news if product.in_stock and not item["in_stock"]]
    back = [product for product, item in news if not product.in_stock and item["in_stock"]]
    for product, item in news:
        set_committed_value(product, "in_stock", item["in_stock"])
        set_committed_value(product, "stock_changed_at", item["at"])
    there, gone = {"in_stock": True}, {"in_stock": False}
    work.emit_all(Event.PRODUCT_OUT_OF_STOCK, out, there, gone, "Reported out of stock")
    work.emit_all(Event.PRODUCT_BACK_IN_STOCK, back, gone, there, "Reported back in stock")
    return [product.id for product in out]


async def first_products(work: Work, vendor_code: str, count: int) -> Sequence[Product]:
    """The vendor's first *count* products by sku."""
    rows = select(Product).where(Product.vendor_code == vendor_code).order_by(Product.sku).limit(count)
    return (await work.session.scalars(rows)).all()


async def interests_named(work: Work, names: Collection[str]) -> list[UUID]:
    """The ids of interests that are called so, in no order."""
    rows = select(Interest.id).where(any_of(Interest.name_key, {fold(name) for name in names}))
    return list(await work.session.scalars(rows))


async def known_interests(work: Work, ids: Collection[UUID]) -> int:
    """How many of the ids are interests."""
    rows = select(func.count()).select_from(Interest).where(any_of(Interest.id, ids))
    return await work.session.scalar(rows) or 0


async def product_in(work: Work, vendor_code: str, product_id: UUID) -> Product | None:
    """A product of the vendor."""
    rows = select(Product).where(Product.id == product_id, Product.vendor_code == vendor_code)
    return await work.session.scalar(rows)


async def hold(work: Work, product_id: Any) -> UUID | None:
    """Let no report change the product's stock until this transaction ends; before any campaign or ad is locked."""
    return await work.session.scalar(select(Product.id).where(Product.id == product_id).with_for_update(read=True))
