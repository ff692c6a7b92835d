"""Budgets: the amount that a run may spend on training, and the clock that charges it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from seqmem.core.errors import InputError
from seqmem.core.python_arguments import field_kinds
from seqmem.core.suggestions import did_you_mean

# FLOPs of one unit.
FLOP_UNITS = {"flop": 1.0, "MF": 1e6, "GF": 1e9, "TF": 1e12}
# Operations of one unit of training work: FLOPs and element-wise operations.
WORK_UNITS = {"work": 1.0, "Mw": 1e6, "Gw": 1e9}
TIME_UNITS = ("s", "wall-s")
CALIBRATED_UNIT = "cal-s"
COUNT_UNITS = ("steps", "epochs")
UNITS = (*TIME_UNITS, CALIBRATED_UNIT, *FLOP_UNITS, *WORK_UNITS, *COUNT_UNITS)
# Checkpoints span so many halvings of the budget, with so many in each by default.
OCTAVES = 6
CHECKPOINTS_PER_OCTAVE = 2
MOST_PER_OCTAVE = 16
BUDGET_EXAMPLES = "'400 steps', '2 s', '1.5 GF'"
# Fractions of a budget at which a run may be cut: whole octaves, where every run has a checkpoint.
CUTS = tuple(2.0**-octave for octave in range(6, 0, -1))


@field_kinds()
@dataclass(frozen=True)
class Budget:
    """An amount of one unit, which a run may spend on training.

    The units are:

    - ``s``: CPU seconds of the training thread;
    - ``wall-s``: seconds on the wall clock;
    - ``cal-s``: seconds that a cost table predicts;
    - ``flop``, ``MF``, ``GF``, ``TF``: training FLOPs, in ones, millions, billions, trillions;
    - ``work``, ``Mw``, ``Gw``: training FLOPs and element-wise operations, in ones, millions,
      billions. A minimal GRU has hardly any products, so only this unit compares it with others;
    - ``steps``: optimizer steps;
    - ``epochs``: passes over the training data. A pass is one period of the string under the stream
      protocol, and all training windows under the window protocol.

    Parameters
    ----------
    amount : float
    unit : str

    Examples
    --------
    >>> budget = Budget(400, "steps")
    >>> str(budget), budget.is_reproducible
    ('400 steps', True)
    """

    amount: float
    unit: str

    @property
    def is_reproducible(self) -> bool:
        """Whether the number of steps is the same on every machine."""
        return self.unit not in TIME_UNITS

    def __str__(self) -> str:
        short = f"{self.amount:g}"
        return f"{short if float(short) == self.amount else repr(self.amount)} {self.unit}"


def parse_budget(text: str | Budget) -> Budget:
    """Return the budget that a text like ``"400 steps"`` names.

    Parameters
    ----------
    text : str or Budget
        A budget is returned as it is.

    Returns
    -------
    Budget
        Amount and unit.

    Raises
    ------
    InputError
        If the unit is missing or unknown, or the amount is not a positive finite number.

    Examples
    --------
    >>> parse_budget("2 GF")
    Budget(amount=2.0, unit='GF')
    """
    if isinstance(text, Budget):
        return text
    number, _, unit = str(text).strip().partition(" ")
    unit = unit.strip()
    try:
        amount = float(number)
    except ValueError:
        raise InputError(
            f"budget {text!r} is not '<number> <unit>'; examples: {BUDGET_EXAMPLES}"
        ) from None
    if not unit:
        raise InputError(f"budget {text!r} has no unit; valid: {', '.join(UNITS)}")
    if unit not in UNITS:
        hint = did_you_mean(unit, UNITS)
        raise InputError(f"budget {text!r}: unknown unit {unit!r}; {hint}valid: {', '.join(UNITS)}")
    if not 0 < amount < float("inf"):
        raise InputError(f"budget {text!r}: the amount must be positive and finite")
    return Budget(amount, unit)


class Clock:
    """Charge training steps to a budget. It runs only between `start` and `stop`.

    Parameters
    ----------
    budget : Budget
    flops_per_symbol : float
        Training FLOPs per symbol.
    work_per_symbol : float
        Training work per symbol. A budget of work needs it.
    symbols_per_epoch : int
        Symbols of one pass over the training data.
    seconds_per_step : float
        Predicted seconds of a step. A budget in ``cal-s`` needs it.
    symbols_per_nominal : float
        Symbols that go through the network for each nominal one, if nothing is computed once for
        several windows. More than 1 where a context is read again.
    thread_seconds, wall_seconds : callable
        Return the time in seconds. A test passes its own.
    synchronize : callable
        Waits for a device to finish. It is called before a time is read.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        flops_per_symbol: float,
        symbols_per_epoch: int,
        work_per_symbol: float = math.nan,
        seconds_per_step: float = math.nan,
        symbols_per_nominal: float = 1.0,
        thread_seconds: Callable[[], float] = time.thread_time,
        wall_seconds: Callable[[], float] = time.perf_counter,
        synchronize: Callable[[], None] = lambda: None,
    ) -> None:
        self.budget = budget
        self.steps = self.symbols = self.nominal_symbols = 0
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0
        self._flops_per_symbol = flops_per_symbol
        self._work_per_symbol = work_per_symbol
        self._symbols_per_epoch = symbols_per_epoch
        self._seconds_per_step = seconds_per_step
        self._symbols_per_nominal = symbols_per_nominal
        self._read = (thread_seconds, wall_seconds)
        self._synchronize = synchronize
        self._is_timed = budget.unit in TIME_UNITS
        self._last: tuple[float, float] | None = None

    def start(self) -> None:
        """Begin charging time."""
        self._last = self._now()

    def stop(self) -> None:
        """Stop charging time until the next `start`."""
        self._charge_time()
        self._last = None

    def charge_step(self, symbols: int, nominal_symbols: int) -> None:
        """Charge one training step, which ends now.

        Parameters
        ----------
        symbols : int
            Symbols that went through the network.
        nominal_symbols : int
            Symbols of all windows of the step. There are more of them than ``symbols`` where equal
            windows are computed once.
        """
        self.steps += 1
        self.symbols += symbols
        self.nominal_symbols += nominal_symbols
        if self._is_timed:
            self._charge_time()

    @property
    def flops(self) -> float:
        """Training FLOPs so far, computed from the shape of the network."""
        return self.symbols * self._flops_per_symbol

    @property
    def nominal_flops(self) -> float:
        """Training FLOPs so far as if equal windows were computed repeatedly."""
        return self.nominal_symbols * self._symbols_per_nominal * self._flops_per_symbol

    @property
    def epochs(self) -> float:
        """Passes over the training data so far."""
        return self.nominal_symbols / self._symbols_per_epoch

    @property
    def spent(self) -> float:
        """The amount charged so far, in the budget's unit."""
        unit = self.budget.unit
        if unit in FLOP_UNITS:
            return self.flops / FLOP_UNITS[unit]
        if unit in WORK_UNITS:
            return self.symbols * self._work_per_symbol / WORK_UNITS[unit]
        if unit == "epochs":
            return self.epochs
        if unit == CALIBRATED_UNIT:
            return self.steps * self._seconds_per_step
        return {"steps": float(self.steps), "s": self.cpu_seconds, "wall-s": self.wall_seconds}[
            unit
        ]

    @property
    def fraction(self) -> float:
        """The part of the budget that is spent; 1 or more when it is used up."""
        if self.budget.unit == CALIBRATED_UNIT:
            # Equal to the last bit to a budget of so many steps.
            return self.steps / (self.budget.amount / self._seconds_per_step)
        return self.spent / self.budget.amount

    @property
    def overrun(self) -> float:
        """The amount spent beyond the budget, in its unit; 0 if the run stopped before."""
        return max(0.0, self.spent - self.budget.amount)

    def _charge_time(self) -> None:
        if self._last is None:
            return
        now = self._now()
        self.cpu_seconds += now[0] - self._last[0]
        self.wall_seconds += now[1] - self._last[1]
        self._last = now

    def _now(self) -> tuple[float, float]:
        self._synchronize()
        return self._read[0](), self._read[1]()


