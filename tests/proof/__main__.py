"""Replays seeds, each with its journal: `python -m tests.proof SEED...`."""

import sys
from pathlib import Path
from tempfile import mkdtemp

from tests.proof.bench import bench
from tests.proof.simulator import journal

if __name__ == "__main__":
    with bench(Path(mkdtemp())) as made:
        for seed in map(int, sys.argv[1:]):
            sys.stdout.write("\n".join([f"seed {seed}", *journal(made, seed), ""]))
