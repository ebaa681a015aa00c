"""Images: announced, uploaded, examined; what is refused, what is rejected, and what is shown to everybody."""

import asyncio
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.db.ids import parse
from app.domain import assets
from app.domain.assets import MOST_BYTES, MOST_OPEN
from tests.conftest import Api
from tests.people import BOTH, EDITOR, NORTH, SOUTH, STRANGER, gid
from tests.pictures import (
    BEGIN,
    COMPLETE,
    RED,
    TYPES,
    begin,
    complete,
    picture,
    put,
    upload,
    uploaded,
)

LIST = """query ($id: ID!, $first: Int, $after: String) { account(id: $id) { assets(first: $first, after: $after) {
  nodes { filename status rejection } pageInfo { hasNextPage endCursor } totalCount { value } } } }"""
HISTORY = "SELECT event, action, actor FROM change ORDER BY seq"


def kept(api: Api) -> list[str]:
    """The files in the storage."""
    folder = api.installation.settings.storage_url.removeprefix("file:")
    return sorted(str(each.relative_to(folder)) for each in Path(folder).rglob("*") if each.is_file())


def shown(api: Api, url: str) -> Any:
    return api.request("GET", url.removeprefix("http://127.0.0.1:8000"))


def pixel(data: bytes) -> tuple[int, ...]:
    return Image.open(BytesIO(data)).convert("RGB").getpixel((5, 5))  # type: ignore[return-value]


def near(data: bytes, colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 8 for one, other in zip(pixel(data), colour, strict=True))


def refusal(answer: Any) -> tuple[str, list[str], str | None]:
    (error,) = answer["userErrors"]
    return error["code"], error["path"], error.get("constraint")


# ---- two steps


def test_an_upload_is_announced(api: Api):
    begun = begin(api, picture(), filename=" Zelt.png ")

    asset = begun["asset"]
    assert asset.pop("id")
    nothing = dict.fromkeys(("url", "sha256", "width", "height", "rejection"))
    facts = {"filename": "Zelt.png", "contentType": "image/png", "bytes": len(picture())}
    assert asset == {"status": "UPLOADING", **facts, **nothing}
    assert begun["uploadUrl"].startswith("http://127.0.0.1:8000/v1/uploads/ecu_")
    assert (begun["uploadExpiresAt"], begun["userErrors"]) == ("2026-11-20T13:00:00Z", [])
    assert begun["uploadUrl"].rpartition("/")[2] not in str(
        api.rows("SELECT * FROM asset") + api.rows("SELECT * FROM change")
    )


@pytest.mark.parametrize("kind", TYPES)
def test_a_file_becomes_an_image_that_everybody_sees(api: Api, kind):
    asset = upload(api, picture(kind), TYPES[kind])["asset"]
    response = shown(api, asset["url"])

    drawn_as = "image/png" if kind == "GIF" else TYPES[kind]
    assert (asset["status"], asset["width"], asset["height"], asset["contentType"]) == ("READY", 400, 300, drawn_as)
    assert (asset["bytes"], asset["sha256"]) == (len(response.content), sha256(response.content).hexdigest())
    assert (response.status_code, response.headers["content-type"]) == (200, drawn_as)
    assert near(response.content, RED)
    assert api.rows(HISTORY) == [
        ("ASSET_BEGUN", "assetUploadBegin", "Ben Editor"),
        ("ASSET_READY", "assetUploadComplete", "Ben Editor"),
    ]


def test_an_image_is_served_to_stay(api: Api):
    asset = upload(api, picture())["asset"]
    headers = shown(api, asset["url"]).headers
    again = api.request("GET", asset["url"][21:], headers={"if-none-match": headers["etag"]})

    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (headers["x-content-type-options"], headers["cross-origin-resource-policy"]) == ("nosniff", "cross-origin")
    assert (headers["etag"], again.status_code, again.content) == (f'"{asset["sha256"]}"', 304, b"")


def test_what_is_not_ready_is_shown_to_nobody(api: Api):
    waiting, junk = uploaded(api, picture()), upload(api, b"GIF89a junk", "image/gif")["asset"]["id"]
    ids = [parse(each)[1] for each in (waiting, junk, gid("Asset", "unknown"))]  # type: ignore[index]

    assert [api.request("GET", f"/assets/{id}").status_code for id in ids] == [404] * 3
    assert [api.request("GET", path).status_code for path in ("/assets/x", "/assets/")] == [404] * 2


