"""History: every change of an account with who, what and why, in one order; and taking one back (S18, S32)."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.api.test_feeds import REPORT, stock
from tests.conftest import Api
from tests.people import BOTH, DRAFT_AD, EDITOR, FEED, NORTH, OUTSIDER, OWNER, SPRING, STRANGER, SUMMER, TENT_AD, gid

EVENTS = """query ($account: ID!, $first: Int, $last: Int, $after: String, $since: BigInt, $filter: ChangeFilter) {
  changeEvents(accountId: $account, first: $first, last: $last, after: $after, sinceSeq: $since, filter: $filter) {
    nodes { id seq at actor via action before after reason actorUser { id name }
      subject { __typename id ... on Campaign { name } ... on Ad { title } }
      revertible { allowed denials { code message } } reverts { seq } }
    pageInfo { hasNextPage endCursor } } }"""
REVERT = """mutation ($id: ID!) { changeRevert(input: {changeEventId: $id}) { seq
  revertedBy { seq action reason reverts { id } after subject { id } }
  userErrors { __typename code message path ... on IllegalTransition { from insteadUse } } } }"""
INSERT = """INSERT INTO change (id, at, account_id, actor, via, event, action, subject_type, subject_id)
  SELECT gen_random_uuid(), now(), id, 'Job', 'JOB', 'CAMPAIGN_PAUSED', :action, 'Account', id
  FROM account WHERE display_name = 'North'"""
CAMPAIGN = """query ($id: ID!) { campaign(id: $id) { name configuredStatus effectiveStatus end
  totalBudget { micros } dailyBudget { micros } } }"""


def do(api: Api, wish: str, as_: Any = EDITOR) -> None:
    payload = api(f"mutation {{ it: {wish} {{ userErrors {{ code message }} }} }}", as_=as_).data["it"]
    assert payload == {"userErrors": []}


def pause(id: str = SPRING) -> str:
    return f'campaignPause(input: {{id: "{id}"}})'


def rename(name: str) -> str:
    return f'campaignUpdate(input: {{id: "{SPRING}", name: "{name}"}})'


def events(api: Api, as_: Any = EDITOR, **variables: Any) -> list[Any]:
    variables = {"account": NORTH, **({} if "last" in variables else {"first": 50}), **variables}
    answer = api(EVENTS, as_=as_, **variables)
    assert answer.errors == []
    return answer.data["changeEvents"]["nodes"]


def revert(api: Api, id: str, as_: Any = EDITOR) -> Any:
    return api(REVERT, as_=as_, id=id).data["changeRevert"]


def campaign(api: Api) -> Any:
    return api(CAMPAIGN, as_=EDITOR, id=SPRING).data["campaign"]


# ---- reading


def test_a_change_says_who_what_and_what_was_before(api: Api):
    do(api, rename("May"))
    (event,) = events(api)

    assert event.pop("id")
    assert event == {
        "seq": "1",
        "at": "2026-11-20T12:00:00Z",
        "actor": "Ben Editor",
        "via": "SESSION",
        "action": "campaignUpdate",
        "before": {"name": "Spring"},
        "after": {"name": "May"},
        "reason": None,
        "actorUser": {"id": EDITOR.id, "name": "Ben Editor"},
        "subject": {"__typename": "Campaign", "id": SPRING, "name": "May"},
        "revertible": {"allowed": True, "denials": []},
        "reverts": None,
    }


def test_who_changed_it_is_told_their_address_alone(api: Api):
    do(api, rename("May"))
    document = """query ($id: ID!) { changeEvents(accountId: $id, first: 1) { nodes { actorUser { name email } } } }"""
    mine, others = (api(document, as_=who, id=NORTH) for who in (EDITOR, OWNER))

    assert mine.data["changeEvents"]["nodes"] == [{"actorUser": {"name": "Ben Editor", "email": EDITOR.email}}]
    assert others.data["changeEvents"]["nodes"] == [{"actorUser": {"name": "Ben Editor", "email": None}}]
    assert others.codes == ["FORBIDDEN"]


def test_amounts_and_keys_are_shown_as_clients_know_them(api: Api):
    do(api, f'campaignUpdate(input: {{id: "{SPRING}", dailyBudget: {{micros: "9000000", currency: "USD"}}}})')
    do(api, f'apiTokenCreate(input: {{accountId: "{NORTH}", name: "n", scopes: ["metrics:read"]}})', OWNER)
    budget, token = events(api, OWNER)

    assert (budget["before"], budget["after"]) == ({"dailyBudgetMicros": None}, {"dailyBudgetMicros": 9_000_000})
    assert (token["after"]["createdBy"], token["after"]["accountId"]) == (OWNER.id, NORTH)
    assert token["after"]["id"] == token["subject"]["id"]


def test_what_takes_an_admin_is_hidden_from_an_editor(api: Api):
    do(api, f'userInvite(input: {{accountId: "{NORTH}", name: "N", email: "n@example.com", level: EDITOR}})', OWNER)
    (seen,), (hidden,) = events(api, OWNER), events(api, EDITOR)

    assert (seen["subject"]["__typename"], seen["after"]["email"]) == ("Invitation", "n@example.com")
    assert (hidden["action"], hidden["subject"], hidden["after"]) == ("userInvite", None, None)


def test_a_token_sees_of_subjects_what_its_scopes_open(api: Api):
    do(api, rename("May"))
    make = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
      input: {accountId: $account, name: "n", scopes: $scopes}) { secret } }"""
    for scopes, name in ((["audit:read"], None), (["audit:read", "campaigns:read"], "May")):
        secret = api(make, as_=OWNER, account=NORTH, scopes=scopes).data["apiTokenCreate"]["secret"]
        event = events(api, secret)[0]
        assert ((event["subject"] or {}).get("name"), event["after"] and event["after"]["name"]) == (name, name)


