"""What tests of delivery share: ads as they are served, shoppers' browsers, and what was counted of them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from app.domain.delivery.token import NOBODY, ServedBid, shopper_of
from app.domain.metrics import Placement
from tests.conftest import Api
from tests.people import FEED, NOW, uid

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
BROWSER = {"user-agent": CHROME}
FIGURES = "impressions, clicks, unbilled_clicks, invalid_clicks, spend_micros"
VIEWS = "detail_page_views_after_click, detail_page_views_after_view"
TABLES = ("ad_event", "event_key", "metric_hour", "target_hour", "detail_page_view")


def bid(number: int = 1, ad: str = "tent-ad", shopper: str | None = None, **more: Any) -> ServedBid:
    """The winner of an auction of its own; without a shopper one of its own, too."""
    facts = {"rank": 1, "placement": Placement.SEARCH_RESULTS, "target": 0, "price": 250_000, "served_at": NOW, **more}
    facts.setdefault("shopper", NOBODY if shopper == "" else shopper_of(shopper or f"shopper {number}"))
    return ServedBid(auction_id=uuid5(UUID(int=0), f"auction {number}"), ad_id=uid(ad), **facts)


def token(api: Api, number: int = 1, served_at: datetime | None = None, **more: Any) -> str:
    """What the shop was answered with the ad, which is served now."""
    seals = api.installation.services.seals
    return seals.seal(bid(number, served_at=served_at or api.clock(), **more))


def get(api: Api, path: str, method: str = "GET", **headers: str) -> Any:
    """What a browser is answered; it follows no redirect here."""
    return api.request(method, path, headers={**BROWSER, **headers})


def see(api: Api, token: str, **headers: str) -> Any:
    return get(api, f"/v1/e/i/{token}", **headers)


def click(api: Api, token: str, **headers: str) -> Any:
    return get(api, f"/v1/c/{token}", **headers)


def seen_and_clicked(api: Api, token: str, after: float = 5) -> None:
    """A shopper looks at an ad, and clicks it some seconds later."""
    see(api, token)
    api.clock.pass_(seconds=after)
    click(api, token)


def item(kind: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "occurredAt": at.isoformat(), **fields}


def visit(at: datetime, event_id: str = "v1", sku: str = "N-1", shopper: str = "ann") -> dict[str, Any]:
    return item("DETAIL_PAGE_VIEW", at, eventId=event_id, sku=sku, opaqueUserId=shopper)


def report(api: Api, *items: Any, token: str | None = FEED, **headers: str) -> Any:
    authorization = {"authorization": f"Bearer {token}"} if token else {}
    return api.request("POST", "/v1/events", json={"events": list(items)}, headers={**authorization, **headers})


def forget_lines(api: Api) -> None:
    """The clicks of charges may come again: what keeps their lines for good goes first."""
    kept = {"sqlite": "charge_line_delete", "postgresql": "charge_line_kept ON charge_line"}
    api.write(f"DROP TRIGGER IF EXISTS {kept[api.installation.database.dialect.name]}")
    api.write("DELETE FROM charge_line")


def empty(api: Api) -> None:
    """Nothing was counted yet."""
    forget_lines(api)
    for table in TABLES:
        api.write(f"DELETE FROM {table}")
    api.write("UPDATE campaign SET spent_micros = 0, spent_today_micros = 0, spent_on = NULL")


def sums(api: Api, columns: str = FIGURES, table: str = "metric_hour") -> tuple[int, ...]:
    added = ", ".join(f"coalesce(sum({name}), 0)" for name in columns.split(", "))
    return tuple(map(int, api.rows(f"SELECT {added} FROM {table}")[0]))


def reasons(api: Api) -> list[str | None]:
    """Why events are invalid, in their order."""
    return [reason for (reason,) in api.rows("SELECT invalid FROM ad_event ORDER BY at, kind DESC")]