def test_the_account_lists_its_images_the_newest_first(api: Api):
    for name in ("a.png", "b.png", "c.png"):
        begin(api, picture(), filename=name)
        api.clock.pass_(seconds=1)
    page = api(LIST, as_=EDITOR, id=NORTH, first=2).data["account"]["assets"]
    rest = api(LIST, as_=EDITOR, id=NORTH, first=2, after=page["pageInfo"]["endCursor"]).data["account"]["assets"]

    assert [each["filename"] for each in page["nodes"] + rest["nodes"]] == ["c.png", "b.png", "a.png"]
    assert (page["totalCount"], rest["pageInfo"]["hasNextPage"]) == ({"value": 3}, False)
    assert api(LIST, as_=BOTH, id=SOUTH, first=2).data["account"]["assets"]["totalCount"] == {"value": 0}


# ---- what is refused: nothing changes


@pytest.mark.parametrize(
    ("changes", "path", "constraint"),
    [
        ({"filename": ""}, "filename", "1 <= length <= 200"),
        ({"filename": "x" * 201}, "filename", "1 <= length <= 200"),
        ({"filename": "a\nb"}, "filename", "printable"),
        ({"contentType": "image/svg+xml"}, "contentType", "image/jpeg, image/png, image/webp, image/gif"),
        ({"contentType": "IMAGE/PNG"}, "contentType", "image/jpeg, image/png, image/webp, image/gif"),
        ({"bytes": 0}, "bytes", f"1 <= bytes <= {MOST_BYTES}"),
        ({"bytes": -1}, "bytes", f"1 <= bytes <= {MOST_BYTES}"),
        ({"bytes": MOST_BYTES + 1}, "bytes", f"1 <= bytes <= {MOST_BYTES}"),
    ],
)
def test_what_cannot_be_uploaded_is_not_begun(api: Api, changes, path, constraint):
    answer = begin(api, picture(), **changes)

    assert (answer["asset"], answer["uploadUrl"], answer["seq"]) == (None, None, None)
    assert refusal(answer) == ("INVALID", [path], constraint)
    assert api.rows("SELECT id FROM asset") + api.rows("SELECT seq FROM change") == []


def test_every_problem_of_an_upload_is_told_at_once(api: Api):
    answer = begin(api, b"", "text/html", filename="")

    assert sorted(each["path"][0] for each in answer["userErrors"]) == ["bytes", "contentType", "filename"]


def test_an_account_has_twenty_open_uploads_and_no_more(api: Api):
    for _ in range(MOST_OPEN):
        assert begin(api, picture())["userErrors"] == []
    refused = begin(api, picture())
    api.clock.pass_(hours=1)

    assert [(each["code"], each["limit"]) for each in refused["userErrors"]] == [("LIMIT", 20)]
    assert begin(api, picture(), who=STRANGER, accountId=SOUTH)["userErrors"] == []
    assert begin(api, picture())["userErrors"] == []  # the others have lapsed
    assert api.rows("SELECT count(*) FROM asset") == [(MOST_OPEN + 2,)]


def test_an_account_has_ten_thousand_images_and_no_more(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assets, "MOST_READY", 3)
    upload(api, picture()), upload(api, picture())
    assert begin(api, picture())["userErrors"] == []
    (refused,) = begin(api, picture())["userErrors"]

    assert (refused["code"], refused["limit"]) == ("LIMIT", 3)
    assert begin(api, picture(), who=STRANGER, accountId=SOUTH)["userErrors"] == []
    assert api.rows("SELECT count(*) FROM asset") == [(4,)]


def test_an_account_that_is_suspended_gets_no_images(api: Api):
    api.write("UPDATE account SET status = 'SUSPENDED'")

    assert [each["code"] for each in begin(api, picture())["userErrors"]] == ["GATE"]
    assert api.rows("SELECT id FROM asset") == []


def test_completing_before_the_file_is_there_is_refused(api: Api):
    begun = begin(api, picture())
    answer = complete(api, begun["asset"]["id"], picture())

    assert (answer["asset"], refusal(answer)) == (None, ("INVALID", ["id"], "uploaded"))
    put(api, begun["uploadUrl"], picture())
    assert complete(api, begun["asset"]["id"], picture())["asset"]["status"] == "READY"


@pytest.mark.parametrize("digest", ["0" * 64, "", "x", "é" * 64, sha256(picture("GIF")).hexdigest()])
def test_another_digest_is_refused_and_the_file_may_be_sent_again(api: Api, digest):
    id = uploaded(api, picture())
    before = api.rows("SELECT * FROM change")
    answer = complete(api, id, picture(), digest=digest or "-")

    assert (answer["asset"], refusal(answer)) == (None, ("INVALID", ["sha256"], "sha256 of the file"))
    assert api.rows("SELECT * FROM change") == before
    assert api.rows("SELECT status, upload_sha256 FROM asset") == [("UPLOADING", None)]
    assert complete(api, id, picture(), digest=sha256(picture()).hexdigest().upper())["asset"]["status"] == "READY"


