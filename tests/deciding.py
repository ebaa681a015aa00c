"""What tests of deciding share: asking for ads as a shop does, and a search campaign beside the world's banners."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.assets import Asset
from app.db.tables.campaigns import Ad, Keyword
from app.domain.assets import AssetStatus
from app.domain.campaigns.status import CampaignKind, EffectiveStatus, ReviewStatus
from app.domain.campaigns.targeting import MatchType
from app.wiring import Installation
from tests.conftest import Api
from tests.people import FEED, NOW, _ad, _campaign, gid, uid

BANNER = {"slotId": "side", "type": "banners", "slots": 5}
LISTING = {"slotId": "top", "type": "listings", "slots": 5, "searchQuery": "red tents"}
SEARCHED, SEARCHED_BAG, SHUT = (gid("Ad", name) for name in ("search-tent", "search-bag", "search-stove"))
SEARCH = gid("Campaign", "search")


async def search_campaign(installation: Installation) -> None:
    """A search campaign of NORTH: a tent for 0.60, a bag for 0.50, a stove for 0.40 that is kept from "red"."""
    async with AsyncSession(installation.database.writer) as session, session.begin():
        session.add_all([_picture(), _campaign("search", "north", "Search", 4, [], kind=CampaignKind.SPONSORED_SEARCH)])
        await session.flush()
        ads = [_draft(*each) for each in (("tent", 0, 600_000), ("bag", 1, 500_000), ("stove", 2, 400_000))]
        session.add_all(ads)
        await session.flush()
        session.add_all(_keywords())
        await session.flush()
        for ad in ads:
            ad.review_status, ad.submitted_at = ReviewStatus.APPROVED, NOW


def _draft(product: str, order: int, bid: int) -> Ad:
    ad = _ad(f"search-{product}", "north", "search", product, order, [], effective_status=EffectiveStatus.RUNNING)
    ad.bid_micros, ad.image_id = bid, uid("picture") if product == "bag" else None
    return ad


def _picture() -> Asset:
    """An image that suits search results, and no brand's Page."""
    facts = {"status": AssetStatus.READY, "filename": "bag.png", "content_type": "image/png", "created_at": NOW}
    facts |= {"width": 400, "height": 300, "bytes": 9, "sha256": "0" * 64, "upload_expires_at": NOW}
    return Asset(id=uid("picture"), account_id=uid("north"), created_by=uid("editor"), **facts)


def _keyword(ad: str, place: int, text: str, match: MatchType, bid: int | None = None) -> Keyword:
    facts = {"place": place, "text": text, "match": match, "bid_micros": bid, "currency": "USD"}
    return Keyword(id=uid(f"{ad} {place}"), ad_id=uid(ad), **facts)


def _keywords() -> list[Keyword]:
    return [
        _keyword("search-tent", 0, "red tent", MatchType.PHRASE),
        _keyword("search-tent", 1, "tent", MatchType.EXACT, 700_000),
        _keyword("search-bag", 0, "tent red", MatchType.BROAD),
        _keyword("search-stove", 0, "tent", MatchType.BROAD),
        _keyword("search-stove", 1, "red", MatchType.NEGATIVE_PHRASE),
    ]


def body(*auctions: Any, **fields: Any) -> dict[str, Any]:
    return {"requestId": "r1", "page": {"type": "search"}, "auctions": list(auctions or [BANNER]), **fields}


def send(api: Api, sent: Any = None, token: str | None = FEED, **headers: str) -> Any:
    """The response to a request for ads."""
    authorization = {"authorization": f"Bearer {token}"} if token else {}
    content = body() if sent is None else sent
    return api.request("POST", "/v1/auctions", json=content, headers={**authorization, **headers})


def ask(api: Api, *auctions: Any, **fields: Any) -> list[Any]:
    """The results for slots that are asked for, each time under another id."""
    ask.number = getattr(ask, "number", 0) + 1
    answer = send(api, body(*auctions, **{"requestId": f"request {ask.number}", **fields}))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def winners(api: Api, *auctions: Any, **fields: Any) -> list[str]:
    """The ads in the first of these slots."""
    return [winner["adId"] for winner in ask(api, *auctions, **fields)[0]["winners"]]


def eventually(api: Api, holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold, while the process goes on looking."""
    for _ in range(200):
        if holds():
            return True
        api.run(asyncio.sleep, 0.05)
    return False


def recorded(api: Api) -> None:
    """Have what was decided written now."""
    api.run(api.installation.services.delivery.recorder.write)
