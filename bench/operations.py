"""The operations, and the requests that are sent of each: many, so that no answer repeats at once."""

import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bench import data

FOLDER = Path(__file__).parent / "ops"
SERIAL = "#serial#"  # stands for a number that no two requests of the benchmark share
Variables = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """An operation of `ops/`, with the variables its requests take in turn."""

    name: str
    document: str
    variables: tuple[Variables, ...]

    @property
    def writes(self) -> bool:
        return self.document.startswith("mutation")


def global_id(kind: str, number: int) -> str:
    raw = f"{kind}:".encode() + data.key(kind.lower(), number).bytes
    return urlsafe_b64encode(raw).decode().rstrip("=")


@cache
def operations() -> dict[str, Operation]:
    """All operations by their names: A to E."""
    return {name: Operation(name, (FOLDER / f"{name}.graphql").read_text(), tuple(of())) for name, of in GIVEN.items()}


def serial() -> int:
    """The first of the numbers that stand for SERIAL in a run: micros above any budget of data.py.

    It grows by a million a second: no run sends so many requests that the next one would repeat their numbers.
    """
    return 10**13 + time.time_ns() // 1000 % 10**14


def _viewers() -> list[Variables]:
    return [{}]


def _dashboards() -> list[Variables]:
    """Each own account on each day: one row of metric_hour for each ad, as a totals table would have."""
    accounts = [global_id("Account", number) for number in range(data.OWN_ACCOUNTS)]
    days = [str(data.FIRST_DAY + timedelta(place)) for place in range(data.DAYS)]
    return [{"accountId": account, "range": {"from": day, "to": day}} for day in days for account in accounts]


def _series() -> list[Variables]:
    first, last = str(data.FIRST_DAY), str(data.FIRST_DAY + timedelta(data.DAYS - 1))
    return [{"id": campaign, "range": {"from": first, "to": last}} for campaign in _own_campaigns()]


def _budgets() -> list[Variables]:
    return [{"id": campaign, "micros": SERIAL} for campaign in _own_campaigns()]


def _searches() -> list[Variables]:
    return [{"accountId": global_id("Account", 0), "query": query} for query in data.QUERIES]


def _own_campaigns() -> list[str]:
    """Taken across the accounts: requests at the same time change different campaigns."""
    return [global_id("Campaign", number) for number in range(data.OWN_ACCOUNTS * data.CAMPAIGNS)]


GIVEN = {"A": _viewers, "B": _dashboards, "C": _series, "D": _budgets, "E": _searches}
