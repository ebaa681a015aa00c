"""Subscriptions: who is told of what, from where on, and when it ends."""

import asyncio
import time
from pathlib import Path

import pytest

from app.db import followers
from app.domain.access import TOKEN_SCOPES
from tests.conftest import Api
from tests.house.contract import fields, guards, sdl
from tests.people import (
    BOTH,
    EDITOR,
    ISLAND,
    NORTH,
    OPERATOR,
    OUTSIDER,
    OWNER,
    REVIEWER,
    SOUTH,
    SPRING,
    STRANGER,
    TENT_AD,
    gid,
)
from tests.registrations import do, draft, ready, submitted
from tests.streams import (
    ACCOUNT,
    ADS,
    CAMPAIGNS,
    CASES,
    EVENTS,
    QUEUE,
    REGISTRATION,
    ask,
    codes,
    followed,
    line,
    rename,
    stream,
    until,
)

REMOVE = "mutation ($id: ID!) { membershipRemove(input: {id: $id}) { userErrors { code } } }"
REVOKE = "mutation ($id: ID!) { sessionRevoke(input: {id: $id}) { userErrors { code } } }"
DRY = "mutation ($id: ID!) { campaignPause(input: {id: $id}) @dryRun { userErrors { code } } }"
TOKEN = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { token { id } secret } }"""
UNTOKEN = "mutation ($id: ID!) { apiTokenRevoke(input: {id: $id}) { userErrors { code } } }"
WISH = "mutation ($id: ID!) { registration%s(input: {id: $id}) { userErrors { code } } }"
PROGRESS = "subscription ($id: ID!) { jobProgress(id: $id) { job { status } } }"
UNKNOWN = gid("Account", "unknown")
TICK = "subscription ($id: ID!) { metricsTick(campaignIds: [$id], everySeconds: 60) { campaignId } }"


def event(message):
    """The one value in an event."""
    ((value,),) = [message["payload"]["data"].values()]
    return value


async def execute(api: Api, sql: str) -> None:
    """Change the world by hand, where no operation does it yet."""
    async with api.installation.database.writer.begin() as connection:
        await connection.exec_driver_sql(sql)


def refusal(api: Api, who, document: str, **variables):
    """Why a subscription does not begin."""

    async def asked():
        async with line(api, who) as socket:
            await socket.follow("1", document, **variables)
            message = await socket.hear()
            assert (message["type"], message["id"], followed(api)) == ("error", "1", 0)
            return message["payload"][0]["message"], codes(message)

    return api.run(asked)


# ---- the matrix: every subscription, by everybody

OF_SUBSCRIPTIONS = {name: field for name, field in fields(sdl(), "Subscription") if guards(field)}
BILLING = "subscription ($id: ID!) { billingChanged(accountId: $id) { seq } }"
SAMPLES = {
    "Subscription.accountEvents": (ACCOUNT, NORTH, ["NOT_FOUND"]),
    "Subscription.adChanged": (ADS["adId"], TENT_AD, ["NOT_FOUND"]),
    "Subscription.billingChanged": (BILLING, NORTH, ["NOT_FOUND"]),
    "Subscription.campaignChanged": (CAMPAIGNS["campaignId"], SPRING, ["NOT_FOUND"]),
    "Subscription.moderationQueueChanged": (CASES, NORTH, ["FORBIDDEN"]),
    "Subscription.jobProgress": (PROGRESS, gid("Job", "unknown"), ["NOT_FOUND"]),
    "Subscription.metricsTick": (TICK, SPRING, ["NOT_FOUND"]),
    "Subscription.registrationChanged": (REGISTRATION, None, ["NOT_FOUND"]),
    "Subscription.reviewQueueChanged": (QUEUE, NORTH, ["FORBIDDEN"]),
}


def test_every_subscription_has_a_sample():
    assert OF_SUBSCRIPTIONS.keys() == SAMPLES.keys()


def test_the_contract_tells_of_every_subscription():
    told = (Path(__file__).parents[2] / "frontend-contract/README.md").read_text()
    assert [name for name in OF_SUBSCRIPTIONS if f"`{name.partition('.')[2]}`" not in told] == []


@pytest.mark.parametrize("who", [STRANGER, OPERATOR], ids=lambda who: who.key)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_stranger_follows_nothing(api: Api, name, who):
    document, id, wanted = SAMPLES[name]
    assert refusal(api, who, document, id=id or submitted(api))[1] == wanted


@pytest.mark.parametrize("name", SAMPLES)
def test_a_token_without_the_scope_follows_nothing(api: Api, name):
    scopes = sorted(TOKEN_SCOPES.keys() - {guards(OF_SUBSCRIPTIONS[name])[0].get("scope")})
    secret = api(TOKEN, as_=OWNER, account=NORTH, scopes=scopes).data["apiTokenCreate"]["secret"]
    assert refusal(api, secret, SAMPLES[name][0], id=NORTH)[1] == ["MISSING_SCOPE"]


# ---- what is told


def test_an_account_is_told_what_happens_in_it_and_nothing_else(api: Api):
    async def watched():
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH)
            await rename(api, STRANGER, ISLAND, "Not theirs")
            await ask(api, DRY, EDITOR, id=SPRING)
            seq = await rename(api, EDITOR, SPRING, "Theirs")
            return seq, event(await socket.hear()), socket.heard.qsize()

    seq, told, more = api.run(watched)
    assert told == {"seq": str(seq), "action": "campaignUpdate", "actor": "Ben Editor", "via": "SESSION"}
    assert more == 0


def test_one_subscription_is_not_told_what_another_is(api: Api):
    async def watched():
        async with line(api, BOTH) as socket:
            await socket.follow("north", ACCOUNT, id=NORTH)
            await socket.follow("south", ACCOUNT, id=SOUTH)
            await rename(api, STRANGER, ISLAND, "a")
            await rename(api, EDITOR, SPRING, "b")
            return [(await socket.hear())["id"] for _ in range(2)], socket.heard.qsize()

    assert api.run(watched) == (["south", "north"], 0)


def test_a_resumed_subscription_loses_and_doubles_nothing(api: Api):
    async def numbers(socket, count):
        return [int(event(await socket.hear())["seq"]) for _ in range(count)]

    async def watched():
        written = [await rename(api, EDITOR, SPRING, f"name {number}") for number in range(3)]
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH, since="0")
            heard = await numbers(socket, 3)
        written += [await rename(api, EDITOR, SPRING, f"meanwhile {number}") for number in range(3)]
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH, since=str(heard[-1]))
            written.append(await rename(api, EDITOR, SPRING, "now"))
            heard += await numbers(socket, 4)
            return written, heard, socket.heard.qsize()

    written, heard, more = api.run(watched)
    assert (heard, more) == (written, 0)


def test_a_long_past_is_read_page_by_page_while_more_comes(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.db.changes.PAGE", 4)
    monkeypatch.setattr(followers, "PAGE", 4)

    async def watched():
        for number in range(9):
            await rename(api, EDITOR, SPRING, f"name {number}")
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH, since="0")
            await rename(api, EDITOR, SPRING, "more")
            return [int(event(await socket.hear())["seq"]) for _ in range(10)]

    heard = api.run(watched)
    assert heard == [row[0] for row in api.rows("SELECT seq FROM change ORDER BY seq")]


@pytest.mark.parametrize("since", ["-1", "1", "9223372036854775807"])
def test_a_number_that_no_change_has_is_refused(api: Api, since):
    message = "No change has this number: send the last one you have seen, or 0 for all there were."
    assert refusal(api, OWNER, ACCOUNT, id=NORTH, since=since) == (message, ["INVALID"])


def test_a_foreign_account_answers_like_an_unknown_one(api: Api):
    foreign = refusal(api, STRANGER, ACCOUNT, id=NORTH)
    assert foreign == refusal(api, STRANGER, ACCOUNT, id=UNKNOWN) == refusal(api, STRANGER, ACCOUNT, id="no id")
    assert foreign == ("No such account.", ["NOT_FOUND"])


def test_a_foreign_registration_answers_like_an_unknown_one(api: Api):
    mine = draft(api)
    foreign = refusal(api, STRANGER, REGISTRATION, id=mine)
    assert foreign == refusal(api, STRANGER, REGISTRATION, id=gid("Registration", "unknown"))
    assert foreign == refusal(api, REVIEWER, REGISTRATION, id=mine) == ("No such registration.", ["NOT_FOUND"])


@pytest.mark.parametrize(("who", "code"), [(OWNER, "FORBIDDEN"), (OPERATOR, "FORBIDDEN")])
def test_the_queue_is_for_reviewers(api: Api, who, code):
    assert refusal(api, who, QUEUE) == ("This takes the staff level REVIEWER.", [code])


def test_an_applicant_follows_their_registration_and_is_not_told_who_decides(api: Api):
    mine, other = submitted(api), draft(api, STRANGER)

    async def watched():
        async with line(api, OUTSIDER) as socket:
            await socket.follow("1", REGISTRATION, id=mine)
            await ask(api, WISH % "Submit", STRANGER, id=other)
            await ask(api, WISH % "Claim", REVIEWER, id=mine)
            return event(await socket.hear()), socket.heard.qsize()

    told, more = api.run(watched)
    assert told["registration"] == {"id": mine, "status": "IN_REVIEW"}
    assert (told["change"], more) == ({"action": "registrationClaim", "actor": "Staff"}, 0)


def test_reviewers_follow_the_queue_and_see_no_draft(api: Api):
    mine = draft(api)

    async def watched():
        async with line(api, REVIEWER) as socket:
            await socket.follow("1", QUEUE)
            update = "mutation ($id: ID!) { registrationUpdate(input: {id: $id}) { userErrors { code } } }"
            await ask(api, update, OUTSIDER, id=mine)
            await ask(api, WISH % "Submit", OUTSIDER, id=mine)
            await ask(api, WISH % "Claim", REVIEWER, id=mine)
            told = [event(await socket.hear())]
            while told[-1]["change"]["action"] != "registrationClaim":
                told.append(event(await socket.hear()))
            return told

    *submitted, claim = api.run(watched)
    assert [each["change"]["action"] for each in submitted[-2:]] == ["registrationSubmit"] * 2
    assert "DRAFT" not in [each["registration"]["status"] for each in submitted]
    assert claim["change"] == {"action": "registrationClaim", "actor": "Rita Reviewer"}
    assert claim["registration"] == {"id": mine, "status": "IN_REVIEW"}


@pytest.mark.parametrize("way", [line, stream])
def test_a_removed_member_is_told_nothing_more_within_a_second(api: Api, way):
    member = gid("Membership", "editor-north")

    async def watched():
        opened = line(api, EDITOR) if way is line else stream(api, EDITOR, ACCOUNT, id=NORTH)
        async with opened as there:
            await (there.follow("1", ACCOUNT, id=NORTH) if way is line else there.start())
            assert (await ask(api, REMOVE, OWNER, id=member))["membershipRemove"]["userErrors"] == []
            began = time.monotonic()
            messages = [await there.hear()]
            while "data" in str(messages[-1]):  # of the removal itself, where it was sent before
                messages.append(await there.hear())
            await until(lambda: followed(api) == 0)
            return messages, time.monotonic() - began

    messages, seconds = api.run(watched)
    assert (codes(messages[-1]), seconds < 1) == (["NOT_FOUND"], True)


def test_an_idle_subscription_ends_without_any_event(api: Api):
    async def watched():
        async with line(api, REVIEWER) as socket:
            await socket.follow("1", QUEUE)
            async with api.installation.database.writer.begin() as connection:
                await connection.exec_driver_sql(
                    "UPDATE \"user\" SET staff = '[]' WHERE email = 'reviewer@example.com'"
                )
            return await asyncio.wait_for(socket.hear(), 1)

    assert codes(api.run(watched)) == ["FORBIDDEN"]


def test_a_lower_level_keeps_what_it_may_see(api: Api):
    async def watched():
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH)
            await execute(api, "UPDATE membership SET level = 'EDITOR'")
            await asyncio.sleep(0.7)
            await rename(api, EDITOR, SPRING, "b")
            return (await socket.hear())["type"]

    assert api.run(watched) == "next"


@pytest.mark.parametrize("way", [line, stream])
def test_a_revoked_session_ends_all_it_follows_within_a_second(api: Api, way):
    session = gid("Session", "session-owner")

    async def watched():
        opened = line(api, OWNER) if way is line else stream(api, OWNER, ACCOUNT, id=NORTH)
        async with opened as there:
            await (there.follow("1", ACCOUNT, id=NORTH) if way is line else there.start())
            await ask(api, REVOKE, OWNER, id=session)
            heard = await asyncio.wait_for(there.hear(), 1)
            return heard if way is stream else (heard, await there.hear() if heard != 4401 else 4401)

    heard = api.run(watched)
    assert heard[1] == 4401 if way is line else codes(heard) == ["UNAUTHENTICATED"]


def test_a_revoked_token_ends_what_it_follows(api: Api):
    made = api(TOKEN, as_=OWNER, account=NORTH, scopes=["audit:read"]).data["apiTokenCreate"]

    async def watched():
        async with line(api, made["secret"]) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH)
            await ask(api, UNTOKEN, OWNER, id=made["token"]["id"])
            while (heard := await socket.hear()) != 4401:
                assert heard["type"] in ("next", "error")
            return followed(api)

    assert api.run(watched) == 0


def test_a_token_needs_the_scope(api: Api):
    secret = api(TOKEN, as_=OWNER, account=NORTH, scopes=["campaigns:read"]).data["apiTokenCreate"]["secret"]
    message = "This token may not use this field: it takes the scope audit:read."
    assert refusal(api, secret, ACCOUNT, id=NORTH) == (message, ["MISSING_SCOPE"])


def test_who_takes_too_slowly_is_told_and_resumes(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(followers, "MOST_KEPT", 2)

    async def watched():
        async with line(api, OWNER) as socket:
            await socket.follow("1", ACCOUNT, id=NORTH)
            socket.heard._maxsize = 1  # one is on the way, one waits to be sent, two are kept
            written = [await rename(api, EDITOR, SPRING, f"name {number}") for number in range(5)]
            await until(lambda: api.installation.services.followers.told == written[-1])
            heard = [event(await socket.hear())["seq"] for _ in range(2)]
            slow = await socket.hear()
            await socket.follow("1", ACCOUNT, id=NORTH, since=heard[-1])
            return slow, written, [*heard, *[event(await socket.hear())["seq"] for _ in range(3)]]

    slow, written, heard = api.run(watched)
    assert (codes(slow), heard) == (["SLOW_CONSUMER"], [str(seq) for seq in written])


def test_events_of_an_approval_come_in_the_order_of_their_numbers(api: Api):
    id = ready(api)

    async def watched():
        async with line(api, REVIEWER) as socket:
            await socket.follow("1", QUEUE)
            await ask(api, WISH % "Approve", REVIEWER, id=id)
            return event(await socket.hear())

    told = api.run(watched)
    assert (told["registration"]["status"], told["change"]["action"]) == ("APPROVED", "registrationApprove")


def test_a_selection_is_answered_alike_by_both_engines(api: Api):
    fields = "__typename id seq at actor via action ... on Node { again: id }"

    async def told(other):
        installation, api.installation = api.installation, api.others.get(other, api.installation)
        api.installation.services.followers = installation.services.followers
        try:
            async with line(api, OWNER) as socket:
                await socket.follow("1", EVENTS % fields, id=NORTH, since="0")
                return await socket.hear()
        finally:
            api.installation = installation

    api.run(rename, api, EDITOR, SPRING, "b")
    names = ["", "graphql-core", "rows"]
    first, *others = [api.run(told, name) for name in names]
    assert first["payload"]["data"]["accountEvents"]["__typename"] == "ChangeEvent"
    assert others == [first, first]


def test_every_wish_leaves_the_reader_asleep_where_nobody_follows(api: Api):
    do(api, "registrationCreate", path="REPRESENT_VENDOR")
    assert (followed(api), api.installation.database.listeners) == (0, [])