def test_staff_are_not_named_to_members(api: Api):
    do(api, pause())
    api.write("UPDATE change SET via = 'STAFF'")
    (event,) = events(api)

    assert (event["actor"], event["actorUser"], event["via"]) == ("Staff", None, "STAFF")
    assert events(api, filter={"actorUserIds": [EDITOR.id]}) == []


def test_a_stock_out_is_in_the_history_of_each_account(api: Api):
    api(REPORT, as_=FEED, items=[stock("N-1"), stock("S-1")])
    (north,), (south,) = events(api), events(api, STRANGER, account=gid("Account", "south"))

    assert [north["actor"], north["action"], north["via"]] == ["Token feed", "stockReport", "API_TOKEN"]
    assert north["subject"] == {"__typename": "Ad", "id": TENT_AD, "title": "The tent"}
    assert (north["before"]["systemStop"], north["after"]["systemStop"]) == ("NONE", "OUT_OF_STOCK")
    assert (north["reason"], south["subject"]["title"]) == ("Its product ran out of stock", "The kite")


@pytest.mark.parametrize(
    ("filter", "seqs"),
    [
        ({"subjectIds": [SPRING]}, ["1", "4"]),
        ({"subjectIds": [SUMMER, TENT_AD]}, ["2", "3"]),
        ({"subjectIds": []}, []),
        ({"actorUserIds": [OWNER.id]}, ["2"]),
        ({"actions": ["campaignPause", "adPause"]}, ["1", "3"]),
        ({"range": {"from": "2026-11-20", "to": "2026-11-20"}}, ["1", "2", "3"]),
        ({"range": {"from": "2026-11-21", "to": "2026-11-30"}, "actorUserIds": [EDITOR.id]}, ["4"]),
    ],
)
def test_history_is_filtered(api: Api, filter, seqs):
    do(api, pause())
    do(api, f'campaignResume(input: {{id: "{SUMMER}"}})', OWNER)
    do(api, f'adPause(input: {{id: "{TENT_AD}"}})')
    api.clock.pass_(days=1)
    do(api, rename("May"))

    assert [event["seq"] for event in events(api, filter=filter)] == seqs


def test_days_are_those_of_the_accounts_time_zone(api: Api):
    do(api, pause())
    api.write("UPDATE account SET time_zone = 'Pacific/Kiritimati' WHERE display_name = 'North'")
    on = {day: events(api, filter={"range": {"from": day, "to": day}}) for day in ("2026-11-20", "2026-11-21")}

    assert [len(found) for found in on.values()] == [0, 1]


