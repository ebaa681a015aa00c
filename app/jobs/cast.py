"""The people of the demonstration, and how they act in it."""

from collections.abc import Callable
from dataclasses import replace

from app.db.work import Work
from app.domain.access import Caller, Level, Via
from app.resolvers.identity import people

PASSWORD = "endcap-demonstration"  # noqa: S105 - printed for everybody to see
PEOPLE = {
    "ada@example.com": "Ada Brandt",
    "ben@example.com": "Ben Okafor",
    "olga@example.com": "Olga Reyes",
    "mia@example.com": "Mia Lindqvist",
    "vera@example.com": "Vera Novak",
    "finn@example.com": "Finn Dahl",
    "fay@example.com": "Fay Moreau",
}
STAFF = {
    "olga@example.com": [Level.OPERATOR, Level.MODERATOR, Level.REVIEWER],
    "mia@example.com": [Level.MODERATOR],
    "fay@example.com": [Level.FINANCE],
}
OPERATOR = Caller(name="Demonstration", via=Via.COMMAND_LINE)


async def caller(work: Work, email: str) -> Callable[[Work], Work]:
    """Makes a Work that of a person: what is done in it, they did."""
    user = await people.find_user(work, email)
    staff = frozenset(STAFF.get(email, ()))
    via = Via.STAFF if staff else Via.COMMAND_LINE  # members are not told who of the staff it was
    acting = Caller(user_id=user and user.id, name=PEOPLE[email], via=via, staff=staff)
    return lambda of: replace(of, caller=acting)
