"""A report by the documents of the contract: asked for, followed, saved, and canceled."""

from tests.api.test_operations import OPERATIONS, RANGE, answer
from tests.conftest import Api
from tests.people import EDITOR, NORTH
from tests.reports import download, followed, table, unpacked

ASKED = {"accountId": NORTH, "query": {"range": RANGE, "dimensions": ["DAY", "AD"]}, "format": "CSV"}


def test_a_report_is_asked_for_followed_and_saved(api: Api):
    job = answer(api, "ReportCreate", EDITOR, input=ASKED, key="k")["reportCreate"]["job"]
    told = [
        each["payload"]["data"]["jobProgress"]["job"] for each in followed(api, OPERATIONS["JobProgress"], job["id"])
    ]
    first, last = told[0], told[-1]
    assert ((first["status"], first["resultUrl"]), last["status"]) == (("QUEUED", None), "SUCCEEDED")
    saved = answer(api, "Job", EDITOR, id=job["id"])["job"]
    for url in (last["resultUrl"], saved["resultUrl"]):
        assert [row["clicks"] for row in table(unpacked(download(api, url).content)["csv"])] == ["2", "5", "1"]


def test_a_report_is_canceled_and_still_listed(api: Api):
    job = answer(api, "ReportCreate", EDITOR, input=ASKED, key="k")["reportCreate"]["job"]
    again = answer(api, "ReportCreate", EDITOR, input=ASKED, key="k")["reportCreate"]["job"]
    canceled = answer(api, "JobCancel", EDITOR, id=job["id"])["jobCancel"]
    listed = answer(api, "Jobs", EDITOR, accountId=NORTH)["account"]["jobs"]

    assert (again, canceled["job"]["status"], canceled["userErrors"]) == (job, "CANCELED", [])
    assert [(each["id"], each["status"]) for each in listed["nodes"]] == [(job["id"], "CANCELED")]
    assert listed["totalCount"] == {"value": 1}
