"""How tests have reports written, and read their files with readers of others."""

import csv
import json
from io import BytesIO, TextIOWrapper
from typing import Any
from zipfile import ZipFile

from arro3.io import read_parquet

from tests.conftest import Api
from tests.people import EDITOR, NORTH
from tests.streams import line

RANGE = {"from": "2026-11-01", "to": "2026-11-20"}
CREATE = """mutation ($input: ReportCreateInput!) { reportCreate(input: $input) {
  job { id status progress } seq userErrors { code message path ... on LimitExceeded { limit } } } }"""
JOB = """query ($id: ID!) { job(id: $id) { id kind status progress resultUrl resultExpiresAt createdAt finishedAt
  userErrors { __typename code message path ... on LimitExceeded { limit } } } }"""
CANCEL = """mutation ($id: ID!) { jobCancel(input: {id: $id}) {
  job { id status finishedAt } userErrors { code path message } } }"""
FORMATS = ("CSV", "JSONL", "PARQUET")


def create(
    api: Api, *dimensions: str, format: str = "CSV", as_: Any = EDITOR, account: str = NORTH, **more: Any
) -> Any:
    """What `reportCreate` answers."""
    query = {"range": RANGE, "dimensions": list(dimensions or ("DAY",)), **more}
    asked = {"accountId": account, "query": query, "format": format}
    return api(CREATE, as_=as_, input=asked).data["reportCreate"]


def created(api: Api, *dimensions: str, **more: Any) -> str:
    """The id of the job of a new report."""
    made = create(api, *dimensions, **more)
    assert made["userErrors"] == []
    return made["job"]["id"]


def look(api: Api, id: str, as_: Any = EDITOR) -> Any:
    return api(JOB, as_=as_, id=id).data["job"]


def written(api: Api, *dimensions: str, **more: Any) -> Any:
    """A job that SUCCEEDED."""
    id = created(api, *dimensions, **more)
    api.work()
    job = look(api, id)
    assert (job["status"], job["progress"], job["userErrors"]) == ("SUCCEEDED", "1", [])
    return job


def download(api: Api, url: str, method: str = "GET", **headers: str) -> Any:
    return api.request(method, url.removeprefix("http://127.0.0.1:8000"), headers=headers)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a zip file by their endings."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name.partition(".")[2]: archive.read(name) for name in archive.namelist()}


def table(data: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV, by their header."""
    return list(csv.DictReader(TextIOWrapper(BytesIO(data), "utf-8", newline="")))


def objects(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def parquet(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and definitions of a Parquet file."""
    reader = read_parquet(BytesIO(data))
    definitions = json.loads(reader.schema.metadata_str["endcap.definitions"])
    rows = reader.read_all()
    columns = {name: rows[name].to_pylist() for name in rows.column_names}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)], definitions


def followed(api: Api, document: str, id: str) -> list[Any]:
    """What a subscription tells of a job that is done meanwhile, until it is completed."""

    async def watched() -> list[Any]:
        async with line(api, EDITOR) as socket:
            await socket.follow("1", document, id=id)
            heard = [await socket.hear()]
            await api.installation.runner.drain()
            while heard[-1]["type"] == "next":
                heard.append(await socket.hear())
            return heard

    *told, last = api.run(watched)
    assert last == {"id": "1", "type": "complete"}
    return told
