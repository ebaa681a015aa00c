"""Images in a bucket: the client uploads past us by a signed address, over real HTTP to a server that speaks S3."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import Api
from tests.pictures import begin, complete, moving, picture
from tests.reports import download, table, unpacked, written
from tests.web.asking import BEARER

DATA = picture()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def bucket(server: str, configured: Any, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The world with its images in a bucket of its own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    httpx2.post(f"{server}/moto-api/reset")
    s3(server).create_bucket(Bucket="images")
    return configured(storage_url="s3://images/of/endcap", storage_endpoint=server, storage_region="us-east-1")


def sent(url: str, data: bytes) -> int:
    return httpx2.put(url, content=data).status_code


def s3(server: str) -> Any:
    return boto3.client("s3", endpoint_url=server, region_name="us-east-1")


def keys(server: str) -> list[str]:
    return [each["Key"] for each in s3(server).list_objects_v2(Bucket="images").get("Contents", [])]


def test_a_client_uploads_into_the_bucket_and_everybody_sees_the_image(bucket: Api, server: str):
    begun = begin(bucket, DATA)
    status, id = sent(begun["uploadUrl"], DATA), begun["asset"]["id"]
    done = complete(bucket, id, DATA)["asset"]
    response = bucket.request("GET", done["url"].removeprefix("http://127.0.0.1:8000"))

    assert begun["uploadUrl"].startswith(f"{server}/images/of/endcap/uploads/")
    assert ("X-Amz-Signature=" in begun["uploadUrl"], "a+secret" in begun["uploadUrl"], status) == (True, False, 200)
    assert (done["status"], response.status_code, response.headers["content-type"]) == ("READY", 200, "image/png")
    assert sha256(response.content).hexdigest() == done["sha256"]
    assert sorted(key.split("/")[2] for key in keys(server)) == ["images", "uploads"]


def test_a_bucket_takes_what_it_gets_so_its_length_is_checked_before_it_is_read(bucket: Api):
    begun = begin(bucket, DATA)
    sent(begun["uploadUrl"], DATA + b"x")
    answer = complete(bucket, begun["asset"]["id"], DATA)

    assert [(each["code"], each["constraint"]) for each in answer["userErrors"]] == [
        ("INVALID", f"bytes == {len(DATA)}")
    ]
    assert bucket.rows("SELECT status FROM asset") == [("UPLOADING",)]
    sent(begun["uploadUrl"], DATA)
    assert complete(bucket, begun["asset"]["id"], DATA)["asset"]["status"] == "READY"


def test_nothing_in_the_bucket_is_nothing_uploaded(bucket: Api):
    answer = complete(bucket, begin(bucket, DATA)["asset"]["id"], DATA)

    assert [(each["code"], each["constraint"]) for each in answer["userErrors"]] == [("INVALID", "uploaded")]


def test_our_own_address_takes_nothing_where_a_bucket_does(bucket: Api):
    assert bucket.request("PUT", "/v1/uploads/ecu_x", content=DATA).status_code == 404
    begin(bucket, DATA)
    assert bucket.rows("SELECT token_hash FROM asset") == [(None,)]


def test_what_is_left_in_the_bucket_is_cleared(bucket: Api, server: str):
    ready, lapsed = begin(bucket, DATA), begin(bucket, moving("GIF"), "image/gif")
    for begun, data in ((ready, DATA), (lapsed, moving("GIF"))):
        sent(begun["uploadUrl"], data)
    complete(bucket, ready["asset"]["id"], DATA)
    bucket.clock.pass_(minutes=70)
    bucket.work()

    assert [key.split("/")[2] for key in keys(server)] == ["images"]
    assert bucket.rows("SELECT status, upload_key FROM asset") == [("READY", None)]


def test_a_bucket_out_of_reach_is_waited_for(bucket: Api, configured: Any):
    begun = begin(bucket, DATA)
    sent(begun["uploadUrl"], DATA)
    lost = configured(storage_url="s3://images/of/endcap", storage_endpoint="http://127.0.0.1:9", storage_region="x")
    body = {"query": 'mutation ($id: ID!) { assetUploadComplete(input: {id: $id, sha256: ""}) { seq } }'}
    answer = lost.post({**body, "variables": {"id": begun["asset"]["id"]}}, headers=BEARER)

    assert (answer.status, answer.codes, answer.headers["retry-after"]) == (503, ["UNAVAILABLE"], "5")
    assert bucket.rows("SELECT status FROM asset") == [("UPLOADING",)]
    assert complete(bucket, begun["asset"]["id"], DATA)["asset"]["status"] == "READY"


def test_a_report_is_kept_in_the_bucket_and_read_through_us(bucket: Api, server: str):
    job = written(bucket, "AD")
    response = download(bucket, job["resultUrl"])
    (kept,) = keys(server)

    assert [row["adTitle"] for row in table(unpacked(response.content)["csv"])] == ["The tent", "The bag"]
    assert (response.headers["content-type"], kept.startswith("of/endcap/jobs/")) == ("application/zip", True)
    bucket.clock.pass_(days=7)
    bucket.work()
    assert keys(server) == []


def test_a_large_file_goes_in_parts_and_comes_in_parts(bucket: Api, server: str):
    storage, file = bucket.installation.storage, BytesIO(b"0123456789" * 1_200_000)
    bucket.run(storage.send, "jobs/x/report", file, "application/zip")
    parts = [bucket.run(storage.part, f"jobs/{name}/report", 11_999_998, 2) for name in ("x", "none")]

    head = s3(server).head_object(Bucket="images", Key="of/endcap/jobs/x/report")
    assert (head["ContentLength"], head["ContentType"]) == (12_000_000, "application/zip")
    assert (head["ETag"].endswith('-3"'), parts) == (True, [b"89", None])
