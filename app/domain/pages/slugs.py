"""Addresses of Pages: the part of a URL that names a brand, in one normal form (S39)."""

import re
import unicodedata

from app.domain.errors import Conflict, InvalidInput, LimitExceeded, Problem

LEAST, MOST = 3, 60
MOST_FORMER = 10
"""Earlier addresses of a Page that lead to it: they are never given to another."""
_RESERVED = """
about account accounts admin administrator ads advertise api app assets billing brand brands cart checkout contact css
demo docs edit endcap error faq favicon graphql health help home images img index js legal live login logout metrics
moderation moderator new null official page pages password preview privacy product products register robots search
security settings shop sign-in sign-up sitemap staff static status store support system terms test undefined
unsubscribe user users welcome www
"""
RESERVED = frozenset(_RESERVED.split())
NORMAL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def normal(text: str) -> str:
    """The normal form of a text: a to z, 0 to 9 and single hyphens; empty where nothing of it can be written so."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def slug_problem(slug: str, *path: str) -> Problem | None:
    """Why a text cannot be an address: its form, its length, or a word that is not a brand's."""
    form = normal(slug)[:MOST].strip("-")
    if slug != form or len(form) < LEAST:
        advice = f": write it as {form}" if len(form) >= LEAST else ""
        message = f"An address has {LEAST} to {MOST} of the characters a to z, 0 to 9 and single hyphens{advice}."
        return InvalidInput(message=message, path=path, constraint=f"{NORMAL.pattern}, {LEAST} <= length <= {MOST}")
    if slug in RESERVED or slug.isdigit():
        message = f"The address {slug} is reserved: take one that names the brand."
        return InvalidInput(message=message, path=path, constraint="not reserved")
    return None


def taken_problem(*path: str) -> Problem:
    """Somebody else's, now or earlier: what led to one brand never comes to lead to another."""
    return Conflict(message="The address belongs to another brand's Page, or once did: take another.", path=path)


def former_problem(former: int, *path: str) -> Problem | None:
    """A Page keeps a bounded number of earlier addresses."""
    if former < MOST_FORMER:
        return None
    message = f"The Page has {MOST_FORMER} earlier addresses, which all lead to it: take one of these again."
    return LimitExceeded(message=message, path=path, limit=MOST_FORMER)
