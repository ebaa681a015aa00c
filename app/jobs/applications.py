"""Applications of the demonstration: what waits at the reviewers' desk, made as applicants make it."""

from collections.abc import Callable
from typing import Any

from app.db.work import Work
from app.domain.onboarding.paths import RegistrationPath
from app.domain.policy import BusinessCalendar
from app.resolvers.onboarding import application, review

VERA = {
    "person_name": "Vera Novak",
    "work_email": "vera@tidewater-media.example",
    "person_phone": "+12065550142",
    "company": "Tidewater Media",
}
# one that takes a client over from another agency (S35), one that waits for an answer (S74), one of a brand's own draft
TAKEOVER = {
    "brand_name": "Northpeak Outdoor",
    "contact_name": "Nils Berg",
    "contact_email": "nils@northpeak-outdoor.example",
    "contact_phone": "+4722555014",
    "vendor_code": "NORTHPEAK",
    "replaced_account": "Northpeak Outdoor",
    "replaced_agency": "Compass Media",
    "replaced_reason": "The client has changed agencies and would like to begin afresh.",
}
ASKED = {
    "brand_name": "Harbour Lights",
    "contact_name": "Lena Hart",
    "contact_email": "lena.hart@mail.example",
    "contact_phone": "+442079460018",
    "vendor_code": "HARBR",
}
QUESTION = "Which of your products are sold by us already? And please name somebody with an address at the brand."


async def apply(
    work: Work, vera: Callable[[Work], Work], olga: Callable[[Work], Work], calendar: BusinessCalendar
) -> None:
    """Vera applies twice and keeps a draft; Olga asks about one of hers."""
    await _submitted(vera(work), TAKEOVER, calendar)
    asked = await _submitted(vera(work), ASKED, calendar)
    await review.claim(olga(work), asked.id)
    await work.flush()
    await review.ask(olga(work), asked.id, QUESTION, None, calendar, secondary=True)
    await application.create(vera(work), RegistrationPath.VENDOR_CENTRAL)
    await work.flush()


async def _submitted(work: Work, brand: dict[str, str], calendar: BusinessCalendar) -> Any:
    made = await application.create(work, RegistrationPath.REPRESENT_VENDOR)
    await work.flush()
    await application.update(work, made.id, {**VERA, **brand}, None)
    await work.flush()
    sent = await application.submit(work, made.id, None, calendar)
    await work.flush()
    return sent
