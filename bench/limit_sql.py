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
    holds: str  # whether a text holds a word
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
    holds="strpos({}, {}) > 0",
    join=lambda parts: f"concat({', '.join(parts)})",
)
SQLITE = Dialect(
    mark="?",
    now="strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    quote="json_quote({})",
    gather="group_concat({}, ',')",
    global_id=lambda kind, column: f"global_id('{kind}:', {column})",  # of limit.py: SQLite has no base64
    decimal="rtrim(rtrim(printf('%d.%06d', {0} / 1000000, {0} % 1000000), '0'), '.')",
    holds="instr({}, {}) > 0",
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


def search(d: Dialect, words: int) -> str:
    """E: parameters 1 session, 2 account, 3 the query as the beginning of a title, 4 and so on its words."""
    columns = ("p.title_key", "p.brand_key", "lower(p.part)", "lower(p.sku)")
    marks = [f"{d.mark}{4 + place}" for place in range(words)]
    wanted = [" or ".join(d.holds.format(column, mark) for column in columns) for mark in marks]
    begins = f"p.title_key like {d.mark}3 or p.brand_key = {marks[0]}"
    rank = f"case when {begins} then 0 when {d.holds.format('p.title_key', marks[0])} then 1 else 2 end"
    price = d.join(obj(micros=string("r.price_micros")))
    product = obj(
        id=d.id("Product", "r.id"),
        sku=d.free("r.sku"),
        title=d.free("r.title"),
        price=[f"case when r.price_micros is null then 'null' else {price} end"],
    )
    nodes = d.array(
        product,
        f"""(select p.id, p.sku, p.title, p.price_micros from product p
        where p.vendor_code = a.vendor_code and ({") and (".join(wanted)})
        order by {rank}, p.title_key, p.id limit 10) r""",
    )
    answer = d.join(obj(data=obj(products=obj(nodes=nodes))))
    return f"select {answer} from account a {_member(d, 'a.id')} where a.id = {d.mark}2"


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
