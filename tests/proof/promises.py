"""What must hold after every step, read from the tables by plain SQL and beside the code that is proved."""

from collections import defaultdict
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.money import minor_unit
from tests.proof.bench import Bench
from tests.proof.processor import Processor

BOOKS = "SELECT campaign_id, kind, sum(amount_micros) FROM ledger_transfer GROUP BY 1, 2"
CAMPAIGNS = """SELECT id, account_id, total_budget_micros, daily_budget_micros, spent_micros, unbilled_micros,
  balance_micros FROM campaign"""
CLICKS = """SELECT a.campaign_id, sum(e.charged_micros) FROM ad_event e JOIN ad a ON a.id = e.ad_id
  WHERE e.kind = 'CLICK' AND e.invalid IS NULL AND NOT EXISTS (SELECT 1 FROM charge_line l
  JOIN click_reversal r ON r.id = l.id WHERE l.auction_id = e.auction_id AND l.slot = e.slot) GROUP BY 1"""
DAYS = "SELECT campaign_id, day, sum(spend_micros) FROM metric_hour GROUP BY 1, 2"
ROLLUPS = """SELECT ad_id, starts_at, sum(impressions), sum(clicks), sum(invalid_clicks), sum(spend_micros)
  FROM metric_hour GROUP BY 1, 2 ORDER BY 1, 2"""
EVENTS = """SELECT ad_id, starts_at, sum(kind = 'IMPRESSION' AND invalid IS NULL) AS i, sum(kind = 'CLICK' AND
  invalid IS NULL) AS c, sum(kind = 'CLICK' AND invalid IS NOT NULL) AS v, sum(charged_micros) AS m
  FROM ad_event GROUP BY 1, 2 HAVING i + c + v > 0 ORDER BY 1, 2"""
CHARGES = "SELECT id, status, currency, amount_micros, paid_micros, next_attempt_at, campaign_id FROM charge"
LEFT = """SELECT campaign_id, sum(amount_micros - paid_micros - offset_micros - credited_micros - written_off_micros)
  FROM charge WHERE status IN ('DUE', 'ATTEMPTING', 'FAILED') GROUP BY 1"""
OPEN = "SELECT charge_id FROM charge_attempt WHERE answered_at IS NULL GROUP BY 1 HAVING count(*) > 1"
ASKED = """SELECT a.id, c.currency, a.amount_micros FROM charge_attempt a JOIN charge c ON c.id = a.charge_id"""
STOPPED = "SELECT id, effective_status FROM ad WHERE system_stop = 'BILLING'"
SERVED = """SELECT a.id FROM ad a JOIN charge c ON c.campaign_id = a.campaign_id WHERE a.system_stop = 'NONE'
  AND a.review_status = 'APPROVED' AND c.status = 'FAILED' AND c.next_attempt_at IS NULL"""
OWED = """SELECT k.account_id, k.limit_micros, k.left_micros, (SELECT sum(unbilled_micros + balance_micros)
  FROM campaign c WHERE c.account_id = k.account_id) FROM account_credit k"""
DEBITS = {  # what each kind adds to what is unbilled, owed, and in cash
    "ACCRUAL": (1, 0, 0), "REVERSAL": (-1, 0, 0), "CHARGE": (-1, 1, 0), "RELIEF": (1, -1, 0), "PAYMENT": (0, -1, 1),
    "CREDIT": (0, -1, 0), "WRITE_OFF": (0, -1, 0), "CREDIT_GIVEN": (0, 1, 0), "CREDIT_TAKEN": (0, -1, 0),
}  # fmt: skip


