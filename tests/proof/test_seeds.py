"""The ledger balances under every schedule: seeds, each a course of clicks, charges, faults and deaths (SAFETY)."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.proof.bench import Bench, bench
from tests.proof.simulator import journal

SEEDS = int(os.environ.get("ENDCAP_TEST_SEEDS", "200"))
SHARES = 20  # that workers of pytest-xdist take in turn


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("proof")) as made:
        yield made


@pytest.mark.parametrize("share", range(SHARES))
def test_every_promise_is_kept_after_every_step_of_every_seed(proof: Bench, share):
    for seed in range(share, SEEDS, SHARES):
        journal(proof, seed)


def test_a_seed_is_replayed_byte_by_byte_in_another_process():
    told = []
    for hashed in ("1", "2"):
        again = [sys.executable, "-m", "tests.proof", "3", "5", "8"]
        environment = os.environ | {"PYTHONHASHSEED": hashed}
        told.append(subprocess.run(again, env=environment, check=True, capture_output=True).stdout)

    assert told[0] == told[1]
    assert told[0].count(b"\n") > 3 * 10
