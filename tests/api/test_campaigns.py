"""Campaigns: what members can do with them, and what nobody else can."""

import pytest

from tests.conftest import Api, codes
from tests.people import EDITOR, ISLAND, OLD, OUTSIDER, OWNER, SPRING, STRANGER, SUMMER

PAUSE = """mutation ($id: ID!) { campaignPause(input: {id: $id}) {
  campaign { id configuredStatus effectiveStatus version ads(first: 5) { nodes { effectiveStatus } } }
  userErrors { code path message } seq } }"""
STATUS = "query ($id: ID!) { campaign(id: $id) { configuredStatus effectiveStatus version } }"


def test_an_editor_pauses_a_campaign_and_serving_stops_at_once(api: Api):
    paused = api(PAUSE, as_=EDITOR, id=SPRING).data["campaignPause"]

    assert paused["campaign"] == {
        "id": SPRING,
        "configuredStatus": "PAUSED",
        "effectiveStatus": "PAUSED",
        "version": 2,
        "ads": {"nodes": [{"effectiveStatus": s} for s in ("PAUSED", "PAUSED", "DRAFT", "OUT_OF_STOCK")]},
    }
    assert paused["userErrors"] == []


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_cannot_pause_it(api: Api, who):
    answer = api(PAUSE, as_=who, id=SPRING)

    assert codes(answer, "campaignPause") == ["NOT_FOUND"]
    assert api(STATUS, as_=OWNER, id=SPRING).data["campaign"]["configuredStatus"] == "ENABLED"
    assert api.rows("SELECT count(*) FROM change") == [(0,)]
