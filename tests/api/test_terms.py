"""The terms: mailed to the contact at the brand, answered once, sent again, past their time."""

import asyncio
from typing import Any

from tests.conftest import Api
from tests.people import OPERATOR, OUTSIDER, REVIEWER, STRANGER
from tests.registrations import BRAND, accept, claimed, do, draft, gates, kept, ready, state, submitted

CONTACT = BRAND["contactEmail"]
SHOW = """query ($token: String!) { termsInvitation(token: $token) { brandName contactName applicantName agencyName
  document { kind version title markdown } status sentAt expiresAt acceptedAt } }"""
ACCEPT = """mutation ($token: String!, $version: Int!, $name: String!) { termsAccept(
  input: {token: $token, documentVersion: $version, fullName: $name}) {
  termsInvitation { status } userErrors { code path } } }"""
DECLINE = """mutation ($token: String!, $reason: String) { termsDecline(input: {token: $token, reason: $reason}) {
  termsInvitation { status acceptedAt } userErrors { code path } } }"""
PUBLISH = """mutation ($at: DateTime!) { policyDocumentPublish(input: {
  kind: AGREEMENT, title: "Terms of 2027", markdown: "# New", effectiveAt: $at}) {
  document { version } userErrors { code path } } }"""
UNKNOWN = [{"code": "INVALID", "path": ["token"]}]


def test_the_holder_of_the_link_sees_who_asks_and_the_text(api: Api):
    submitted(api)
    shown = api(SHOW, token=api.token(CONTACT)).data["termsInvitation"]

    assert (shown["brandName"], shown["contactName"]) == ("Alpenglow", "Carla Contact")
    assert (shown["applicantName"], shown["agencyName"], shown["status"]) == ("Otto Outsider", "Agency", "PENDING")
    assert shown["document"]["version"] == 1
    assert shown["document"]["markdown"].startswith("# Advertising agreement")
    assert (shown["expiresAt"], shown["acceptedAt"]) == ("2026-11-27T12:00:00Z", None)
    assert api(SHOW, token="ecl_unknown").data == {"termsInvitation": None}


def test_looking_answers_nothing_and_accepting_does_once(api: Api):
    id = submitted(api)
    token = api.token(CONTACT)
    for _ in range(2):
        assert api(SHOW, token=token).data["termsInvitation"]["status"] == "PENDING"

    assert accept(api)["termsInvitation"] == {
        "status": "ACCEPTED",
        "acceptedAt": "2026-11-20T12:00:00Z",
        "document": {"version": 1},
    }
    assert state(api, id)["blockers"] == []
    before = kept(api)
    assert api(ACCEPT, token=token, version=1, name="C").data["termsAccept"]["userErrors"] == UNKNOWN
    assert api(DECLINE, token=token).data["termsDecline"]["userErrors"] == UNKNOWN
    assert kept(api) == before


def test_another_version_or_no_name_is_refused_and_the_link_stays(api: Api):
    submitted(api)
    token, before = api.token(CONTACT), kept(api)
    refused = api(ACCEPT, token=token, version=2, name=" ").data["termsAccept"]

    assert [each["path"] for each in refused["userErrors"]] == [["fullName"], ["documentVersion"]]
    assert kept(api) == before
    assert api(ACCEPT, token=token, version=1, name="Carla").data["termsAccept"]["userErrors"] == []


def test_the_version_that_was_mailed_is_the_one_that_is_accepted(api: Api):
    submitted(api)
    token = api.token(CONTACT)
    made = api(PUBLISH, as_=OPERATOR, at="2026-11-20T12:00:00Z").data["policyDocumentPublish"]
    assert made == {"document": {"version": 2}, "userErrors": []}

    assert api(SHOW, token=token).data["termsInvitation"]["document"]["version"] == 1
    submitted(api, brandName="Second", contactEmail="other@second.example")
    assert api(SHOW, token=api.token("other@second.example")).data["termsInvitation"]["document"]["version"] == 2


def test_declining_is_told_to_the_applicant_and_blocks_the_approval(api: Api):
    id = claimed(api)
    declined = api(DECLINE, token=api.token(CONTACT), reason="I do not know them").data["termsDecline"]

    assert declined == {"termsInvitation": {"status": "DECLINED", "acceptedAt": None}, "userErrors": []}
    letter = api.mail(OUTSIDER.email)[0]
    assert letter.subject == "The terms for Alpenglow were declined"
    assert "“I do not know them”" in " ".join(letter.text.split())
    assert gates(do(api, "registrationApprove", REVIEWER, id=id)) == ["TERMS_ACCEPTED"]


