"""`endcap simulate` as somebody at a terminal meets it."""

from pathlib import Path

from tests.installed import Installed

FEW = ("simulate", "--days", 1, "--shoppers", 30, "--seed", 5)


def test_a_simulation_shows_what_came_of_it_and_is_the_same_again(tmp_path: Path):
    endcap, events = Installed(tmp_path / "endcap.db"), [tmp_path / "a", tmp_path / "b"]
    told = [endcap(*FEW, "--events", file, PYTHONHASHSEED=str(at)) for at, file in enumerate(events)]

    assert [each.code for each in told] == [0, 0]
    assert told[0].out == told[1].out
    assert events[0].read_bytes() == events[1].read_bytes() != b""
    assert "Spring camping" in told[0].out
    assert told[0].out.endswith("endcap simulate --seed 5 --days 1 --shoppers 30 --start 2026-01-05\n")


def test_a_simulation_leaves_the_installation_alone(tmp_path: Path):
    Installed(tmp_path / "endcap.db")(*FEW)

    assert list(tmp_path.iterdir()) == []


def test_a_simulation_lasts_a_day_at_least(tmp_path: Path):
    refused = Installed(tmp_path / "endcap.db")("simulate", "--days", 0)

    assert (refused.code, "--days" in refused.err) == (2, True)
