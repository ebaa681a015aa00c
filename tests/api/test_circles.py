"""A transaction that PostgreSQL undoes for the sake of another one is done again, and as if it were the first time."""

import pytest

from tests.conftest import Api
from tests.people import EDITOR, SPRING, SUMMER, TENT_AD

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
UNDOING = """CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('undone') <= {times} THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '{state}'; END IF;
  RETURN NEW; END $$"""
STEPS = f"""p: campaignPause(input: {{id: "{SPRING}"}}) {{
    campaign {{ paymentMethod {{ id }} }} userErrors {{ code }} }}
  a: adPause(input: {{id: "{TENT_AD}"}}) {{ ad {{ effectiveStatus }} userErrors {{ code }} }}"""
ALL, EACH = f"mutation @atomic {{ {STEPS} }}", f"mutation {{ {STEPS} }}"
REFUSED = f"""mutation @atomic {{ r: campaignResume(input: {{id: "{SUMMER}"}}) {{ userErrors {{ code }} }}
  s: campaignResume(input: {{id: "{SPRING}"}}) {{ userErrors {{ code }} }} {STEPS} }}"""


def undo(api: Api, times: int, state: str = "40P01") -> None:
    """Have the first transactions undone that write an ad, as if they waited in a circle: a sequence counts on."""
    api.write("CREATE SEQUENCE undone")
    api.write(UNDOING.format(times=times, state=state))
    api.write("CREATE TRIGGER undo BEFORE UPDATE ON ad FOR EACH STATEMENT EXECUTE FUNCTION undo()")


@pytest.mark.parametrize("document", [ALL, EACH])
@pytest.mark.parametrize(("times", "state"), [(1, "40P01"), (2, "40P01"), (2, "40001")])
def test_it_has_one_effect_and_every_error_is_told_once(api: Api, document, times, state):
    undo(api, times, state)
    answer = api(document, as_=EDITOR)

    assert (answer.status, [error["path"] for error in answer.errors]) == (200, [["p", "campaign", "paymentMethod"]])
    assert (answer.data["p"]["userErrors"], answer.data["a"]["ad"]["effectiveStatus"]) == ([], "PAUSED")
    assert api.rows("SELECT event FROM change ORDER BY seq") == [("CAMPAIGN_PAUSED",), ("AD_PAUSED",)]


def test_one_refusal_still_undoes_all(api: Api):
    undo(api, 1)
    answer = api(REFUSED, as_=EDITOR)

    codes = {name: [error["code"] for error in payload["userErrors"]] for name, payload in answer.data.items()}
    assert codes == {"r": ["CONFLICT"], "s": ["ILLEGAL_TRANSITION"], "p": ["CONFLICT"], "a": ["CONFLICT"]}
    assert api.rows("SELECT count(*) FROM change") == [(0,)]


@pytest.mark.parametrize(("times", "state", "status"), [(9, "40P01", 503), (1, "23000", 200)])
def test_it_is_not_tried_for_ever_nor_whatever_happened(api: Api, times, state, status):
    undo(api, times, state)
    answer = api(ALL, as_=EDITOR)

    assert (answer.status, answer.codes) == (status, ["UNAVAILABLE" if status == 503 else "INTERNAL"])
    assert api.rows("SELECT (SELECT count(*) FROM change), last_value FROM undone") == [(0, min(times, 3))]
