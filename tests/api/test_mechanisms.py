"""What every mutation can do: one effect a key, rehearsal, all or nothing, and an answer read before the commit."""

import pytest

from tests.conftest import Api, codes
from tests.people import (
    BAG_AD,
    EDITOR,
    ISLAND,
    NORTH,
    NORTH_BRAND,
    OLD,
    OWNER,
    PEOPLE,
    SPRING,
    STRANGER,
    SUMMER,
    TENT_AD,
)

CREATE = """mutation ($input: CampaignCreateInput!, $key: String!) {
  campaignCreate(input: $input) @idempotent(key: $key) {
    campaign { id name } userErrors { code path ... on IdempotencyMismatch { key } } seq } }"""
FULL = {
    "accountId": NORTH,
    "brandId": NORTH_BRAND,
    "kind": "SPONSORED_SEARCH",
    "name": "Autumn",
    "totalBudget": {"micros": "50000000", "currency": "USD"},
    "start": "2026-11-01T00:00:00Z",
}
NAME = "query ($id: ID!) { campaign(id: $id) { name configuredStatus } }"
TOKEN = """mutation ($account: ID!) { apiTokenCreate(input: {accountId: $account, name: "n", scopes: ["metrics:read"]})
  @idempotent(key: "k") { token { id } secret } }"""
TWO = """mutation ($a: ID!, $b: ID!) @atomic {
  first: campaignPause(input: {id: $a}) { campaign { id configuredStatus } userErrors { code message } seq }
  second: campaignPause(input: {id: $b}) { campaign { id configuredStatus } userErrors { code } seq } }"""


def count(api: Api, table: str) -> int:
    return api.rows(f"SELECT count(*) FROM {table}")[0][0]


# ---- @idempotent


def test_the_same_key_and_input_have_one_effect_and_one_answer(api: Api):
    first = api(CREATE, as_=EDITOR, input=FULL, key="k1").data
    again = api(CREATE, as_=EDITOR, input=FULL, key="k1").data

    assert first == again
    assert first["campaignCreate"]["seq"] == "1"
    assert (count(api, "campaign"), count(api, "change")) == (5, 1)


def test_a_replay_reads_its_objects_afresh(api: Api):
    made = api(CREATE, as_=EDITOR, input=FULL, key="k1").data["campaignCreate"]["campaign"]
    api.write("UPDATE campaign SET name = 'Renamed' WHERE name = 'Autumn'")

    replayed = api(CREATE, as_=EDITOR, input=FULL, key="k1").data["campaignCreate"]
    assert replayed["campaign"] == {"id": made["id"], "name": "Renamed"}


def test_a_key_used_for_other_input_is_refused(api: Api):
    api(CREATE, as_=EDITOR, input=FULL, key="k1")
    other = api(CREATE, as_=EDITOR, input={**FULL, "name": "Winter"}, key="k1").data["campaignCreate"]

    mismatch = {"code": "IDEMPOTENCY_MISMATCH", "path": ["@idempotent", "key"], "key": "k1"}
    assert other == {"campaign": None, "userErrors": [mismatch], "seq": None}
    assert count(api, "campaign") == 5


def test_a_key_belongs_to_its_caller(api: Api):
    api(CREATE, as_=EDITOR, input=FULL, key="k1")
    mine = api(CREATE, as_=OWNER, input={**FULL, "name": "Winter"}, key="k1").data["campaignCreate"]

    assert mine["campaign"]["name"] == "Winter"


def test_a_refusal_is_not_remembered(api: Api):
    wrong = {**FULL, "name": ""}
    assert codes(api(CREATE, as_=EDITOR, input=wrong, key="k1"), "campaignCreate") == ["INVALID"]
    made = api(CREATE, as_=EDITOR, input=FULL, key="k1").data["campaignCreate"]

    assert made["campaign"]["name"] == "Autumn"


