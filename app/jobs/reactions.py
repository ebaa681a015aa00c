"""What follows from what: the one page of consequences across domains, each in the transaction of its event (law 3)."""

from app.domain.events import Event
from app.resolvers import notices
from app.resolvers.accounts import account
from app.resolvers.campaigns import stops
from app.resolvers.campaigns.effect import refresh_account

REACTIONS = {
    Event.USER_SIGNED_UP: (notices.ask_for_proof,),
    Event.PROOF_ASKED: (notices.ask_for_proof,),
    Event.PASSWORD_RESET_ASKED: (notices.offer_new_password,),
    Event.PRODUCT_OUT_OF_STOCK: (stops.stop_for_stock,),
    Event.PAYMENT_METHOD_ADDED: (account.release,),
    Event.LAST_CARD_REMOVED: (account.hold_without_card,),
    Event.ACCOUNT_HELD: (refresh_account,),
    Event.ACCOUNT_RELEASED: (refresh_account,),
    Event.ACCOUNT_SUSPENDED: (refresh_account,),
    Event.ACCOUNT_REINSTATED: (refresh_account,),
    Event.ACCOUNT_CLOSED: (refresh_account,),
}
