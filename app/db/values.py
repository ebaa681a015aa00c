"""Values on their way between Python and a driver."""

from collections.abc import Callable, Sequence
from typing import Any


def made_once(make: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """What is made of each; of equal ones once."""
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]
