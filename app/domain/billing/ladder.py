"""The ladder of thresholds at which campaigns are charged (S63), as data."""

from dataclasses import dataclass
from enum import Enum

from app.domain.money import MICROS

PPM = 1_000_000


class LadderKind(Enum):
    """Which ladder an installation uses."""

    BUDGET = "budget"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Ladder:
    """Amounts in micros, one after the other; then *share* of the total budget (ppm), or the last amount for ever."""

    steps: tuple[int, ...]
    share: int | None = None

    def threshold(self, step: int, total_budget: int, unit: int) -> int:
        """The cost in micros at which a campaign on a step, 0 being the first, is charged: at least one *unit*."""
        if step < len(self.steps):
            return self.steps[step]
        if self.share is None:
            return self.steps[-1]
        return max(total_budget * self.share // PPM, unit)

    def climb(self, step: int) -> int:
        """The step after a charge that a threshold caused was paid."""
        return min(step + 1, len(self.steps))


LADDERS = {
    LadderKind.BUDGET: Ladder(tuple(each * MICROS for each in (1, 5, 10, 20, 40, 80)), share=PPM // 10),
    LadderKind.MONTHLY: Ladder(tuple(each * MICROS for each in (1, 50, 150, 200, 350, 500))),
}
"""Both close every month as well: what no threshold has caught by then is charged."""
