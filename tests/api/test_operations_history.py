"""A campaign manager's day, by the documents of the contract: find, pause, copy, look back, take back."""

from tests.api.test_operations import OPERATIONS, answer
from tests.conftest import Api
from tests.people import EDITOR, ISLAND, NORTH, SPRING, SUMMER

COPY = {"id": SPRING, "name": "Spring again", "start": "2026-12-01T00:00:00Z"}


def test_campaigns_are_found_by_status_and_words(api: Api):
    asked = {"filter": {"status": ["RUNNING"], "query": "spr"}, "sort": "NAME_ASC"}
    found = answer(api, "Campaigns", EDITOR, accountId=NORTH, **asked)["account"]["campaigns"]

    assert ([each["name"] for each in found["nodes"]], found["totalCount"]) == (["Spring"], {"value": 1})


def test_two_campaigns_are_paused_or_neither(api: Api):
    refused = api(OPERATIONS["CampaignsPause"], as_=EDITOR, one=SPRING, other=ISLAND).data
    assert refused["other"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert api.rows("SELECT count(*) FROM change") == [(0,)]

    api(f'mutation {{ campaignResume(input: {{id: "{SUMMER}"}}) {{ seq }} }}', as_=EDITOR)
    paused = answer(api, "CampaignsPause", EDITOR, one=SPRING, other=SUMMER)
    assert {each["campaign"]["effectiveStatus"] for each in paused.values()} == {"PAUSED"}


def test_a_copy_is_made_and_found(api: Api):
    made = answer(api, "CampaignDuplicate", EDITOR, input=COPY)["campaignDuplicate"]

    assert (made["campaign"]["duplicatedFrom"], made["userErrors"]) == ({"id": SPRING}, [])
    assert {each["reviewStatus"] for each in made["campaign"]["ads"]["nodes"]} == {"DRAFT"}


def test_a_change_is_looked_up_and_taken_back(api: Api):
    answer(api, "CampaignUpdate", EDITOR, input={"id": SPRING, "name": "May"})
    (change,) = answer(api, "History", EDITOR, accountId=NORTH, filter={"subjectIds": [SPRING]})["changeEvents"][
        "nodes"
    ]
    back = answer(api, "ChangeRevert", EDITOR, changeEventId=change["id"])["changeRevert"]

    assert (change["action"], change["before"]["name"], change["after"]["name"]) == ("campaignUpdate", "Spring", "May")
    assert (change["revertible"], back["userErrors"]) == ({"allowed": True, "denials": []}, [])
    assert back["revertedBy"]["reverts"] == {"id": change["id"]}
    assert api.rows("SELECT name FROM campaign WHERE name_key = 'spring'") == [("Spring",)]
