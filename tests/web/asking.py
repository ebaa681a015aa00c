"""Requests that the tests over HTTP share."""

from typing import Any

from tests.conftest import Answer, Api
from tests.people import EDITOR

NAME = "query Name($id: ID!) { campaign(id: $id) { name } }"
PAUSE = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }"
STATUS = "query ($id: ID!) { campaign(id: $id) { configuredStatus } }"
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { user { name } sessionToken userErrors { code } } }"""
VIEWER = "{ viewer { user { name } } }"
BEARER = {"authorization": f"Bearer {EDITOR.token}"}
PAGE = {"origin": "http://127.0.0.1:8000"}  # what a browser's page of ours sends
CUSTOM = {"x-requested-with": "x"}


def ask(api: Api, document: str, headers: dict[str, str], **variables: Any) -> Answer:
    return api.post({"query": document, "variables": variables}, headers=headers)


def unchanged(api: Api) -> bool:
    return api.rows("SELECT count(*) FROM change") == [(0,)]
