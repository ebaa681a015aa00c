"""How much an account may owe before its clicks cost nothing: a limit that FINANCE sets, or none."""

from uuid import UUID

from sqlalchemy import delete, select

from app.db.scope import find
from app.db.tables.accounts import Account
from app.db.tables.billing import AccountCredit
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.errors import Findings
from app.domain.events import Event
from app.domain.money import Money, amount_problem
from app.domain.text import line, line_problem
from app.resolvers.billing.ledger import limit, locked


async def set_limit(work: Work, account_id: UUID, most: Money | None, reason: str) -> Account:
    """Let an account owe *most*, charged or not; None: as much as its campaigns may spend."""
    account, found = await find(work, Account, account_id, "accountId"), Findings()
    if most is not None:
        found.add(amount_problem(most, "limit", currency=account.currency, least=0, name="the limit"))
    found.add(line_problem(reason, "reason", name="The reason", most=500))
    found.settle()
    # unscoped: of the account that is locked
    credit = await work.session.get(AccountCredit, account_id, with_for_update={"key_share": True})
    before = credit.limit_micros if credit else None
    if most is None:
        await work.session.execute(delete(AccountCredit).where(AccountCredit.account_id == account_id))  # unscoped: too
    elif credit is None:
        work.session.add(AccountCredit(account_id=account_id, limit_micros=most.micros, left_micros=0))
        await work.session.flush()
    if most is not None:
        # unscoped: likewise, so that none of its clicks is being charged meanwhile
        await locked(
            work, (await work.session.scalars(select(Campaign.id).where(Campaign.account_id == account_id))).all()
        )
        await limit(work, account_id, most.micros)
    work.emit(Event.CREDIT_LIMIT_SET, account, line(reason), before=before, after=most.micros if most else None)
    return account
