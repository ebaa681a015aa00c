"""Items of reports: whatever is sent, each is an event, or refused by a field."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.reports import KNOWN, Rejected, Rejection, Report, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(["CLICK"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
ITEMS = VALUES | st.dictionaries(st.sampled_from([*KNOWN, "other"]), VALUES)


@given(ITEMS)
def test_an_item_is_a_report_or_malformed(item):
    read = parse(item)

    assert isinstance(read, Report) or (isinstance(read, Rejected) and read.reason is Rejection.MALFORMED)


@given(st.sampled_from(sorted(KNOWN)), VALUES.filter(lambda value: value is not None and not isinstance(value, str)))
def test_a_field_that_is_no_text_is_named(name, value):
    whole = {"kind": "CLICK", "occurredAt": "2026-11-20T12:00:00Z", "resolvedBidId": "x"}

    assert isinstance(parse(whole), Report)
    assert parse({**whole, name: value}).field == name
