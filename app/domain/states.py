"""A life cycle: which state may follow which, and what helps where a step is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

from app.domain.errors import IllegalTransition, Refusal

State = TypeVar("State", bound=Enum)


@dataclass(frozen=True)
class Lifecycle(Generic[State]):
    """A transition table; `instead` names the mutation that helps for a refused (state, attempted)."""

    noun: str
    next: Mapping[State, frozenset[State]]
    instead: Mapping[tuple[State, State], str] = field(default_factory=dict)

    def problem(self, state: State, to: State, *path: str) -> IllegalTransition | None:
        """Why the step from *state* to *to* is refused, or None."""
        if to in self.next[state]:
            return None
        allowed = tuple(sorted(each.value for each in self.next[state]))
        reach = f"from there it can become {' or '.join(allowed)}" if allowed else "nothing follows that state"
        return IllegalTransition(
            message=f"The {self.noun} is {state.value} and cannot become {to.value}: {reach}.",
            path=path,
            state=state.value,
            attempted=to.value,
            allowed=allowed,
            instead_use=self.instead.get((state, to)),
        )

    def advance(self, state: State, to: State, *path: str) -> State:
        """*to*, or a Refusal with the states that are allowed."""
        problem = self.problem(state, to, *path)
        if problem:
            raise Refusal(problem)
        return to
