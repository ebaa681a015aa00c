"""The history of an account: its changes in their order, and taking one back."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.orm import aliased

from app.db.history import LocalDay, Settled
from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import One, RootOne, RootPaged
from app.db.scope import find, missing, opened
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.history import Change
from app.db.tables.identity import User
from app.db.work import Work, plain
from app.domain import history as rules
from app.domain.access import Scope, Via
from app.domain.campaigns.status import AdFacts, ConfiguredStatus
from app.domain.errors import Conflict, Refusal
from app.domain.events import Event
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns import campaign as campaigns
from app.resolvers.identity.reads import desk
from app.resolvers.metrics import Days

# ---- reads


def changes(
    scope: Scope,  # noqa: ARG001 - `look` asks it
    account_id: UUID,
    since_seq: int | None = None,
    subject_types: Collection[str] | None = None,
    subject_ids: Collection[UUID] | None = None,
    actor_user_ids: Collection[UUID] | None = None,
    actions: Collection[str] | None = None,
    days: Days | None = None,
) -> Selection:
    """The changes of an account that nothing earlier can come before any more."""
    rows = _changes().where(Change.account_id == account_id, Settled(Change.horizon))
    if since_seq is not None:
        rows = rows.where(Change.seq > since_seq)
    if subject_ids is not None:
        rows = rows.where(any_of(Change.subject_id, subject_ids), any_of(Change.subject_type, subject_types))
    if actor_user_ids is not None:
        rows = rows.where(any_of(Change.actor_user_id, actor_user_ids), Change.via != Via.STAFF)
    if actions is not None:
        rows = rows.where(any_of(Change.action, actions))
    if days is not None:
        # unscoped: the account opened above
        zone = select(Account.time_zone).where(Account.id == account_id).scalar_subquery()
        rows = rows.where(LocalDay(Change.at, zone).between(days.first, days.last))
    return rows


def changes_by_ids(scope: Scope, ids: Collection[UUID]) -> Selection:
    rows = _changes().where(any_of(Change.id, ids))
    return rows if scope.everything else rows.where(any_of(Change.account_id, scope.permitted))


def change_of(where: Condition) -> Selection:
    return _changes().where(where(Change.id))


def actor_of(where: Condition) -> Selection:
    """A person who changed something, by the change; staff are not named."""
    seen = (Change.id.label("change_id"), literal(None, User.id.type).label("account_id"), desk())
    # unscoped: below a change
    rows = select(*User.__table__.c, *seen).join_from(Change, User, User.id == Change.actor_user_id)
    return rows.where(where(Change.id), Change.via != Via.STAFF)


def _changes() -> Selection:
    """Changes with what their subject is now, as far as that can be taken back."""
    rows = select(*Change.__table__.c, *(column.label(name) for name, column in CURRENT.items()))
    rows = rows.outerjoin(OWN, OWN.id == Change.subject_id).outerjoin(Ad, Ad.id == Change.subject_id)
    # unscoped: what a change shows of its own subject
    return rows.select_from(Change).outerjoin(OF_AD, OF_AD.id == Ad.campaign_id)


OWN, OF_AD = aliased(Campaign), aliased(Campaign)  # unscoped: likewise
CURRENT: dict[str, Any] = {
    **{f"now_{name}": getattr(OWN, name) for name in rules.FIELDS},
    "now_configured_status": OWN.configured_status,
    "now_currency": OWN.currency,
    "ad_configured_status": Ad.configured_status,
    "ad_review_status": Ad.review_status,
    "ad_system_stop": Ad.system_stop,
    "ad_campaign_status": OF_AD.configured_status,
}
"""The columns that say what a subject is now."""
STATE = "configured_status"


def now_of(values: Mapping[str, Any]) -> rules.Now:
    """What a row of a change says of its subject now."""
    if values["ad_configured_status"] is not None:
        facts = AdFacts(*(values[f"ad_{name}"] for name in ("configured_status", "review_status", "system_stop")))
        known = {STATE: facts.configured.value}
        return rules.Now(known, values["ad_campaign_status"], facts)
    known = {name: plain(values[f"now_{name}"]) for name in (*rules.FIELDS, STATE)}
    return rules.Now(known, values["now_configured_status"])


def look(scope: Scope, account_id: UUID, **_: Any) -> None:
    """Refuse an account that the scope does not open."""
    opened(scope, account_id, "accountId")


CHANGES = RootPaged(changes, orders={None: Order(("seq",))}, check=look)
CHANGES_BY_IDS = RootOne(changes_by_ids)
REVERTED = One(change_of, key="id", of="reverts_id")
ACTOR = One(actor_of, key="change_id")


# ---- taking back


async def revert(work: Work, id: UUID) -> UUID:
    """Take a change back by the wish that undoes it, under all the rules of that; the key of the new change."""
    change, current = await _found(work, id)
    work.reverts = change.id, change.seq
    problem = rules.revert_problem(change.event, change.after, now_of(current))
    if problem:
        raise Refusal(replace(problem, path=(rules.AT,)))
    try:
        await _undo(work, change, current)
    except Refusal as refusal:
        raise Refusal(*(replace(each, path=(rules.AT,)) for each in refusal.problems)) from None
    if not work.history.pending:
        message = "Nothing would change: a budget cannot go below what is spent."
        raise Refusal(Conflict(message=message, path=(rules.AT,)))
    return work.history.pending[-1]["id"]


async def _found(work: Work, id: UUID) -> tuple[Change, Mapping[str, Any]]:
    """The change, and what its subject is now: a campaign is locked for that."""
    change = await _visible(work, id)
    work.scope.admit(change.account_id, rules.AT)  # type: ignore[arg-type] - visible ones have an account
    if change.subject_type == "Campaign" and change.event in rules.REVERTIBLE:
        await find(work, Campaign, change.subject_id, rules.AT)
    rows = await work.session.execute(_changes().where(Change.id == id))
    return change, dict(rows.mappings().one())


async def _visible(work: Work, id: UUID) -> Change:
    rows = select(Change).where(Change.id == id)  # unscoped: narrowed below
    rows = rows if work.scope.everything else rows.where(any_of(Change.account_id, work.scope.visible))
    change = await work.session.scalar(rows)
    if change is None:
        raise missing(Change, rules.AT)
    return change


async def _undo(work: Work, change: Change, current: Mapping[str, Any]) -> None:
    if change.event is Event.CAMPAIGN_UPDATED:
        changes = rules.undoing(change.before or {}, current["now_currency"])
        await campaigns.update(work, change.subject_id, changes, None)
        return
    house, to = ads if change.event in rules.OF_ADS else campaigns, rules.SWITCHES[change.event]
    await (house.pause if to is ConfiguredStatus.PAUSED else house.resume)(work, change.subject_id)
