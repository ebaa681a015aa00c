"""Whatever several people do to an account, in any order or at once: an ADMIN stays (I2), who is out is out (I4)."""

import asyncio
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.schema.relay import global_id
from tests.conftest import Api
from tests.people import BOTH, EDITOR, NORTH, NORTH_BRAND, OUTSIDER, OWNER, SPRING, Person, gid

PEOPLE = (OWNER, EDITOR, BOTH, OUTSIDER)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ACTIVE = """SELECT u.email, m.id, m.level FROM membership m JOIN "user" u ON u.id = m.user_id
  JOIN account a ON a.id = m.account_id WHERE a.name_key = 'north' AND m.status = 'ACTIVE'"""
SEES = "query ($id: ID!) { account(id: $id) { id } }"
STEPS = {
    "invite": """mutation ($account: ID!, $email: String!, $level: MemberLevel!) { userInvite(input: {
      accountId: $account, name: "X", email: $email, level: $level, organizationName: "Compass"}) { seq } }""",
    "level": """mutation ($member: ID!, $level: MemberLevel!) {
      membershipSetLevel(input: {id: $member, level: $level}) { seq } }""",
    "remove": "mutation ($member: ID!) { membershipRemove(input: {id: $member}) { seq } }",
    "leave": "mutation ($account: ID!) { membershipLeave(input: {accountId: $account}) { seq } }",
    "organization": f"""mutation ($account: ID!) {{ accountHandover(input: {{id: $account, inviteAgency: [],
      removeOrganizationId: "{gid("Organization", "agency")}"}}) {{ seq }} }}""",
    "members": """mutation ($account: ID!, $member: ID!) { accountHandover(input: {id: $account, inviteAgency: [],
      removeMembershipIds: [$member]}) { seq } }""",
}
ACCEPT = "mutation ($token: String!) { invitationAccept(input: {token: $token}) { seq } }"


def step(api: Api, random: Random) -> None:
    """Somebody does something, allowed or not."""
    who, whom = random.choice(PEOPLE), random.choice(PEOPLE)
    members = api.rows("SELECT m.id FROM membership m JOIN account a ON a.id = m.account_id WHERE a.name_key = 'north'")
    member = gid_of(random.choice(sorted(str(id) for (id,) in members)))
    given = {"account": NORTH, "member": member, "email": whom.email, "level": random.choice(("ADMIN", "EDITOR"))}
    document = STEPS[random.choice(sorted(STEPS))]
    wanted = {name: value for name, value in given.items() if f"${name}:" in document}
    assert api(document, as_=who, **wanted).errors == []
    for letter in api.mail(whom.email)[:1] if random.random() < 0.5 else ():
        token = letter.text.partition("token=")[2].split()[:1]
        if token and "invites" in letter.subject:
            api(ACCEPT, as_=whom, token=token[0])
    back_in(api, who)


def back_in(api: Api, who: Person) -> None:
    """Everybody signed in again, and *who* by the secret that another level may have taken from them."""
    api.write("UPDATE session SET revoked_at = NULL")
    mine = """UPDATE session SET token_hash = :secret WHERE user_id = (SELECT id FROM "user" WHERE email = :email)"""
    api.write(mine, secret=sha256(who.token.encode()).hexdigest(), email=who.email)


def gid_of(id: str) -> str:
    return global_id("Membership", UUID(id))


@pytest.mark.parametrize("turn", range(3))
def test_after_any_sequence_of_deeds_an_admin_stays_and_only_members_get_in(api: Api, dice, turn):
    for _ in range(30):
        step(api, dice)
        members = {email: level for email, _, level in api.rows(ACTIVE)}
        assert "ADMIN" in members.values()
        for person in PEOPLE:
            assert (api(SEES, as_=person, id=NORTH).data["account"] is not None) is (person.email in members)


# ---- who waited for a lock while they were removed


WAITS = {
    "campaign": f'mutation {{ it: campaignPause(input: {{id: "{SPRING}"}}) {{ userErrors {{ code }} }} }}',
    "account": f"""mutation {{ it: campaignCreate(input: {{accountId: "{NORTH}", brandId: "{NORTH_BRAND}", name: "N",
      kind: SPONSORED_SEARCH, totalBudget: {{micros: "5000000", currency: "USD"}}, start: "2026-12-01T00:00:00Z"}}) {{
      userErrors {{ code }} }} }}""",
}


async def removed_meanwhile(api: Api, table: str, who: Person, change: str) -> list[str]:
    """What somebody is told whose mutation waits for a row while their membership changes."""
    async with api.installation.database.writer.begin() as connection:
        await connection.execute(text(f"SELECT id FROM {table} FOR UPDATE"))
        headers = {"authorization": f"Bearer {who.token}"}
        asking = asyncio.create_task(
            api._request("POST", "/graphql", {"json": {"query": WAITS[table]}, "headers": headers})
        )
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        async with asyncio.timeout(5):
            while (await connection.execute(text(waiting))).scalar() == 0:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.02)
        await connection.execute(text(f"UPDATE membership SET {change} WHERE level = 'EDITOR'"))
    answer: Any = (await asking).json()
    return [error["code"] for error in answer["data"]["it"]["userErrors"]]


@ON_POSTGRESQL
@pytest.mark.parametrize("table", WAITS)
def test_who_was_removed_while_they_waited_changes_nothing(api: Api, table):
    told = api.run(removed_meanwhile, api, table, EDITOR, "status = 'REMOVED'")

    assert told == ["NOT_FOUND"]
    assert api.rows("SELECT count(*) FROM change") == [(0,)]


@ON_POSTGRESQL
def test_who_waited_and_is_still_a_member_goes_on(api: Api):
    assert api.run(removed_meanwhile, api, "campaign", EDITOR, "since = since") == []
