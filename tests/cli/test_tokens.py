"""Tokens of the retailer's own feeds on the command line: shown once, listed, ended."""

import json

import pytest

from tests.installed import Installed


@pytest.fixture
def endcap(tmp_path) -> Installed:
    endcap = Installed(tmp_path / "endcap.db")
    endcap("migrate")
    return endcap


def test_a_token_is_shown_once_and_only_its_digest_is_kept(endcap):
    made = endcap("token", "create", "--name", "Catalogue", "--scope", "catalog:write", "--expires", "2099-01-31")
    secret = made.out.strip()

    assert (made.code, secret[:4], len(secret)) == (0, "eci_", 47)
    ((prefix, digest, scopes, ends),) = endcap.rows("SELECT prefix, token_hash, scopes, expires_at FROM ingest_token")
    assert (prefix, len(digest), json.loads(scopes)) == (secret[:12], 64, ["catalog:write"])
    assert (ends[:10], secret in str(endcap.rows("SELECT * FROM change"))) == ("2099-01-31", False)
    assert secret not in endcap("token", "list").out


def test_tokens_are_listed_with_their_state_and_use(endcap):
    prefix = endcap("token", "create", "--name", "Stock", "--scope", "catalog:write").out[:12]
    listed = endcap("token", "list")
    revoked = endcap("token", "revoke", prefix)

    assert listed.out == f"{prefix}  valid  never used  catalog:write  Stock\n"
    assert (revoked.code, revoked.out) == (0, "Revoked Stock.\n")
    assert endcap("token", "revoke", prefix).code == 0
    assert endcap("token", "list").out == f"{prefix}  revoked  never used  catalog:write  Stock\n"
    assert endcap.rows("SELECT event FROM change") == [("INGEST_TOKEN_CREATED",), ("INGEST_TOKEN_REVOKED",)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--name", "N", "--scope", "campaigns:write"],
            "Unknown: campaigns:write. Scopes are ads:serve, auctions:read, catalog:write, events:write.",
        ),
        (["--name", " ", "--scope", "catalog:write"], "The name must have 1 to 80 characters, it has 0."),
        (["--name", "N", "--scope", "catalog:write", "--expires", "2020-01-01"], "The expiry must lie in the future."),
    ],
)
def test_a_token_that_cannot_be_is_refused(endcap, options, said):
    refused = endcap("token", "create", *options)

    assert (refused.code, refused.problems) == (1, [said])
    assert endcap.count("ingest_token") == 0


def test_an_unknown_token_cannot_be_revoked(endcap):
    refused = endcap("token", "revoke", "eci_nothing")

    assert (refused.code, refused.problems) == (
        1,
        ["No token begins with eci_nothing: `endcap token list` shows them."],
    )
