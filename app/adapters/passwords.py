"""Passwords: Argon2id in a bounded pool of threads, so that a rush of sign-ins cannot take all cores."""

from functools import cache

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2


class Argon2:
    """19 MiB, 2 passes, 1 lane (OWASP); an unknown user costs as much as a wrong password."""

    def __init__(self, memory_kib: int = 19 * 1024, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._nobody = _nobody(memory_kib, passes)
        self._limiter: CapacityLimiter | None = None

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._pool())

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password fits; without a hash the same work is done for the answer no."""
        fits = await to_thread.run_sync(self._fits, hashed or self._nobody, password, limiter=self._pool())
        return fits and hashed is not None

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _pool(self) -> CapacityLimiter:
        self._limiter = self._limiter or CapacityLimiter(AT_ONCE)  # needs a running loop
        return self._limiter


@cache
def _nobody(memory_kib: int, passes: int) -> str:
    """A hash that costs as much as a real one; made before anybody asks, so that not even the first answer differs."""
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1).hash("nobody has this password")
