"""The address of a result: it opens one file, for an hour, while whoever it was given to is a member."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.people import BOTH, EDITOR, NORTH, OWNER, SOUTH, STRANGER, gid
from tests.reports import FORMATS, created, download, look, table, unpacked, written
from tests.web.asking import PAGE

MAKE = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { token { id } secret } }"""
UNTOKEN = "mutation ($id: ID!) { apiTokenRevoke(input: {id: $id}) { userErrors { code } } }"
REMOVE = "mutation ($id: ID!) { membershipRemove(input: {id: $id}) { userErrors { code } } }"
GONE = (404, "NOT_FOUND")


def code(response: Any) -> tuple[int, str]:
    (error,) = response.json()["errors"]
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, error["extensions"]["code"]


def token(api: Api) -> Any:
    return api(MAKE, as_=OWNER, account=NORTH, scopes=["jobs:read", "metrics:read"]).data["apiTokenCreate"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_saved_under_its_name_and_kept_by_nobody_on_the_way(api: Api, format):
    response = download(api, written(api, format=format)["resultUrl"])

    ending = "parquet" if format == "PARQUET" else f"{format.lower()}.zip"
    kind = "application/vnd.apache.parquet" if format == "PARQUET" else "application/zip"
    name = f'attachment; filename="report-2026-11-01-to-2026-11-20.{ending}"'
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert (response.headers["content-disposition"], response.headers["x-content-type-options"]) == (name, "nosniff")
    assert (response.headers["cache-control"], response.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert int(response.headers["content-length"]) == len(response.content)


def test_a_large_file_comes_in_parts(api: Api, monkeypatch: pytest.MonkeyPatch):
    url = written(api)["resultUrl"]
    whole = download(api, url).content
    monkeypatch.setattr("app.web.results.PART", 100)

    assert len(whole) > 300
    assert download(api, url).content == whole


def test_a_look_at_the_head_takes_no_body(api: Api):
    response = download(api, written(api)["resultUrl"], "HEAD")

    assert (response.status_code, response.content, response.headers["content-type"]) == (200, b"", "application/zip")
    assert int(response.headers["content-length"]) > 300


def test_an_address_opens_for_an_hour_and_a_member_gets_another(api: Api):
    job = written(api)
    statuses = []
    for minutes in (59, 1):
        api.clock.pass_(minutes=minutes)
        statuses.append(download(api, job["resultUrl"]).status_code)

    assert statuses == [200, 404]
    assert download(api, look(api, job["id"], OWNER)["resultUrl"]).status_code == 200


def test_a_changed_address_opens_nothing(api: Api):
    url = written(api)["resultUrl"]
    other = look(api, created(api), EDITOR)
    start = len("http://127.0.0.1:8000/v1/results/")
    changed = [url[:place] + ("A" if url[place] != "A" else "B") + url[place + 1 :] for place in range(start, len(url))]

    others = [url + "A", url[:-1], f"{url}=", url[:start] + "é"]
    assert {code(download(api, each)) for each in [*changed, *others]} == {GONE}
    assert other["resultUrl"] is None


def test_the_address_of_one_report_opens_no_other(api: Api):
    mine = written(api)
    id = created(api, as_=STRANGER, account=SOUTH)
    api.work()
    theirs = look(api, id, STRANGER)
    rows = table(unpacked(download(api, theirs["resultUrl"]).content)["csv"])

    assert [row["clicks"] for row in rows] == ["1"]
    start = len("http://127.0.0.1:8000/v1/results/")
    spliced = theirs["resultUrl"][: start + 22] + mine["resultUrl"][start + 22 :]
    assert code(download(api, spliced)) == GONE


def test_whoever_is_removed_opens_nothing_any_more(api: Api):
    job = written(api)
    urls = [look(api, job["id"], who)["resultUrl"] for who in (EDITOR, BOTH)]
    assert api(REMOVE, as_=OWNER, id=gid("Membership", "editor-north")).data["membershipRemove"]["userErrors"] == []

    assert code(download(api, urls[0])) == GONE
    assert download(api, urls[1]).status_code == 200


@pytest.mark.parametrize("why", ["revoked", "expired", "maker removed"])
def test_a_token_that_has_ended_opens_nothing_any_more(api: Api, why):
    made, id = token(api), written(api)["id"]
    url = look(api, id, made["secret"])["resultUrl"]
    assert download(api, url).status_code == 200
    if why == "revoked":
        assert api(UNTOKEN, as_=OWNER, id=made["token"]["id"]).data["apiTokenRevoke"]["userErrors"] == []
    elif why == "expired":
        api.write("UPDATE api_token SET expires_at = '2026-11-20 12:00:00.000000'")
    else:
        api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'ADMIN'")

    assert code(download(api, url)) == GONE


def test_a_file_that_is_gone_is_not_found(api: Api):
    url = written(api)["resultUrl"]
    api.run(api.installation.storage.clear, "jobs")

    assert code(download(api, url)) == GONE


def test_another_name_of_the_server_is_refused(api: Api):
    url = written(api)["resultUrl"]

    assert code(download(api, url, host="evil.example")) == (421, "HOST_NOT_ALLOWED")
    assert download(api, url, **PAGE).headers["access-control-allow-origin"] == PAGE["origin"]
    assert "access-control-allow-origin" not in download(api, url, origin="https://evil.example").headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_result_is_only_read(api: Api, method):
    assert download(api, written(api)["resultUrl"], method).status_code == 405