def test_pages_go_on_where_the_last_ended_whatever_is_added(api: Api):
    for number in range(5):
        do(api, rename(f"S{number}"))
    page = api(EVENTS, as_=EDITOR, account=NORTH, first=2).data["changeEvents"]
    do(api, rename("Later"))
    rest = events(api, after=page["pageInfo"]["endCursor"])

    assert [each["seq"] for each in page["nodes"]] == ["1", "2"]
    assert [each["seq"] for each in rest] == ["3", "4", "5", "6"]
    assert [each["seq"] for each in events(api, since="4")] == ["5", "6"]
    assert [each["seq"] for each in events(api, last=2)] == ["5", "6"]


@pytest.mark.parametrize("filter", [{"subjectIds": ["x"]}, {"actorUserIds": [SPRING]}])
def test_what_is_no_id_is_refused(api: Api, filter):
    answer = api(EVENTS, as_=EDITOR, account=NORTH, first=1, filter=filter)

    assert (answer.data, answer.codes) == ({"changeEvents": None}, ["NOT_FOUND"])


def test_a_page_takes_one_statement_and_one_for_each_type(api: Api):
    found = []
    for round_ in range(2):
        do(api, rename(f"R{round_}"))
        do(api, f'{"adPause" if round_ == 0 else "adResume"}(input: {{id: "{TENT_AD}"}})')
        events(api)
        api.statements.clear()
        events(api)
        found.append(len(api.statements))

    assert found == [4, 4]  # changes with actors and what was taken back, and the caller; campaigns; ads


@pytest.mark.parametrize("first", ["slow", "fast"])
def test_a_reader_stops_at_the_oldest_running_transaction(api: Api, first):
    """A lower number may show later than a higher one: a reader must not pass it by, whoever began first."""
    if api.installation.database.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    meanwhile, after = api.run(_overlap, api, first)

    assert meanwhile == []
    assert [(each["seq"], each["action"]) for each in after] == [("1", "slow"), ("2", "fast")]


async def _overlap(api: Api, first: str) -> Any:
    """A transaction takes a number, another takes the next and ends before it."""
    body = {"query": EVENTS, "variables": {"account": NORTH, "first": 9, "since": "0"}}
    writer = api.installation.database.writer
    async with writer.connect() as slow, writer.connect() as fast:
        each = {"slow": slow, "fast": fast}
        await each[first].execute(text("SELECT pg_current_xact_id()"))
        for name in ("slow", "fast"):
            await each[name].execute(text(INSERT), {"action": name})
        await fast.commit()
        meanwhile = await _post(api, body)
        await slow.commit()
    answers = [meanwhile, await _post(api, body)]
    return [answer["data"]["changeEvents"]["nodes"] for answer in answers]


async def _post(api: Api, body: Any) -> Any:
    headers = {"authorization": f"Bearer {EDITOR.token}"}
    return (await api._request("POST", "/graphql", {"json": body, "headers": headers})).json()


# ---- taking back


def test_a_change_is_taken_back_by_a_change_that_names_it(api: Api):
    do(api, rename("May"))
    (event,) = events(api)
    payload = revert(api, event["id"], OWNER)

    assert payload == {
        "seq": "2",
        "revertedBy": {
            "seq": "2",
            "action": "changeRevert",
            "reason": "Reverts change 1",
            "reverts": {"id": event["id"]},
            "after": {"name": "Spring"},
            "subject": {"id": SPRING},
        },
        "userErrors": [],
    }
    assert (campaign(api)["name"], events(api)[1]["actor"]) == ("Spring", "Ada Owner")


def test_budgets_and_dates_are_set_back(api: Api):
    before = campaign(api)
    wish = 'totalBudget: {micros: "50000000", currency: "USD"}, dailyBudget: {micros: "9000000", currency: "USD"}'
    do(api, f'campaignUpdate(input: {{id: "{SPRING}", {wish}, end: "2027-01-01T00:00:00Z"}})')
    assert campaign(api) != before
    revert(api, events(api)[0]["id"])

    assert campaign(api) == before


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        (pause(), ("SPRING", "ENABLED")),
        (f'adPause(input: {{id: "{TENT_AD}"}})', ("AD", "ENABLED")),
        (f'campaignResume(input: {{id: "{SUMMER}"}})', ("SUMMER", "PAUSED")),
    ],
)
def test_a_switch_is_turned_back_and_back_again(api: Api, wish, status):
    do(api, wish)
    payload = revert(api, events(api)[0]["id"])
    again = revert(api, events(api)[1]["id"])

    assert payload["userErrors"] == again["userErrors"] == []
    assert payload["revertedBy"]["after"] == {"configuredStatus": status[1]}


