"""Invalid traffic: one table of who is no shopper, and where each rule begins."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.traffic import (
    CLICKS,
    VIEWS,
    Earlier,
    InvalidTraffic,
    Rate,
    Rates,
    is_bot,
    of_click,
    of_request,
    of_view,
)

NOW = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)
SEEN = NOW - timedelta(seconds=5)
SHOPPERS = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
        "Mobile/15E148 Safari/604.1"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0 Mobile Safari/537.36",
]
BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/8.1.2",
    "python-requests/2.31.0",
    "GPTBot/1.2",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
    "",
]
FEW = Rate(shopper=2, address=2)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def clicks(count: int, **time: float) -> tuple[datetime, ...]:
    return (ago(**time),) * count


@pytest.mark.parametrize("agent", SHOPPERS)
def test_browsers_are_shoppers(agent):
    assert not is_bot(agent)


@pytest.mark.parametrize("agent", BOTS)
def test_programs_are_none(agent):
    assert is_bot(agent)


@pytest.mark.parametrize(
    ("headers", "in_last_minute", "reason"),
    [
        ({}, 2, None),
        ({"sec-purpose": ""}, 1, None),
        ({}, 3, InvalidTraffic.ADDRESS_RATE),
        ({"sec-purpose": "prefetch"}, 3, InvalidTraffic.PREFETCH),
        ({"sec-purpose": "Prefetch;prerender"}, 1, InvalidTraffic.PREFETCH),
        ({"purpose": "prefetch"}, 1, InvalidTraffic.PREFETCH),
        ({"x-purpose": "preview"}, 1, InvalidTraffic.PREFETCH),
        ({"x-moz": "prefetch"}, 1, InvalidTraffic.PREFETCH),
        ({"user-agent": BOTS[0], "purpose": "prefetch"}, 3, InvalidTraffic.KNOWN_BOT),
    ],
)
def test_a_request_is_judged_by_its_headers_then_by_its_address(headers, in_last_minute, reason):
    assert of_request({"user-agent": SHOPPERS[0], **headers}, in_last_minute, FEW) is reason


@pytest.mark.parametrize(
    ("earlier", "reason"),
    [
        (Earlier(SEEN), None),
        (Earlier(None), InvalidTraffic.NO_IMPRESSION),
        (Earlier(ago(milliseconds=300)), None),
        (Earlier(ago(milliseconds=299)), InvalidTraffic.TOO_FAST),
        (Earlier(NOW + timedelta(seconds=1)), InvalidTraffic.TOO_FAST),
        (Earlier(SEEN, same=clicks(1, seconds=10)), None),
        (Earlier(SEEN, same=clicks(1, seconds=9.999)), InvalidTraffic.REPEATED),
        (Earlier(SEEN, same=clicks(1, seconds=-9.999)), InvalidTraffic.REPEATED),
        (Earlier(SEEN, moments=clicks(1, seconds=1)), None),
        (Earlier(SEEN, moments=clicks(CLICKS.shopper - 1, seconds=59)), None),
        (Earlier(SEEN, moments=clicks(CLICKS.shopper, seconds=60)), None),
        (Earlier(SEEN, moments=clicks(CLICKS.shopper, seconds=59)), InvalidTraffic.SHOPPER_RATE),
        (Earlier(None, moments=clicks(CLICKS.shopper, seconds=59)), InvalidTraffic.SHOPPER_RATE),
    ],
)
def test_a_click_is_judged_by_what_came_before_it(earlier, reason):
    assert of_click(NOW, earlier) is reason


@pytest.mark.parametrize(("count", "reason"), [(VIEWS.shopper - 1, None), (VIEWS.shopper, InvalidTraffic.SHOPPER_RATE)])
def test_a_view_is_judged_by_how_many_there_were_in_a_minute(count, reason):
    assert of_view(NOW, Earlier(moments=clicks(count, seconds=30))) is reason


@given(st.text(st.characters(exclude_categories=()), max_size=600), st.dictionaries(st.text(), st.text(), max_size=3))
def test_no_header_is_a_fault(agent, headers):
    assert of_request({**headers, "user-agent": agent}, 0, FEW) in {None, *InvalidTraffic}


def test_addresses_are_counted_by_the_minute():
    rates = Rates()
    counts = [rates.count(address, NOW + timedelta(seconds=s)) for address, s in [("a", 0), ("a", 59), ("b", 59)]]

    assert counts == [1, 2, 1]
    assert rates.count("a", NOW + timedelta(minutes=1)) == 1
