"""What follows from what: the one page of consequences across domains, each in the transaction of its event (law 3)."""

from app.domain.events import Event
from app.resolvers import notices
from app.resolvers.accounts import account
from app.resolvers.campaigns import payment, stops
from app.resolvers.campaigns.effect import refresh_account, refresh_brand, refresh_charged, refresh_landing
from app.resolvers.delivery import reversing
from app.resolvers.moderation import desk

REACTIONS = {
    Event.USER_SIGNED_UP: (notices.ask_for_proof,),
    Event.PROOF_ASKED: (notices.ask_for_proof,),
    Event.PASSWORD_RESET_ASKED: (notices.offer_new_password,),
    Event.PRODUCT_OUT_OF_STOCK: (stops.stop_for_stock,),
    Event.PAYMENT_METHOD_ADDED: (account.release, refresh_charged),
    Event.PAYMENT_METHOD_CONFIRMED: (account.release, refresh_charged),
    Event.PAYMENT_METHOD_MADE_DEFAULT: (refresh_charged,),
    Event.PAYMENT_METHOD_REMOVED: (payment.let_go, refresh_charged),
    Event.PAYMENT_METHOD_EXPIRED: (refresh_charged,),
    Event.LAST_CARD_REMOVED: (account.hold_without_card,),
    Event.CLICKS_REVERSED: (reversing.take_back,),
    Event.CHARGE_GIVEN_UP: (stops.stop_for_billing,),
    Event.AD_SUBMITTED: (desk.wave_through,),
    Event.BRAND_APPROVED: (refresh_brand,),
    Event.ACCOUNT_HELD: (refresh_account,),
    Event.ACCOUNT_RELEASED: (refresh_account,),
    Event.ACCOUNT_SUSPENDED: (refresh_account,),
    Event.ACCOUNT_REINSTATED: (refresh_account,),
    Event.ACCOUNT_CLOSED: (refresh_account,),
    Event.PAGE_APPROVED: (refresh_landing,),
    Event.PAGE_PUBLISHED: (refresh_landing,),
    Event.PAGE_UNPUBLISHED: (refresh_landing,),
}
