"""Secrets that are shown once: 256 bit, of which only the SHA-256 is kept."""

from hashlib import sha256
from secrets import token_urlsafe

SESSION, API_TOKEN, INGEST_TOKEN = "ecs_", "eca_", "eci_"  # what a secret begins with says what it is for
LINK, STATE, UPLOAD, DOWNLOAD = "ecl_", "eco_", "ecu_", "ecd_"


def mint(prefix: str) -> str:
    return prefix + token_urlsafe(32)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
