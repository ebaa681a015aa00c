"""Charges are made less: by FINANCE, for a reason, and by clicks that are found invalid later."""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.scope import find, missing, owner
from app.db.tables.accounts import Account
from app.db.tables.billing import Charge, ChargeAdjustment, ChargeLine, ClickReversal
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.billing.charges import AdjustmentKind, ChargeStatus, adjustment_problems, relief
from app.domain.billing.ledger import TransferKind
from app.domain.errors import Conflict, Findings
from app.domain.events import Event
from app.domain.money import Money
from app.domain.text import line, line_problem
from app.resolvers.billing.accruing import accruing
from app.resolvers.billing.invoicing import credit_note
from app.resolvers.billing.ledger import Book, opened
from app.resolvers.billing.settling import end, owed

MOST_CLICKS = 1000
KINDS = {AdjustmentKind.CREDIT: TransferKind.CREDIT, AdjustmentKind.WRITE_OFF: TransferKind.WRITE_OFF}


async def adjust(work: Work, id: UUID, kind: AdjustmentKind, amount: Money, reason: str, issuer: str) -> Charge:
    """Credit a charge, or write off what is still owed of it; what was paid already counts for the charges to come."""
    account_id = await owner(work, Charge, id)
    await find(work, Account, account_id)
    campaign_id = await work.session.scalar(select(Charge.campaign_id).where(Charge.id == id))  # unscoped: as above
    books = await opened(work, [campaign_id] if campaign_id else [])
    charge = await find(work, Charge, id)
    book, found = books[charge.campaign_id], Findings()
    found.add(*adjustment_problems(charge.status, owed(charge), kind, amount, charge.currency, book.unit))
    found.add(line_problem(reason, "reason", name="The reason", most=500))
    found.settle()
    made = ChargeAdjustment(account_id=account_id, charge_id=id, kind=kind, amount_micros=amount.micros)
    made.currency, made.reason, made.at, made.by_user_id = charge.currency, line(reason), work.now, work.caller.user_id
    work.add(made)
    if kind is AdjustmentKind.CREDIT:
        charge.credited_micros += amount.micros
        await credit_note(work, charge, amount.micros, line(reason), issuer)
    else:
        charge.written_off_micros += amount.micros
    book.post(KINDS[kind], made.id, amount.micros, work.now)
    end(charge)
    work.emit(Event.CHARGE_ADJUSTED, charge, line(reason))
    await books.keep(work)
    return charge


async def reverse(work: Work, campaign_id: UUID, clicks: Sequence[UUID], reason: str, issuer: str) -> Charge:
    """Clicks of a campaign were found invalid: their cost is reversed, and where it was charged, relieved (S64).

    Returns the charge that accrues, which is less by that.
    """
    await find(work, Account, await owner(work, Campaign, campaign_id, "campaignId"))
    books, found = await opened(work, [campaign_id]), Findings()
    if not 1 <= len(clicks) <= MOST_CLICKS:
        found.invalid(f"Name 1 to {MOST_CLICKS} clicks at once.", "clickIds", constraint=f"1..{MOST_CLICKS}")
    found.settle()
    lines = await _lines(work, campaign_id, clicks, found)
    found.add(line_problem(reason, "reason", name="The reason", most=500))
    found.settle()
    charges = await _charges(work, lines)
    open_one = (await accruing(work, [campaign_id]))[campaign_id]
    last = await _last(work, campaign_id)
    given, relieved = Counter[UUID](), dict[UUID, tuple[Charge, list[ChargeLine]]]()
    for each in lines:
        mine = charges[each.charge_id]
        charge = last if last and mine.status is ChargeStatus.ACCRUING else mine
        told = ClickReversal(id=each.id, account_id=charge.account_id, charge_id=charge.id, at=work.now)
        told.reason, told.by_user_id = line(reason), work.caller.user_id
        work.session.add(told)
        given[charge.id] += _reverse(work, books[campaign_id], charge, open_one, each)
        relieved.setdefault(charge.id, (charge, []))[1].append(each)
    work.emit(
        Event.CLICKS_REVERSED, open_one, line(reason), clicks=len(lines), micros=sum(c.cost_micros for c in lines)
    )
    await work.session.flush()
    for id in sorted(filter(given.get, given)):
        charge, clicked = relieved[id]
        await credit_note(work, charge, given[id], line(reason), issuer, clicked)
    await books.keep(work)
    return open_one


def _reverse(work: Work, book: Book, charge: Charge, open_one: Charge, click: ChargeLine) -> int:
    """One click: what is unbilled becomes less; less than nothing is given back of the click's charge: how much."""
    book.post(TransferKind.REVERSAL, click.id, click.cost_micros, work.now)
    given = relief(book.unbilled, book.unit)
    open_one.reversed_micros += click.cost_micros - given
    if given:
        book.post(TransferKind.RELIEF, click.id, given, work.now)
        charge.credited_micros += given
        end(charge)
    return given


async def _lines(work: Work, campaign_id: UUID, clicks: Collection[UUID], found: Findings) -> Sequence[ChargeLine]:
    """The lines of clicks; NOT_FOUND for one of another campaign, a problem for one that was reversed before."""
    # unscoped: of the campaign whose account is locked
    rows = select(ChargeLine).join(Charge, Charge.id == ChargeLine.charge_id).where(any_of(ChargeLine.id, clicks))
    lines = {each.id: each for each in await work.session.scalars(rows.where(Charge.campaign_id == campaign_id))}
    # unscoped: likewise, by the keys of these clicks
    before = set(await work.session.scalars(select(ClickReversal.id).where(any_of(ClickReversal.id, clicks))))
    for place, id in enumerate(clicks):
        if id not in lines:
            raise missing(ChargeLine, "clickIds", str(place))
        if id in before:
            found.add(Conflict(message="The click was found invalid already.", path=("clickIds", str(place))))
    return [lines[id] for id in dict.fromkeys(clicks)]


async def _last(work: Work, campaign_id: UUID) -> Charge | None:
    """The charge that was closed last: it is relieved for a click that accrues, where others took up its cost."""
    # unscoped: of the campaign whose account is locked
    rows = select(Charge).where(Charge.campaign_id == campaign_id, Charge.status != ChargeStatus.ACCRUING)
    rows = rows.order_by(Charge.opened_at.desc(), Charge.id.desc()).limit(1)
    return await work.session.scalar(rows.with_for_update(key_share=True))


async def _charges(work: Work, lines: Sequence[ChargeLine]) -> dict[UUID, Charge]:
    # unscoped: of the campaign whose account is locked
    rows = select(Charge).where(any_of(Charge.id, {each.charge_id for each in lines})).order_by(Charge.id)
    return {each.id: each for each in await work.session.scalars(rows.with_for_update(key_share=True))}