def checkpoint_fractions(per_octave: int = CHECKPOINTS_PER_OCTAVE) -> list[float]:
    """Return the fractions of the budget at which recall is measured.

    They are 2^(-j/p) for j = 6p … 0 with p checkpoints per octave, so they span six octaves.

    Parameters
    ----------
    per_octave : int, default 2
        Checkpoints each time the spent budget doubles.

    Examples
    --------
    >>> checkpoint_fractions()[0], checkpoint_fractions()[-1], len(checkpoint_fractions())
    (0.015625, 1.0, 13)
    >>> len(checkpoint_fractions(4))
    25
    """
    return [2.0 ** (-j / per_octave) for j in range(OCTAVES * per_octave, -1, -1)]


def check_cut(fraction: float) -> None:
    """Raise `InputError` if a run cannot be cut at a fraction of its budget.

    Parameters
    ----------
    fraction : float
        It must be one of `CUTS`, at which every run has a checkpoint.

    Examples
    --------
    >>> check_cut(0.25)
    >>> check_cut(0.3)
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: 0.3 is no fraction of the budget at which a run can be cut; \
valid: 0.015625, 0.03125, 0.0625, 0.125, 0.25, 0.5
    """
    if fraction not in CUTS:
        valid = ", ".join(f"{cut:g}" for cut in CUTS)
        raise InputError(
            f"{fraction!r} is no fraction of the budget at which a run can be cut; valid: {valid}"
        )