def test_a_secret_is_not_kept_for_a_replay(api: Api):
    first = api(TOKEN, as_=OWNER, account=NORTH).data["apiTokenCreate"]
    again = api(TOKEN, as_=OWNER, account=NORTH).data["apiTokenCreate"]

    assert first["token"] == again["token"]
    assert first["secret"].startswith("eca_")
    assert again["secret"] is None
    assert first["secret"] not in str(api.rows("SELECT answer FROM idempotency_key"))


def test_a_replay_shows_nothing_to_whom_access_was_taken(api: Api):
    api(CREATE, as_=EDITOR, input=FULL, key="k1")
    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'EDITOR'")
    replay = api(CREATE, as_=EDITOR, input=FULL, key="k1").data["campaignCreate"]

    assert (replay["campaign"], [error["code"] for error in replay["userErrors"]]) == (None, ["NOT_FOUND"])


def test_a_key_is_free_again_after_seven_days(api: Api):
    api(CREATE, as_=EDITOR, input=FULL, key="k1")
    api.clock.pass_(days=7, seconds=1)
    api(CREATE, as_=EDITOR, input={**FULL, "name": "Winter"}, key="k1")

    assert count(api, "campaign") == 6


def test_forgotten_keys_are_deleted_by_the_schedule(api: Api):
    api(CREATE, as_=EDITOR, input=FULL, key="k1")
    api.clock.pass_(days=8)
    api.work()

    assert count(api, "idempotency_key") == 0


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_1_to_255_characters(api: Api, key):
    refused = api(CREATE, as_=EDITOR, input=FULL, key=key)

    assert codes(refused, "campaignCreate") == ["INVALID"]
    assert count(api, "campaign") == 4


def test_without_a_caller_there_is_no_key(api: Api):
    sign_in = 'mutation { signIn(input: {email: "a", password: "b"}) @idempotent(key: "k") { userErrors { path } } }'

    assert api(sign_in).data == {"signIn": {"userErrors": [{"path": ["@idempotent"]}]}}


def test_a_key_never_keeps_what_a_password_could_be_guessed_from(api: Api):
    sign_in = """mutation { signIn(input: {email: "owner@example.com", password: "a password for tests"})
      @idempotent(key: "k") { sessionToken userErrors { path } } }"""
    answer = api(sign_in, as_=OWNER).data["signIn"]

    assert answer == {"sessionToken": None, "userErrors": [{"path": ["@idempotent"]}]}
    assert (count(api, "idempotency_key"), count(api, "session")) == (0, len(PEOPLE))


# ---- @dryRun


def test_a_dry_run_answers_what_would_have_happened_and_writes_nothing(api: Api):
    rehearse = """mutation ($id: ID!) { campaignPause(input: {id: $id}) @dryRun {
      campaign { configuredStatus effectiveStatus version } userErrors { code } seq } }"""
    answer = api(rehearse, as_=EDITOR, id=SPRING).data["campaignPause"]

    after = {"configuredStatus": "PAUSED", "effectiveStatus": "PAUSED", "version": 2}
    assert answer == {"campaign": after, "userErrors": [], "seq": None}
    assert api(NAME, as_=EDITOR, id=SPRING).data["campaign"]["configuredStatus"] == "ENABLED"
    assert count(api, "change") == 0


def test_a_dry_run_sends_no_mail(api: Api):
    invite = """mutation ($account: ID!) { userInvite(input: {accountId: $account, name: "N", email: "n@example.com",
      level: EDITOR}) @dryRun { invitation { email status } } }"""
    answer = api(invite, as_=OWNER, account=NORTH).data["userInvite"]

    assert answer == {"invitation": {"email": "n@example.com", "status": "PENDING"}}
    assert (count(api, "invitation"), count(api, "email_message")) == (0, 0)


def test_a_dry_run_can_be_switched_off_by_a_variable(api: Api):
    maybe = """mutation ($id: ID!, $dry: Boolean!) { campaignPause(input: {id: $id}) @dryRun(if: $dry) { seq } }"""

    assert api(maybe, as_=EDITOR, id=SPRING, dry=True).data == {"campaignPause": {"seq": None}}
    assert api(maybe, as_=EDITOR, id=SPRING, dry=False).data["campaignPause"]["seq"] is not None
    assert count(api, "change") == 1


