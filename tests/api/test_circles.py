"""A transaction that PostgreSQL undoes for the sake of another one is done again, and as if it were the first time."""

import pytest

from tests.conftest import Api
from tests.people import EDITOR, SPRING, SUMMER, TENT_AD

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
UNDOING = """CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('undone') <= {times} THEN {deed}; END IF; RETURN NEW; END $$"""
CUT = "PERFORM pg_terminate_backend(pg_backend_pid())"
BEFORE = "TRIGGER undo BEFORE UPDATE ON ad FOR EACH STATEMENT"
AT_THE_END = "CONSTRAINT TRIGGER undo AFTER UPDATE ON ad INITIALLY DEFERRED FOR EACH ROW"
STEPS = f"""p: campaignPause(input: {{id: "{SPRING}"}}) {{
    campaign {{ paymentMethod {{ id }} }} userErrors {{ code }} }}
  a: adPause(input: {{id: "{TENT_AD}"}}) {{ ad {{ effectiveStatus }} userErrors {{ code }} }}"""
ALL, EACH = f"mutation @atomic {{ {STEPS} }}", f"mutation {{ {STEPS} }}"
REFUSED = f"""mutation @atomic {{ r: campaignResume(input: {{id: "{SUMMER}"}}) {{ userErrors {{ code }} }}
  s: campaignResume(input: {{id: "{SPRING}"}}) {{ userErrors {{ code }} }} {STEPS} }}"""


def raised(state: str) -> str:
    return f"RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '{state}'"


def undo(api: Api, times: int, deed: str = raised("40P01"), when: str = BEFORE) -> None:
    """Have the first transactions undone that write an ad, as if they waited in a circle: a sequence counts on."""
    api.write("CREATE SEQUENCE undone")
    api.write(UNDOING.format(times=times, deed=deed))
    api.write(f"CREATE {when} EXECUTE FUNCTION undo()")


@pytest.mark.parametrize("document", [ALL, EACH])
@pytest.mark.parametrize(("times", "state"), [(1, "40P01"), (2, "40P01"), (2, "40001")])
def test_it_has_one_effect_and_every_error_is_told_once(api: Api, document, times, state):
    undo(api, times, raised(state))
    answer = api(document, as_=EDITOR)

    assert (answer.status, [error["path"] for error in answer.errors]) == (200, [["p", "campaign", "paymentMethod"]])
    assert (answer.data["p"]["userErrors"], answer.data["a"]["ad"]["effectiveStatus"]) == ([], "PAUSED")
    assert api.rows("SELECT event FROM change ORDER BY seq") == [("CAMPAIGN_PAUSED",), ("AD_PAUSED",)]


@pytest.mark.parametrize("document", [ALL, EACH])
def test_what_was_cut_off_before_its_end_is_done_again(api: Api, document):
    """The server ends the connection in the middle of the transaction, and that of the next one too."""
    undo(api, 2, CUT)
    answer = api(document, as_=EDITOR)

    assert (answer.status, answer.data["a"]["ad"]["effectiveStatus"]) == (200, "PAUSED")
    assert api.rows("SELECT event FROM change ORDER BY seq") == [("CAMPAIGN_PAUSED",), ("AD_PAUSED",)]


def test_what_was_cut_off_at_its_end_is_not_done_again(api: Api):
    """Nobody knows whether it was committed."""
    undo(api, 9, CUT, AT_THE_END)
    answer = api(ALL, as_=EDITOR)

    assert (answer.status, answer.codes) == (503, ["UNAVAILABLE"])
    assert api.rows("SELECT (SELECT count(*) FROM change), last_value FROM undone") == [(0, 1)]


def test_one_refusal_still_undoes_all(api: Api):
    undo(api, 1)
    answer = api(REFUSED, as_=EDITOR)

    codes = {name: [error["code"] for error in payload["userErrors"]] for name, payload in answer.data.items()}
    assert codes == {"r": ["CONFLICT"], "s": ["ILLEGAL_TRANSITION"], "p": ["CONFLICT"], "a": ["CONFLICT"]}
    assert api.rows("SELECT count(*) FROM change") == [(0,)]


@pytest.mark.parametrize(("times", "state", "status"), [(9, "40P01", 503), (1, "23000", 200)])
def test_it_is_not_tried_for_ever_nor_whatever_happened(api: Api, times, state, status):
    undo(api, times, raised(state))
    answer = api(ALL, as_=EDITOR)

    assert (answer.status, answer.codes) == (status, ["UNAVAILABLE" if status == 503 else "INTERNAL"])
    assert api.rows("SELECT (SELECT count(*) FROM change), last_value FROM undone") == [(0, min(times, 3))]
