"""The hours that a campaign lost: what its ads, its account and history say of when they could not be served."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.db.keys import Selection, any_of
from app.db.reader import Reader
from app.db.tables.accounts import Account
from app.db.tables.billing import PaymentMethod
from app.db.tables.campaigns import Ad
from app.db.tables.history import Change
from app.db.tables.moderation import ModerationCase
from app.domain.accounts import AccountStatus
from app.domain.billing.cards import PaymentMethodStatus
from app.domain.campaigns.status import ConfiguredStatus, ReasonCode
from app.domain.delivery import stoppages
from app.domain.delivery.causes import OF_STATUS, CauseKind
from app.domain.delivery.stoppages import SWITCHES, Span
from app.domain.events import Event

_SUCCESSOR = aliased(Ad)
_OF_SCHEDULE = {ReasonCode.ENDED, ReasonCode.NOT_STARTED}  # no obstacle: a flight that is over can be explained


def ads_of(campaign_id: UUID) -> Selection:
    """The ads of a campaign that were handed in, with when each was decided on and replaced."""
    # unscoped: of the campaign opened above
    rows = select(
        Ad.id, Ad.bid_micros, Ad.submitted_at, Ad.review_status, Ad.system_stop, Ad.stopped_at, Ad.configured_status
    )
    rows = rows.add_columns(Ad.reasons, ModerationCase.decided_at, _SUCCESSOR.created_at.label("replaced_at"))
    rows = rows.outerjoin_from(Ad, ModerationCase, ModerationCase.ad_id == Ad.id)
    rows = rows.outerjoin(_SUCCESSOR, _SUCCESSOR.replaces_id == Ad.id)
    return rows.where(Ad.campaign_id == campaign_id, Ad.submitted_at.is_not(None))


async def lost(
    reader: Reader, campaign: Any, ads: Sequence[Any], spans: Sequence[Span]
) -> Sequence[Mapping[CauseKind, Fraction]]:
    """The share of each day in which its ads could not be served, by the cause."""
    over = Span(spans[0].start, spans[-1].end)
    events = await _events(reader, [campaign.id, campaign.account_id, *(ad.id for ad in ads)])
    told = [each for id in (campaign.id, campaign.account_id) for each in events[id]]
    shared = [
        *stoppages.switched(told, over, _off_now(campaign)),
        *stoppages.scheduled(campaign.starts_at, campaign.ends_at, over),
        *await _cardless(reader, campaign.account_id, over),
    ]
    lives = [stoppages.life(_story(ad), shared, events[ad.id], over) for ad in ads]
    return stoppages.shares_lost([*stoppages.adless(lives, shared, over), *lives], spans)


async def _cardless(reader: Reader, account_id: UUID, over: Span) -> list[stoppages.Stop]:
    """When the account had no card that could be charged; a test account needs none (S28)."""
    confirmed = PaymentMethod.status != PaymentMethodStatus.ACTION_REQUIRED
    # unscoped: of the campaign opened above
    rows = select(Account.is_sandbox, PaymentMethod.added_at, PaymentMethod.removed_at, PaymentMethod.expires_on)
    rows = rows.outerjoin(PaymentMethod, (PaymentMethod.account_id == Account.id) & confirmed)  # unscoped: likewise
    known = await reader.rows(rows.where(Account.id == account_id))
    if known[0].is_sandbox:
        return []
    return stoppages.cardless([_had(each) for each in known if each.added_at], over)


def _had(card: Any) -> Span:
    """From when a card was there until it was removed, or its last day had passed (UTC)."""
    past = datetime.combine(card.expires_on + timedelta(days=1), time(), UTC)
    return Span(card.added_at, min(card.removed_at or past, past))


async def _events(reader: Reader, subjects: Sequence[UUID]) -> Mapping[UUID, list[tuple[datetime, Event]]]:
    # unscoped: the history of what was opened above
    rows = select(Change.subject_id, Change.at, Change.event).where(any_of(Change.subject_id, subjects))
    rows = rows.where(any_of(Change.event, list(SWITCHES))).order_by(Change.seq)
    found: defaultdict[UUID, list[tuple[datetime, Event]]] = defaultdict(list)
    for subject, at, event in await reader.rows(rows):
        found[subject].append((at, event))
    return found


_ACCOUNT = {
    AccountStatus.PAYMENT_HOLD: ReasonCode.ACCOUNT_PAYMENT_HOLD,
    AccountStatus.SUSPENDED: ReasonCode.ACCOUNT_SUSPENDED,
    AccountStatus.CLOSED: ReasonCode.ACCOUNT_CLOSED,
}


def _off_now(campaign: Any) -> set[ReasonCode]:
    paused = set() if campaign.configured_status is ConfiguredStatus.ENABLED else {ReasonCode.CAMPAIGN_PAUSED}
    return paused | ({_ACCOUNT[campaign.account_status]} if campaign.account_status in _ACCOUNT else set())


def _story(ad: Any) -> stoppages.Ad:
    return stoppages.Ad(
        submitted_at=ad.submitted_at,
        review=ad.review_status,
        decided_at=ad.decided_at,
        stop=ad.system_stop,
        stopped_at=ad.stopped_at,
        is_paused=ad.configured_status is not ConfiguredStatus.ENABLED,
        replaced_at=ad.replaced_at,
    )


def kept_from(campaign: Any, ads: Sequence[Any]) -> CauseKind | None:
    """What keeps all of the campaign from being served now: its own reason, or what most of its ads say."""
    reasons = [
        code for each in campaign.reasons if (code := ReasonCode(each)) in OF_STATUS and code not in _OF_SCHEDULE
    ]
    if not reasons:
        return None
    if reasons[0] is not ReasonCode.NO_APPROVED_AD:
        return OF_STATUS[reasons[0]]
    codes = [
        [code for each in ad.reasons if (code := ReasonCode(each)) in OF_STATUS] for ad in ads if not ad.replaced_at
    ]
    said = Counter(OF_STATUS[each[0]] for each in codes if each)
    return max(said, key=said.__getitem__, default=OF_STATUS[reasons[0]])
