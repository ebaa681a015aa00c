"""Install the peers: a virtual environment for the Python ones, `npm ci` for each Node one, where it is needed.

`python -m bench.peers.install [NAME ...]`; without names all of them.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = HERE / ".venv" / "bin" / "python"
PYTHON_PEERS = ("strawberry_plain", "ariadne_plain")
NODE_PEERS = ("mercurius", "postgraphile")
PEERS = NODE_PEERS + PYTHON_PEERS
QUIET_PIP = ("--quiet", "--quiet", "--disable-pip-version-check")
QUIET_NPM = ("--no-audit", "--no-fund", "--loglevel=error")


def install(names: Iterable[str] = PEERS) -> None:
    """Make *names* ready to start; what is ready already is left alone."""
    wanted = set(names)
    unknown = wanted.difference(PEERS)
    if unknown:
        raise ValueError(f"no such peers: {', '.join(sorted(unknown))}")
    if wanted.intersection(PYTHON_PEERS):
        _once(HERE / ".venv", HERE / "requirements.txt", _python)
    for name in NODE_PEERS:
        if name in wanted:
            _once(HERE / name / "node_modules", HERE / name / "package-lock.json", _node)


def node(name: str) -> str:
    """The node that starts *name*: the one it installed, else the machine's (PostGraphile needs 22 or newer)."""
    own = HERE / name / "node_modules" / ".bin" / "node"
    return str(own) if own.exists() else "node"


def _once(made: Path, lock: Path, make: Callable[[Path], None]) -> None:
    """Call *make*(lock) unless the folder *made* was made from this very lock file."""
    stamp, digest = made / ".made-from", sha256(lock.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == digest):
        make(lock)
        stamp.write_text(digest)


def _python(lock: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", HERE / ".venv"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", *QUIET_PIP, "--no-deps", "-r", lock], check=True)


def _node(lock: Path) -> None:
    subprocess.run(["npm", "ci", *QUIET_NPM], cwd=lock.parent, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    install(sys.argv[1:] or PEERS)
