"""Documents of invoices at their addresses: for an hour, for members and FINANCE, the same bytes each time."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from tests.charging import EURO, clicks, minutes
from tests.conftest import Api
from tests.invoicing import adjusted, invoices, staffed
from tests.people import EDITOR, NORTH, NOW, OWNER, gid

MAKE = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { token { id } secret } }"""
UNTOKEN = "mutation ($id: ID!) { apiTokenRevoke(input: {id: $id}) { userErrors { code } } }"
REMOVE = "mutation ($id: ID!) { membershipRemove(input: {id: $id}) { userErrors { code } } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Invoice { htmlUrl pdfUrl } } }"
START = "http://127.0.0.1:8000/v1/invoices/"
MINUS = "\N{MINUS SIGN}"
AT = NOW + timedelta(minutes=1)
GONE = (404, "NOT_FOUND")


def issued(api: Api) -> Any:
    """The invoice of two clicks."""
    clicks(api, EURO, 255_555)
    minutes(api)
    return invoices(api)[0]


def opened(api: Api, url: str, **headers: str) -> Any:
    return api.request("GET", url, headers=headers)


def code(response: Any) -> tuple[int, str]:
    (error,) = response.json()["errors"]
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, error["extensions"]["code"]


def text(pdf: bytes) -> str:
    """What a PDF says, as its readers find it."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_an_invoice_opens_as_a_page_that_nobody_keeps_on_the_way(api: Api):
    response = opened(api, issued(api)["htmlUrl"])
    headers = response.headers
    policy = headers["content-security-policy"].split("; ")

    assert (response.status_code, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (headers["cache-control"], headers["referrer-policy"]) == ("private, no-store", "no-referrer")
    assert (headers["x-content-type-options"], headers["x-robots-tag"]) == ("nosniff", "noindex")
    assert policy.pop(1).startswith("style-src 'sha256-")
    closed = ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "sandbox"]
    assert policy == ["default-src 'none'", *closed]


def test_the_page_says_all_that_an_accountant_asks(api: Api):
    page = opened(api, issued(api)["htmlUrl"]).text

    shown = ["<h1>Invoice</h1>", "NORTH-2026-000001", "<bdi>North</bdi>", "<bdi>Spring</bdi>", "<bdi>The tent</bdi>"]
    shown += ["2026-11-20", "1.255555", f"{MINUS}0.005555", "1.25 USD", "<bdi>Endcap</bdi>", "No tax is shown"]
    assert [each for each in shown if each not in page] == []


def test_an_invoice_is_saved_as_a_pdf_that_screen_readers_read(api: Api):
    response = opened(api, issued(api)["pdfUrl"])
    file = PdfReader(BytesIO(response.content))

    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.headers["content-disposition"] == 'attachment; filename="NORTH-2026-000001.pdf"'
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert response.headers["cache-control"] == "private, no-store"
    assert (file.metadata.title, file.metadata.creation_date) == ("Invoice NORTH-2026-000001", AT)
    assert file.root_object["/MarkInfo"]["/Marked"].value is True
    assert b"pdfuaid:part" in response.content


def test_the_pdf_says_the_same(api: Api):
    said = text(opened(api, issued(api)["pdfUrl"]).content)

    shown = ["Invoice", "NORTH-2026-000001", "North", "Spring", "The tent", "1.255555", f"{MINUS}0.005555", "1.25 USD"]
    assert [each for each in [*shown, "Endcap", "No tax is shown"] if each not in said] == []


@pytest.mark.parametrize("form", ["htmlUrl", "pdfUrl"])
def test_a_document_has_the_same_bytes_each_time(api: Api, form):
    first = issued(api)
    before = opened(api, first[form]).content
    api.clock.pass_(days=3)
    api.write("UPDATE account SET display_name = 'Other', time_zone = 'Asia/Tokyo'")

    again = invoices(api)[-1]
    assert again["id"] == first["id"]
    assert again[form] != first[form]
    assert opened(api, again[form]).content == before


def test_a_credit_note_says_what_it_corrects_and_why(api: Api):
    staffed(api)
    charge = issued(api)["charge"]["id"]
    assert adjusted(api, charge, 500_000) == []
    note = invoices(api)[0]
    page, file = opened(api, note["htmlUrl"]).text, text(opened(api, note["pdfUrl"]).content)

    shown = ["Credit note", "NORTH-2026-000002", "Corrects invoice", "NORTH-2026-000001", "As agreed", "0.50 USD"]
    assert [each for each in shown if each not in page] == [each for each in shown if each not in file] == []


def test_an_address_opens_for_an_hour(api: Api):
    invoice, statuses = issued(api), []
    for minutes_ in (59, 1):
        api.clock.pass_(minutes=minutes_)
        statuses.append([opened(api, invoice[each]).status_code for each in ("htmlUrl", "pdfUrl")])

    assert statuses == [[200, 200], [404, 404]]
    assert code(opened(api, invoice["htmlUrl"])) == GONE


def test_a_changed_address_opens_nothing(api: Api):
    url = issued(api)["pdfUrl"]
    end = len(url) - len(".pdf")
    changed = [url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :] for at in range(len(START), end)]

    assert {code(opened(api, each)) for each in changed} == {GONE}
    assert code(opened(api, f"{START}nonsense.html")) == GONE
    assert opened(api, f"{START}nonsense.txt").status_code == 404


def test_no_cookie_and_no_token_stand_in_for_an_address(api: Api):
    invoice = issued(api)
    bearer = {"authorization": f"Bearer {OWNER.token}", "cookie": f"endcap_session={OWNER.token}"}

    assert code(opened(api, f"{START}{invoice['id']}.pdf", **bearer)) == GONE
    assert opened(api, invoice["pdfUrl"], host="elsewhere.example").status_code == 421


def test_whoever_is_removed_or_staff_no_longer_opens_nothing_any_more(api: Api):
    id, finance = issued(api)["id"], staffed(api)
    urls = [api(NODE, as_=who, id=id).data["node"]["htmlUrl"] for who in (EDITOR, finance)]
    assert [opened(api, each).status_code for each in urls] == [200, 200]
    assert api(REMOVE, as_=OWNER, id=gid("Membership", "editor-north")).data["membershipRemove"]["userErrors"] == []
    api.write("""UPDATE "user" SET staff = '["SUPPORT"]' WHERE email = 'outsider@example.com'""")

    assert [code(opened(api, each)) for each in urls] == [GONE, GONE]


def test_an_address_of_a_token_opens_until_the_token_is_revoked(api: Api):
    id = issued(api)["id"]
    made = api(MAKE, as_=OWNER, account=NORTH, scopes=["billing:read"]).data["apiTokenCreate"]
    url = api(NODE, as_=made["secret"], id=id).data["node"]["pdfUrl"]
    assert opened(api, url).status_code == 200
    assert api(UNTOKEN, as_=OWNER, id=made["token"]["id"]).data["apiTokenRevoke"]["userErrors"] == []

    assert code(opened(api, url)) == GONE


def test_pages_of_allowed_origins_may_fetch_a_document_and_no_others(configured: Any, api: Api):
    path = issued(api)["pdfUrl"].removeprefix("http://127.0.0.1:8000")
    there = configured(allowed_origins='["https://ads.example"]')
    origins = ("https://ads.example", "https://evil.example")
    asked = [there.request("GET", path, headers={"origin": each}) for each in origins]

    allowed = [each.headers.get("access-control-allow-origin") for each in asked]
    assert allowed == ["https://ads.example", None]
    assert {each.headers["cross-origin-resource-policy"] for each in asked} == {"same-origin"}
