"""Ads over HTTP: what is answered, and to whom."""

from datetime import timedelta

import pytest

from tests.api import test_landings as landings
from tests.api.test_feeds import REPORT, stock
from tests.conftest import Api
from tests.deciding import BANNER, LISTING, SEARCHED, SEARCHED_BAG, SHUT, ask, body, search_campaign, send, winners
from tests.moderating import decided
from tests.paging import published, wish
from tests.people import (
    BAG_AD,
    CASHIER,
    DRAFT_AD,
    EDITOR,
    FEED,
    ISLAND_AD,
    NORTH,
    OPERATOR,
    OTHER_FEED,
    TENT,
    TENT_AD,
    uid,
)

INTERESTS = "{ interests(first: 100) { nodes { id name } } }"
CREDIT = """mutation ($id: ID!, $limit: MoneyInput) {
  creditLimitSet(input: {accountId: $id, limit: $limit, reason: "Agreed"}) { userErrors { code message } } }"""
REFUSED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@pytest.fixture(scope="module")
def fill():
    return search_campaign


def codes(answer) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


def opened(api: Api, token: str):
    return api.installation.services.seals.open(token)


# ---- what is answered


def test_a_shop_gets_winners_with_what_to_show_and_where_to_report_it(api: Api):
    (result,) = ask(api, {**LISTING, "slots": 1}, requestId="r7", opaqueUserId="ann")
    (winner,) = result["winners"]
    token = winner["resolvedBidId"]

    assert (result["slotId"], result["error"]) == ("top", None)
    assert [winner[name] for name in ("rank", "adId", "productId")] == [1, SEARCHED, TENT]
    assert winner["impressionUrl"] == f"http://127.0.0.1:8000/v1/e/i/{token}"
    assert winner["clickUrl"] == f"http://127.0.0.1:8000/v1/c/{token}"
    assert (winner["content"]["title"], winner["content"]["headline"]) == ("The tent", "Take the tent along")
    assert "<h1>The tent</h1>" in winner["content"]["html"]
    assert winner["content"]["imageUrl"] is None


def test_the_token_seals_who_won_what_by_which_keyword_and_at_which_price(api: Api):
    first, second = ask(api, {**LISTING, "floorCpcMicros": 300_000})[0]["winners"]
    bid, other = (opened(api, each["resolvedBidId"]) for each in (first, second))

    assert (bid.ad_id, bid.rank, bid.target, bid.price, bid.placement.value) == (
        uid("search-tent"),
        1,
        1,
        500_000 + (uid("search-bag").int < uid("search-tent").int),
        "SEARCH_RESULTS",
    )
    assert (other.ad_id, other.rank, other.price, other.auction_id) == (uid("search-bag"), 2, 300_000, bid.auction_id)
    assert bid.served_at == api.clock.now


def test_no_price_is_in_clear(api: Api):
    answer = send(api, body({**LISTING, "floorCpcMicros": 123_456}))

    assert "123456" not in answer.text
    assert "icros" not in answer.text


def test_a_listing_is_found_by_its_words_and_negative_keywords_keep_it_away(api: Api):
    assert winners(api, LISTING) == [SEARCHED, SEARCHED_BAG]
    assert winners(api, {**LISTING, "searchQuery": "TENT!"}) == [SEARCHED, SHUT]
    assert winners(api, {**LISTING, "searchQuery": "lamp"}) == []


def test_a_category_is_searched_for_where_nothing_else_is(api: Api):
    assert winners(api, {**LISTING, "searchQuery": None, "category": "Tents"}) == [SEARCHED, SHUT]


def test_banners_are_for_anybody_or_for_those_who_have_an_interest(api: Api):
    everybody = sorted([TENT_AD, BAG_AD, ISLAND_AD])
    assert sorted(winners(api, BANNER)) == everybody
    approve_for(api, "Camping")

    assert sorted(winners(api, BANNER)) == everybody
    assert sorted(winners(api, {**BANNER, "interests": ["camping"]})) == sorted([*everybody, DRAFT_AD])
    assert DRAFT_AD in winners(api, {**BANNER, "category": "Camping"})
    assert DRAFT_AD not in winners(api, {**BANNER, "interests": ["Outdoors and sport"]})


