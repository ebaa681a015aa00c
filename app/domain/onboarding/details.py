"""What an applicant tells: the form of each detail, and the warnings that advise and never refuse (S6, S10)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from app.domain.errors import Findings, InvalidInput, Problem
from app.domain.text import fold, line_problem, mailbox, text_problem

MOST_NOTE = 2_000
ALIKE = 0.75  # of two texts, by the longest runs they share
PERSONAL_MAIL = frozenset(
    {
        "aol.com",
        "fastmail.com",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "hotmail.co.uk",
        "hotmail.fr",
        "icloud.com",
        "live.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "outlook.com",
        "outlook.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "t-online.de",
        "web.de",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.de",
        "yahoo.fr",
        "yandex.ru",
        "zoho.com",
        "163.com",
        "126.com",
    }
)
SUFFIXES = frozenset(
    {"ac", "co", "com", "edu", "gov", "net", "or", "org"}
)  # second-level names below which a country registers
LINES = {
    "person_name": (("personal", "name"), "The name", 100),
    "company": (("personal", "company"), "The company", 100),
    "brand_name": (("brand", "brandName"), "The brand's name", 100),
    "contact_name": (("brand", "contactName"), "The contact's name", 100),
    "secondary_name": (("secondaryContact", "name"), "The contact's name", 100),
    "replaced_account": (("replacesAccountNotice", "existingAccountName"), "The account's name", 100),
    "replaced_agency": (("replacesAccountNotice", "previousAgency"), "The agency", 100),
}
VENDOR_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}")
EMAILS = {
    "work_email": ("personal", "workEmail"),
    "contact_email": ("brand", "contactEmail"),
    "secondary_email": ("secondaryContact", "email"),
}
PHONES = {
    "person_phone": ("personal", "phone"),
    "contact_phone": ("brand", "contactPhone"),
    "secondary_phone": ("secondaryContact", "phone"),
}
TEXTS = {
    "note": (("note",), "The note"),
    "replaced_reason": (("replacesAccountNotice", "reason"), "The reason"),
}


class RegistrationWarningCode(Enum):
    CONTACT_DOMAIN_UNLIKE_BRAND = "CONTACT_DOMAIN_UNLIKE_BRAND"
    PERSONAL_MAIL_DOMAIN = "PERSONAL_MAIL_DOMAIN"
    CONTACT_IS_APPLICANT = "CONTACT_IS_APPLICANT"


@dataclass(frozen=True)
class Warned:
    """Advice: what looks odd, and at which field."""

    code: RegistrationWarningCode
    message: str
    path: tuple[str, ...]


def check_details(found: Findings, given: Mapping[str, Any], email_problem: Any) -> None:
    """Collect what is wrong with the details given, by column; null clears one. *email_problem* judges an address."""
    present = {name: value for name, value in given.items() if value is not None}
    for name, value in present.items():
        if name in LINES:
            path, said, most = LINES[name]
            found.add(line_problem(value, *path, name=said, most=most))
        elif name in TEXTS:
            path, said = TEXTS[name]
            found.add(text_problem(value, *path, name=said, most=MOST_NOTE))
        elif name in EMAILS:
            found.add(email_problem(value, *EMAILS[name]))
        elif name in PHONES:
            found.add(phone_problem(value, *PHONES[name]))
        elif name == "vendor_code" and not VENDOR_CODE.fullmatch(value.strip()):
            message = "A vendor code has 1 to 40 letters, digits, dots, hyphens and underscores."
            found.invalid(message, "brand", "vendorCode", constraint=VENDOR_CODE.pattern)


def phone_problem(phone: str, *path: str) -> Problem | None:
    """A number that can be dialled from anywhere: international form, possible in its country."""
    if e164(phone) is not None:
        return None
    message = "Write the number in international form: +, country code, number, such as +1 206 555 0100."
    return InvalidInput(message=message, path=path, constraint="E.164 phone number")


def e164(phone: str) -> str | None:
    """The number as it is kept, +12065550100; None for what is none."""
    import phonenumbers

    try:
        number = phonenumbers.parse(phone[:60], None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def warnings(
    work_email: str | None, brand_name: str | None, contact_email: str | None, account_email: str | None
) -> Iterator[Warned]:
    """S10: a contact whose mail does not look like the brand's is worth a second look, by both sides."""
    if work_email and _domain(work_email) in PERSONAL_MAIL:
        message = "This looks like a private mailbox: a work address speeds the review up."
        yield Warned(RegistrationWarningCode.PERSONAL_MAIL_DOMAIN, message, ("personal", "workEmail"))
    if not contact_email:
        return
    path = ("brand", "contactEmail")
    if brand_name and not resembles(_domain(contact_email), brand_name):
        message = f"The domain of the contact's address does not look like {brand_name}: is it a person at the brand?"
        yield Warned(RegistrationWarningCode.CONTACT_DOMAIN_UNLIKE_BRAND, message, path)
    if mailbox(contact_email) in {mailbox(each) for each in (work_email, account_email) if each}:
        message = "The contact is you: name the person at the brand who authorises you."
        yield Warned(RegistrationWarningCode.CONTACT_IS_APPLICANT, message, path)


def resembles(domain: str, brand: str) -> bool:
    """Whether a mail domain could be the brand's: its name or a word of it, its initials, or something like them."""
    name = _letters(_registered(domain))
    words = [_letters(word) for word in fold(brand).split()]
    whole, initials = "".join(words), "".join(word[:1] for word in words)
    if not name or not whole:
        return False
    if name == whole or (len(initials) > 1 and name == initials):
        return True
    if any(len(word) > 2 and (word in name or (len(name) > 2 and name in word)) for word in words):
        return True
    return SequenceMatcher(None, name, whole).ratio() >= ALIKE


def _domain(address: str) -> str:
    return mailbox(address).rpartition("@")[2]


def _registered(domain: str) -> str:
    """The label that somebody registered: `example` of mail.example.com and of example.co.uk."""
    labels = domain.split(".")[:-1]
    while len(labels) > 1 and labels[-1] in SUFFIXES:
        labels.pop()
    return fold(labels[-1]) if labels else ""


def _letters(text: str) -> str:
    return "".join(each for each in text if each.isalnum())
