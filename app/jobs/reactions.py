"""What follows from what: the one page of consequences across domains, each in the transaction of its event (law 3)."""

from app.domain.events import Event
from app.resolvers import notices
from app.resolvers.campaigns import stops

REACTIONS = {
    Event.USER_SIGNED_UP: (notices.ask_for_proof,),
    Event.PROOF_ASKED: (notices.ask_for_proof,),
    Event.PASSWORD_RESET_ASKED: (notices.offer_new_password,),
    Event.PRODUCT_OUT_OF_STOCK: (stops.stop_for_stock,),
}
