"""The address that a file is PUT to: for one upload, for an hour, for as many bytes as announced, and no others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.web import uploads
from tests.conftest import Api
from tests.pictures import begin, complete, picture, put
from tests.web.asking import PAGE

DATA = picture()
PREFLIGHT = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}


def files(api: Api) -> list[Path]:
    folder = Path(api.installation.settings.storage_url.removeprefix("file:"))
    return [each for each in folder.rglob("*") if each.is_file()]


def code(response: Any) -> tuple[int, str]:
    (error,) = response.json()["errors"]
    return response.status_code, error["extensions"]["code"]


@pytest.mark.parametrize("headers", [{}, {"content-type": "image/png"}, {"content-type": "text/html", **PAGE}])
def test_a_file_is_put_without_any_other_proof(api: Api, headers):
    response = put(api, begin(api, DATA)["uploadUrl"], DATA, **headers)

    assert (response.status_code, response.content) == (204, b"")
    assert [each.read_bytes() for each in files(api)] == [DATA]


def test_a_file_may_be_put_again_until_it_is_completed(api: Api):
    begun = begin(api, DATA)
    statuses = [put(api, begun["uploadUrl"], each).status_code for each in (b"x" * len(DATA), DATA)]
    assert complete(api, begun["asset"]["id"], DATA)["asset"]["status"] == "READY"

    assert statuses == [204, 204]
    assert code(put(api, begun["uploadUrl"], DATA)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (DATA[:-1], (400, "BAD_REQUEST")),
        (b"", (400, "BAD_REQUEST")),
        (DATA + b"x", (413, "PAYLOAD_TOO_LARGE")),
        (b"x" * 20_000_000, (413, "PAYLOAD_TOO_LARGE")),
    ],
)
def test_a_file_has_the_length_announced(api: Api, sent, expected):
    response = put(api, begin(api, DATA)["uploadUrl"], sent)

    assert (code(response), files(api)) == (expected, [])


def test_an_unknown_or_past_address_takes_nothing(api: Api):
    url = begin(api, DATA)["uploadUrl"]
    unknown = [put(api, address, DATA) for address in (url[:-1], f"{url}x", "/v1/uploads/ecu_", "/v1/uploads/é")]
    api.clock.pass_(hours=1)

    assert [code(each) for each in [*unknown, put(api, url, DATA)]] == [(404, "NOT_FOUND")] * 5
    assert files(api) == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "evil.example"}, (421, "HOST_NOT_ALLOWED")),
        ({"origin": "https://evil.example"}, (403, "CSRF")),
        ({"content-encoding": "gzip"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
)
def test_a_strange_request_takes_nothing(api: Api, headers, expected):
    assert code(put(api, begin(api, DATA)["uploadUrl"], DATA, **headers)) == expected
    assert files(api) == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_upload_s_address_takes_only_put(api: Api, method):
    assert api.request(method, begin(api, DATA)["uploadUrl"][21:]).status_code == 405


def test_pages_of_ours_may_put_from_a_browser(api: Api):
    allowed = api.request("OPTIONS", "/v1/uploads/x", headers={**PAGE, **PREFLIGHT})
    foreign = api.request("OPTIONS", "/v1/uploads/x", headers={"origin": "https://evil.example", **PREFLIGHT})

    assert (allowed.status_code, foreign.status_code) == (200, 400)
    assert allowed.headers["access-control-allow-origin"] == PAGE["origin"]


def test_a_slow_body_is_cut_and_nothing_is_kept(api: Api, monkeypatch):
    monkeypatch.setattr(uploads, "SECONDS", 0.05)
    path = begin(api, DATA)["uploadUrl"][21:]

    async def trickle() -> Any:
        yield DATA[:10]
        await asyncio.sleep(1)
        yield DATA[10:]

    assert code(api.request("PUT", path, content=trickle())) == (408, "REQUEST_TIMEOUT")
    assert files(api) == []


def test_a_rush_of_uploads_is_shed(api: Api, monkeypatch):
    monkeypatch.setattr(uploads, "AT_ONCE", 1)
    first, second = (begin(api, DATA)["uploadUrl"][21:] for _ in range(2))

    async def both() -> Any:
        gone = asyncio.Event()

        async def wait() -> Any:
            yield DATA[:1]
            await gone.wait()
            yield DATA[1:]

        slow = asyncio.create_task(api._request("PUT", first, {"content": wait()}))
        await asyncio.sleep(0.2)
        refused = await api._request("PUT", second, {"content": DATA})
        gone.set()
        return await slow, refused

    kept, refused = api.run(both)
    assert (kept.status_code, code(refused), refused.headers["retry-after"]) == (204, (503, "BUSY"), "5")


def test_a_storage_that_is_away_is_waited_for(api: Api):
    begun = begin(api, DATA)
    folder = Path(api.installation.settings.storage_url.removeprefix("file:"))
    folder.mkdir(exist_ok=True)
    folder.joinpath("uploads").write_text("in the way")
    refused = put(api, begun["uploadUrl"], DATA)
    folder.joinpath("uploads").unlink()

    assert (code(refused), refused.headers["retry-after"]) == ((503, "UNAVAILABLE"), "5")
    assert put(api, begun["uploadUrl"], DATA).status_code == 204