def test_terms_are_sent_again_with_a_new_link_but_not_at_once(api: Api):
    id = submitted(api)
    first, before = api.token(CONTACT), kept(api)
    assert [each["code"] for each in do(api, "registrationResendTermsInvitation", id=id)["userErrors"]] == ["LIMIT"]
    assert kept(api) == before
    api.clock.pass_(minutes=10)

    assert do(api, "registrationResendTermsInvitation", id=id)["userErrors"] == []
    assert api(SHOW, token=first).data == {"termsInvitation": None}
    assert accept(api)["userErrors"] == []
    assert api.rows("SELECT count(*) FROM terms_invitation") == [(1,)]


def test_after_a_refusal_a_new_invitation_is_sent(api: Api):
    id = submitted(api)
    api(DECLINE, token=api.token(CONTACT))
    api.clock.pass_(minutes=10)
    assert do(api, "registrationResendTermsInvitation", id=id)["userErrors"] == []

    assert state(api, id)["termsInvitation"]["status"] == "PENDING"
    assert accept(api)["userErrors"] == []
    assert api.rows("SELECT status FROM terms_invitation ORDER BY id") == [("DECLINED",), ("ACCEPTED",)]


def test_a_link_that_is_past_its_time_opens_nothing_and_is_sent_again(api: Api):
    id = submitted(api)
    token = api.token(CONTACT)
    api.clock.pass_(days=7)
    before = kept(api)

    assert api(SHOW, token=token).data == {"termsInvitation": None}
    assert api(ACCEPT, token=token, version=1, name="C").data["termsAccept"]["userErrors"] == UNKNOWN
    assert state(api, id)["termsInvitation"]["status"] == "EXPIRED"
    assert kept(api) == before
    assert do(api, "registrationResendTermsInvitation", id=id)["userErrors"] == []
    assert accept(api)["userErrors"] == []


def test_terms_are_not_sent_for_a_draft_nor_once_they_are_accepted(api: Api):
    id = draft(api)
    assert [each["code"] for each in do(api, "registrationResendTermsInvitation", id=id)["userErrors"]] == [
        "ILLEGAL_TRANSITION"
    ]
    done = ready(api, brandName="Second")
    api.clock.pass_(minutes=10)
    before = kept(api)
    assert [each["code"] for each in do(api, "registrationResendTermsInvitation", id=done)["userErrors"]] == [
        "CONFLICT"
    ]
    assert kept(api) == before


def test_of_many_who_answer_at_once_one_is_heard(api: Api):
    submitted(api)
    token = api.token(CONTACT)
    body = {"query": ACCEPT, "variables": {"token": token, "version": 1, "name": "Carla"}}

    async def all_at_once() -> list[Any]:
        ask = (api._request("POST", "/graphql", {"json": body}) for _ in range(20))
        return [response.json()["data"]["termsAccept"] for response in await asyncio.gather(*ask)]

    answers = api.run(all_at_once)
    assert sum(each["userErrors"] == [] for each in answers) == 1
    assert api.rows("SELECT count(*) FROM change WHERE event = 'TERMS_ACCEPTED'") == [(1,)]


def test_a_link_of_another_purpose_opens_no_terms(api: Api):
    submitted(api)
    api(f'mutation {{ passwordResetRequest(input: {{email: "{STRANGER.email}"}}) {{ ok }} }}')
    token, before = api.token(STRANGER.email), kept(api)

    assert api(SHOW, token=token).data == {"termsInvitation": None}
    assert api(ACCEPT, token=token, version=1, name="C").data["termsAccept"]["userErrors"] == UNKNOWN
    assert kept(api) == before


# ---- the documents themselves


def test_a_document_keeps_its_versions_and_comes_into_force_when_it_says(api: Api):
    ask = "{ now: policyDocument(kind: AGREEMENT) { version } all: policyDocuments { kind version } }"
    assert api(PUBLISH, as_=OPERATOR, at="2026-11-21T12:00:00Z").data["policyDocumentPublish"]["userErrors"] == []
    assert api(ask).data == {"now": {"version": 1}, "all": [{"kind": "AGREEMENT", "version": 1}]}
    api.clock.pass_(days=1)

    assert api(ask).data == {"now": {"version": 2}, "all": [{"kind": "AGREEMENT", "version": 2}]}
    first = api("{ policyDocument(kind: AGREEMENT, version: 1) { title } }").data["policyDocument"]
    assert first == {"title": "Advertising agreement"}
    assert api("{ policyDocument(kind: USER_GUIDE) { title } }").data == {"policyDocument": None}


def test_no_version_is_in_force_before_it_was_published(api: Api):
    before = kept(api)
    refused = api(PUBLISH, as_=OPERATOR, at="2026-11-20T11:59:59Z").data["policyDocumentPublish"]

    assert refused == {"document": None, "userErrors": [{"code": "INVALID", "path": ["effectiveAt"]}]}
    assert kept(api) == before
