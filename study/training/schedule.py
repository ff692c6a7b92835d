"""Learning-rate schedules, in absolute steps only.

A schedule relative to the budget would make a run's first steps depend on its budget, and one run
could no longer answer every smaller one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

from seqmem.core.errors import InputError, unknown

FLOOR = 0.01


@dataclass(frozen=True)
class ScheduleKind:
    """A shape of learning-rate schedules.

    Parameters
    ----------
    factor : callable
        Takes a step, counted from 0, and the length of the schedule in steps. Returns the factor
        on the learning rate.
    help : str
        One line about the schedule, for help texts and tables.
    example : str
        A schedule of this kind as text.
    """

    factor: Callable[[int, int], float]
    help: str
    example: str


def _between(start: float) -> float:
    """Return a factor that falls from 1 to `FLOOR` as the argument falls from 1 to 0."""
    return FLOOR + (1 - FLOOR) * start


def _done(step: int, steps: int) -> float:
    """Return the part of a schedule that is over at a step, at most 1."""
    return min(1.0, step / steps)


KINDS: dict[str, ScheduleKind] = {
    "constant": ScheduleKind(lambda step, steps: 1.0, "no change", "constant"),
    "cosine": ScheduleKind(
        lambda step, steps: _between((1 + cos(pi * _done(step, steps))) / 2),
        "falls to 1 % along a half cosine over so many steps and stays there",
        "cosine 2000 steps",
    ),
    "halve": ScheduleKind(
        lambda step, steps: 0.5 ** (step // steps),
        "halves after every so many steps",
        "halve 500 steps",
    ),
    "linear": ScheduleKind(
        lambda step, steps: _between(1 - _done(step, steps)),
        "falls to 1 % along a line over so many steps and stays there",
        "linear 2000 steps",
    ),
    "warmup": ScheduleKind(
        lambda step, steps: min(1.0, (step + 1) / steps),
        "rises along a line over so many steps and stays there",
        "warmup 100 steps",
    ),
}
# Between a warm-up and a decay.
JOINT = " + "
COMBINED = f"warmup 100 steps{JOINT}cosine 2000 steps"
SCHEDULE_EXAMPLES = ", ".join(map(repr, [*(kind.example for kind in KINDS.values()), COMBINED]))


@dataclass(frozen=True)
class Schedule:
    """A factor on the learning rate as a function of the step.

    Parameters
    ----------
    kind : str
        A name in `KINDS`.
    steps : int
        Length of the schedule in optimizer steps.
    other : Schedule, optional
        A second schedule, whose factor multiplies.

    Examples
    --------
    >>> [Schedule("warmup", 4).factor(step) for step in (0, 1, 3, 9)]
    [0.25, 0.5, 1.0, 1.0]
    >>> [Schedule("halve", 10).factor(step) for step in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    >>> str(Schedule("warmup", 4, Schedule("halve", 10)))
    'warmup 4 steps + halve 10 steps'
    """

    kind: str = "constant"
    steps: int = 0
    other: "Schedule | None" = None

    def factor(self, step: int) -> float:
        """Return the factor at a step, counted from 0."""
        own = KINDS[self.kind].factor(step, self.steps)
        return own if self.other is None else own * self.other.factor(step)

    def __str__(self) -> str:
        own = self.kind if self.kind == "constant" else f"{self.kind} {self.steps} steps"
        return own if self.other is None else f"{own}{JOINT}{self.other}"


CONSTANT = Schedule()


def parse_schedule(text: "str | Schedule") -> Schedule:
    """Return the schedule that a text like ``"cosine 2000 steps"`` names.

    A warm-up may be followed by ``+`` and a decay: ``"warmup 100 steps + cosine 2000 steps"``. The
    factors multiply.

    Parameters
    ----------
    text : str or Schedule
        A schedule is returned as it is.

    Raises
    ------
    InputError
        If the kind is unknown, the length is not a positive number of steps, or the schedules do
        not combine.
    """
    if isinstance(text, Schedule):
        return text
    first, plus, second = str(text).partition("+")
    if not plus:
        return _parse_one(text)
    warmup, decay = _parse_one(first), _parse_one(second)
    if warmup.kind != "warmup" or decay.kind in ("warmup", "constant"):
        raise InputError(f"schedule {text!r}: only a warm-up and a decay combine, {COMBINED!r}")
    return Schedule(warmup.kind, warmup.steps, decay)


def _parse_one(text: str) -> Schedule:
    kind, _, length = str(text).strip().partition(" ")
    if kind not in KINDS:
        raise unknown("learning-rate schedule", kind, KINDS)
    if kind == "constant" and not length:
        return CONSTANT
    number, _, unit = length.strip().partition(" ")
    if unit.strip() != "steps":
        raise InputError(
            f"schedule {text!r}: its length must be in steps, never relative to the budget; "
            f"examples: {SCHEDULE_EXAMPLES}"
        )
    if kind == "constant" or not number.isdecimal() or int(number) < 1:
        raise InputError(f"schedule {text!r} is not one of {SCHEDULE_EXAMPLES}")
    return Schedule(kind, int(number))
