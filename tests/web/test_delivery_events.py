"""Beacons, clicks and reports over HTTP: what shoppers' browsers and shops get, and what counts of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.resolvers.delivery import collecting
from tests.conftest import Api
from tests.people import EDITOR, FEED, NOW, OTHER_FEED
from tests.serving import (
    BROWSER,
    click,
    empty,
    get,
    item,
    reasons,
    report,
    see,
    seen_and_clicked,
    sums,
    token,
    visit,
)

NOTHING = (0, 0, 0, 0, 0)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture(autouse=True)
def nothing_counted(api: Api) -> None:
    empty(api)


# ---- impressions


def test_an_impression_is_a_pixel_and_counts_once(api: Api):
    answers = [see(api, token(api)) for _ in range(3)]

    assert {(each.status_code, each.headers["content-type"], each.content[:6]) for each in answers} == {
        (200, "image/gif", b"GIF89a")
    }
    assert answers[0].headers["cache-control"] == "no-store"
    assert sums(api) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + "xy"[t[-1] == "x"], lambda _: "x", lambda t: t + "x", "%00".format]
)
def test_a_broken_token_has_its_pixel_and_counts_nothing(api: Api, change):
    answer = see(api, change(token(api)))

    assert (answer.status_code, answer.content[:6]) == (200, b"GIF89a")
    assert sums(api) == NOTHING


def test_an_impression_is_taken_for_an_hour(api: Api):
    first, second = token(api, 1), token(api, 2)
    api.clock.pass_(hours=1)
    see(api, first)
    api.clock.pass_(seconds=1)
    see(api, second)

    assert sums(api) == (1, 0, 0, 0, 0)


def test_whoever_only_asks_for_headers_has_seen_nothing(api: Api):
    assert get(api, f"/v1/e/i/{token(api)}", "HEAD").status_code == 200
    assert sums(api) == NOTHING


def test_under_a_foreign_name_nothing_counts(api: Api):
    answers = [see(api, token(api), host="other.example"), click(api, token(api), host="other.example")]

    assert [each.status_code for each in answers] == [421, 421]
    assert (answers[0].content[:6], sums(api)) == (b"GIF89a", NOTHING)


# ---- clicks


def test_a_click_leads_to_the_ads_own_page_and_costs_its_price(api: Api):
    see(api, token(api))
    api.clock.pass_(seconds=5)
    answer = click(api, token(api, served_at=NOW))

    assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.example/products/N-1")
    assert answer.headers["cache-control"] == "no-store"
    assert sums(api) == (1, 1, 0, 0, 250_000)
    assert api.rows("SELECT spent_micros FROM campaign WHERE name = 'Spring'") == [(250_000,)]


def test_a_click_counts_once_and_always_lands(api: Api):
    shown = token(api)
    seen_and_clicked(api, shown)
    api.clock.pass_(minutes=5)
    again = [click(api, shown) for _ in range(2)]

    assert [each.status_code for each in again] == [302, 302]
    assert sums(api) == (1, 1, 0, 0, 250_000)


@pytest.mark.parametrize("what", ["system_stop = 'POLICY'", "configured_status = 'PAUSED'"])
def test_the_click_of_a_stopped_ad_lands_and_counts(api: Api, what):
    shown = token(api)
    see(api, shown)
    api.write(f"UPDATE ad SET {what} WHERE title = 'The tent'")
    api.clock.pass_(seconds=5)

    assert click(api, shown).status_code == 302
    assert sums(api) == (1, 1, 0, 0, 250_000)


def test_a_click_after_a_day_lands_and_counts_nothing(api: Api):
    shown = token(api)
    see(api, shown)
    api.clock.pass_(days=1, seconds=1)

    assert click(api, shown).status_code == 302
    assert sums(api) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "path", ["x", "https://evil.example", "%2F%2Fevil.example", "A" * 108, "?to=https://evil.example"]
)
def test_a_forged_click_leads_nowhere(api: Api, path):
    answer = click(api, path)

    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_ten_thousand_forgeries_lead_nowhere(api: Api):
    shown = token(api)
    forged = {shown[:place] + letter + shown[place + 1 :] for place in range(108) for letter in "Ab9_"} - {shown}
    opened = [api.installation.services.seals.open(each) for each in forged]

    assert (len(opened) > 400, set(opened)) == (True, {None})
    assert click(api, next(iter(forged))).status_code == 404
    assert sums(api) == NOTHING


def test_the_ad_of_another_account_is_told_by_the_token_alone(api: Api):
    seen_and_clicked(api, token(api, 1))
    seen_and_clicked(api, token(api, 2, ad="island-ad"))

    accounts = "SELECT display_name, spend_micros FROM metric_hour JOIN account ON account.id = account_id ORDER BY 1"
    assert [(name, spend) for name, spend in api.rows(accounts) if spend] == [("North", 250_000), ("South", 250_000)]


# ---- no shoppers


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"user-agent": GOOGLEBOT}, "KNOWN_BOT"),
        ({"user-agent": ""}, "KNOWN_BOT"),
        ({"sec-purpose": "prefetch;prerender"}, "PREFETCH"),
        ({"purpose": "prefetch"}, "PREFETCH"),
        ({"x-moz": "prefetch"}, "PREFETCH"),
    ],
)
def test_a_bots_click_lands_is_counted_apart_and_costs_nothing(api: Api, headers, reason):
    see(api, token(api))
    api.clock.pass_(seconds=5)
    answer = click(api, token(api, served_at=NOW), **headers)

    assert answer.status_code == 302
    assert (sums(api), reasons(api)) == ((1, 0, 0, 1, 0), [None, reason])
    assert api.rows("SELECT charged_micros FROM ad_event WHERE kind = 'CLICK'") == [(0,)]


def test_a_click_on_what_was_not_seen_or_just_appeared_is_no_shoppers(api: Api):
    click(api, token(api, 1))
    seen_and_clicked(api, token(api, 2), after=0.2)
    seen_and_clicked(api, token(api, 3), after=0.3)

    assert sums(api) == (2, 1, 0, 2, 250_000)
    assert [each for each in reasons(api) if each] == ["NO_IMPRESSION", "TOO_FAST"]


def test_a_shoppers_second_click_on_an_ad_within_ten_seconds_is_the_first_one_again(api: Api):
    for number in range(4):
        seen_and_clicked(api, token(api, number, shopper="ann"), after=3)

    assert sums(api) == (4, 1, 0, 3, 250_000)
    assert [each for each in reasons(api) if each] == ["REPEATED"] * 3


def test_an_address_that_clicks_too_often_is_no_shopper(api: Api):
    for number in range(205):
        see(api, token(api, number))
    api.clock.pass_(minutes=1)
    for number in range(205):
        click(api, token(api, number, served_at=NOW))

    assert sums(api) == (205, 200, 0, 5, 200 * 250_000)


# ---- reports


def test_a_report_is_counted_item_by_item(api: Api):
    shown, at = token(api, 1), NOW + timedelta(seconds=5)
    api.clock.pass_(minutes=1)
    answer = report(
        api,
        item("IMPRESSION", NOW, resolvedBidId=shown),
        item("CLICK", at, resolvedBidId=shown),
        item("CLICK", at, resolvedBidId=shown),
        item("CLICK", at, resolvedBidId="forged", eventId="mine"),
        item("CLICK", at),
        visit(at),
    )

    assert (answer.status_code, sums(api)) == (200, (1, 1, 0, 0, 250_000))
    told = answer.json()
    assert (told["accepted"], told["duplicates"]) == (3, 1)
    assert [(each["index"], each["eventId"], each["reason"], each["field"]) for each in told["rejected"]] == [
        (3, "mine", "UNKNOWN_BID", "resolvedBidId"),
        (4, "4", "MALFORMED", "resolvedBidId"),
    ]


def test_a_report_sent_again_counts_once(api: Api):
    items = [item("IMPRESSION", NOW, resolvedBidId=token(api, number)) for number in range(20)]
    answers = [report(api, *each).json() for each in (items[:15], items, items)]

    assert [(each["accepted"], each["duplicates"]) for each in answers] == [(15, 0), (5, 15), (0, 20)]
    assert sums(api) == (20, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"kind": "VIEW"}, "kind"),
        ({"kind": 1}, "kind"),
        ({"kind": []}, "kind"),
        ({"kind": {}}, "kind"),
        ({"occurredAt": []}, "occurredAt"),
        ({"occurredAt": "noon"}, "occurredAt"),
        ({"occurredAt": "2026-11-20T12:00:00"}, "occurredAt"),
        ({"occurredAt": None}, "occurredAt"),
        ({"occurredAt": "2026-11-20T12:06:00Z"}, "occurredAt"),
        ({"occurredAt": "0001-01-01T00:00:00+14:00"}, "occurredAt"),
        ({"occurredAt": "2026-11-20T11:00:00Z"}, "occurredAt"),
        ({"resolvedBidId": 7}, "resolvedBidId"),
        ({"opaqueUserId": "x" * 129}, "opaqueUserId"),
        ({"price": 1}, None),
    ],
)
def test_a_malformed_item_is_refused_by_its_field(api: Api, broken, field):
    good = item("IMPRESSION", NOW, resolvedBidId=token(api))
    answer = report(api, {**good, **broken}, good)

    assert answer.json()["accepted"] == 1
    (refused,) = answer.json()["rejected"]
    assert (refused["index"], refused["reason"], refused["field"]) == (0, "MALFORMED", field)


@pytest.mark.parametrize("missing", ["eventId", "sku", "opaqueUserId"])
def test_a_visit_names_its_id_its_product_and_its_shopper(api: Api, missing):
    answer = report(api, {**visit(NOW), missing: None}, visit(NOW))

    assert (answer.json()["accepted"], answer.json()["rejected"][0]["field"]) == (1, missing)


def test_a_late_report_is_taken_for_72_hours(api: Api):
    shown = [item("IMPRESSION", NOW, resolvedBidId=token(api, number)) for number in range(2)]
    api.clock.pass_(hours=71, minutes=59)
    taken = report(api, shown[0]).json()
    api.clock.pass_(minutes=1)
    late = report(api, shown[1]).json()

    assert (taken["accepted"], late["accepted"], late["rejected"][0]["reason"]) == (1, 0, "TOO_OLD")
    assert sums(api) == (1, 0, 0, 0, 0)


def test_what_happened_too_long_after_serving_has_expired(api: Api):
    shown = token(api)
    api.clock.pass_(hours=30)
    moments = {"IMPRESSION": timedelta(hours=1, seconds=1), "CLICK": timedelta(hours=24, seconds=1)}
    answer = report(api, *(item(kind, NOW + late, resolvedBidId=shown) for kind, late in moments.items())).json()

    assert [each["reason"] for each in answer["rejected"]] == ["EXPIRED", "EXPIRED"]
    assert sums(api) == NOTHING


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [
        (None, 401, "UNAUTHENTICATED"),
        ("eci_unknown", 401, "UNAUTHENTICATED"),
        (EDITOR.token, 401, "UNAUTHENTICATED"),
        (OTHER_FEED, 403, "MISSING_SCOPE"),
    ],
)
def test_only_a_feeds_token_with_the_scope_may_report(api: Api, secret, status, code):
    answer = report(api, item("IMPRESSION", NOW, resolvedBidId=token(api)), token=secret)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert sums(api) == NOTHING


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"events": {}}', {}, 400),
        (b'{"events": []}', {}, 400),
        (b'{"events": [1], "event": []}', {}, 400),
        (b'{"events": ' + b"[" * 40 + b"]" * 40 + b"}", {}, 400),
        (b'{"events": [' + b"1," * 1000 + b"1]}", {}, 413),
        (b'{"events": ["' + b"x" * 4_194_304 + b'"]}', {}, 413),
        (b'{"events": [1]}', {"content-type": "text/plain"}, 415),
        (b'{"events": [1]}', {"content-encoding": "gzip"}, 415),
        (b'{"events": [1]}', {"host": "other.example"}, 421),
    ],
)
def test_what_is_no_report_is_refused_as_a_whole(api: Api, body, headers, status):
    sent = {"authorization": f"Bearer {FEED}", "content-type": "application/json", **headers}
    answer = api.request("POST", "/v1/events", content=body, headers=sent)

    assert (answer.status_code, "errors" in answer.json()) == (status, True)


# ---- group commit


def at_once(api: Api, paths: list[str]) -> list[Any]:
    async def run() -> list[Any]:
        return await asyncio.gather(*(api._request("GET", path, {"headers": BROWSER}) for path in paths))

    return api.run(run)


def test_what_comes_at_once_is_kept_in_a_few_transactions(api: Api):
    paths = [f"/v1/e/i/{token(api, number)}" for number in range(100)]
    api.statements.clear()
    answers = at_once(api, paths + paths[:50])
    inserted = [each for each in api.statements if each.startswith("INSERT INTO event_key")]

    assert {each.status_code for each in answers} == {200}
    assert (sums(api), len(inserted) <= 10) == ((100, 0, 0, 0, 0), True)


def test_more_than_can_be_counted_soon_is_refused_and_not_lost_in_silence(api: Api, monkeypatch):
    monkeypatch.setattr(collecting, "MOST_WAITING", 10)
    answers = at_once(api, [f"/v1/e/i/{token(api, number)}" for number in range(20)])
    kept = [each.status_code for each in answers].count(200)

    assert {each.status_code for each in answers} == {200, 503}
    assert {each.content[:6] for each in answers} == {b"GIF89a"}
    assert sums(api)[0] == kept


def test_an_event_that_cannot_be_kept_keeps_no_other_from_it(api: Api, monkeypatch):
    count = collecting.count

    async def failing(work: Any, events: Any, *more: Any) -> Any:
        if any(each.position == 7 for each in events):
            raise ValueError("the seventh")
        return await count(work, events, *more)

    monkeypatch.setattr(collecting, "count", failing)
    with pytest.raises(ValueError, match="the seventh"):
        at_once(api, [f"/v1/e/i/{token(api, rank, rank=rank)}" for rank in range(1, 11)])
    api.run(asyncio.sleep, 0.2)

    assert sums(api) == (9, 0, 0, 0, 0)


def test_while_the_database_is_away_clicks_land_and_beacons_say_so(api: Api, monkeypatch):
    async def away(*_: Any) -> Any:
        raise OSError

    monkeypatch.setattr(collecting, "count", away)
    shown = token(api)
    seen, clicked = see(api, shown), click(api, shown)
    reported = report(api, item("IMPRESSION", NOW, resolvedBidId=shown))

    assert [each.status_code for each in (seen, clicked, reported)] == [503, 302, 503]
    assert (seen.content[:6], seen.headers["retry-after"]) == (b"GIF89a", "1")
    assert sums(api) == NOTHING


def test_prices_and_shoppers_are_no_part_of_any_answer(api: Api):
    shown = token(api, price=987_654)
    told = report(api, item("IMPRESSION", NOW, resolvedBidId=shown)).text

    assert "987654" not in told
    assert replace(api.installation.services.seals.open(shown), price=0).price == 0
