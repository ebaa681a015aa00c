"""Nothing that is committed names a path of one machine or the host a package came from."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.source import HOME, uphold

MACHINE = re.compile(r"(?<![\w.\-/])/(?:work|root|tmp/bash_jobs)(?:/|\.|$)|(?<![\w.\-])/home/\w+/", re.MULTILINE)
HOSTS = re.compile(
    r"pypi\.org|pythonhosted|npmjs\.|yarnpkg\.|jsr\.io|crates\.io|proxy\.golang|(?:https?:)?//[\w.\-]*(?:artifactory|nexus|jfrog|mirror|registry)",
    re.IGNORECASE,
)
BESIDE = re.compile(r"(?<![\w./])\.\./shared(?!/data\b)|(?<![\w./])\.\./shared/data\b")
LOCKS = re.compile(r"(?:^|/)(?:requirements/.*\.txt|package-lock\.json|.*\.lock)$")
ADDRESS = re.compile(r"\b[a-z+]+://|--(?:extra-)?index-url", re.IGNORECASE)
MAY_SPEAK_OF_HOSTS = (".ci/README.md", ".ci/notes")


@cache
def tracked() -> tuple[tuple[str, str], ...]:
    """Every text file that is, or would be, committed, with its text."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, cwd=HOME, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = [path for path in listed if path and (HOME / path).is_file()]
    texts = [(path, (HOME / path).read_bytes()) for path in paths]
    return tuple((path, text.decode(errors="replace")) for path, text in texts if b"\0" not in text)


def traces(path: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if path.startswith(MAY_SPEAK_OF_HOSTS):
            continue
        if MACHINE.search(line):
            yield f"{path}:{number} names a path of this machine"
        if HOSTS.search(line):
            yield f"{path}:{number} names a package host"
        if (beside := BESIDE.search(line)) and not (path.startswith("tests/") and beside.group().endswith("/data")):
            yield f"{path}:{number} reaches beside the project"
        if LOCKS.search(path) and ADDRESS.search(line):
            yield f"{path}:{number} is a lock file with an address"


def test_what_is_committed_keeps_no_trace_of_where_it_was_written():
    outside = [(path, text) for path, text in tracked() if not path.startswith("tests/house/test_traces.py")]

    assert len(outside) > 50
    uphold("Traces: the project must work anywhere", (each for path, text in outside for each in traces(path, text)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/a.py", "open('/work/main/x')"),
        ("docs/a.md", "see /root/.config"),
        ("docs/a.md", "cd /work"),
        ("Makefile", "cat /tmp/bash_jobs.0/1"),
        ("a.txt", "--index-url https://pypi.org/simple"),
        ("a.toml", 'url = "http://artifactory.example/api"'),
        ("app/a.py", "Path('../shared/data/x.csv')"),
        ("tests/a.py", "Path('../shared/SCHEMA.md')"),
        ("requirements/run.txt", "a @ git+ssh://example.com/a"),
        ("web/package-lock.json", '"resolved": "https://example.com/a.tgz"'),
    ],
)
def test_a_trace_is_found(path, line):
    assert list(traces(path, line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/a.py", "# see app/db/work.py and https://ads.example/work/1"),
        ("tests/a.py", "DATA = HOME / '../shared/data'"),
        ("requirements/run.txt", "aiosqlite==0.22.1 --hash=sha256:04"),
        ("README.md", "uv pip install --require-hashes"),
        (".ci/README.md", "mirror: https://pypi.org"),
    ],
)
def test_what_is_no_trace_passes(path, line):
    assert list(traces(path, line)) == []
