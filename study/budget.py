"""Budgets: what a run may spend on training, and the one object that charges it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from seqmem.core.errors import InputError

# What one unit of the named budget is, in its base quantity.
FLOP_UNITS = {"flop": 1.0, "MF": 1e6, "GF": 1e9, "TF": 1e12}
TIME_UNITS = ("s", "wall-s")
CALIBRATED_UNIT = "cal-s"
COUNT_UNITS = ("steps", "epochs")
UNITS = (*TIME_UNITS, CALIBRATED_UNIT, *FLOP_UNITS, *COUNT_UNITS)
EXAMPLE = "'400 steps', '2 s', '1.5 GF'"


@dataclass(frozen=True)
class Budget:
    """An amount of one unit: ``s``, ``wall-s``, ``cal-s``, ``flop``, ``MF``, ``GF``, ``TF``, ``steps``, ``epochs``.

    ``s`` is CPU seconds of the training thread, ``cal-s`` are seconds predicted by a cost table,
    ``epochs`` are passes over the training data: one period of the string under the stream protocol, all training
    windows under the window protocol.
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

    Raises
    ------
    InputError
        If there is no unit, an unknown unit, or the amount is not a positive number.

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
        raise InputError(f"budget {text!r} is not '<number> <unit>'; examples: {EXAMPLE}") from None
    if not unit:
        raise InputError(f"budget {text!r} has no unit; valid: {', '.join(UNITS)}")
    if unit not in UNITS:
        raise InputError(f"budget {text!r}: unknown unit {unit!r}; valid: {', '.join(UNITS)}")
    if not 0 < amount < float("inf"):
        raise InputError(f"budget {text!r}: the amount must be positive and finite")
    return Budget(amount, unit)


class Clock:
    """Charge training steps to a budget. It runs only between `start` and `stop`.

    Parameters
    ----------
    budget : Budget
    flops_per_symbol : float
    symbols_per_epoch : int
        The period of the string under the stream protocol; symbols of all training windows under the window protocol.
    seconds_per_step : float
        What a cost table predicts; needed by a budget in ``cal-s``.
    thread_seconds, wall_seconds : callable
        The two time sources; a test passes its own.
    synchronize : callable
        Waits for a device to finish; called before a time is read.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        flops_per_symbol: float,
        symbols_per_epoch: int,
        seconds_per_step: float = math.nan,
        thread_seconds: Callable[[], float] = time.thread_time,
        wall_seconds: Callable[[], float] = time.perf_counter,
        synchronize: Callable[[], None] = lambda: None,
    ) -> None:
        self.budget = budget
        self.steps = self.symbols = self.nominal_symbols = 0
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0
        self._flops_per_symbol = flops_per_symbol
        self._symbols_per_epoch = symbols_per_epoch
        self._seconds_per_step = seconds_per_step
        self._read = (thread_seconds, wall_seconds)
        self._synchronize = synchronize
        self._is_timed = budget.unit in TIME_UNITS
        self._last: tuple[float, float] | None = None

    def start(self) -> None:
        """Begin charging time."""
        self._last = self._now()

    def stop(self) -> None:
        """End charging time; what follows is free until `start`."""
        self._charge_time()
        self._last = None

    def charge_step(self, symbols: int, nominal_symbols: int) -> None:
        """Charge one training step, which ends now.

        Parameters
        ----------
        symbols, nominal_symbols : int
            Symbols that went through the network, and those that the step stands for; they differ where equal windows
            are computed once.
        """
        self.steps += 1
        self.symbols += symbols
        self.nominal_symbols += nominal_symbols
        if self._is_timed:
            self._charge_time()

    @property
    def flops(self) -> float:
        """Analytic training FLOPs so far."""
        return self.symbols * self._flops_per_symbol

    @property
    def nominal_flops(self) -> float:
        """Analytic training FLOPs of the symbols that the steps stand for."""
        return self.nominal_symbols * self._flops_per_symbol

    @property
    def epochs(self) -> float:
        """Passes over the training data so far."""
        return self.nominal_symbols / self._symbols_per_epoch

    @property
    def spent(self) -> float:
        """What was charged so far, in the budget's unit."""
        unit = self.budget.unit
        if unit in FLOP_UNITS:
            return self.flops / FLOP_UNITS[unit]
        if unit == "epochs":
            return self.epochs
        if unit == CALIBRATED_UNIT:
            return self.steps * self._seconds_per_step
        return {"steps": float(self.steps), "s": self.cpu_seconds, "wall-s": self.wall_seconds}[
            unit
        ]

    @property
    def fraction(self) -> float:
        """Part of the budget that is spent; 1 or more when it is used up."""
        if self.budget.unit == CALIBRATED_UNIT:
            # As under so many steps, to the last bit.
            return self.steps / (self.budget.amount / self._seconds_per_step)
        return self.spent / self.budget.amount

    @property
    def overrun(self) -> float:
        """What was spent beyond the budget, in its unit; 0 for a run that stopped before."""
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


def checkpoint_fractions() -> list[float]:
    """Return the fractions of the budget at which recall is measured, ascending: 2^(-j/2), j <= 12.

    >>> checkpoint_fractions()[0], checkpoint_fractions()[-1], len(checkpoint_fractions())
    (0.015625, 1.0, 13)
    """
    return [2.0 ** (-j / 2) for j in range(12, -1, -1)]