class Promises:
    """Holds a course of things to what was promised."""

    def __init__(self, bench: Bench, processor: Processor) -> None:
        self.bench, self.processor = bench, processor
        self.stopped: set[str] = set()
        self.before()

    def before(self) -> None:
        """What was spent and owed: a limit that was lowered since is not exceeded by it."""
        self._days = {tuple(row[:2]): row[2] for row in self.bench.rows(DAYS)}
        self._owed = {row[0]: row[3] for row in self.bench.rows(OWED)}

    def hold(self) -> None:
        books, campaigns = self._books(), self.bench.rows(CAMPAIGNS)
        self._balanced(books, campaigns)
        self._never_too_much(books, campaigns)
        self._limited(campaigns)
        self._paid_once(books)
        self._stay_stopped()

    def _books(self) -> dict[str, dict[str, int]]:
        books: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(DEBITS, 0))
        for campaign, kind, amount in self.bench.rows(BOOKS):
            books[campaign][kind] = amount
        return books

    def _balanced(self, books: dict[str, dict[str, int]], campaigns: list[Any]) -> None:
        left = dict(self.bench.rows(LEFT))
        for id, *_, unbilled, balance in campaigns:
            sums = [sum(amount * DEBITS[kind][place] for kind, amount in books[id].items()) for place in range(2)]
            assert sums == [unbilled, balance], f"campaign {id} says {[unbilled, balance]}, its transfers {sums}"
            assert balance <= max(left.get(id, 0), 0), (
                f"campaign {id} owes {balance}, its charges ask for {left.get(id, 0)}"
            )
        given, taken = (sum(book[kind] for book in books.values()) for kind in ("CREDIT_GIVEN", "CREDIT_TAKEN"))
        assert given == taken, "a credit was given that nobody took"

    def _never_too_much(self, books: dict[str, dict[str, int]], campaigns: list[Any]) -> None:
        cost = dict(self.bench.rows(CLICKS))
        by_account: defaultdict[str, int] = defaultdict(int)
        for id, account, *_ in campaigns:
            charged, valid = books[id]["CHARGE"] - books[id]["RELIEF"], cost.get(id, 0)
            assert charged <= valid, f"campaign {id} was charged {charged}, its valid clicks cost {valid}"
            by_account[account] += valid - charged
        assert min(by_account.values()) >= 0, "an account was charged more than its clicks cost"

    def _limited(self, rows: list[Any]) -> None:
        campaigns = {row[0]: row for row in rows}
        for id, _, total, _, spent, *_ in rows:
            assert spent <= total, f"campaign {id} spent {spent} of {total}"
        for id, day, spent in self.bench.rows(DAYS):
            daily = campaigns[id][3]
            most = spent if daily is None else max(daily, self._days.get((id, day), 0))
            assert spent <= most, f"campaign {id} spent {spent} on {day}, not {daily}"
        for id, limit, left, owed in self.bench.rows(OWED):
            assert left == limit - owed, f"account {id} has {left} left of {limit}, and owes {owed}"
            assert owed <= max(limit, self._owed.get(id, owed)), f"account {id} owes {owed} of {limit}"

    def _paid_once(self, books: dict[str, dict[str, int]]) -> None:
        for id, _, currency, amount, paid, *_ in self.bench.rows(CHARGES):
            assert amount % minor_unit(currency) == 0, f"charge {id} of {amount} is no whole minor unit"
            assert paid in (0, self._taken(id)), f"charge {id} was paid {paid}, the processor took {self._taken(id)}"
        for id, currency, amount in self.bench.rows(ASKED):
            assert amount > 0 == amount % minor_unit(currency), f"attempt {id} was for {amount}"
        cash = sum(book["PAYMENT"] for book in books.values())
        assert cash <= sum(order.taken or 0 for order in self.processor.orders.values()), "cash that nobody paid"
        assert self.bench.rows(OPEN) == [], "two attempts at once"

    def _taken(self, charge: str) -> int:
        order = self.processor.orders.get(UUID(charge))
        return (order and order.taken) or 0

    def _stay_stopped(self) -> None:
        stopped = dict(self.bench.rows(STOPPED))
        assert self.stopped <= stopped.keys(), "an ad that was stopped for good is served again"
        assert not {"RUNNING", "READY", "SCHEDULED"} & set(stopped.values()), "an ad that was stopped may be served"
        assert self.bench.rows(SERVED) == [], "a campaign was given up, its ads are not stopped"
        self.stopped |= stopped.keys()

    async def settled(self, *, rebuilt: bool) -> None:
        """At the end nothing is under way, all money is accounted for, and the books and figures are right."""
        charges = self.bench.rows(CHARGES)
        assert [row[0] for row in charges if row[1] == "ATTEMPTING"] == [], "an attempt was never settled"
        paid = {row[0]: row[4] for row in charges}
        assert paid == {id: self._taken(id) for id in paid}, "cash is not what the processor took"
        installation = self.bench.installation
        _, breach = await installation.audit().run()
        assert breach is None, str(breach)
        assert self.bench.rows(ROLLUPS) == self.bench.rows(EVENTS), "the rollups are not what the events say"
        if rebuilt:
            _, differences = await installation.rebuilding().check()
            assert differences == [], str(differences[0])

    def digest(self) -> str:
        """The SHA-256 of all that was kept of money."""
        kept: Any = [self.bench.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]
        return sha256(repr(kept).encode()).hexdigest()


TABLES = ("ledger_transfer", "charge", "charge_attempt", "charge_line", "click_reversal", "charge_adjustment")