def test_a_dry_run_takes_no_key(api: Api):
    both = CREATE.replace("@idempotent(key: $key)", "@dryRun @idempotent(key: $key)")
    api(both, as_=EDITOR, input=FULL, key="k1")

    assert (count(api, "campaign"), count(api, "idempotency_key")) == (4, 0)


# ---- @atomic


def test_all_fields_of_an_atomic_operation_are_carried_out(api: Api):
    done = api(TWO, as_=EDITOR, a=SPRING, b=SUMMER.replace(SUMMER, SPRING)).data
    assert [error["code"] for error in done["second"]["userErrors"]] == ["ILLEGAL_TRANSITION"]
    api.write("UPDATE campaign SET configured_status = 'ENABLED'")
    done = api(TWO, as_=EDITOR, a=SPRING, b=SUMMER).data

    assert done["first"]["campaign"] == {"id": SPRING, "configuredStatus": "PAUSED"}
    assert done["second"]["campaign"] == {"id": SUMMER, "configuredStatus": "PAUSED"}


@pytest.mark.parametrize(("a", "b", "refused"), [(SPRING, OLD, "second"), (OLD, SPRING, "first")])
def test_one_refusal_undoes_and_refuses_all_others(api: Api, a, b, refused):
    answer = api(TWO, as_=EDITOR, a=a, b=b).data

    other = {"first": "second", "second": "first"}[refused]
    assert [error["code"] for error in answer[refused]["userErrors"]] == ["ILLEGAL_TRANSITION"]
    assert answer[other]["campaign"] is None
    assert [error["code"] for error in answer[other]["userErrors"]] == ["CONFLICT"]
    assert (answer["first"]["seq"], answer["second"]["seq"]) == (None, None)
    assert api(NAME, as_=EDITOR, id=SPRING).data["campaign"]["configuredStatus"] == "ENABLED"
    assert count(api, "change") == 0


def test_without_atomic_each_field_stands_for_itself(api: Api):
    answer = api(TWO.replace("@atomic", ""), as_=EDITOR, a=SPRING, b=OLD).data

    assert answer["first"]["campaign"]["configuredStatus"] == "PAUSED"
    assert answer["second"]["userErrors"] == [{"code": "ILLEGAL_TRANSITION"}]
    assert api(NAME, as_=EDITOR, id=SPRING).data["campaign"]["configuredStatus"] == "PAUSED"


def test_a_later_field_sees_what_an_earlier_one_did(api: Api):
    twice = """mutation ($id: ID!) @atomic { a: campaignPause(input: {id: $id}) { seq }
      b: campaignResume(input: {id: $id}) { campaign { version configuredStatus } seq } }"""
    answer = api(twice, as_=EDITOR, id=SPRING).data

    assert answer == {"a": {"seq": "1"}, "b": {"campaign": {"version": 3, "configuredStatus": "ENABLED"}, "seq": "2"}}


def test_an_atomic_rehearsal_leaves_nothing(api: Api):
    rehearsed = TWO.replace("{id: $a})", "{id: $a}) @dryRun").replace("{id: $b})", "{id: $b}) @dryRun")
    api.write("UPDATE campaign SET configured_status = 'ENABLED'")
    answer = api(rehearsed, as_=EDITOR, a=SPRING, b=SUMMER).data

    assert answer["second"]["campaign"]["configuredStatus"] == "PAUSED"
    assert count(api, "change") == 0


def test_a_mix_of_rehearsal_and_earnest_is_refused(api: Api):
    mixed = TWO.replace("{id: $a})", "{id: $a}) @dryRun")
    answer = api(mixed, as_=EDITOR, a=SPRING, b=SUMMER)

    assert (answer.status, answer.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])


# ---- where directives may stand, and the answer within the transaction