def approve_for(api: Api, interest: str) -> None:
    """Hand an ad in for those who have an interest, and approve it."""
    (id,) = [each["id"] for each in api(INTERESTS, as_=EDITOR).data["interests"]["nodes"] if each["name"] == interest]
    document = "mutation ($input: AdUpdateInput!) { adUpdate(input: $input) { userErrors { code } } }"
    api(document, as_=EDITOR, input={"id": DRAFT_AD, "changes": {"interestIds": [id]}})
    decided(api)
    api.run(api.installation.services.delivery.keeper.look)


def test_an_unknown_interest_is_an_error_of_its_slot_alone(api: Api):
    wrong, right = ask(api, {**BANNER, "interests": ["Nonsense"]}, LISTING)

    assert (wrong["winners"], wrong["auctionId"]) == ([], None)
    assert wrong["error"] == "No such interest: Nonsense. Take ids or names from the query interests."
    assert [winner["adId"] for winner in right["winners"]] == [SEARCHED, SEARCHED_BAG]


def test_no_product_is_shown_twice_in_an_answer(api: Api):
    top, side = ask(api, LISTING, BANNER)
    products = [winner["productId"] for result in (top, side) for winner in result["winners"]]

    assert len(products) == len(set(products)) == 3


def test_what_a_page_shows_already_is_not_shown_again(api: Api):
    assert winners(api, {**LISTING, "excludeProductIds": [TENT]}) == [SEARCHED_BAG]


@pytest.mark.parametrize(("page", "shown"), [("search", True), ("brand", False)])
def test_an_image_is_shown_where_it_suits_the_placement(api: Api, page, shown):
    _, bag = ask(api, LISTING, page={"type": page})[0]["winners"]
    url = f"http://127.0.0.1:8000/assets/{uid('picture')}"

    assert bag["content"]["imageUrl"] == (url if shown else None)
    assert (url in bag["content"]["html"]) is shown


def test_the_same_request_gets_the_same_answer_for_an_hour(api: Api):
    first = send(api, body(LISTING))
    api.clock.pass_(minutes=59)
    again = send(api, body(LISTING))
    api.clock.pass_(minutes=2)
    later = send(api, body(LISTING))

    assert (again.content == first.content, later.content == first.content) == (True, False)
    assert later.json()["results"][0]["auctionId"] == first.json()["results"][0]["auctionId"]


def test_another_request_is_another_auction(api: Api):
    assert ask(api, LISTING)[0]["auctionId"] != ask(api, LISTING)[0]["auctionId"]


def test_a_shopper_is_served_an_ad_no_more_often_than_is_set(api: Api, configured):
    few = configured(frequency_cap=2)
    seen = [winners(few, {**LISTING, "slots": 1}, opaqueUserId="ann") for _ in range(3)]

    assert seen == [[SEARCHED], [SEARCHED], [SEARCHED_BAG]]
    assert winners(few, {**LISTING, "slots": 1}, opaqueUserId="ben") == [SEARCHED]
    few.clock.pass_(days=1)
    assert winners(few, {**LISTING, "slots": 1}, opaqueUserId="ann") == [SEARCHED]


def test_who_bids_less_than_the_least_price_is_not_shown(api: Api, configured):
    assert winners(configured(bid_reserve="0.55"), LISTING) == [SEARCHED]


def test_ads_in_another_currency_are_no_candidates(api: Api, configured):
    assert winners(configured(default_currency="EUR"), LISTING) == []


def test_the_clock_alone_begins_and_ends_a_campaign(api: Api):
    api.write("UPDATE campaign SET ends_at = '2026-11-20 12:05:00+00:00' WHERE name = 'Search'")
    assert winners(api, LISTING) == [SEARCHED, SEARCHED_BAG]
    api.clock.pass_(minutes=5)

    assert winners(api, LISTING) == []


# ---- explaining


