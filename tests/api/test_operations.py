"""The documents of frontend-contract/operations, sent as an app would send them, with exact answers."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import Api
from tests.moderating import CLAIMS
from tests.people import (
    BAG_AD,
    DRAFT_AD,
    EDITOR,
    MODERATOR,
    NORTH,
    NORTH_BRAND,
    OPERATOR,
    OUTSIDER,
    OWNER,
    PASSWORD,
    SECOND,
    SPRING,
    STOPPED_AD,
    SUMMER,
    TENT,
    TENT_AD,
    gid,
)
from tests.pictures import picture, put
from tests.registrations import begin

CONTRACT = Path(__file__).parents[2] / "frontend-contract"
OPERATIONS = {path.stem: path.read_text() for path in sorted((CONTRACT / "operations").glob("*.graphql"))}
PASS = "a long password"
INVITED = {"accountId": NORTH, "name": "Otto", "email": "otto@example.com", "level": "EDITOR"}
RANGE = {"from": "2026-11-01", "to": "2026-11-20"}


def answer(api: Api, operation: str, as_=OWNER, **variables):
    """What the operation answers; it must not make a single error."""
    sent = api(OPERATIONS[operation], as_=as_, **variables)
    assert (sent.status, sent.errors) == (200, [])
    return sent.data


def test_the_contract_has_the_schema_that_is_served(api: Api):
    assert (CONTRACT / "schema.graphql").read_text() == api.installation.schema.as_str() + "\n", "run `make schema`"


def test_every_operation_has_a_test_here():
    here = "".join(path.read_text() for path in Path(__file__).parent.glob("test_operations*.py"))
    assert [name for name in OPERATIONS if f'"{name}"' not in here] == []
    assert len(OPERATIONS) >= 10


def test_signing_in_and_out(api: Api):
    signed_in = answer(api, "SignIn", None, email=OWNER.email, password=PASSWORD)
    signed_out = answer(api, "SignOut")

    assert signed_in == {"signIn": {"user": {"id": OWNER.id, "name": "Ada Owner"}, "userErrors": []}}
    assert signed_out == {"signOut": {"ok": True, "userErrors": []}}


def test_signing_up_and_proving_the_address(api: Api):
    there = {"ok": True, "userErrors": []}
    signed_up = answer(api, "SignUp", None, email="nia@example.com", name="Nia New", password=PASS)
    again = answer(api, "EmailVerifyResend", None, email="nia@example.com")
    verified = answer(api, "EmailVerify", None, token=api.token("nia@example.com"), password=PASS)["emailVerify"]

    assert (signed_up, again) == ({"signUp": there}, {"emailVerifyResend": there})
    assert (verified["user"]["name"], verified["userErrors"]) == ("Nia New", [])
    assert answer(api, "Sessions", verified["sessionToken"])["viewer"]["sessions"][0]["current"] is True


def test_a_new_password(api: Api):
    asked = answer(api, "PasswordResetRequest", None, email=OWNER.email)
    reset = answer(api, "PasswordReset", None, token=api.token(OWNER.email), password="a long new password")

    assert asked == {"passwordResetRequest": {"ok": True, "userErrors": []}}
    assert reset == {"passwordReset": {"ok": True, "userErrors": []}}


def test_another_password_and_another_name(api: Api):
    given = {"currentPassword": PASSWORD, "newPassword": "a long new password"}
    named = answer(api, "UserUpdate", name="Ada Other")["userUpdate"]

    assert named == {"user": {"id": OWNER.id, "name": "Ada Other"}, "userErrors": []}
    assert answer(api, "PasswordChange", **given) == {"passwordChange": {"ok": True, "userErrors": []}}


def test_a_session_is_ended(api: Api):
    (session,) = answer(api, "Sessions")["viewer"]["sessions"]
    ended = answer(api, "SessionRevoke", id=session["id"])["sessionRevoke"]

    assert ended == {"session": {"id": session["id"], "revokedAt": "2026-11-20T12:00:00Z"}, "userErrors": []}


def test_a_login_elsewhere_is_begun(api: Api):
    id, page = begin(api, OUTSIDER, "KDP"), "https://127.0.0.1:8000/registration"
    begun = answer(api, "RegistrationLoginBegin", OUTSIDER, id=id, returnTo=page)["registrationLoginBegin"]

    assert begun.pop("authorizationUrl").startswith("http://127.0.0.1:8000/login/start?state=eco_")
    assert begun == {"registration": {"id": id, "loginProvedAt": None}, "userErrors": []}


def test_an_invitation_is_seen_and_accepted(api: Api):
    answer(api, "UserInvite", input=INVITED)
    token = api.token("otto@example.com")
    seen = answer(api, "Invitation", None, token=token)["invitationByToken"]
    accepted = answer(api, "InvitationAccept", OUTSIDER, token=token)["invitationAccept"]

    assert (seen["accountName"], seen["status"], seen["invitedByName"]) == ("North", "PENDING", "Ada Owner")
    assert accepted["membership"]["account"] == {"id": NORTH, "displayName": "North"}


def test_an_invitation_is_mailed_again_and_declined(api: Api):
    invitation = answer(api, "UserInvite", input=INVITED)["userInvite"]["invitation"]
    api.clock.pass_(minutes=10)
    again = answer(api, "InvitationResend", id=invitation["id"])["invitationResend"]["invitation"]
    declined = answer(api, "InvitationDecline", None, token=api.token("otto@example.com"))

    assert (again["status"], again["expiresAt"]) == ("PENDING", "2026-11-27T12:10:00Z")
    assert declined == {"invitationDecline": {"ok": True, "userErrors": []}}


def test_an_invitation_is_taken_back(api: Api):
    invitation = answer(api, "UserInvite", input=INVITED)["userInvite"]["invitation"]
    revoked = answer(api, "InvitationRevoke", id=invitation["id"])["invitationRevoke"]

    assert revoked == {"invitation": {"id": invitation["id"], "status": "REVOKED"}, "userErrors": []}


def test_members_get_another_level_are_removed_and_leave(api: Api):
    members = answer(api, "Members", accountId=NORTH)["account"]["members"]["nodes"]
    ids = {member["user"]["name"]: member["id"] for member in members}
    promoted = answer(api, "MembershipSetLevel", id=ids["Ben Editor"], level="ADMIN")["membershipSetLevel"]
    muted = answer(api, "NotificationPreferencesSet", accountId=NORTH, muted=["HANDOVER"])
    removed = answer(api, "MembershipRemove", id=ids["Bea Both"])["membershipRemove"]["membership"]
    left = answer(api, "MembershipLeave", accountId=NORTH)

    assert promoted["membership"] == {"id": ids["Ben Editor"], "level": "ADMIN"}
    assert muted["notificationPreferencesSet"]["membership"]["mutedEmails"] == ["HANDOVER"]
    assert removed == {"id": ids["Bea Both"], "status": "REMOVED", "removedAt": "2026-11-20T12:00:00Z"}
    assert left == {"membershipLeave": {"ok": True, "userErrors": []}}


def test_the_outbox_of_the_operator(api: Api):
    answer(api, "UserInvite", input=INVITED)
    api.work()
    (message,) = answer(api, "Outbox", OPERATOR)["outbox"]["nodes"]

    assert message.pop("id")
    assert message == {
        "kind": "INVITATION",
        "to": "otto@example.com",
        "subject": "Ada Owner invites you to North",
        "status": "SENT",
        "attempts": 1,
        "lastError": None,
        "queuedAt": "2026-11-20T12:00:00Z",
        "sentAt": "2026-11-20T12:00:00Z",
    }


def test_the_account_switcher(api: Api):
    viewer = answer(api, "AccountSwitcher", EDITOR)["viewer"]

    no = {"allowed": False}
    north = {"id": NORTH, "displayName": "North", "status": "ACTIVE", "currency": "USD", "timeZone": "UTC"}
    permissions = {"inviteUser": no, "createCampaign": {"allowed": True}}
    assert viewer == {
        "user": {"id": EDITOR.id, "name": "Ben Editor", "email": "editor@example.com"},
        "staffLevels": [],
        "memberships": [
            {
                "id": gid("Membership", "editor-north"),
                "level": "EDITOR",
                "account": {**north, "permissions": permissions},
            }
        ],
    }


def figures(impressions: int, clicks: int, ctr: str | None, micros: int):
    spend = {"micros": str(micros)}
    return {"impressions": str(impressions), "clicks": str(clicks), "ctr": ctr, "spend": spend}


def test_the_dashboard(api: Api):
    account = answer(api, "Dashboard", EDITOR, accountId=NORTH, range=RANGE)["account"]

    assert account["metrics"] == {
        **figures(160, 8, "0.05", 2_500_000),
        "freshness": {
            "state": "LIVE",
            "completeThrough": "2026-11-17T12:00:00Z",
            "finalBy": "2026-11-24T00:00:00Z",
        },
    }
    page = account["campaigns"]
    assert [(each["name"], each["effectiveStatus"]) for each in page["nodes"]] == [
        ("Spring", "RUNNING"),
        ("Summer", "PAUSED"),
        ("Old", "ARCHIVED"),
    ]
    spring = page["nodes"][0]
    assert spring["metrics"] == figures(160, 8, "0.05", 2_500_000)
    assert [(ad["id"], ad["metrics"]) for ad in spring["ads"]["nodes"]] == [
        (TENT_AD, figures(140, 7, "0.05", 2_100_000)),
        (BAG_AD, figures(20, 1, "0.05", 400_000)),
        (DRAFT_AD, figures(0, 0, None, 0)),
        (STOPPED_AD, figures(0, 0, None, 0)),
    ]
    assert page["nodes"][1]["metrics"] == figures(0, 0, None, 0)


def test_one_campaign(api: Api):
    campaign = answer(api, "Campaign", EDITOR, id=SPRING, range=RANGE)["campaign"]

    assert (campaign["spent"], campaign["spentToday"]) == ({"decimal": "2.50"}, {"decimal": "0.00"})
    assert campaign["remainingBudget"] == {"decimal": "97.50"}
    assert campaign["dailyMetrics"] == [
        {"day": "2026-11-18", "impressions": "40", "clicks": "2", "spend": {"decimal": "0.60"}},
        {"day": "2026-11-19", "impressions": "120", "clicks": "6", "spend": {"decimal": "1.90"}},
    ]
    tent, _, draft, stopped = campaign["ads"]["nodes"]
    assert tent["landing"] == {"id": TENT, "title": "Trail tent for two", "inStock": True}
    assert (tent["permissions"]["pause"]["allowed"], draft["effectiveStatus"]) == (True, "DRAFT")
    assert stopped["permissions"]["resume"]["denials"][0]["code"] == "ILLEGAL_TRANSITION"


def test_creating_a_campaign(api: Api):
    made = {
        "accountId": NORTH,
        "brandId": NORTH_BRAND,
        "kind": "SPONSORED_SEARCH",
        "name": "Autumn",
        "totalBudget": {"micros": "50000000", "currency": "USD"},
        "start": "2026-11-01T00:00:00Z",
    }
    campaign = answer(api, "CampaignCreate", EDITOR, input=made, key="form-1")["campaignCreate"]

    assert campaign["campaign"].pop("id")
    assert campaign == {
        "campaign": {
            "name": "Autumn",
            "effectiveStatus": "READY",
            "statusReasons": [{"code": "NO_APPROVED_AD", "remedyMutation": "adCreate"}],
            "version": 1,
        },
        "userErrors": [],
        "seq": "1",
    }


def test_renaming_a_campaign(api: Api):
    changed = answer(api, "CampaignUpdate", EDITOR, input={"id": SPRING, "name": "May", "expectedVersion": 1})

    campaign = {"id": SPRING, "name": "May", "totalBudget": {"micros": "100000000"}, "version": 2}
    assert changed == {"campaignUpdate": {"campaign": campaign, "userErrors": []}}


def test_pausing_a_campaign(api: Api):
    paused = answer(api, "CampaignPause", EDITOR, id=SPRING)

    campaign = {"id": SPRING, "configuredStatus": "PAUSED", "effectiveStatus": "PAUSED", "version": 2}
    assert paused == {"campaignPause": {"campaign": campaign, "userErrors": [], "seq": "1"}}


def test_resuming_two_campaigns_or_none(api: Api):
    refused = answer(api, "CampaignsResume", EDITOR, one=SUMMER, other=SPRING)
    codes = {name: [error["code"] for error in payload["userErrors"]] for name, payload in refused.items()}
    answer(api, "CampaignPause", EDITOR, id=SPRING)
    resumed = answer(api, "CampaignsResume", EDITOR, one=SUMMER, other=SPRING)

    assert codes == {"one": ["CONFLICT"], "other": ["ILLEGAL_TRANSITION"]}
    assert resumed == {
        "one": {"campaign": {"id": SUMMER, "effectiveStatus": "READY"}, "userErrors": []},
        "other": {"campaign": {"id": SPRING, "effectiveStatus": "RUNNING"}, "userErrors": []},
    }


def test_an_image_is_uploaded_in_two_steps_and_stands_in_an_ad(api: Api):
    data, wanted = picture(), {"accountId": NORTH, "filename": "tent.png", "contentType": "image/png"}
    begun = answer(api, "AssetUploadBegin", EDITOR, input={**wanted, "bytes": len(data)})["assetUploadBegin"]
    assert put(api, begun["uploadUrl"], data).status_code == 204
    id, digest = begun["asset"]["id"], sha256(data).hexdigest()
    done = answer(api, "AssetUploadComplete", EDITOR, id=id, sha256=digest)["assetUploadComplete"]
    texts = {"title": "T", "headline": "H", "landing": {"productId": TENT}, "imageAssetId": id}
    bid = {"micros": "250000", "currency": "USD"}
    ad = answer(api, "AdCreate", EDITOR, input={"campaignId": SPRING, "bid": bid, **texts})["adCreate"]["ad"]
    seen = answer(api, "AdPreview", EDITOR, adId=ad["id"], placement="SEARCH_RESULTS")["adPreview"]

    url = done["asset"]["url"]
    assert (done["asset"]["status"], done["userErrors"]) == ("READY", [])
    assert ad["image"] == {"url": url, "width": 400, "height": 300}
    assert (seen["width"], seen["height"], seen["imageProblems"]) == (640, 200, [])
    assert (f'src="{url}"' in seen["html"], seen["landingUrl"]) == (True, "https://shop.example/products/N-1")


def test_creating_an_ad(api: Api):
    camping = answer(api, "Interests", EDITOR, query="camping")["interests"]["nodes"]
    assert [each["path"] for each in camping] == [["Outdoors and sport", "Camping"]]
    values = {
        "campaignId": SPRING,
        "title": "Sleep well",
        "headline": "Under the stars",
        "landing": {"productId": TENT},
        "bid": {"micros": "250000", "currency": "USD"},
        "interestIds": [camping[0]["id"]],
        "keywords": [{"text": "tent for two", "match": "PHRASE"}],
    }
    made = answer(api, "AdCreate", EDITOR, input=values)["adCreate"]

    assert made["ad"].pop("id")
    assert made["userErrors"] == []
    assert made["ad"] == {
        "title": "Sleep well",
        "image": None,
        "reviewStatus": "DRAFT",
        "effectiveStatus": "DRAFT",
        "landing": {"sku": "N-1"},
        "interests": [{"name": "Camping"}],
        "keywords": {"nodes": [{"text": "tent for two", "match": "PHRASE", "bid": None}]},
    }


def test_pausing_an_ad(api: Api):
    paused = answer(api, "AdPause", EDITOR, id=TENT_AD)

    ad = {"id": TENT_AD, "effectiveStatus": "PAUSED", "campaign": {"id": SPRING, "effectiveStatus": "RUNNING"}}
    assert paused == {"adPause": {"ad": ad, "userErrors": []}}


def test_an_ad_is_checked_changed_handed_in_and_looked_at(api: Api):
    landing = {"productId": TENT}
    checked = answer(api, "PolicyPrecheck", EDITOR, input={"headline": "The best stove", "landing": landing})
    changed = answer(api, "AdUpdate", EDITOR, input={"id": DRAFT_AD, "changes": {"headline": "The best stove"}})
    done = answer(api, "AdSubmit", EDITOR, id=DRAFT_AD, expectedVersion=2)["adSubmit"]
    seen = answer(api, "AdEditor", EDITOR, id=DRAFT_AD)["ad"]

    assert [each["ruleId"] for each in checked["policyPrecheck"]["findings"]] == ["CLAIM-1"]
    assert (changed["adUpdate"]["ad"]["version"], done["ad"]["reviewStatus"]) == (2, "IN_MODERATION")
    assert (done["moderationCase"]["dueAt"], done["userErrors"]) == ("2026-11-23T12:00:00Z", [])
    assert [each["evidence"] for each in seen["moderation"]["findings"]] == ["best"]
    allowed = [step for step, said in seen["permissions"].items() if said["allowed"]]
    assert allowed == ["pause", "replace"]


def test_an_ad_is_claimed_rejected_appealed_and_approved(api: Api):
    answer(api, "AdSubmit", EDITOR, id=DRAFT_AD)
    (case,) = answer(api, "ModerationQueue", MODERATOR)["moderationQueue"]["nodes"]
    answer(api, "ModerationClaim", MODERATOR, id=case["id"])
    rejected = {"id": case["id"], "decision": "REJECT", "findings": [CLAIMS]}
    answer(api, "ModerationDecide", MODERATOR, input=rejected)
    appealed = answer(api, "AdAppeal", EDITOR, id=DRAFT_AD, message="Look again.")["adAppeal"]["moderationCase"]
    answer(api, "ModerationClaim", SECOND, id=case["id"])
    released = answer(api, "ModerationRelease", SECOND, id=case["id"])["moderationRelease"]["moderationCase"]
    answer(api, "ModerationClaim", SECOND, id=case["id"])
    approved = {"id": case["id"], "decision": "APPROVE", "findings": []}
    both = answer(api, "ModerationDecideTwo", SECOND, one=approved, other=approved)

    assert (case["subject"]["landing"]["inStock"], case["subject"]["image"]) == (True, None)
    assert (appealed["status"], released["status"], released["queuePosition"]) == ("APPEALED", "APPEALED", 1)
    assert both["one"]["moderationCase"]["status"] == "APPROVED"
    assert [each["code"] for each in both["other"]["userErrors"]] == ["ILLEGAL_TRANSITION"]


def test_an_ad_is_replaced_another_stopped_and_a_draft_deleted(api: Api):
    done = answer(api, "AdReplace", EDITOR, input={"id": TENT_AD, "changes": {"headline": "New"}})["adReplace"]
    stop = {"id": BAG_AD, "reason": "Recalled.", "findings": [CLAIMS]}
    stopped = answer(api, "AdStop", MODERATOR, input=stop)["adStop"]["ad"]
    deleted = answer(api, "AdDelete", EDITOR, id=DRAFT_AD)["adDelete"]

    assert (done["original"]["effectiveStatus"], done["ad"]["effectiveStatus"]) == ("PAUSED", "IN_MODERATION")
    assert (done["ad"]["replaces"], done["original"]["replacedBy"]) == ({"id": TENT_AD}, {"id": done["ad"]["id"]})
    assert (stopped["systemStop"], stopped["stoppedAt"]) == ("POLICY", "2026-11-20T12:00:00Z")
    assert deleted == {"deletedId": DRAFT_AD, "userErrors": []}


def test_the_members_page(api: Api):
    invited = {"accountId": NORTH, "name": "Nia", "email": "nia@example.com", "level": "EDITOR"}
    assert answer(api, "UserInvite", input=invited)["userInvite"]["invitation"]["status"] == "PENDING"
    api.statements.clear()
    account = answer(api, "Members", accountId=NORTH)["account"]

    members = [(each["user"]["email"], each["level"], each["organization"]) for each in account["members"]["nodes"]]
    assert members == [
        ("owner@example.com", "ADMIN", None),
        ("editor@example.com", "EDITOR", {"name": "Compass", "kind": "AGENCY"}),
        ("both@example.com", "EDITOR", None),
    ]
    (invitation,) = account["invitations"]["nodes"]
    assert (invitation["email"], invitation["invitedBy"]) == ("nia@example.com", {"name": "Ada Owner"})
    assert invitation["expiresAt"] == "2026-11-27T12:00:00Z"
    assert account["apiTokens"] == []


def test_a_token_for_an_integration(api: Api):
    wanted = {"accountId": NORTH, "name": "Reports", "scopes": ["metrics:read", "accounts:read"]}
    made = answer(api, "ApiTokenCreate", input=wanted)["apiTokenCreate"]

    assert made["token"].pop("id")
    prefix = made["secret"][:12]
    assert made["token"] == {"name": "Reports", "prefix": prefix, "scopes": ["accounts:read", "metrics:read"]}
    totals = answer(api, "Metrics", made["secret"], accountId=NORTH, query={"range": RANGE, "dimensions": ["DAY"]})
    assert totals["metrics"]["totals"]["clicks"] == "8"


@pytest.mark.parametrize(("paging", "skus"), [({"first": 2}, ["N-1", "N-2"]), ({"last": 2}, ["N-4", "N-3"])])
def test_the_product_picker(api: Api, paging, skus):
    page = answer(api, "Products", EDITOR, accountId=NORTH, sort="PRICE_DESC", **paging)["products"]

    assert [product["sku"] for product in page["nodes"]] == skus
    assert page["totalCount"] == {"value": 4, "precision": "EXACT"}
    assert [product["price"] for product in page["nodes"] if product["sku"] in ("N-1", "N-3")] == [
        {"decimal": "189.00", "currency": "USD"} if "first" in paging else None
    ]


def test_a_report_by_day_and_ad(api: Api):
    query = {"range": RANGE, "dimensions": ["AD", "DAY"]}
    result = answer(api, "Metrics", EDITOR, accountId=NORTH, query=query)["metrics"]

    rows = [(row["day"], row["ad"]["title"], row["clicks"], row["averageCpc"]) for row in result["rows"]]
    assert sorted(rows, key=lambda row: row[:2]) == [
        ("2026-11-18", "The tent", "2", {"micros": "300000"}),
        ("2026-11-19", "The bag", "1", {"micros": "400000"}),
        ("2026-11-19", "The tent", "5", {"micros": "300000"}),
    ]
    assert result["totals"]["spend"] == {"decimal": "2.50"}
    assert (result["truncated"], len(result["definitions"])) == (False, 11)
