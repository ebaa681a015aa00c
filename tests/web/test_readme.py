"""The README's first query answers what the README says."""

import json
import re
from pathlib import Path

import httpx2

README = (Path(__file__).parents[2] / "README.md").read_text()
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { sessionToken } }"""


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found.group(1)


def test_the_first_query_has_the_answer_that_is_printed_beside_it(live):
    who = {"query": SIGN_IN, "variables": {"email": live.email, "password": live.password}}
    signed_in = httpx2.post(f"{live.url}/graphql", json=who).json()
    token = signed_in["data"]["signIn"]["sessionToken"]
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx2.post(f"{live.url}/graphql", json={"query": block("graphql")}, headers=headers).json()

    assert unpriced(answer) == unpriced(json.loads(block("json")))


def unpriced(answer: object) -> str:
    """An answer without amounts: what is spent is up to shoppers who come by the clock."""
    return re.sub(r'"decimal": "\d+\.\d{2,6}"', '"decimal": "..."', json.dumps(answer))
