"""Learning-rate schedules, in absolute steps only.

A schedule relative to the budget would make a run's first steps depend on its budget, and one run
could no longer answer every smaller one.
"""

from dataclasses import dataclass
from math import cos, pi

from seqmem.core.errors import InputError, unknown

FLOOR = 0.01
KINDS = ("constant", "cosine", "halve", "linear", "warmup")
EXAMPLE = (
    "'constant', 'cosine 2000 steps', 'linear 2000 steps', 'halve 500 steps', 'warmup 100 steps'"
)


@dataclass(frozen=True)
class Schedule:
    """A factor on the learning rate as a function of the step.

    ``cosine`` and ``linear`` fall from 1 to 0.01 over the given steps and stay there; ``halve`` halves the rate
    after every so many steps; ``warmup`` rises linearly over them.

    >>> [Schedule("warmup", 4).factor(step) for step in (0, 1, 3, 9)]
    [0.25, 0.5, 1.0, 1.0]
    >>> [Schedule("halve", 10).factor(step) for step in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """

    kind: str = "constant"
    steps: int = 0

    def factor(self, step: int) -> float:
        """Return the factor at a step, counted from 0."""
        if self.kind == "constant":
            return 1.0
        if self.kind == "halve":
            return 0.5 ** (step // self.steps)
        if self.kind == "warmup":
            return min(1.0, (step + 1) / self.steps)
        done = min(1.0, step / self.steps)
        shape = (1 + cos(pi * done)) / 2 if self.kind == "cosine" else 1 - done
        return FLOOR + (1 - FLOOR) * shape

    def __str__(self) -> str:
        return self.kind if self.kind == "constant" else f"{self.kind} {self.steps} steps"


CONSTANT = Schedule()


def parse_schedule(text: "str | Schedule") -> Schedule:
    """Return the schedule that a text like ``"cosine 2000 steps"`` names.

    Raises
    ------
    InputError
        If the kind is unknown, or the length is not a positive number of steps.
    """
    if isinstance(text, Schedule):
        return text
    kind, _, length = str(text).strip().partition(" ")
    if kind not in KINDS:
        raise unknown("learning-rate schedule", kind, KINDS)
    if kind == "constant" and not length:
        return CONSTANT
    number, _, unit = length.strip().partition(" ")
    if unit.strip() != "steps":
        raise InputError(
            f"schedule {text!r}: its length must be in steps, never relative to the budget: {EXAMPLE}"
        )
    if kind == "constant" or not number.isdecimal() or int(number) < 1:
        raise InputError(f"schedule {text!r} is not one of {EXAMPLE}")
    return Schedule(kind, int(number))
