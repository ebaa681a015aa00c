"""One-time links: made when a mail is sent, used once (SAFETY: 256 bit, hashed at rest, bound to a purpose)."""

from uuid import UUID

from sqlalchemy import bindparam, delete, select, update

from app.db.keys import Selection
from app.db.tables.identity import OneTimeLink
from app.db.work import Work
from app.domain.errors import InvalidInput, Refusal
from app.domain.identity import LIFETIMES, Purpose
from app.resolvers.identity.secret import LINK, digest, mint


def make(work: Work, purpose: Purpose, subject_id: UUID) -> str:
    """The secret of a new link; it is shown to nobody but in the mail."""
    secret = mint(LINK)
    link = OneTimeLink(purpose=purpose, subject_id=subject_id, secret_hash=digest(secret), created_at=work.now)
    link.expires_at = work.now + LIFETIMES[purpose]
    work.add(link)
    return secret


async def subject(work: Work, secret: str, purpose: Purpose) -> UUID:
    """What the link would open, to be locked before the link itself; a Refusal where it opens nothing."""
    given = {"digest": digest(secret), "purpose": purpose, "now": work.now}
    subject_id: UUID | None = await work.session.scalar(opened(), given)
    if subject_id is None:
        raise _nothing()
    return subject_id


async def redeem(work: Work, secret: str, purpose: Purpose) -> UUID:
    """What the link opens, now that it and all others for the same are used up; a Refusal where it opens nothing."""
    mine = update(OneTimeLink).where(OneTimeLink.secret_hash == digest(secret), OneTimeLink.purpose == purpose)
    mine = mine.where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > work.now)
    subject_id = await work.session.scalar(mine.values(used_at=work.now).returning(OneTimeLink.subject_id))
    if subject_id is None:
        raise _nothing()
    await void(work, purpose, subject_id)
    return subject_id


async def void(work: Work, purpose: Purpose, subject_id: UUID) -> None:
    """End the links that were mailed for this."""
    open_ = update(OneTimeLink).where(OneTimeLink.purpose == purpose, OneTimeLink.subject_id == subject_id)
    await work.session.execute(open_.where(OneTimeLink.used_at.is_(None)).values(used_at=work.now))


async def forget(work: Work) -> None:
    """Delete the links of letters that mute mail, past their time: every letter has one, and nothing refers to it."""
    old = delete(OneTimeLink).where(OneTimeLink.purpose == Purpose.LEAVING, OneTimeLink.expires_at <= work.now)
    await work.session.execute(old)


def opened() -> Selection:
    """What the link `digest` for the purpose `purpose` would open at the time `now`: for looking, not for acting."""
    rows = select(OneTimeLink.subject_id).where(OneTimeLink.secret_hash == bindparam("digest"))
    rows = rows.where(OneTimeLink.purpose == bindparam("purpose"), OneTimeLink.used_at.is_(None))
    return rows.where(OneTimeLink.expires_at > bindparam("now"))


def _nothing() -> Refusal:
    message = "This link is unknown, was used, or is past its time: ask for a new one."
    return Refusal(InvalidInput(message=message, path=("token",), constraint="one-time link"))
