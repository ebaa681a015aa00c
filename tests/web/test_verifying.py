"""The script of the contract that verifies charges: it agrees with what is true, and finds what is not."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.charging import clicks, minutes
from tests.conftest import Api, Live
from tests.invoicing import adjusted, charged, lines, reversed_, staffed
from tests.people import NORTH, OWNER, SOUTH

SCRIPT = Path(__file__).parents[2] / "frontend-contract" / "verify-charge.mjs"
NODE = shutil.which("node")
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { sessionToken } }"""
ACCOUNTS = "{ viewer { memberships { account { id } } } }"
COST = "charge_line SET cost_micros"
FALSIFIED = [
    (f"{COST} = 1 WHERE cost_micros = 600000", f"{COST} = 600000 WHERE cost_micros = 1"),
    ("charge SET digest = 'false' WHERE lines_count = 102", "charge SET digest = :digest WHERE lines_count = 102"),
]
UNREADABLE = [
    (OWNER.token, ["--account", SOUTH], "there is no account"),
    (OWNER.token, ["--charge", "nonsense"], "there is no charge nonsense"),
    ("ecs_unknown", ["--account", NORTH], "sign"),
    (None, ["--account", NORTH], "usage: "),
    (OWNER.token, [], "usage: "),
    (OWNER.token, ["--nonsense"], "usage: "),
]
Ended = tuple[int, list[str], str]

pytestmark = pytest.mark.skipif(not NODE, reason="Node 20 is not here")


def verify(url: str, token: str | None, *asked: str) -> Ended:
    """How the script ends, what it prints, and what it complains of."""
    environment = {key: value for key, value in os.environ.items() if key != "ENDCAP_TOKEN"}
    environment |= {"ENDCAP_TOKEN": token} if token else {}
    command = [NODE or "", str(SCRIPT), "--url", url, *asked]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return ended.returncode, ended.stdout.splitlines(), ended.stderr


@pytest.fixture
def world(api: Api, monkeypatch: pytest.MonkeyPatch, request: Any) -> tuple[Api, str]:
    """NORTH with charges of every kind, paid, credited, reversed and accruing, served by a process."""
    api.write("UPDATE session SET expires_at = '2100-01-01 00:00:00.000000'")
    monkeypatch.setenv("ENDCAP_WORK", "false")
    finance, charge = staffed(api), charged(api, 600_000, *[5_001] * 101)
    assert adjusted(api, charge, 250_000, who=finance) == []
    clicks(api, *[50_003] * 101, start=200)
    minutes(api)
    cheap = [each["clickId"] for each in lines(api, charge) if each["cost"]["micros"] == "5001"]
    assert reversed_(api, *cheap[:3]) == []
    clicks(api, 7, start=900)
    return api, request.getfixturevalue("server")[0]


def test_all_charges_agree_with_their_clicks(world):
    _, url = world
    code, said, complaint = verify(url, OWNER.token, "--account", NORTH)

    assert (code, complaint) == (0, "")
    assert [each.split(" ", 2)[1:] for each in said[:-1]] == [
        ["ACCRUING:", "ok, 1 clicks, 408 micros USD"],
        ["PAID:", "ok, 101 clicks, 5050000 micros USD"],
        ["PAID:", "ok, 102 clicks, 1100000 micros USD"],
    ]
    assert said[-1] == "account: ok, 201 valid clicks"


def test_what_was_falsified_is_found(world):
    api, url = world
    drop_guard(api)
    ((digest,),) = api.rows("SELECT digest FROM charge WHERE lines_count = 102")
    found = []
    for change, back in FALSIFIED:
        api.write(f"UPDATE {change}")
        code, said, _ = verify(url, OWNER.token, "--account", NORTH)
        found.append((code, said[2].split(": ")[2], said[-1]))
        api.write(f"UPDATE {back}", **({"digest": digest} if ":digest" in back else {}))

    assert found == [
        (1, "digest", "account: DIFFERENT: charged less credited is 5890000, more than the clicks cost"),
        (1, "digest", "account: ok, 201 valid clicks"),
    ]
    assert verify(url, OWNER.token, "--account", NORTH)[0] == 0


def drop_guard(api: Api) -> None:
    """The rows of the ledger may be changed, as if by somebody who rules the database."""
    on_sqlite = api.installation.database.dialect.name == "sqlite"
    api.write("DROP TRIGGER charge_line_update" if on_sqlite else "DROP TRIGGER charge_line_kept ON charge_line")


def test_what_cannot_be_read_is_neither_right_nor_wrong(server):
    ended = [verify(server[0], token, *asked) for token, asked, _ in UNREADABLE]

    assert [(code, said) for code, said, _ in ended] == [(2, [])] * len(UNREADABLE)
    unsaid = [said for (*_, wanted), (*_, said) in zip(UNREADABLE, ended, strict=True) if wanted not in said]
    assert unsaid == []
    assert [said for *_, said in ended if "at main" in said] == []


def test_nobody_at_the_address(api: Api):
    code, said, complained = verify("http://127.0.0.1:9", OWNER.token, "--account", NORTH)

    assert (code, said) == (2, [])
    assert complained.startswith("http://127.0.0.1:9/graphql cannot be reached")


def test_the_demonstration_agrees(live: Live):
    def ask(document: str, token: str = "", **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        sent = httpx2.post(f"{live.url}/graphql", json={"query": document, "variables": variables}, headers=headers)
        return sent.json()["data"]

    token = ask(SIGN_IN, email=live.email, password=live.password)["signIn"]["sessionToken"]
    memberships = ask(ACCOUNTS, token)["viewer"]["memberships"]
    ended = [verify(live.url, token, "--account", each["account"]["id"]) for each in memberships]

    assert {code for code, *_ in ended} == {0}
    assert max(len(said) for _, said, _ in ended) >= 3