def test_an_operators_key_has_it_explained(api: Api):
    (result,) = ask(api, {**LISTING, "slots": 1}, explain=True)
    entries = result["explanation"]["entries"]

    assert result["explanation"]["reserveMicros"] == 10_000
    assert [(entry["adId"], entry["outcome"], entry["bidMicros"]) for entry in entries] == [
        (SEARCHED, "WON", 600_000),
        (SEARCHED_BAG, "OUTRANKED", 500_000),
        (SHUT, "NEGATIVE_KEYWORD", 400_000),
    ]
    assert (entries[0]["rank"], entries[1]["priceMicros"], entries[1]["neededMicros"] >= 600_000) == (1, None, True)


def test_others_have_nothing_explained(api: Api):
    api.write("""UPDATE ingest_token SET scopes = '["ads:serve"]' WHERE name = 'feed'""")
    answer = send(api, body(LISTING, explain=True))

    assert (answer.status_code, codes(answer)) == (403, ["MISSING_SCOPE"])
    assert send(api, body(LISTING)).status_code == 200


# ---- who may ask


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        (None, 401, "UNAUTHENTICATED"),
        ("", 401, "UNAUTHENTICATED"),
        ("eci_unknown", 401, "UNAUTHENTICATED"),
        (EDITOR.token, 401, "UNAUTHENTICATED"),
        (OTHER_FEED, 403, "MISSING_SCOPE"),
    ],
)
def test_only_a_token_of_the_retailers_own_may_ask(api: Api, token, status, code):
    answer = send(api, body(LISTING), token)

    assert (answer.status_code, codes(answer)) == (status, [code])
    assert {name: answer.headers[name] for name in REFUSED} == REFUSED


def test_a_token_that_was_made_a_moment_ago_may_ask(api: Api):
    winners(api, LISTING)
    api.write("UPDATE ingest_token SET token_hash = :digest WHERE name = 'other-feed'", digest="0" * 64)
    made = api.run(_made, api)

    assert send(api, body(LISTING), made).status_code == 200


async def _made(api: Api) -> str:
    from app.db.work import transaction
    from app.domain.access import EVERYTHING, OPERATOR
    from app.resolvers.identity.tokens import create_feed

    async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock.now, "test") as work:
        return (await create_feed(work, "shop", ["ads:serve"], api.clock.now + timedelta(hours=1)))[1]


def test_a_token_that_has_expired_may_not(api: Api):
    made = api.run(_made, api)
    assert send(api, body(LISTING), made).status_code == 200
    api.clock.pass_(hours=1)

    assert send(api, body(LISTING), made).status_code == 401


