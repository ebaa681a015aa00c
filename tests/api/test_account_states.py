"""An account's settings and states: who changes them, what follows at once, and what is refused."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import BOTH, EDITOR, NORTH, OPERATOR, OUTSIDER, OWNER, SOUTH, SPRING, STRANGER

ERRORS = "userErrors { code path ... on IllegalTransition { from attempted allowed } ... on GateNotMet { gate } }"
UPDATE = f"""mutation ($input: AccountUpdateInput!) {{ accountUpdate(input: $input) {{
  account {{ displayName timeZone version }} {ERRORS} seq }} }}"""
SUSPEND, REINSTATE = (
    f"""mutation ($id: ID!, $reason: String = "Because") {{ account{step}(input: {{id: $id, reason: $reason}}) {{
  account {{ status }} {ERRORS} }} }}"""
    for step in ("Suspend", "Reinstate")
)
CLOSE = f"""mutation ($id: ID!, $version: Int, $reason: String) {{
  accountClose(input: {{id: $id, expectedVersion: $version, reason: $reason}}) {{ account {{ status }} {ERRORS} }} }}"""
STATUS = "query ($id: ID!) { account(id: $id) { status statusReasons { code } } }"
SERVED = "query ($id: ID!) { campaign(id: $id) { effectiveStatus statusReasons { code } } }"
ADD = f'mutation {{ paymentMethodAdd(input: {{accountId: "{NORTH}", processorToken: "pretend_visa"}}) {{ seq }} }}'
ACCOUNTS = """query ($filter: AccountFilter) { accounts(first: 10, filter: $filter) {
  nodes { displayName } totalCount { value } } }"""
PERMISSIONS = """query ($id: ID!) { account(id: $id) { permissions { update { allowed } removeUser { allowed }
  changePayment { allowed } handover { allowed } close { allowed denials { code } } } } }"""
STATES = ("ACTIVE", "PAYMENT_HOLD", "SUSPENDED", "CLOSED")
DOES = {"SUSPENDED": SUSPEND, "CLOSED": CLOSE, "ACTIVE": REINSTATE}


def put(api: Api, status: str) -> None:
    """NORTH in a state, with its campaigns as that makes them."""
    waits = "true" if status == "PAYMENT_HOLD" else "false"
    api.write(f"UPDATE account SET status = '{status}', awaits_card = {waits} WHERE name_key = 'north'")


def status(api: Api) -> str:
    return api.rows("SELECT status FROM account WHERE name_key = 'north'")[0][0]


def served(api: Api) -> str:
    return api(SERVED, as_=OWNER, id=SPRING).data["campaign"]["effectiveStatus"]


def quiet(api: Api) -> bool:
    """Whether nothing was noted and nobody told."""
    return api.rows("SELECT count(*) FROM change") == api.rows("SELECT count(*) FROM email_message") == [(0,)]


# ---- settings


def test_an_admin_changes_name_and_time_zone(api: Api):
    wanted = {"id": NORTH, "displayName": "  Northern Ü ", "timeZone": "America/New_York", "expectedVersion": 1}
    changed = api(UPDATE, as_=OWNER, input=wanted).data["accountUpdate"]

    account = {"displayName": "Northern Ü", "timeZone": "America/New_York", "version": 2}
    assert changed == {"account": account, "userErrors": [], "seq": "1"}
    assert api.rows("SELECT name_key FROM account WHERE vendor_code = 'NORTH'") == [("northern u",)]


@pytest.mark.parametrize("given", [{}, {"displayName": None, "timeZone": None}, {"displayName": "North"}])
def test_what_is_so_already_is_no_change(api: Api, given):
    same = api(UPDATE, as_=OWNER, input={"id": NORTH, **given}).data["accountUpdate"]

    assert same == {"account": {"displayName": "North", "timeZone": "UTC", "version": 1}, "userErrors": [], "seq": None}


def test_every_wrong_setting_is_told_at_once_and_nothing_changes(api: Api):
    wanted = {"id": NORTH, "displayName": "", "timeZone": "Mars/Olympus"}
    refused = api(UPDATE, as_=OWNER, input=wanted).data["accountUpdate"]

    assert refused["userErrors"] == [{"code": "INVALID", "path": [name]} for name in ("displayName", "timeZone")]
    stale = api(UPDATE, as_=OWNER, input={**wanted, "expectedVersion": 2})
    assert codes(stale, "accountUpdate") == ["STALE_VERSION"]
    assert quiet(api)


def test_a_new_time_zone_makes_today_another_day_for_budgets(api: Api):
    day = api.clock.now.date() + timedelta(days=1)  # in Kiritimati it is tomorrow already
    api.write(f"UPDATE campaign SET daily_budget_micros = 1, spent_today_micros = 1, spent_on = '{day}'")
    api(UPDATE, as_=OWNER, input={"id": NORTH, "timeZone": "Pacific/Kiritimati"})

    seen = api(SERVED, as_=OWNER, id=SPRING).data["campaign"]
    assert seen == {"effectiveStatus": "OUT_OF_BUDGET", "statusReasons": [{"code": "DAILY_BUDGET_SPENT"}]}


@pytest.mark.parametrize("state", ["SUSPENDED", "CLOSED"])
def test_the_settings_of_an_account_that_may_do_nothing_stay(api: Api, state):
    put(api, state)
    refused = api(UPDATE, as_=OWNER, input={"id": NORTH, "displayName": "N"}).data["accountUpdate"]

    assert refused["userErrors"] == [{"code": "GATE", "path": ["id"], "gate": "ACCOUNT_ACTIVE"}]
    assert quiet(api)


# ---- states


def test_every_step_is_taken_or_refused_as_the_table_has_it(api: Api):
    legal = {("ACTIVE", "SUSPENDED"), ("PAYMENT_HOLD", "SUSPENDED"), ("SUSPENDED", "ACTIVE")}
    legal |= {(state, "CLOSED") for state in STATES[:3]}
    for state, to in product(STATES, DOES):
        put(api, state)
        (payload,) = api(DOES[to], as_=OWNER if to == "CLOSED" else OPERATOR, id=NORTH).data.values()

        assert (payload["userErrors"] == [], status(api)) == (
            ((state, to) in legal),
            to if (state, to) in legal else state,
        )
        assert (state, to) in legal or (payload["userErrors"][0]["from"], payload["account"]) == (state, None)


def test_a_suspended_account_serves_nothing_until_it_is_reinstated(api: Api):
    assert api(SUSPEND, as_=OPERATOR, id=NORTH).data["accountSuspend"]["account"] == {"status": "SUSPENDED"}
    reasons = [{"code": "ACCOUNT_SUSPENDED"}]
    assert api(SERVED, as_=OWNER, id=SPRING).data["campaign"] == {
        "effectiveStatus": "ACCOUNT_INACTIVE",
        "statusReasons": reasons,
    }
    assert api(STATUS, as_=OWNER, id=NORTH).data["account"] == {"status": "SUSPENDED", "statusReasons": reasons}

    api(REINSTATE, as_=OPERATOR, id=NORTH)
    assert served(api) == "RUNNING"
    assert served_elsewhere(api) == "RUNNING"


def served_elsewhere(api: Api) -> str:
    return api.rows("SELECT effective_status FROM campaign WHERE name = 'Island'")[0][0]


def test_a_suspension_does_not_make_up_for_a_card(api: Api):  # S33
    put(api, "PAYMENT_HOLD")
    api(SUSPEND, as_=OPERATOR, id=NORTH)

    assert api(REINSTATE, as_=OPERATOR, id=NORTH).data["accountReinstate"]["account"] == {"status": "PAYMENT_HOLD"}
    api(ADD, as_=OWNER)
    assert (status(api), served(api)) == ("ACTIVE", "RUNNING")


def test_the_reason_is_kept_in_history_and_mailed_to_the_admins(api: Api):  # S24, S71
    api(SUSPEND, as_=OPERATOR, id=NORTH, reason="Complaints <b>of</b> customers")
    api(REINSTATE, as_=OPERATOR, id=NORTH, reason="Settled")

    told = api.rows("SELECT event, reason, actor FROM change ORDER BY seq")
    assert told == [
        ("ACCOUNT_SUSPENDED", "Complaints <b>of</b> customers", "Olga Operator"),
        ("ACCOUNT_REINSTATED", "Settled", "Olga Operator"),
    ]
    again, first = sorted(api.mail(OWNER.email), key=lambda letter: letter.id, reverse=True)
    assert (first.subject, again.subject) == ("North is suspended", "North is no longer suspended")
    assert "Complaints &lt;b&gt;of&lt;/b&gt; customers" in first.html
    assert api.mail(EDITOR.email) == api.mail(STRANGER.email) == []


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001, "a\nb"])
def test_a_decision_has_a_reason(api: Api, reason):
    refused = api(SUSPEND, as_=OPERATOR, id=NORTH, reason=reason).data["accountSuspend"]["userErrors"]

    assert refused == [{"code": "INVALID", "path": ["reason"]}]
    assert (status(api), quiet(api)) == ("ACTIVE", True)


@pytest.mark.parametrize("document", [SUSPEND, REINSTATE], ids=["suspend", "reinstate"])
@pytest.mark.parametrize("who", [OWNER, EDITOR, OUTSIDER, None])
def test_only_an_operator_decides(api: Api, document, who):
    assert api(document, as_=who, id=NORTH).codes == ["FORBIDDEN" if who else "UNAUTHENTICATED"]
    assert (status(api), quiet(api)) == ("ACTIVE", True)


def test_an_operator_may_repeat_a_decision_with_its_key(api: Api):
    keyed = SUSPEND.replace("$reason})", '$reason}) @idempotent(key: "s")')
    first, again = (api(keyed, as_=OPERATOR, id=NORTH).data for _ in range(2))

    assert first == again
    assert api.rows("SELECT count(*) FROM change") == [(1,)]


def test_an_admin_closes_the_account_for_good_and_its_history_stays(api: Api):
    stale = api(CLOSE, as_=OWNER, id=NORTH, version=9)
    assert codes(stale, "accountClose") == ["STALE_VERSION"]
    closed = api(CLOSE, as_=OWNER, id=NORTH, version=1, reason="Moved").data["accountClose"]

    assert closed == {"account": {"status": "CLOSED"}, "userErrors": []}
    assert served(api) == "ACCOUNT_INACTIVE"
    assert api.rows("SELECT reason FROM change") == [("Moved",)]
    again = api(CLOSE, as_=OWNER, id=NORTH).data["accountClose"]["userErrors"]
    assert again == [
        {"code": "ILLEGAL_TRANSITION", "path": ["id"], "from": "CLOSED", "attempted": "CLOSED", "allowed": []}
    ]


@pytest.mark.parametrize(("who", "code"), [(EDITOR, "FORBIDDEN"), (BOTH, "FORBIDDEN"), (STRANGER, "NOT_FOUND")])
def test_only_its_admin_closes_an_account_or_changes_it(api: Api, who, code):
    assert codes(api(CLOSE, as_=who, id=NORTH), "accountClose") == [code]
    assert codes(api(UPDATE, as_=who, input={"id": NORTH, "displayName": "N"}), "accountUpdate") == [code]
    assert (status(api), quiet(api)) == ("ACTIVE", True)


# ---- what is seen


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        (None, ["North", "South"]),
        ({"status": ["SUSPENDED", "CLOSED"]}, ["North"]),
        ({"sandbox": False}, ["North", "South"]),
        ({"sandbox": True}, []),
        ({"query": "ort"}, ["North"]),
        ({"query": "SOUTH", "status": ["ACTIVE"]}, ["South"]),
        ({"query": "%"}, []),
    ],
)
def test_an_operator_sees_all_accounts(api: Api, filter, names):
    put(api, "SUSPENDED")
    page = api(ACCOUNTS, as_=OPERATOR, filter=filter).data["accounts"]

    assert sorted(each["displayName"] for each in page["nodes"]) == names
    assert page["totalCount"] == {"value": len(names)}


@pytest.mark.parametrize("who", [OWNER, OUTSIDER])
def test_nobody_else_sees_all_accounts(api: Api, who):
    assert (api(ACCOUNTS, as_=who).data, api(ACCOUNTS, as_=who).codes) == ({"accounts": None}, ["FORBIDDEN"])


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("ACTIVE", {"update", "removeUser", "changePayment", "handover", "close"}),
        ("PAYMENT_HOLD", {"update", "removeUser", "changePayment", "handover", "close"}),
        ("SUSPENDED", {"removeUser", "close"}),
        ("CLOSED", {"removeUser"}),
    ],
)
def test_permissions_say_what_an_admin_may_do_in_each_state(api: Api, state, allowed):
    put(api, state)
    seen: Any = api(PERMISSIONS, as_=OWNER, id=NORTH).data["account"]["permissions"]

    assert {name for name, permission in seen.items() if permission["allowed"]} == allowed
    editors = api(PERMISSIONS, as_=EDITOR, id=NORTH).data["account"]["permissions"]
    assert not any(permission["allowed"] for permission in editors.values())
    assert api(STATUS, as_=OWNER, id=SOUTH).data == {"account": None}
