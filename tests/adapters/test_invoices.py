"""Documents of invoices: names in any script and of any kind, figures that add up, and bytes that stay."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.adapters.invoices import Documents
from app.adapters.invoices.words import told
from app.domain.billing.invoices import AdClicks, Invoice, InvoiceKind, number

DOCUMENTS = Documents("en")
INVOICE = Invoice(
    number="NORTH-2026-000001",
    kind=InvoiceKind.INVOICE,
    corrects=None,
    reason=None,
    issuer="Shop\nStreet 1\nTown",
    account="North",
    vendor_code="NORTH",
    campaign="Spring",
    issued_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
    time_zone="Europe/Berlin",
    first_click_at=datetime(2026, 12, 31, 22, 58, tzinfo=UTC),
    last_click_at=datetime(2026, 12, 31, 23, 1, tzinfo=UTC),
    ads=[AdClicks("The tent", 1_204, 1_155_555), AdClicks("The bag", 12, 345_000)],
    currency="EUR",
    carried_in=5_555,
    reversed=20_000,
    carried_out=6_110,
    amount=1_480_000,
    digest="d" * 64,
)
NOTE = replace(INVOICE, kind=InvoiceKind.CREDIT_NOTE, corrects="NORTH-2026-000001", reason="As agreed", ads=[])
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100)
HOSTILE = [
    '#panic("x")',
    '#read("invoice.typ")',
    "$x$ *b* _i_ @ref <label> `raw`",
    ']]#eval("1")',
    "// comment /*",
    "\\u{41}",
]
MINUS = "\N{MINUS SIGN}"


def html(invoice: Invoice) -> str:
    return asyncio.run(DOCUMENTS.html(invoice)).html


def pdf(invoice: Invoice) -> bytes:
    return asyncio.run(DOCUMENTS.pdf(invoice))


def text(invoice: Invoice) -> str:
    pages = PdfReader(BytesIO(pdf(invoice))).pages
    return " ".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())


@pytest.mark.parametrize(("series", "expected"), [(1, "NORTH-2026-000007"), (2, "NORTH-2026-2-000007")])
def test_a_number_has_vendor_year_and_place(series, expected):
    assert number("NORTH", 2026, series, 7) == expected


def test_figures_have_the_decimals_that_they_need_and_add_up():
    said = told(INVOICE)

    assert said["rows"] == [["The tent", "1,204", "1.155555"], ["The bag", "12", "0.345000"]]
    assert said["sums"] == [
        ["Cost of the clicks", "1.500555"],
        ["Carried over from before", "0.005555"],
        ["Clicks found invalid, not charged", f"{MINUS}0.020000"],
        ["Carried over to the next charge", f"{MINUS}0.006110"],
    ]
    assert said["total"] == ["Total charged", "1.48 EUR"]


def test_a_currency_without_cents_has_none():
    said = told(
        replace(
            INVOICE,
            currency="JPY",
            ads=[AdClicks("A", 1, 3_000_000)],
            amount=3_000_000,
            carried_in=0,
            reversed=0,
            carried_out=0,
        )
    )

    assert (said["rows"], said["total"]) == ([["A", "1", "3"]], ["Total charged", "3 JPY"])


def test_days_are_those_of_the_account():
    facts = dict(told(INVOICE)["facts"])

    assert (facts["Issued"], facts["Clicks from"]) == ("2027-01-01", "2026-12-31 23:58")
    assert facts["Clicks to"] == "2027-01-01 00:01 (Europe/Berlin)"


def test_a_credit_of_finance_names_the_invoice():
    said = told(NOTE)

    assert said["title"] == "Credit note NORTH-2026-000001"
    assert said["rows"] == [["Credit for invoice NORTH-2026-000001", "\N{EN DASH}", "1.48"]]
    assert (said["sums"], said["total"]) == ([], ["Total credited", "1.48 EUR"])


@pytest.mark.parametrize("name", ["Zażółć gęślą jaźń", "Ελληνική Εταιρεία", "Жук и Ёлка", "Łódź Ærø Ñandú"])
def test_latin_greek_and_cyrillic_names_are_shown(name):
    whole = replace(INVOICE, account=name, campaign=name, ads=[AdClicks(name, 1, 1)])

    assert text(whole).count(name) == 3
    assert b"pdfuaid:part" in pdf(whole)  # which promises that every letter has a shape


@pytest.mark.parametrize("name", ["日本語の会社", "شركة عربية", "हिन्दी", "한국어", "ไทย", "🏕️ 😀", "\ue000", "a\u202eb"])
def test_names_in_other_scripts_make_a_document_all_the_same(name):
    whole = replace(INVOICE, account=name, issuer=name, ads=[AdClicks(name, 1, 1)])

    assert "1.48 EUR" in text(whole)
    assert html(whole).count(f"<bdi>{name}</bdi>") == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_whatever_it_says_to_typst(name):
    assert name in text(replace(INVOICE, account=name))
    assert name in text(replace(NOTE, reason=name))


def test_a_name_is_text_whatever_it_says_to_a_browser():
    name = '<script>alert(1)</script><style>*{}</style>" onload=x {{ 7 * 7 }}'
    page = html(replace(INVOICE, account=name, issuer=name, campaign=name, vendor_code=name, digest=name))

    assert (page.count("<script"), page.count("<style"), "49" in page) == (0, 1, False)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5


@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_any_name_makes_the_same_document_each_time(name):
    whole = replace(INVOICE, account=name, ads=[AdClicks(name, 1, 1)])

    assert pdf(whole) == pdf(whole)


def test_a_long_name_stays_on_the_page_and_long_lists_go_on():
    ads = [AdClicks(f"Ad {place:03}", place, place) for place in range(200)]
    whole = replace(INVOICE, account="W" * 100, issuer="M" * 500, campaign="W" * 80, ads=ads)
    pages = PdfReader(BytesIO(pdf(whole))).pages
    headed = [page.extract_text().count("Amount, EUR") for page in pages]

    assert headed == [1] * 7
    words = "\n".join(page.extract_text() for page in pages).replace("\u200b", "").split()
    assert max(map(len, words)) == len(INVOICE.digest)
