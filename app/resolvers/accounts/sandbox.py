"""Test accounts: made with goods to advertise, and their time passed by a job (S28)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.db.keys import Condition, Selection, any_of
from app.db.reads import One
from app.db.scope import find, under
from app.db.tables.account_jobs import AccountJob
from app.db.tables.accounts import Account, Membership, Sandbox
from app.db.tables.identity import User
from app.db.work import Work
from app.domain import sandbox as rules
from app.domain.access import MemberLevel
from app.domain.account_jobs import OPEN, JobKind
from app.domain.accounts import AccountStatus, MembershipStatus, active_problem
from app.domain.catalogue import plain
from app.domain.delivery.simulation.goods import GOODS
from app.domain.errors import Conflict, Findings, Refusal
from app.resolvers import account_jobs as jobs
from app.resolvers import catalogue
from app.resolvers.accounts.account import create as create_account

ADVANCE = "sandbox.advance"


def sandbox_of_account(where: Condition) -> Selection:
    return under(Sandbox).where(where(Sandbox.account_id))


SANDBOX_OF_ACCOUNT = One(sandbox_of_account, key="account_id", of="id")


@dataclass(frozen=True)
class Shop:
    """What test accounts are made with: their currency, and where pages of products are (a template)."""

    currency: str
    product_url: str


async def create(work: Work, shop: Shop, name: str, seed: int | None) -> Account:
    """A test account of the caller's, with a vendor, a brand and goods of its own: nothing of it is real."""
    user = await work.session.get_one(User, work.caller.user_id)
    found = Findings()
    found.add(rules.room_problem(await _count(work, user.id)))
    if seed is not None:
        rules.seed_problem(found, seed)
    found.settle()
    own = work.ids()
    code = f"SANDBOX-{own.hex[-12:].upper()}"
    account = await create_account(work, name, code, shop.currency, user, is_sandbox=True)
    seed = own.int % (rules.GREATEST_SEED + 1) if seed is None else seed
    work.session.add(Sandbox(account_id=account.id, seed=seed, now=work.now))
    await work.session.flush()
    whose = {"vendor_code": code, "brand_name": account.display_name, "currency": shop.currency}
    goods = [plain(whose, shop.product_url, f"{code}-{at:02}", *each) for at, each in enumerate(GOODS, 1)]
    await catalogue.upsert(work, goods)
    return account


async def _count(work: Work, user_id: UUID) -> int:
    """How many test accounts a person administers that are not closed."""
    # unscoped: the caller's own
    rows = select(func.count()).select_from(Account).join(Membership, Membership.account_id == Account.id)
    rows = rows.where(Account.is_sandbox, Account.status != AccountStatus.CLOSED, Membership.user_id == user_id)
    rows = rows.where(Membership.status == MembershipStatus.ACTIVE, Membership.level == MemberLevel.ADMIN)
    return await work.session.scalar(rows) or 0


async def advance(work: Work, account_id: UUID, duration: timedelta, shoppers: int) -> AccountJob:
    """A job that lets time pass in a test account, and shoppers come to it."""
    account = await find(work, Account, account_id, "accountId")
    found = Findings()
    found.add(active_problem(account.status))
    rules.check_advance(found, duration, shoppers)
    found.settle()
    # unscoped: of the account opened above
    rows = select(Sandbox).where(Sandbox.account_id == account.id).with_for_update()
    clock = await work.session.scalar(rows)
    if clock is None:
        message = "Only in a test account can time be let pass: `sandboxAccountCreate` makes one."
        raise Refusal(Conflict(message=message, path=("accountId",)))
    until = rules.begins(clock.now, work.now) + duration
    found.add(rules.advance_problem(until, work.now, runs=await _runs(work, account.id)))
    found.settle()
    clock.now = rules.begins(clock.now, work.now)
    kept = {"begins": clock.now.isoformat(), "until": until.isoformat(), "shoppers": shoppers}
    return await jobs.request(work, account.id, JobKind.SANDBOX_ADVANCE, kept, ADVANCE)


async def _runs(work: Work, account_id: UUID) -> bool:
    # unscoped: of the account opened before
    rows = select(AccountJob.id).where(AccountJob.account_id == account_id, any_of(AccountJob.status, OPEN))
    rows = rows.where(AccountJob.kind == JobKind.SANDBOX_ADVANCE).limit(1)
    return (await work.session.execute(rows)).first() is not None


# ---- of who does it


@dataclass(frozen=True)
class Brief:
    """What is to be done: whose time passes, from when until when, for how many shoppers a day of which seed."""

    job_id: UUID
    account_id: UUID
    seed: int
    shoppers: int
    begins: datetime
    now: datetime
    until: datetime

    def steps(self, now: datetime) -> tuple[int, int]:
        """How many hours have passed, and of how many."""
        return (now - self.begins) // rules.HOUR, (self.until - self.begins) // rules.HOUR


async def start(work: Work, id: UUID, attempt: int) -> Brief | None:
    """What the job is to do; begun again, it goes on where time has come to. None where it has ended."""
    job = await jobs.start(work, id, attempt)
    if job is None:
        return None
    clock = await work.session.get_one(Sandbox, job.account_id)  # unscoped: of who does the job
    begins, until = (datetime.fromisoformat(job.arguments[name]) for name in ("begins", "until"))
    return Brief(job.id, job.account_id, clock.seed, job.arguments["shoppers"], begins, clock.now, until)


async def note(work: Work, brief: Brief, attempt: int, now: datetime) -> bool:
    """Time has come to *now*; whether the job is to go on."""
    clock = await work.session.get_one(Sandbox, brief.account_id)  # unscoped: of who does the job
    clock.now = now
    return await jobs.note(work, brief.job_id, attempt, *brief.steps(now))
