"""Auctions as they were recorded, for operators."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.db.keys import Selection, any_of
from app.db.reads import RootOne
from app.db.tables.delivery import Auction
from app.domain.access import Scope


def auctions(scope: Scope, ids: Collection[UUID]) -> Selection:  # noqa: ARG001 - an operator sees all of them
    return select(*Auction.__table__.c).where(any_of(Auction.id, ids))


AUCTIONS = RootOne(auctions)