def refused(api: Api, id: str, as_: Any = EDITOR) -> Any:
    """Why a change is not taken back; nothing changes by that, and the permission knows it."""
    before = api.rows("SELECT count(*) FROM change"), campaign(api)
    payload = revert(api, id, as_)
    assert (payload["revertedBy"], payload["seq"]) == (None, None)
    assert (api.rows("SELECT count(*) FROM change"), campaign(api)) == before
    (error,) = payload["userErrors"]
    return error


def test_what_changed_again_since_is_not_taken_back(api: Api):
    do(api, rename("May"))
    do(api, rename("June"))
    first, second = events(api)
    error = refused(api, first["id"])

    assert (error["code"], error["path"]) == ("CONFLICT", ["changeEventId"])
    assert (first["revertible"]["allowed"], second["revertible"]["allowed"]) == (False, True)
    assert first["revertible"]["denials"][0]["message"] == error["message"]


@pytest.mark.parametrize(
    ("wish", "instead"),
    [
        (f'campaignArchive(input: {{id: "{SUMMER}"}})', "campaignDuplicate"),
        (
            f'userInvite(input: {{accountId: "{NORTH}", name: "N", email: "n@example.com", level: EDITOR}})',
            "invitationRevoke",
        ),
        (f'membershipRemove(input: {{id: "{gid("Membership", "both-north")}"}})', "userInvite"),
        (f'adSubmit(input: {{id: "{DRAFT_AD}"}})', "adReplace"),
        (f'paymentMethodAdd(input: {{accountId: "{NORTH}", processorToken: "pretend_visa"}})', "paymentMethodRemove"),
        (f'accountUpdate(input: {{id: "{NORTH}", displayName: "N"}})', "accountUpdate"),
        (
            f'assetUploadBegin(input: {{accountId: "{NORTH}", filename: "a", contentType: "image/png", bytes: 9}})',
            None,
        ),
    ],
)
def test_what_cannot_be_taken_back_names_what_helps(api: Api, wish, instead):
    do(api, wish, OWNER)
    (event,) = events(api, OWNER)
    error = refused(api, event["id"])

    assert (error["code"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", instead)
    assert event["revertible"]["allowed"] is False


def test_a_one_way_stop_is_not_taken_back_nor_a_pause_before_it(api: Api):
    do(api, f'adPause(input: {{id: "{TENT_AD}"}})')
    api(REPORT, as_=FEED, items=[stock("N-1")])
    for event in events(api):
        assert refused(api, event["id"])["insteadUse"] == "adReplace"
        assert event["revertible"]["allowed"] is False


def test_an_archived_campaign_stays_as_it_is(api: Api):
    do(api, f'campaignResume(input: {{id: "{SUMMER}"}})')
    do(api, pause(SUMMER))
    do(api, f'campaignArchive(input: {{id: "{SUMMER}"}})')

    assert {refused(api, event["id"])["code"] for event in events(api)} == {"ILLEGAL_TRANSITION"}


def test_the_rules_of_the_wish_hold_for_taking_back_too(api: Api):
    do(api, f'campaignUpdate(input: {{id: "{SPRING}", end: "2026-11-20T13:00:00Z"}})')
    do(api, f'campaignUpdate(input: {{id: "{SPRING}", end: "2027-01-01T00:00:00Z"}})')
    api.clock.pass_(hours=2)
    error = refused(api, events(api)[1]["id"])

    assert (error["code"], error["path"]) == ("INVALID", ["changeEventId"])


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_takes_nothing_back(api: Api, who):
    do(api, rename("May"))
    (event,) = events(api)

    assert refused(api, event["id"], who)["code"] == "NOT_FOUND"
    assert refused(api, gid("ChangeEvent", "unknown"))["code"] == "NOT_FOUND"


def test_a_removed_member_reads_no_history_any_more(api: Api):
    do(api, f'membershipRemove(input: {{id: "{gid("Membership", "both-north")}"}})', OWNER)
    answer = api(EVENTS, as_=BOTH, account=NORTH, first=1)

    assert answer.codes == ["NOT_FOUND"]
