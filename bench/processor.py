"""Processor time of other processes, from /proc; zero where there is no /proc."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
Used = dict[int, float]
"""Seconds that each process has used, by its id."""
QUIET = 0.02  # seconds of processor time in PAUSE seconds
PAUSE = 0.1
SETTLE_SECONDS = 60


def of_tree(root: int) -> Used:
    """A process, its children and theirs."""
    parents = {pid: parent for pid in _processes() if (parent := _parent(pid)) is not None}
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return {pid: _used(pid) for pid in family}


def of_backends(database: str) -> Used:
    """The PostgreSQL processes that serve a database."""
    return {pid: _used(pid) for pid in _processes() if _serves(pid, database)}


def between(before: Used, after: Used) -> float:
    """Seconds used between two looks; what ended in between is not known and left out."""
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())


def settle(roots: list[int], database: str) -> None:
    """Wait until the servers have worked off what was still asked of them when the load ended."""
    until = time.monotonic() + SETTLE_SECONDS
    before = None
    while time.monotonic() < until:
        used = of_backends(database)
        for root in roots:
            used |= of_tree(root)
        if before is not None and between(before, used) < QUIET:
            return
        before = used
        time.sleep(PAUSE)


def _processes() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdigit()] if PROC.exists() else []


def _stat(pid: int) -> list[str]:
    """The fields behind the command's name: state, parent, ...; nothing of a process that has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _used(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:15])) / TICKS  # user and system time, its own and of children that ended


def _serves(pid: int, database: str) -> bool:
    """A backend calls itself `postgres: [cluster:] user database client ...`."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace").split()
    except OSError:
        return False
    return words[:1] == ["postgres:"] and database in words[2:4]
