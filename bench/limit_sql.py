"""The statements of the limit: each checks session and membership, and selects the whole answer as JSON text.

One text serves both databases; a Dialect has what they write differently. Parameters are numbered: 1 is the SHA-256 of
the session's token in hexadecimal. No row comes back where the session or the membership does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

Parts = list[str]
"""Expressions that make a JSON text one behind the other; none is ever null."""


@dataclass(frozen=True)
class Dialect:
    """How a database writes it; templates take their parts by `str.format`."""

    mark: str  # of a parameter, before its number
    now: str
    quote: str  # a text as a JSON string
    gather: str  # the values of rows with commas between, in the order of the subquery
    global_id: Callable[[str, str], str]  # type name, column -> base64url without padding of "name:" and the 16 bytes
    decimal: str  # a number of millionths as a decimal number without trailing zeros
    found: str  # whether the index has a product p of the shop under a condition
    nothing: str  # a condition that no product meets
    grade: str  # of a word in a product p
    join: Callable[[Parts], str]

    def id(self, kind: str, column: str) -> Parts:
        return string(self.global_id(kind, column))

    def free(self, column: str) -> Parts:
        """A text that may need escapes."""
        return [self.quote.format(column)]

    def array(self, item: Parts, rows: str) -> Parts:
        """A JSON list of *item* for each row of a selection with an alias."""
        gathered = self.gather.format(self.join(item))
        return ["'['", f"coalesce((select {gathered} from {rows}), '')", "']'"]


def string(expression: str) -> Parts:
    """A JSON string of what needs no escapes."""
    return ["'\"'", expression, "'\"'"]


def obj(**fields: Parts) -> Parts:
    """A JSON object; neighbouring literals become one."""
    parts, before = [], "{"
    for name, value in fields.items():
        parts += [f"'{before}\"{name}\":'", *value]
        before = ","
    merged: Parts = []
    for part in [*parts, "'}'"]:
        if merged and merged[-1].endswith("'") and merged[-1].startswith("'") and part.startswith("'"):
            merged[-1] = merged[-1][:-1] + part[1:]
        else:
            merged.append(part)
    return merged


POSTGRES = Dialect(
    mark="$",
    now="now()",
    quote="to_json({})",
    gather="string_agg({}, ',')",
    global_id=lambda kind, column: (
        f"translate(encode('\\x{f'{kind}:'.encode().hex()}'::bytea || uuid_send({column}), 'base64'), '+/=', '-_')"
    ),
    decimal="trim_scale({} * 0.000001)",
    found=(
        "endcap_words(p.words) @@ cast('''_' || encode(convert_to((select vendor_code from shop), 'UTF8'), 'hex')"
        " || ''' & ' || {} as tsquery)"
    ),
    nothing="'''_'''",
    grade="greatest(ascii(split_part(p.words, {}, 2)) - 32, 0)",
    join=lambda parts: f"concat({', '.join(parts)})",
)
SQLITE = Dialect(
    mark="?",
    now="strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    quote="json_quote({})",
    gather="group_concat({}, ',')",
    global_id=lambda kind, column: f"global_id('{kind}:', {column})",  # of limit.py: SQLite has no base64
    decimal="rtrim(rtrim(printf('%d.%06d', {0} / 1000000, {0} % 1000000), '0'), '.')",
    found=(
        "p.index_number in (select rowid from product_index where product_index match"
        """ ('"_' || lower(hex((select vendor_code from shop))) || '" AND ' || {}))"""
    ),
    nothing="""'"_"'""",
    grade="coalesce(unicode(substr(p.words, nullif(instr(p.words, {0}), 0) + length({0}), 1)) - 32, 0)",
    join=lambda parts: f"({' || '.join(parts)})",
)


def viewer(d: Dialect) -> str:
    """A: parameters 1 session."""
    account = obj(
        id=d.id("Account", "r.account_id"),
        displayName=d.free("r.display_name"),
        status=string("r.status"),
        currency=string("r.currency"),
    )
    memberships = d.array(
        obj(id=d.id("Membership", "r.id"), level=string("r.level"), account=account),
        """(select m.id, m.level, m.account_id, a.display_name, a.status, a.currency
        from membership m join account a on a.id = m.account_id
        where m.user_id = u.id and m.status = 'ACTIVE' order by a.name_key, m.id limit 10) r""",
    )
    user = obj(id=d.id("User", "u.id"), name=d.free("u.name"))
    answer = d.join(obj(data=obj(viewer=obj(user=user, memberships=memberships))))
    return f'select {answer} from session s join "user" u on u.id = s.user_id where {_session(d)}'


def dashboard(d: Dialect) -> str:
    """B: parameters 1 session, 2 account, 3 and 4 first and last day."""
    ad = obj(
        id=d.id("Ad", "r.id"),
        title=d.free("r.title"),
        effectiveStatus=string("r.effective_status"),
        bid=obj(micros=string("r.bid_micros")),
        metrics=_totals(d, "ad_id", "r.id"),
    )
    ads = d.array(ad, "(select * from ad where campaign_id = c.id order by created_at desc, id desc limit 10) r")
    campaign = obj(
        id=d.id("Campaign", "c.id"),
        name=d.free("c.name"),
        kind=string("c.kind"),
        effectiveStatus=string("c.effective_status"),
        totalBudget=obj(micros=string("c.total_budget_micros"), currency=string("c.currency")),
        spent=obj(micros=string("c.spent_micros")),
        metrics=_totals(d, "campaign_id", "c.id"),
        ads=obj(nodes=ads),
    )
    mine = "from campaign where account_id = a.id order by created_at desc, id desc limit"
    more = f"(select case when count(*) > 50 then 'true' else 'false' end from (select id {mine} 51) n)"
    last = f"coalesce((select {d.global_id('Campaign', 'n.id')} from (select id {mine} 1 offset 49) n), '')"
    page = obj(hasNextPage=[more], endCursor=string(last))
    campaigns = obj(pageInfo=page, nodes=d.array(campaign, f"(select * {mine} 50) c"))
    account = obj(id=d.id("Account", "a.id"), displayName=d.free("a.display_name"), campaigns=campaigns)
    return f"select {d.join(obj(data=obj(account=account)))} from account a {_member(d, 'a.id')} where a.id = {d.mark}2"


def series(d: Dialect) -> str:
    """C: parameters 1 session, 2 campaign, 3 and 4 first and last day."""
    days = f"""(select day, {SUMS} from metric_hour
        where campaign_id = c.id and day between {d.mark}3 and {d.mark}4 group by day order by day) r"""
    campaign = obj(
        id=d.id("Campaign", "c.id"),
        name=d.free("c.name"),
        effectiveStatus=string("c.effective_status"),
        metrics=_totals(d, "campaign_id", "c.id"),
        dailyMetrics=d.array(obj(day=string("r.day"), **_figures(d, "r")), days),
    )
    answer = d.join(obj(data=obj(campaign=campaign)))
    return f"select {answer} from campaign c {_member(d, 'c.account_id')} where c.id = {d.mark}2"


def search(d: Dialect, forms: tuple[int, ...]) -> str:
    """E, for words of so many forms each: parameters 1 session, 2 account, 3 the query as a number of a product, 4 the
    condition of all words, then of each word its forms and its own condition.
    """
    price = d.join(obj(micros=string("r.price_micros")))
    product = obj(
        id=d.id("Product", "r.id"),
        sku=d.free("r.sku"),
        title=d.free("r.title"),
        price=[f"case when r.price_micros is null then 'null' else {price} end"],
    )
    nodes = d.array(
        product,
        """(select p.id, p.sku, p.title, p.price_micros
        from (select * from exact union all select * from partial where number not in (select number from exact)) f
        join product p on p.index_number = f.number order by f.total desc, p.title_key, p.id limit 10) r""",
    )
    answer = d.join(obj(data=obj(products=obj(nodes=nodes))))
    return f"{_matching(d, forms)} select {answer} from shop a"


def _matching(d: Dialect, forms: tuple[int, ...]) -> str:
    """The products with all words of a search, and where they are less than 20, those with some (app/db/search.py)."""
    marks = iter(f"{d.mark}{place}" for place in range(5, 5 + sum(forms) + len(forms)))
    words = [([next(marks) for _ in range(count)], next(marks)) for count in forms]
    impacts = [_impact(d, of) for of, _ in words]
    few = "(select count(*) from exact) < 20 and not exists (select 1 from exact where is_own)"
    parts = " union all ".join(
        f"select p.index_number as number, 10000000 + {impact} as total from product p where "
        + d.found.format(f"case when {few} then {loose} else {d.nothing} end")
        for impact, (_, loose) in zip(impacts, words, strict=True)
    )
    own = d.grade.format(f"{d.mark}3") + " > 0"
    return f"""with shop as (select a.vendor_code from account a {_member(d, "a.id")} where a.id = {d.mark}2),
    exact as (select p.index_number as number, {len(forms) + 1} * 10000000 + {" + ".join(impacts)}
        + case when {own} then 1000000 else 0 end as total, {own} as is_own
        from product p where {d.found.format(f"{d.mark}4")}),
    partial as (select number, sum(total) as total, false as is_own from ({parts}) e group by number)"""


def _impact(d: Dialect, forms: Parts) -> str:
    grade = f"coalesce(nullif({' + '.join(map(d.grade.format, forms))}, 0), 1)"
    return f"(10000 - 10000 * (p.word_count + 2) / (4 * {grade} + p.word_count + 2))"


def raise_budget_postgres() -> str:
    """D on PostgreSQL, one statement: parameters 1 session, 2 campaign, 3 micros."""
    return f"""
    with old as (
        select c.id, c.account_id, c.total_budget_micros, s.user_id
        from campaign c {_member(POSTGRES, "c.account_id")} and {EDITABLE} where c.id = $2 for no key update of c
    ), new as (
        update campaign c set total_budget_micros = greatest($3, c.spent_micros), version = c.version + 1,
            updated_at = now() from old where c.id = old.id returning c.id, c.total_budget_micros, c.version
    ), history as (
        insert into change (id, at, {HISTORY})
        select gen_random_uuid(), now(), old.account_id, u.id, u.name, {HAPPENED}, new.id,
            {_budget("old.total_budget_micros")}::json, {_budget("new.total_budget_micros")}::json
        from old join new on new.id = old.id join "user" u on u.id = old.user_id
    ) select {_updated(POSTGRES, "new")} from new"""


def raise_budget_sqlite() -> tuple[str, str]:
    """D on SQLite, where a statement writes one table: history, then the campaign; for one transaction."""
    old = f"from campaign c {_member(SQLITE, 'c.account_id')} and {EDITABLE}"
    history = f"""
    insert into change (id, at, {HISTORY})
    select lower(hex(randomblob(16))), {SQLITE.now}, c.account_id, u.id, u.name, {HAPPENED}, c.id,
        {_budget("c.total_budget_micros")}, {_budget("max(?3, c.spent_micros)")}
    {old} join "user" u on u.id = s.user_id where c.id = ?2"""
    update = f"""
    update campaign set total_budget_micros = max(?3, spent_micros), version = version + 1, updated_at = {SQLITE.now}
    where id = (select c.id {old} where c.id = ?2) returning {_updated(SQLITE, "campaign")}"""
    return history, update


HISTORY = "account_id, actor_user_id, actor, via, event, action, subject_type, subject_id, before, after"
HAPPENED = "'SESSION', 'CAMPAIGN_UPDATED', 'campaignUpdate', 'Campaign'"
EDITABLE = "m.level in ('EDITOR', 'ADMIN') and c.configured_status <> 'ARCHIVED'"
SUMS = ", ".join(
    f"cast(coalesce(sum({name}), 0) as bigint) as {name}" for name in ("impressions", "clicks", "spend_micros")
)


def _session(d: Dialect) -> str:
    return f"s.token_hash = {d.mark}1 and s.expires_at > {d.now} and s.revoked_at is null"


def _member(d: Dialect, account: str) -> str:
    """JOIN the caller's active membership in an account."""
    return f"""join membership m on m.account_id = {account} and m.status = 'ACTIVE'
        join session s on s.user_id = m.user_id and {_session(d)}"""


