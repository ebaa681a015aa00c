"""Delivery over HTTP is as its document says: requests made up from it, sent to a process that serves."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from app.web.delivery import openapi
from tests.conftest import Api
from tests.deciding import BANNER, body, send
from tests.people import BAG, FEED, NOW, TENT
from tests.serving import click, item, report, see, token, visit
from tests.web.conftest import Server

CONTRACT = Path(__file__).parents[2] / "frontend-contract" / "openapi.json"
DOCUMENT = schemathesis.openapi.from_dict(openapi.document())
CHECKS = list(HealthCheck)
SOME = settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=CHECKS)
TOKEN = {"Authorization": f"Bearer {FEED}"}
ONE_BY_ONE = [negative_data_rejection]  # what is no event is told as such, beside those that are counted
schemathesis.openapi.format("product-id", st.sampled_from([BAG, TENT]))


def is_told(case: Any) -> bool:
    """Whether the document tells all that is asked of it: it has no words for a name that stands once."""
    names = [slot["slotId"] for slot in case.body["auctions"]] if case.path == "/v1/auctions" else []
    return len(names) == len(set(names))


def cases(mode: GenerationMode, *methods: str) -> Any:
    """Requests of any operation with these methods."""
    wanted = [(path, method) for path, each in openapi.PATHS.items() for method in each if method in methods]
    return st.sampled_from(wanted).flatmap(lambda each: DOCUMENT[each[0]][each[1]].as_strategy(mode))


CASES = cases(GenerationMode.POSITIVE, "get", "post").filter(is_told)
WRONG = cases(GenerationMode.NEGATIVE, "post")  # any text may be a token


def test_what_the_document_allows_is_answered_as_it_says(server: Server):
    @SOME
    @given(CASES)
    def holds(case: Any) -> None:
        case.call_and_validate(server[0], headers=TOKEN, allow_redirects=False)

    holds()


def test_what_the_document_does_not_allow_is_refused_as_it_says(server: Server):
    @SOME
    @given(WRONG)
    def holds(case: Any) -> None:
        excluded = ONE_BY_ONE if case.path == "/v1/events" else []
        case.call_and_validate(server[0], headers=TOKEN, excluded_checks=excluded)

    holds()


def test_the_contract_has_the_document_that_is_served(api: Api):
    assert api.request("GET", openapi.PATH).content == CONTRACT.read_bytes(), "run `make schema`"


def test_an_answer_with_winners_is_what_the_document_says(api: Api):
    answer = send(api, body(BANNER, {**BANNER, "slotId": "no", "interests": ["no"]}, explain=True))
    won, failed = answer.json()["results"]

    assert (len(won["winners"]), len(won["explanation"]["entries"]), failed["auctionId"]) == (3, 4, None)
    DOCUMENT["/v1/auctions"]["POST"].validate_response(answer)


def test_shoppers_are_answered_what_the_document_says(api: Api):
    shown = token(api)
    seen, clicked = see(api, shown), click(api, shown)

    assert (seen.status_code, clicked.status_code) == (200, 302)
    DOCUMENT["/v1/e/i/{token}"]["GET"].validate_response(seen)
    DOCUMENT["/v1/c/{token}"]["GET"].validate_response(clicked)


def test_a_report_is_answered_what_the_document_says(api: Api):
    answer = report(api, item("IMPRESSION", NOW, resolvedBidId=token(api)), visit(NOW), {"kind": "X"})

    assert (answer.json()["accepted"], len(answer.json()["rejected"])) == (2, 1)
    DOCUMENT["/v1/events"]["POST"].validate_response(answer)
