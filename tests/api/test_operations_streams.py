"""The subscriptions of frontend-contract/operations, each with what it tells of a change."""

from typing import Any

from tests.api.test_operations import OPERATIONS
from tests.charging import ADD
from tests.conftest import Api
from tests.moderating import CLAIM, queued
from tests.people import DRAFT_AD, EDITOR, MODERATOR, NORTH, OUTSIDER, OWNER, REVIEWER, SPRING, TENT_AD
from tests.registrations import submitted
from tests.streams import ask, line, rename

PAUSE = "mutation ($id: ID!) { adPause(input: {id: $id}) { seq } }"


def told(api: Api, operation: str, who: Any, changing: Any, **variables: Any) -> Any:
    """What a subscription tells of what is done meanwhile."""

    async def watched() -> Any:
        async with line(api, who) as socket:
            await socket.follow("1", OPERATIONS[operation], **variables)
            await changing()
            return (await socket.hear())["payload"]["data"]

    return api.run(watched)


def test_an_account_is_followed(api: Api):
    event = told(api, "AccountEvents", EDITOR, lambda: rename(api, OWNER, SPRING, "May"), accountId=NORTH)

    assert event["accountEvents"] | {"id": "", "seq": ""} == {
        "id": "",
        "seq": "",
        "at": "2026-11-20T12:00:00Z",
        "actor": "Ada Owner",
        "via": "SESSION",
        "action": "campaignUpdate",
    }


def test_a_registration_is_followed(api: Api):
    id = submitted(api)
    claim = "mutation ($id: ID!) { registrationClaim(input: {id: $id}) { seq } }"
    event = told(api, "RegistrationChanged", OUTSIDER, lambda: ask(api, claim, REVIEWER, id=id), id=id)

    registration = event["registrationChanged"]["registration"]
    assert (registration["status"], registration["termsInvitation"]) == ("IN_REVIEW", {"status": "PENDING"})
    assert event["registrationChanged"]["change"]["actor"] == "Staff"


def test_the_desk_is_followed(api: Api):
    id = submitted(api)
    claim = "mutation ($id: ID!) { registrationClaim(input: {id: $id}) { seq } }"
    event = told(api, "ReviewQueueChanged", REVIEWER, lambda: ask(api, claim, REVIEWER, id=id))

    assert event["reviewQueueChanged"]["registration"] == {
        "id": id,
        "status": "IN_REVIEW",
        "brandName": "Alpenglow",
        "dueAt": event["reviewQueueChanged"]["registration"]["dueAt"],
        "overdue": False,
        "claimedBy": {"id": REVIEWER.id, "name": "Rita Reviewer"},
    }


def test_the_ads_of_a_campaign_are_followed(api: Api):
    event = told(api, "AdChanged", EDITOR, lambda: ask(api, PAUSE, OWNER, id=TENT_AD), campaignId=SPRING)["adChanged"]

    assert event["ad"]["id"] == TENT_AD
    assert event["ad"]["statusReasons"] == [{"code": "PAUSED_BY_USER", "remedyMutation": "adResume"}]
    assert (event["change"]["action"], event["change"]["actor"]) == ("adPause", "Ada Owner")


def test_the_campaigns_of_an_account_are_followed(api: Api):
    event = told(api, "CampaignChanged", EDITOR, lambda: rename(api, OWNER, SPRING, "May"), accountId=NORTH)

    campaign = event["campaignChanged"]["campaign"]
    assert (campaign["id"], campaign["name"], campaign["version"]) == (SPRING, "May", 2)


def test_the_moderators_desk_is_followed(api: Api):
    case = queued(api)
    event = told(api, "ModerationQueueChanged", MODERATOR, lambda: ask(api, CLAIM, MODERATOR, id=case))

    shown = event["moderationQueueChanged"]["moderationCase"]
    assert (shown["id"], shown["status"], shown["subject"]["id"]) == (case, "CLAIMED", DRAFT_AD)
    assert shown["claimedBy"] == {"id": MODERATOR.id, "name": "Mia Moderator"}


def test_the_billing_of_an_account_is_followed(api: Api):
    event = told(
        api, "BillingChanged", EDITOR, lambda: ask(api, ADD, OWNER, id=NORTH, token="pretend_amex"), accountId=NORTH
    )

    assert event["billingChanged"]["change"]["action"] == "paymentMethodAdd"
    assert (event["billingChanged"]["charge"], event["billingChanged"]["billing"]["balance"]["micros"]) == (None, "0")
