"""Jobs of accounts: looked at, listed, canceled and followed; how many there may be, and who sees them."""

from typing import Any

import pytest

from app.domain.account_jobs import MOST_OPEN
from tests.conftest import Api
from tests.people import BOTH, EDITOR, NORTH, OPERATOR, OUTSIDER, OWNER, SOUTH, STRANGER, TENT, gid
from tests.reports import CANCEL, CREATE, RANGE, create, created, download, followed, look, written
from tests.streams import codes, line, stream

PROGRESS = "subscription ($id: ID!) { jobProgress(id: $id) { seq at job { id status progress resultUrl } } }"
LIST = """query ($id: ID!) { account(id: $id) { jobs(first: 9) { nodes { id kind status } totalCount { value } } } }"""
TOKEN = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { secret } }"""
HISTORY = "SELECT event, action, actor FROM change ORDER BY seq"


def test_a_job_says_how_far_it_has_come(api: Api):
    made = create(api, "DAY")
    assert (made["job"]["status"], made["job"]["progress"], made["userErrors"]) == ("QUEUED", "0", [])
    api.clock.pass_(minutes=1)
    api.work()

    job = look(api, made["job"]["id"])
    assert job.pop("resultUrl").startswith("http://127.0.0.1:8000/v1/results/")
    times = {"createdAt": "2026-11-20T12:00:00Z", "finishedAt": "2026-11-20T12:01:00Z"}
    rest = {"progress": "1", "resultExpiresAt": "2026-11-27T12:01:00Z", "userErrors": []}
    assert job == {"id": made["job"]["id"], "kind": "REPORT", "status": "SUCCEEDED", **times, **rest}


def test_what_happens_to_a_job_is_history(api: Api):
    written(api)
    created(api)
    last = api.rows("SELECT id FROM account_job WHERE status = 'QUEUED'")

    assert [row[0] for row in api.rows(HISTORY)] == ["JOB_CREATED", "JOB_STARTED", "JOB_SUCCEEDED", "JOB_CREATED"]
    assert [row[1:] for row in api.rows(HISTORY)[:2]] == [("reportCreate", "Ben Editor"), ("reports.write", "Endcap")]
    shown = (
        """query ($id: ID!) { changeEvents(accountId: $id, first: 9) { nodes { subject { id __typename } after } } }"""
    )
    nodes = api(shown, as_=EDITOR, id=NORTH).data["changeEvents"]["nodes"]
    assert [each["subject"]["__typename"] for each in nodes] == ["Job"] * 4
    assert (nodes[2]["after"], len(last)) == ({"status": "SUCCEEDED"}, 1)


def test_jobs_of_an_account_are_listed_the_newest_first(api: Api):
    first = created(api)
    api.clock.pass_(minutes=1)
    second = created(api, as_=OWNER)
    listed = api(LIST, as_=EDITOR, id=NORTH).data["account"]["jobs"]

    assert [each["id"] for each in listed["nodes"]] == [second, first]
    assert listed["totalCount"] == {"value": 2}


@pytest.mark.parametrize("way", ["rehearsed", "again"])
def test_a_report_that_is_rehearsed_or_asked_for_again_is_no_second_job(api: Api, way):
    directive = "@dryRun" if way == "rehearsed" else '@idempotent(key: "k")'
    document = CREATE.replace("reportCreate(input: $input)", f"reportCreate(input: $input) {directive}")
    given = {"accountId": NORTH, "query": {"range": RANGE, "dimensions": ["DAY"]}, "format": "CSV"}
    answers = [api(document, as_=EDITOR, input=given).data["reportCreate"] for _ in range(2)]

    assert [each["userErrors"] for each in answers] == [[], []]
    assert (answers[0] == answers[1]) is (way == "again")
    assert len(api.rows("SELECT id FROM account_job")) == (1 if way == "again" else 0)


def test_an_account_has_so_many_open_jobs_and_no_more(api: Api):
    ids = [created(api) for _ in range(MOST_OPEN)]
    (refused,) = create(api)["userErrors"]
    assert (refused["code"], refused["path"], refused["limit"]) == ("LIMIT", ["accountId"], 5)
    assert len(api.rows("SELECT id FROM account_job")) == MOST_OPEN

    assert create(api, as_=BOTH, account=SOUTH)["userErrors"] == []
    api(CANCEL, as_=EDITOR, id=ids[0])
    assert create(api)["userErrors"] == []


@pytest.mark.parametrize(
    ("more", "paths"),
    [
        ({"limit": 5001}, [["query", "limit"]]),
        ({"adIds": [TENT]}, [["query", "adIds", "0"]]),
        (
            {"range": {"from": "2026-11-02", "to": "2026-11-01"}, "dimensions": []},
            [["query", "range", "to"], ["query", "dimensions"]],
        ),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_all_its_fields(api: Api, more, paths):
    made = create(api, **more)

    assert ([each["path"] for each in made["userErrors"]], made["job"]) == (paths, None)
    assert api.rows("SELECT count(*) FROM account_job") == [(0,)]


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER, OPERATOR])
def test_strangers_get_no_report_and_see_no_job(api: Api, who):
    job = written(api)["id"]
    refused = create(api, as_=who)
    canceled = [
        api(CANCEL, as_=who, id=id).data["jobCancel"]["userErrors"] for id in (job, gid("Job", "unknown"), TENT)
    ]

    assert [each["code"] for each in refused["userErrors"]] == ["NOT_FOUND"]
    assert (
        canceled[0] == canceled[1] == canceled[2] == [{"code": "NOT_FOUND", "path": ["id"], "message": "No such job."}]
    )
    assert look(api, job, who) is None
    assert len(api.rows("SELECT id FROM account_job")) == 1


def test_a_token_sees_jobs_and_gets_a_file_only_with_the_scope_of_figures(api: Api):
    id = written(api)["id"]
    secrets = [
        api(TOKEN, as_=OWNER, account=NORTH, scopes=scopes).data["apiTokenCreate"]["secret"]
        for scopes in (["jobs:read"], ["jobs:read", "metrics:read"])
    ]
    urls = [look(api, id, secret)["resultUrl"] for secret in secrets]

    assert urls[0] is None
    assert download(api, urls[1]).status_code == 200


# ---- canceling


def test_a_job_that_waits_is_canceled_and_never_begun(api: Api):
    id = created(api)
    canceled = api(CANCEL, as_=OWNER, id=id).data["jobCancel"]

    assert canceled == {"job": {"id": id, "status": "CANCELED", "finishedAt": "2026-11-20T12:00:00Z"}, "userErrors": []}
    api.work()
    assert (look(api, id)["status"], look(api, id)["resultUrl"]) == ("CANCELED", None)
    assert [row[0] for row in api.rows(HISTORY)] == ["JOB_CREATED", "JOB_CANCELED"]
    assert api.rows("SELECT status FROM job WHERE kind = 'reports.write'") == [("DONE",)]


def test_a_job_that_has_ended_cannot_be_canceled(api: Api):
    id = written(api)["id"]
    (error,) = api(CANCEL, as_=EDITOR, id=id).data["jobCancel"]["userErrors"]

    assert (error["code"], error["path"]) == ("ILLEGAL_TRANSITION", ["id"])
    assert look(api, id)["status"] == "SUCCEEDED"


# ---- following


def events(messages: list[Any]) -> list[tuple[str, str]]:
    jobs = [message["payload"]["data"]["jobProgress"]["job"] for message in messages]
    return [(job["status"], job["progress"]) for job in jobs]


def test_a_job_is_followed_from_now_until_it_ends(api: Api):
    told = followed(api, PROGRESS, created(api))
    seqs = [int(each["payload"]["data"]["jobProgress"]["seq"]) for each in told]

    assert (events(told)[0], events(told)[-1]) == (("QUEUED", "0"), ("SUCCEEDED", "1"))
    assert (seqs, seqs[-1]) == (sorted(seqs), api.rows("SELECT max(seq) FROM change")[0][0])


def test_a_job_that_has_ended_is_told_once(api: Api):
    id = written(api)["id"]

    async def watched() -> Any:
        async with stream(api, EDITOR, PROGRESS, id=id) as heard:
            await heard.start()
            return await heard.hear(), await heard.text(), await heard.text()

    event, end, rest = api.run(watched)
    assert events([{"payload": event}]) == [("SUCCEEDED", "1")]
    assert (end, rest) == ("event: complete\ndata: \n\n", "")
    url = event["data"]["jobProgress"]["job"]["resultUrl"]
    assert download(api, url).status_code == 200


@pytest.mark.parametrize("way", [line, stream])
def test_whoever_is_removed_follows_no_job(api: Api, way):
    id = created(api)

    async def watched() -> Any:
        opened = line(api, EDITOR) if way is line else stream(api, EDITOR, PROGRESS, id=id)
        async with opened as there:
            await (there.follow("1", PROGRESS, id=id) if way is line else there.start())
            await there.hear()
            async with api.installation.database.writer.begin() as connection:
                await connection.exec_driver_sql("UPDATE membership SET status = 'REMOVED' WHERE level = 'EDITOR'")
            return await there.hear()

    assert codes(api.run(watched)) == ["NOT_FOUND"]