def test_a_foreign_upload_is_as_good_as_unknown(api: Api):
    id = uploaded(api, picture())
    ids = (id, gid("Asset", "unknown"), NORTH, "nonsense")
    answers = [complete(api, each, picture(), who=STRANGER) for each in ids]

    assert answers[1:] == answers[:1] * 3
    assert refusal(answers[0]) == ("NOT_FOUND", ["id"], None)
    assert api.rows("SELECT status FROM asset") == [("UPLOADING",)]


def test_an_upload_past_its_time_cannot_be_completed(api: Api):
    id = uploaded(api, picture())
    api.clock.pass_(hours=1)

    assert refusal(complete(api, id, picture())) == ("INVALID", ["id"], "now < expiry")
    assert api.rows("SELECT status FROM asset") == [("UPLOADING",)]


@pytest.mark.parametrize(("head", "field"), [("mutation @atomic", ""), ("mutation", '@idempotent(key: "k")')])
def test_completing_takes_no_transaction_that_has_begun(api: Api, head, field):
    id, digest = uploaded(api, picture()), sha256(picture()).hexdigest()
    wish = f'it: assetUploadComplete(input: {{id: "{id}", sha256: "{digest}"}}) {field}'
    document = f"{head} {{ {wish} {{ userErrors {{ code }} }} }}"

    assert api(document, as_=EDITOR).data == {"it": {"userErrors": [{"code": "INVALID"}]}}
    assert api.rows("SELECT status FROM asset") == [("UPLOADING",)]


def test_rehearsals_leave_nothing_behind(api: Api):
    begun = api(
        BEGIN.replace("(input: $input)", "(input: $input) @dryRun"),
        as_=EDITOR,
        input={"accountId": NORTH, "filename": "a", "contentType": "image/png", "bytes": 5},
    ).data["assetUploadBegin"]
    id, digest = uploaded(api, picture()), sha256(picture()).hexdigest()
    there = kept(api)
    dry = COMPLETE.replace("sha256: $sha256})", "sha256: $sha256}) @dryRun")
    done = api(dry, as_=EDITOR, id=id, sha256=digest).data["assetUploadComplete"]

    assert (begun["asset"]["status"], begun["uploadUrl"]) == ("UPLOADING", None)
    assert (done["asset"]["status"], done["seq"], kept(api)) == ("READY", None, there)
    assert api.rows("SELECT status FROM asset") == [("UPLOADING",)]


def test_a_key_has_one_upload_and_shows_its_address_once(api: Api):
    keyed = BEGIN.replace("(input: $input)", '(input: $input) @idempotent(key: "k")')
    asked = {"accountId": NORTH, "filename": "a", "contentType": "image/png", "bytes": 5}
    first, again = (api(keyed, as_=EDITOR, input=asked).data["assetUploadBegin"] for _ in range(2))

    assert (again["asset"], again["uploadUrl"]) == (first["asset"], None)
    assert again["uploadExpiresAt"] == first["uploadExpiresAt"]
    assert api.rows("SELECT count(*) FROM asset") == [(1,)]


# ---- completing twice


def test_completing_again_changes_nothing(api: Api):
    id = uploaded(api, picture())
    first, again = complete(api, id, picture()), complete(api, id, picture())

    assert (again["asset"], again["seq"], again["userErrors"]) == (first["asset"], None, [])
    other = complete(api, id, b"", digest="0" * 64)
    assert (other["asset"], other["userErrors"][0]["insteadUse"]) == (None, "assetUploadBegin")
    assert api.rows("SELECT count(*) FROM change") == [(2,)]


def test_completed_by_many_at_once_an_upload_has_one_effect(api: Api):
    id, digest = uploaded(api, picture()), sha256(picture()).hexdigest()

    async def all_at_once() -> list[Any]:
        body = {"query": COMPLETE, "variables": {"id": id, "sha256": digest}}
        headers = {"authorization": f"Bearer {EDITOR.token}"}
        sent = [api._request("POST", "/graphql", {"json": body, "headers": headers}) for _ in range(6)]
        return await asyncio.gather(*sent)

    answers = [each.json()["data"]["assetUploadComplete"] for each in api.run(all_at_once)]
    assert {answer["asset"]["status"] for answer in answers} == {"READY"}
    assert sum(answer["seq"] is not None for answer in answers) == 1
    assert api.rows("SELECT event, count(*) FROM change GROUP BY event ORDER BY event") == [
        ("ASSET_BEGUN", 1),
        ("ASSET_READY", 1),
    ]
    assert len([each for each in kept(api) if each.startswith("images/")]) == 1
