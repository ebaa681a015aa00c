"""The documents for invoices, and those of the script that verifies charges, with exact answers."""

from tests.api.test_operations import answer
from tests.charging import EURO, clicks, minutes
from tests.conftest import Api
from tests.people import EDITOR, NORTH


def billed(api: Api) -> str:
    """The id of a charge of two clicks, with its invoice."""
    clicks(api, EURO, 255_555)
    minutes(api)
    (invoice,) = answer(api, "Invoices", EDITOR, accountId=NORTH, first=10)["billing"]["invoices"]["nodes"]
    return invoice["charge"]["id"]


def test_the_list_of_invoices(api: Api):
    charge = billed(api)
    page = answer(api, "Invoices", EDITOR, accountId=NORTH, first=10)["billing"]["invoices"]
    (invoice,) = page["nodes"]

    assert (invoice["number"], invoice["kind"], invoice["reason"]) == ("NORTH-2026-000001", "INVOICE", None)
    assert invoice["amount"] == {"decimal": "1.25", "currency": "USD"}
    assert invoice["charge"] == {"id": charge, "campaign": {"name": "Spring"}}
    assert page["pageInfo"]["hasNextPage"] is False


def test_a_document_is_opened(api: Api):
    billed(api)
    (invoice,) = answer(api, "Invoices", EDITOR, accountId=NORTH, first=10)["billing"]["invoices"]["nodes"]
    shown = answer(api, "Invoice", EDITOR, id=invoice["id"])["node"]

    assert (shown["id"], shown["number"]) == (invoice["id"], invoice["number"])
    assert [api.request("GET", shown[each]).status_code for each in ("htmlUrl", "pdfUrl")] == [200, 200]


def test_what_the_script_reads(api: Api):
    charge = billed(api)
    of_account = answer(api, "VerifyBilling", EDITOR, accountId=NORTH)["billing"]
    of_charge = answer(api, "VerifyCharge", EDITOR, id=charge)["charge"]

    assert (of_account["proof"]["validClicks"], of_account["proof"]["balanced"]) == ("2", True)
    assert charge in [each["id"] for each in of_account["charges"]["nodes"]]
    assert sorted(each["cost"]["micros"] for each in of_charge["lines"]["nodes"]) == ["1000000", "255555"]
    assert (of_charge["carriedOut"], len(of_charge["digest"])) == ({"micros": "5555"}, 64)
