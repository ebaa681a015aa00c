"""The retailer's business days: its weekends and public holidays, and days of its own."""

from collections.abc import Callable, Collection
from datetime import date

SATURDAY = 5


def business_days(place: str, closed_on: Collection[str]) -> Callable[[date], bool]:
    """Whether a day is one of business: at a *place* (DE, US-CA; empty: Monday to Friday), but for further days."""
    closed = {date.fromisoformat(each) for each in closed_on}
    works = _works(place)
    return lambda day: day not in closed and works(day)


def _works(place: str) -> Callable[[date], bool]:
    if not place:
        return lambda day: day.weekday() < SATURDAY
    from holidays import country_holidays  # takes a second

    country, _, part = place.partition("-")
    return country_holidays(country, subdiv=part or None).is_working_day