def test_the_use_of_a_token_is_noted(api: Api):
    api.clock.pass_(minutes=5)
    winners(api, LISTING)
    api.run(api.installation.services.delivery.recorder.write)

    assert str(api.rows("SELECT last_used_at FROM ingest_token WHERE name = 'feed'")[0][0])[:16] == "2026-11-20 12:05"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"host": "evil.example"}, 421, "HOST_NOT_ALLOWED"),
        ({"origin": "https://evil.example"}, 403, "CSRF"),
        ({"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-encoding": "gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_the_gate_refuses_as_it_does_elsewhere(api: Api, headers, status, code):
    answer = send(api, body(LISTING), **headers)

    assert (answer.status_code, codes(answer)) == (status, [code])


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ([], 400, "BATCHING_DISABLED"),
        ("text", 400, "BAD_REQUEST"),
        ({**body(LISTING), "requestId": "a\0b"}, 400, "BAD_REQUEST"),
        ({**body(LISTING), "device": "x" * 300_000}, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_a_body_that_is_none_is_refused(api: Api, sent, status, code):
    answer = send(api, sent)

    assert (answer.status_code, codes(answer)) == (status, [code])


def test_every_field_that_is_wrong_is_named_by_its_path_with_its_limit(api: Api):
    answer = send(api, {"page": {"type": "home"}, "auctions": [{**LISTING, "slots": 0}]})
    told = [(error["path"], error["extensions"].get("constraint")) for error in answer.json()["errors"]]

    assert (answer.status_code, set(codes(answer))) == (400, {"INVALID"})
    assert told == [
        (["requestId"], "required"),
        (["page", "type"], "search, product, brand, partner, email"),
        (["auctions", 0, "slots"], "1 <= value <= 20"),
    ]


def test_a_page_of_an_allowed_origin_may_ask(api: Api):
    answer = send(api, body(LISTING), origin="http://127.0.0.1:8000")

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "http://127.0.0.1:8000")


def test_other_methods_are_not_allowed(api: Api):
    assert api.request("GET", "/v1/auctions").status_code == 405


def test_a_stock_out_is_in_force(api: Api):
    assert winners(api, LISTING) == [SEARCHED, SEARCHED_BAG]
    assert api(REPORT, as_=FEED, items=[stock("N-1")]).errors == []
    api.run(api.installation.services.delivery.keeper.look)

    assert winners(api, LISTING) == [SEARCHED_BAG]
    assert TENT_AD not in winners(api, BANNER)


BARRED = [
    "UPDATE account SET status = 'SUSPENDED' WHERE name_key = 'north'",
    "UPDATE account SET status = 'PAYMENT_HOLD' WHERE name_key = 'north'",
    "UPDATE account SET status = 'CLOSED' WHERE name_key = 'north'",
    "UPDATE brand SET approved = false",
    "UPDATE campaign SET configured_status = 'PAUSED' WHERE name = 'Search'",
    "UPDATE campaign SET configured_status = 'ARCHIVED' WHERE name = 'Search'",
    "UPDATE campaign SET spent_micros = total_budget_micros WHERE name = 'Search'",
    "UPDATE campaign SET starts_at = '2027-01-01 00:00:00.000000' WHERE name = 'Search'",
    *(f"UPDATE ad SET review_status = '{status}'" for status in ("DRAFT", "IN_MODERATION", "REJECTED")),
    "UPDATE ad SET configured_status = 'PAUSED'",
    *(f"UPDATE ad SET system_stop = '{stop}'" for stop in ("OUT_OF_STOCK", "POLICY", "BILLING")),
]


@pytest.mark.parametrize("state", BARRED)
def test_what_is_not_eligible_is_served_in_no_auction(api: Api, state):  # I10
    api.write(state)

    assert winners(api, LISTING) == []


def test_a_suspension_is_in_force_and_so_is_its_end(api: Api):
    assert winners(api, LISTING) == [SEARCHED, SEARCHED_BAG]
    for wish_, shown in (("accountSuspend", []), ("accountReinstate", [SEARCHED, SEARCHED_BAG])):
        document = f'mutation {{ it: {wish_}(input: {{id: "{NORTH}", reason: "R"}}) {{ userErrors {{ code }} }} }}'
        assert api(document, as_=OPERATOR).data["it"]["userErrors"] == []
        api.run(api.installation.services.delivery.keeper.look)
        assert winners(api, LISTING) == shown


def test_an_account_that_has_spent_its_credit_is_not_served_until_it_may_owe_more(api: Api):
    assert winners(api, LISTING) == [SEARCHED, SEARCHED_BAG]
    set_credit(api, 0)
    assert winners(api, LISTING) == []

    set_credit(api, 1_000_000)
    assert winners(api, LISTING) == [SEARCHED, SEARCHED_BAG]


def set_credit(api: Api, micros: int) -> None:
    answer = api(CREDIT, as_=CASHIER, id=NORTH, limit={"micros": str(micros), "currency": "USD"})
    assert answer.data["creditLimitSet"]["userErrors"] == []
    api.run(api.installation.services.delivery.keeper.look)


def test_an_ad_leads_to_a_page_while_that_is_public(api: Api):  # S47
    page, other = published(api), body(LISTING, requestId="before")
    assert send(api, other).status_code == 200  # what auctions know is made before the ad
    id = landings.approved(api, landings.searching(api), page)
    api.run(api.installation.services.delivery.keeper.look)
    (shown,) = [each for each in ask(api, LISTING)[0]["winners"] if each["adId"] == id]
    assert shown["productId"] is None
    wish(api, "Unpublish", id=page)
    api.run(api.installation.services.delivery.keeper.look)
    assert id not in winners(api, LISTING)

    wish(api, "Publish", id=page)
    api.run(api.installation.services.delivery.keeper.look)
    assert id in winners(api, LISTING)


def test_of_two_ads_of_a_page_the_better_is_shown(api: Api):
    page, campaign = published(api), landings.searching(api)
    ids = {landings.approved(api, campaign, page) for _ in range(2)}

    assert len(ids & {*winners(api, LISTING)}) == 1
