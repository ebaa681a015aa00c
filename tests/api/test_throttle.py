"""Guessing passwords many at a time gets no further than guessing them one by one."""

import asyncio
from collections import Counter

from tests.conftest import Api
from tests.people import OWNER, PEOPLE

SIGN_IN = """mutation ($email: String!) { signIn(input: {email: $email, password: "guess"}) {
  userErrors { code } } }"""


def rush(api: Api, *emails: str) -> Counter[str]:
    """The refusals of wrong tries for the addresses, all at once from one place."""

    async def together() -> list[str]:
        bodies = [{"query": SIGN_IN, "variables": {"email": email}} for email in emails]
        sent = [api._request("POST", "/graphql", {"json": body}) for body in bodies]
        answers = [each.json()["data"]["signIn"] for each in await asyncio.gather(*sent)]
        return [answer["userErrors"][0]["code"] for answer in answers]

    return Counter(api.run(together))


def test_of_twenty_tries_at_once_five_are_looked_at(api: Api):
    assert rush(api, *[OWNER.email] * 20) == {"INVALID": 5, "LIMIT": 15}


def test_tries_for_many_accounts_from_one_place_are_counted_together(api: Api):
    assert rush(api, *(f"user{n}@example.com" for n in range(20))) == {"INVALID": 5, "LIMIT": 15}


def test_nothing_of_it_is_kept(api: Api):
    rush(api, *[OWNER.email] * 6)
    assert api.rows("SELECT count(*) FROM session") == [(len(PEOPLE),)]
