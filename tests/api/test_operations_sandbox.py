"""A test account by the documents of the contract: made, and its time let pass."""

from tests.api.test_operations import answer
from tests.conftest import Api
from tests.people import OUTSIDER


def test_a_test_account_is_made_and_its_time_passes(api: Api):
    made = answer(api, "SandboxAccountCreate", OUTSIDER, input={"name": "Trial", "seed": 7}, key="a")
    account = made["sandboxAccountCreate"]["account"]
    asked = {"accountId": account["id"], "duration": "PT1H", "shoppers": 10}
    begun = answer(api, "SandboxAdvance", OUTSIDER, input=asked, key="b")["sandboxAdvance"]
    again = answer(api, "SandboxAdvance", OUTSIDER, input=asked, key="b")["sandboxAdvance"]
    api.work()
    ended = answer(api, "Job", OUTSIDER, id=begun["job"]["id"])["job"]

    assert (account["isSandbox"], account["sandbox"]["seed"]) == (True, 7)
    assert (begun["job"]["kind"], begun["job"]["status"], begun["userErrors"]) == ("SANDBOX_ADVANCE", "QUEUED", [])
    assert (again["job"]["id"], ended["status"]) == (begun["job"]["id"], "SUCCEEDED")