def _totals(d: Dialect, column: str, parent: str) -> Parts:
    """The metrics of a parent, of the days from parameter 3 to 4; zeros where nothing was counted."""
    days = f"{column} = {parent} and day between {d.mark}3 and {d.mark}4"
    return [f"(select {d.join(obj(**_figures(d, 't')))} from (select {SUMS} from metric_hour where {days}) t)"]


def _figures(d: Dialect, row: str) -> dict[str, Parts]:
    """The click-through rate is rounded half up to six places; null without impressions."""
    clicks, shown = f"{row}.clicks", f"{row}.impressions"
    doubled = f"({clicks} * 2000000 + {shown})"
    millionths = f"({doubled} / (2 * {shown}))"
    ratio = d.join(string(d.decimal.format(millionths)))
    return {
        "impressions": string(shown),
        "clicks": string(clicks),
        "ctr": [f"case when {shown} = 0 then 'null' else {ratio} end"],
        "spend": obj(micros=string(f"{row}.spend_micros")),
    }


def _budget(micros: str) -> str:
    return f"""('{{"total_budget_micros": ' || {micros} || '}}')"""


def _updated(d: Dialect, row: str) -> str:
    budget = obj(micros=string(f"{row}.total_budget_micros"))
    campaign = obj(id=d.id("Campaign", f"{row}.id"), totalBudget=budget, version=[f"{row}.version"])
    return d.join(obj(data=obj(campaignUpdate=obj(campaign=campaign, userErrors=["'[]'"]))))
