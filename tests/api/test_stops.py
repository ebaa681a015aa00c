"""Stops for a breach of the policy: one-way, by a moderator, for a reason that the advertiser is told."""

import pytest

from tests.conftest import Api
from tests.moderating import CLAIMS, appeal, claimed, decide, refusals, stop, world
from tests.people import BAG_AD, DRAFT_AD, ISLAND_AD, OWNER, STOPPED_AD, gid


def test_an_ad_is_stopped_for_good_and_the_advertiser_is_told(api: Api):
    stopped = stop(api)

    state = {"reviewStatus": "APPROVED", "effectiveStatus": "STOPPED_POLICY", "systemStop": "POLICY"}
    reasons = [{"code": "POLICY_STOP", "remedyMutation": "adReplace"}]
    assert stopped["ad"] == {**state, "statusReasons": reasons, "stoppedAt": "2026-11-20T12:00:00Z"}
    assert api.rows("SELECT event, reason FROM change") == [("AD_STOPPED", "Recalled.")]
    assert [letter.subject for letter in api.mail(OWNER.email)] == ["The tent: stopped for good"]


@pytest.mark.parametrize(
    ("id", "more", "refused"),
    [
        (STOPPED_AD, {}, ("ILLEGAL_TRANSITION", "id")),
        (DRAFT_AD, {}, ("NOT_FOUND", "id")),
        (gid("Ad", "unknown"), {}, ("NOT_FOUND", "id")),
        (BAG_AD, {"reason": " "}, ("INVALID", "reason")),
        (BAG_AD, {"findings": []}, ("INVALID", "findings")),
        (BAG_AD, {"findings": [{**CLAIMS, "ruleId": "X"}]}, ("INVALID", "findings.0.ruleId")),
    ],
)
def test_a_stop_that_cannot_be_is_refused(api: Api, id, more, refused):
    before = world(api)

    assert refusals(stop(api, id, **more)) == [refused]
    assert world(api) == before


def test_a_moderator_stops_ads_of_every_account(api: Api):
    assert stop(api, ISLAND_AD)["userErrors"] == []


def test_what_was_stopped_while_it_waited_is_decided_and_never_runs(api: Api):  # I9
    case = claimed(api)
    stop(api, DRAFT_AD)
    seen = decide(api, case, "APPROVE")["moderationCase"]

    assert (seen["status"], seen["subject"]["effectiveStatus"]) == ("APPROVED", "STOPPED_POLICY")
    assert refusals(appeal(api)) == [("ILLEGAL_TRANSITION", "id")]
