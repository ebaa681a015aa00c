"""Secrets that are shown once: 256 bit, of which only the SHA-256 is kept."""

from hashlib import sha256
from secrets import token_urlsafe

SESSION, API_TOKEN, LINK, STATE, UPLOAD = "ecs_", "eca_", "ecl_", "eco_", "ecu_"  # what it begins with says what for


def mint(prefix: str) -> str:
    return prefix + token_urlsafe(32)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
