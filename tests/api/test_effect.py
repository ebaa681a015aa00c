"""What is effective is kept wherever a fact changes that it hangs on: here the approval of a brand (I10)."""

from tests.api.test_registration import CONTACT, further
from tests.conftest import Api
from tests.people import EDITOR, NORTH, OWNER, REVIEWER, SPRING, TENT_AD
from tests.registrations import accept, do

SEE = """query ($id: ID!, $ad: ID!) { campaign(id: $id) { effectiveStatus statusReasons { code } }
  ad(id: $ad) { effectiveStatus statusReasons { code message remedy remedyMutation } } }"""
STEP = "mutation ($id: ID!) { campaign%s(input: {id: $id}) { userErrors { code } } }"
WORDS = {
    "message": "The brand is not approved",
    "remedy": "Wait for its approval; answer what its reviewers ask",
    "remedyMutation": None,
}


def seen(api: Api) -> tuple:
    data = api(SEE, as_=EDITOR, id=SPRING, ad=TENT_AD).data
    codes = [[each["code"] for each in data[name]["statusReasons"]] for name in ("campaign", "ad")]
    return data["campaign"]["effectiveStatus"], data["ad"]["effectiveStatus"], *codes


def anew(api: Api) -> None:
    """Pause the campaign and resume it, which looks at every fact."""
    for step in ("Pause", "Resume"):
        api(STEP % step, as_=EDITOR, id=SPRING)


def test_nothing_is_served_of_a_brand_that_is_not_approved(api: Api):  # I10
    api.write("UPDATE brand SET approved = false WHERE name_key = 'northpeak'")
    anew(api)

    assert seen(api) == ("ACCOUNT_INACTIVE", "ACCOUNT_INACTIVE", ["BRAND_NOT_APPROVED"], ["BRAND_NOT_APPROVED"])
    ad = api(SEE, as_=EDITOR, id=SPRING, ad=TENT_AD).data["ad"]
    assert ad["statusReasons"] == [{"code": "BRAND_NOT_APPROVED", **WORDS}]


def test_the_approval_of_a_brand_sets_its_campaigns_going(api: Api):
    made = further(api)
    theirs = "SELECT id FROM brand WHERE name_key = 'fjord'"
    api.write(f"UPDATE campaign SET brand_id = ({theirs}) WHERE name_key = 'spring'")
    anew(api)
    assert seen(api)[0] == "ACCOUNT_INACTIVE"

    do(api, "registrationClaim", REVIEWER, id=made["registration"]["id"])
    accept(api, CONTACT["email"])
    assert do(api, "registrationApprove", REVIEWER, id=made["registration"]["id"])["userErrors"] == []
    assert seen(api) == ("RUNNING", "RUNNING", [], [])


def test_many_campaigns_are_refreshed_by_their_own_brands(api: Api):
    api.write("UPDATE brand SET approved = false WHERE name_key = 'northpeak'")
    document = """mutation ($id: ID!) { accountUpdate(input: {id: $id, timeZone: "Asia/Tokyo"}) { seq } }"""
    assert api(document, as_=OWNER, id=NORTH).errors == []

    assert seen(api)[2:] == (["BRAND_NOT_APPROVED"], ["BRAND_NOT_APPROVED"])
    assert api.rows("SELECT effective_status FROM campaign WHERE name_key = 'island'") == [("RUNNING",)]
