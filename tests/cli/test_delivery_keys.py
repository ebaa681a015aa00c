"""The keys that seal served ads: by environment or file, never shown, and production has its own."""

import pytest

from app.config import Settings
from tests.cli.test_logins import PRODUCTION

ONE, TWO = "1" * 32, "2" * 32
WEAK = "ENDCAP_DELIVERY_KEYS: use different keys of at least 32 characters: openssl rand -hex 32"


def test_production_without_keys_is_refused(blank):
    refused = blank("serve", **{**PRODUCTION, "ENDCAP_DELIVERY_KEYS": ""})

    assert refused.problems == ["production needs ENDCAP_DELIVERY_KEYS: openssl rand -hex 32 makes a key"]
    assert refused.code == 1


@pytest.mark.parametrize("keys", ["short", f"{ONE} short", f"{ONE} {ONE}", " "])
def test_weak_keys_are_said_in_one_line(blank, keys):
    refused = blank("migrate", ENDCAP_DELIVERY_KEYS=keys)

    assert (refused.code, refused.problems) == (1, [WEAK])


def test_a_file_of_keys_that_is_not_there_is_named(blank):
    refused = blank("migrate", ENDCAP_DELIVERY_KEYS="file:/nowhere/keys")

    assert (refused.code, refused.problems) == (1, ["ENDCAP_DELIVERY_KEYS: /nowhere/keys cannot be read"])


def test_an_empty_file_of_keys_is_refused(blank, tmp_path):
    (tmp_path / "keys").write_text("\n")

    assert blank("migrate", ENDCAP_DELIVERY_KEYS=f"file:{tmp_path / 'keys'}").problems == [WEAK]


def test_the_newest_key_comes_first(tmp_path):
    (tmp_path / "keys").write_text(f"{TWO}\n{ONE}\n")
    given = [Settings(delivery_keys=each) for each in (f"{TWO} {ONE}", f"file:{tmp_path / 'keys'}")]

    assert [each.delivery_ring for each in given] == [(TWO, ONE)] * 2


def test_a_development_has_a_key_of_its_own_that_stays():
    rings = [Settings(database_url=url).delivery_ring for url in ("sqlite:///a.db", "sqlite:///a.db", "sqlite:///b.db")]

    assert (rings[0], len(rings[0])) == (rings[1], 1)
    assert rings[0] != rings[2]


def test_keys_are_not_shown(blank):
    shown = blank("settings", ENDCAP_DELIVERY_KEYS=f"{TWO} {ONE}")

    assert "ENDCAP_DELIVERY_KEYS=***\n" in shown.out
    assert ONE not in shown.out + shown.err
