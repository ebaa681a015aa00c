"""A campaign manager's day, by the documents of the contract: find, pause, copy, look back, take back."""

from tests.api.test_feeds import CUP, stock
from tests.api.test_operations import OPERATIONS, answer
from tests.conftest import Api
from tests.people import EDITOR, FEED, ISLAND, NORTH, SPRING, STOPPED_AD, SUMMER, TENT_AD
from tests.pictures import image

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


def test_a_campaign_is_put_away_once_it_is_paused(api: Api):
    early = answer(api, "CampaignArchive", EDITOR, id=SPRING)["campaignArchive"]
    answer(api, "CampaignPause", EDITOR, id=SPRING)
    done = answer(api, "CampaignArchive", EDITOR, id=SPRING)["campaignArchive"]

    assert [(each["code"], each["insteadUse"]) for each in early["userErrors"]] == [
        ("ILLEGAL_TRANSITION", "campaignPause")
    ]
    assert (done["campaign"]["effectiveStatus"], done["userErrors"]) == ("ARCHIVED", [])


def test_a_paused_ad_runs_again_and_a_stopped_one_is_replaced(api: Api):  # S62
    answer(api, "AdPause", EDITOR, id=TENT_AD)
    resumed, refused = (answer(api, "AdResume", EDITOR, id=id)["adResume"] for id in (TENT_AD, STOPPED_AD))

    assert (resumed["ad"]["effectiveStatus"], resumed["userErrors"]) == ("RUNNING", [])
    assert (refused["ad"], [each["insteadUse"] for each in refused["userErrors"]]) == (None, ["adReplace"])


def test_an_image_is_chosen_among_those_of_the_account(api: Api):
    id = image(api)
    (shown,) = answer(api, "Images", EDITOR, accountId=NORTH)["account"]["assets"]["nodes"]

    assert (shown["id"], shown["status"], shown["width"], shown["rejection"]) == (id, "READY", 400, None)


def test_the_retailer_lists_a_product_and_says_what_ran_out(api: Api):  # S79
    listed = answer(api, "ProductUpsert", FEED, items=[CUP, {**CUP, "sku": ""}])["productUpsert"]
    out = answer(api, "StockReport", FEED, items=[stock("N-1"), stock("nothing")])["stockReport"]

    assert [each["sku"] for each in listed["products"]] == ["N-9"]
    assert [each["path"] for each in listed["userErrors"]] == [["items", "1", "sku"]]
    assert (out["products"][0]["inStock"], out["stoppedAdIds"]) == (False, [TENT_AD])
    assert [(each["code"], each["path"]) for each in out["userErrors"]] == [("NOT_FOUND", ["items", "1", "sku"])]


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