@pytest.mark.parametrize(
    "document",
    [
        "query ($id: ID!) { campaign(id: $id) @dryRun { name } }",
        "mutation ($id: ID!) { campaignPause(input: {id: $id}) { campaign @dryRun { name } } }",
        'mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq @idempotent(key: "k") } }',
        "mutation ($id: ID!) { ...F } fragment F on Mutation { campaignPause(input: {id: $id}) @dryRun { seq } }",
        "query ($id: ID!) @atomic { campaign(id: $id) { name } }",
    ],
)
def test_executable_directives_stand_only_where_they_work(api: Api, document):
    answer = api(document, as_=EDITOR, id=SPRING)

    assert (answer.status, answer.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])
    assert count(api, "change") == 0


def test_the_answer_is_read_inside_the_transaction(api: Api):
    deep = """mutation ($id: ID!) { adPause(input: {id: $id}) { ad { effectiveStatus
      campaign { effectiveStatus ads(first: 2) { nodes { id effectiveStatus } } } } } }"""
    api(deep, as_=EDITOR, id=TENT_AD)
    answer = api(deep, as_=EDITOR, id=BAG_AD).data["adPause"]["ad"]

    assert answer["campaign"]["effectiveStatus"] == "READY"
    states = [(each["id"], each["effectiveStatus"]) for each in answer["campaign"]["ads"]["nodes"]]
    assert states == [(TENT_AD, "PAUSED"), (BAG_AD, "PAUSED")]


def test_a_fault_in_the_answer_undoes_the_change(api: Api, monkeypatch):
    broken = property(lambda _: 1 / 0)
    monkeypatch.setattr("app.domain.money.Money.decimal", broken)
    pause = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { campaign { spent { decimal } } seq } }"
    answer = api(pause, as_=EDITOR, id=SPRING)

    assert (answer.data, answer.codes) == (None, ["INTERNAL"])
    assert count(api, "change") == 0
    assert api(NAME, as_=EDITOR, id=SPRING).data["campaign"]["configuredStatus"] == "ENABLED"


GIVEN_UP = """mutation ($id: ID!) { campaignUpdate(input: {id: $id, name: "Undone"}) { campaign {
  ads(first: 1) { nodes { keywords(first: 0) { nodes { text } } } } brand { name } MANY } } }"""


def test_reads_that_were_given_up_neither_fail_nor_hold_the_transaction(api: Api):
    many = " ".join(
        f'm{n}: metrics(range: {{from: "2026-11-0{n}", to: "2026-11-20"}}) {{ clicks }}' for n in range(1, 9)
    )
    given_up = api(GIVEN_UP.replace("MANY", many), as_=EDITOR, id=SPRING)
    pause = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq userErrors { code } } }"
    next_one = api(pause, as_=EDITOR, id=SPRING)

    assert given_up.codes == ["INVALID"]
    assert (next_one.status, next_one.errors) == (200, [])
    assert api(NAME, as_=EDITOR, id=SPRING).data["campaign"]["configuredStatus"] == "PAUSED"


def test_a_denial_in_the_answer_undoes_nothing(api: Api):
    pause = """mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq
      campaign { account { members(first: 1) { nodes { id } } } } } }"""
    answer = api(pause, as_=EDITOR, id=SPRING)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.data["campaignPause"] == {"seq": "1", "campaign": {"account": {"members": None}}}
    assert api(NAME, as_=EDITOR, id=SPRING).data["campaign"]["configuredStatus"] == "PAUSED"


# ---- history


def test_a_change_is_written_with_actor_before_and_after(api: Api):
    api("mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }", as_=EDITOR, id=SPRING)

    columns = "seq, actor, via, event, action, subject_type, before, after"
    ((seq, actor, via, event, action, subject, before, after),) = api.rows(f"SELECT {columns} FROM change")
    assert (seq, actor, via, event) == (1, "Ben Editor", "SESSION", "CAMPAIGN_PAUSED")
    assert (action, subject) == ("campaignPause", "Campaign")
    states = [each if isinstance(each, dict) else __import__("json").loads(each) for each in (before, after)]
    assert states == [{"configured_status": "ENABLED"}, {"configured_status": "PAUSED"}]


def test_a_refused_stranger_leaves_no_trace(api: Api):
    api("mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }", as_=STRANGER, id=SPRING)
    api("mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }", as_=EDITOR, id=ISLAND)

    assert count(api, "change") == 0
