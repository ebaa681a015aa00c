"""Passes: each opens one thing, to one holder, for an hour."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.passes import PASS_TIME, issue, sealed
from tests.people import NOW

SUBJECT, HOLDER, KEY = UUID(int=1), UUID(int=2), "ecd_key"
PASS = issue(KEY, SUBJECT, HOLDER, NOW)


def test_a_pass_says_what_it_opens_for_whom_and_until_when():
    read = sealed(PASS)

    assert (read.given.subject_id, read.given.holder_id) == (SUBJECT, HOLDER)
    assert read.given.expires_at == NOW + PASS_TIME == NOW + timedelta(hours=1)
    assert [read.fits(key) for key in (KEY, "ecd_other", "")] == [True, False, False]


@given(st.integers(0, len(PASS) - 1), st.characters(codec="ascii"))
def test_a_pass_with_another_letter_opens_nothing(place, letter):
    changed = PASS[:place] + letter + PASS[place + 1 :]
    read = sealed(changed)

    assert changed == PASS or read is None or not read.fits(KEY)


@pytest.mark.parametrize("text", ["", "=", "é", "A" * 117, PASS + "=", PASS[:-1], PASS + "A", "_" * len(PASS)])
def test_whatever_is_no_pass_is_none(text):
    read = sealed(text)

    assert read is None or not read.fits(KEY)
