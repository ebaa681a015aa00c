"""Which messages of the payment processor have had their effect; it delivers each at least once."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from app.db.tables.billing import GatewayMessage
from app.db.work import Work

KEPT = timedelta(days=30)  # longer than any processor tries to deliver a message


async def is_first(work: Work, id: str) -> bool:
    """Note a message; another delivery that is on its way is waited for."""
    insert = (postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    row = insert(GatewayMessage).values(id=id, received_at=work.now)
    noted = row.on_conflict_do_nothing().returning(GatewayMessage.id)
    return (await work.session.execute(noted)).first() is not None


async def forget(work: Work) -> None:
    """Delete the notes that are past their time."""
    await work.session.execute(delete(GatewayMessage).where(GatewayMessage.received_at < work.now - KEPT))
