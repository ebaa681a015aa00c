"""What a token of the retailer's own may send: larger bodies than others, for as long as it is valid."""

import pytest

from tests.api.test_feeds import CUP, REPORT, UPSERT, stock
from tests.conftest import Api
from tests.people import EDITOR, FEED

LONG = {"detailUrl": f"https://shop.example/{'p' * 300}", "imageUrl": f"https://shop.example/{'i' * 300}"}
BATCH = [{**CUP, **LONG, "sku": f"X-{n}", "title": f"A product called {n} " * 15} for n in range(1000)]


def send(api: Api, document: str, token: str, **variables):
    return api.post({"query": document, "variables": variables}, headers={"authorization": f"Bearer {token}"})


def test_a_thousand_real_items_pass_the_gate(api: Api):
    answer = send(api, UPSERT, FEED, items=BATCH)

    assert (answer.status, answer.errors) == (200, [])
    assert len(answer.data["productUpsert"]["products"]) == 1000


@pytest.mark.parametrize("token", [EDITOR.token, "eca_x"])
def test_others_may_not_send_as_much(api: Api, token):
    answer = send(api, UPSERT, token, items=BATCH)

    assert (answer.status, answer.codes) == (413, ["PAYLOAD_TOO_LARGE"])


def test_nor_may_who_only_looks_like_it(api: Api):
    answer = send(api, UPSERT, "eci_unknown", items=BATCH)

    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


def test_a_feeds_body_has_a_limit_too(api: Api):
    answer = send(api, UPSERT, FEED, items=[{**CUP, "title": "T" * 4_200_000}])

    assert (answer.status, answer.codes) == (413, ["PAYLOAD_TOO_LARGE"])


@pytest.mark.parametrize("end", ["revoked_at = '2026-11-20 11:00:00'", "expires_at = '2026-11-20 12:00:00'"])
def test_a_token_ends_at_once(api: Api, end):
    assert send(api, REPORT, FEED, items=[]).status == 200
    api.write(f"UPDATE ingest_token SET {end}")
    answer = send(api, REPORT, FEED, items=[stock("N-1")])

    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert api.rows("SELECT in_stock FROM product WHERE sku = 'N-1'")[0][0]


def test_the_last_use_is_noted(api: Api):
    api.clock.pass_(minutes=2)
    send(api, REPORT, FEED, items=[])

    (used,) = api.rows("SELECT last_used_at FROM ingest_token WHERE name = 'feed'")
    assert str(used[0])[:16] == "2026-11-20 12:02"
