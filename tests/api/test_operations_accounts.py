"""The documents of the pages for members, settings, billing and mail, as an app would send them, with exact answers."""

from tests.api.test_operations import answer
from tests.conftest import Api
from tests.people import NORTH, OPERATOR, SPRING, gid, without_cards

COMPASS = gid("Organization", "agency")
ANN = {"name": "Ann", "email": "ann@polaris.example", "level": "ADMIN", "organizationName": "Polaris"}
YES = {"allowed": True, "denials": []}


def test_handing_the_account_over_from_the_members_page(api: Api):
    page = answer(api, "Members", accountId=NORTH)["account"]
    assert page["organizations"] == [{"id": COMPASS, "name": "Compass"}]
    assert page["permissions"] == {"inviteUser": {"allowed": True}, "handover": {"allowed": True}}
    wanted = {"id": NORTH, "inviteAgency": [ANN], "removeOrganizationId": COMPASS, "expectedVersion": page["version"]}
    done = answer(api, "AccountHandover", input=wanted, key="form-1")["accountHandover"]

    assert done["account"] == {"id": NORTH, "status": "PAYMENT_HOLD", "version": 2}
    assert [each["email"] for each in done["invitations"]] == ["ann@polaris.example"]
    assert [each["user"]["name"] for each in done["removedMemberships"]] == ["Ben Editor"]
    assert answer(api, "Members", accountId=NORTH)["account"]["organizations"] == []


def test_the_billing_page(api: Api):
    api.run(without_cards, api.installation)
    made = [
        answer(api, "PaymentMethodAdd", input={"accountId": NORTH, "processorToken": token})["paymentMethodAdd"]
        for token in ("pretend_visa", "pretend_amex")
    ]
    one, other = (each["paymentMethod"]["id"] for each in made)
    chosen = answer(api, "PaymentMethodSetDefault", id=other)["paymentMethodSetDefault"]["paymentMethod"]
    charged = answer(api, "CampaignSetPaymentMethod", input={"id": SPRING, "paymentMethodId": one})
    removed = answer(api, "PaymentMethodRemove", id=one)["paymentMethodRemove"]["paymentMethod"]
    page = answer(api, "Billing", accountId=NORTH)

    assert chosen == {"id": other, "isDefault": True, "status": "ACTIVE"}
    method = charged["campaignSetPaymentMethod"]["campaign"]["paymentMethod"]
    assert method == {"id": one, "brand": "VISA", "last4": "4242", "status": "ACTIVE"}
    assert removed == {"id": one, "isDefault": False, "status": "REMOVED"}
    assert [each["last4"] for each in page["billing"]["paymentMethods"]] == ["0005"]
    assert page["billing"]["account"]["statusReasons"] == []
    assert len(page["paymentOptions"]) == 14
    processor = {"name": "Pretend payments", "publishableKey": None, "scriptUrl": None}
    assert page["serverInfo"]["paymentProcessor"] == processor


def test_the_settings_of_an_account(api: Api):
    page = answer(api, "AccountSettings", id=NORTH)["account"]
    assert (page["displayName"], page["permissions"]) == ("North", {"update": YES, "close": YES})
    wanted = {"id": NORTH, "displayName": "Northern", "timeZone": "Europe/Oslo", "expectedVersion": page["version"]}
    changed = answer(api, "AccountUpdate", input=wanted)["accountUpdate"]["account"]
    closed = answer(api, "AccountClose", id=NORTH, reason="Moved", expectedVersion=2)["accountClose"]["account"]

    assert changed == {"id": NORTH, "displayName": "Northern", "timeZone": "Europe/Oslo", "version": 2}
    assert closed == {"id": NORTH, "status": "CLOSED", "version": 3}


def test_the_operators_desk(api: Api):
    suspended = answer(api, "AccountSuspend", OPERATOR, id=NORTH, reason="Fraud?")["accountSuspend"]
    listed = answer(api, "Accounts", OPERATOR, filter={"status": ["SUSPENDED"]})["accounts"]["nodes"]
    again = answer(api, "AccountReinstate", OPERATOR, id=NORTH, reason="Settled")["accountReinstate"]

    assert suspended["account"] == {"id": NORTH, "status": "SUSPENDED"}
    assert [each["displayName"] for each in listed] == ["North"]
    assert again["account"] == {"id": NORTH, "status": "ACTIVE"}


def test_choosing_mail(api: Api):
    answer(api, "NotificationPreferencesSet", accountId=NORTH, muted=["HANDOVER"])
    (membership,) = answer(api, "NotificationPreferences")["viewer"]["memberships"]

    assert (membership["mutedEmails"], membership["level"]) == (["HANDOVER"], "ADMIN")
    assert membership["account"] == {"id": NORTH, "displayName": "North"}
