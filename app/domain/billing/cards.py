"""Cards: what is kept of one, which of them can be charged, and what must never be taken for a token."""

import re
import unicodedata
from datetime import date, timedelta
from enum import Enum

from app.domain.billing.numbers import fits_luhn, quotes_card_number
from app.domain.errors import AccessDenied, Conflict, Findings, InvalidInput, LimitExceeded, Problem
from app.domain.states import Lifecycle
from app.domain.text import line_problem

MOST_CARDS = 20
AHEAD = timedelta(days=30)
"""How long before its last day a card's end is told."""
SHORTEST, LONGEST = 12, 19  # digits of a card number (ISO/IEC 7812)
DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d)+")  # with what people put between them


class CardBrand(Enum):
    VISA = "VISA"
    MASTERCARD = "MASTERCARD"
    AMERICAN_EXPRESS = "AMERICAN_EXPRESS"
    DISCOVER = "DISCOVER"
    DINERS_CLUB = "DINERS_CLUB"
    JCB = "JCB"
    UNIONPAY = "UNIONPAY"
    OTHER = "OTHER"


class CardFunding(Enum):
    CREDIT = "CREDIT"
    DEBIT = "DEBIT"
    PREPAID = "PREPAID"
    UNKNOWN = "UNKNOWN"


TAKEN = tuple(
    (brand, funding)
    for brand in CardBrand
    for funding in (CardFunding.CREDIT, CardFunding.DEBIT)
    if brand is not CardBrand.OTHER
)
"""All major credit and debit cards (S67)."""


class PaymentMethodStatus(Enum):
    ACTION_REQUIRED = "ACTION_REQUIRED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REMOVED = "REMOVED"


PAYMENT_METHOD = Lifecycle(
    "payment method",
    {
        PaymentMethodStatus.ACTION_REQUIRED: frozenset(
            {PaymentMethodStatus.ACTIVE, PaymentMethodStatus.EXPIRED, PaymentMethodStatus.REMOVED}
        ),
        PaymentMethodStatus.ACTIVE: frozenset({PaymentMethodStatus.EXPIRED, PaymentMethodStatus.REMOVED}),
        PaymentMethodStatus.EXPIRED: frozenset({PaymentMethodStatus.REMOVED}),
        PaymentMethodStatus.REMOVED: frozenset(),
    },
    instead={
        (state, PaymentMethodStatus.ACTIVE): "paymentMethodAdd"
        for state in (PaymentMethodStatus.EXPIRED, PaymentMethodStatus.REMOVED)
    },
)


def method_status(stored: PaymentMethodStatus, expires_on: date, today: date) -> PaymentMethodStatus:
    """The status a reader sees: past its last day a card is EXPIRED, by time alone."""
    late = stored is not PaymentMethodStatus.REMOVED and expires_on < today
    return PaymentMethodStatus.EXPIRED if late else stored


def charge_problem(status: PaymentMethodStatus, *path: str) -> Problem | None:
    """Why nothing can be charged to a card of this status, as a reader sees it."""
    if status is PaymentMethodStatus.ACTIVE:
        return None
    if status is not PaymentMethodStatus.ACTION_REQUIRED:
        return PAYMENT_METHOD.problem(status, PaymentMethodStatus.ACTIVE, *path)
    return Conflict(message="The card's holder has to confirm it first, at its confirmationUrl.", path=path)


def choice_problem(have: str | None, *path: str) -> AccessDenied:
    """A card other than the account's default is chosen by ADMINs alone (S23, S85); *have* is the caller's level."""
    message = "Another payment method than the account's default is an ADMIN's choice: leave it out, or ask an ADMIN."
    return AccessDenied(message=message, path=path, required="ADMIN", have=have)


def holds_card_number(text: str) -> bool:
    """Whether 12 to 19 digits in a row, whatever separates them, could be a card's number (Luhn)."""
    plain = unicodedata.normalize("NFKC", text)
    return any(_holds_number([unicodedata.digit(c) for c in run if c.isdigit()]) for run in DIGITS.findall(plain))


def _holds_number(digits: list[int]) -> bool:
    lengths = range(SHORTEST, LONGEST + 1)
    return any(fits_luhn(digits[at : at + n]) for n in lengths for at in range(len(digits) - n + 1))


def check_token(token: str) -> None:
    """Refuse what is no processor's token; a card number goes no further than here (S67)."""
    found = Findings()
    found.add(line_problem(token, "processorToken", name="The token", most=255))
    found.settle()
    if holds_card_number(token):
        found.add(number_problem("processorToken"))
    found.settle()


def check_text(found: Findings, text: str, *path: str) -> None:
    """Add what is wrong where people wrote a card number into some text."""
    if quotes_card_number(text):
        found.add(number_problem(*path))


def number_problem(*path: str) -> Problem:
    message = "That looks like a card number: give it to the payment processor only, and send us its token."
    return InvalidInput(message=message, path=path, constraint="no card number")


def room_problem(count: int) -> Problem | None:
    if count < MOST_CARDS:
        return None
    message = f"An account has at most {MOST_CARDS} payment methods: remove one first."
    return LimitExceeded(message=message, path=("accountId",), limit=MOST_CARDS)


def default_leaves_problem(others: int) -> Problem | None:
    """The default is left by a choice, never by accident: another is made the default before it is removed."""
    if not others:
        return None
    message = "This is the account's default: make another payment method the default first (paymentMethodSetDefault)."
    return Conflict(message=message, path=("id",))
