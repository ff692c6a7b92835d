"""The ranges that a search explores."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field, model_validator

from seqmem.core.errors import InputError
from seqmem.sweeps.config.section import ConfigSection
from seqmem.sweeps.config.units_grid import UNITS_GRID

LARGEST = 2**31 - 1


class Range(ConfigSection):
    """An interval that a search explores; ``log`` makes it logarithmic."""

    low: float
    high: float
    log: bool = False

    @property
    def values(self) -> Sequence[Any]:
        """All values of the range, ascending; none if they cannot be listed."""
        return (self.low,) if self.low == self.high else ()

    @property
    def text(self) -> str:
        """What a value of the range is, in words."""
        return f"a number from {self.low:g} to {self.high:g}"

    def check(self, value: Any) -> None:
        """Raise `InputError` if a value is not one of the range."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.low <= value <= self.high:
            raise InputError(f"{value!r} given; must be {self.text}")

    @model_validator(mode="after")
    def _check(self) -> "Range":
        if self.low > self.high:
            raise InputError(f"low {self.low:g} is greater than high {self.high:g}")
        if self.log and self.low <= 0:
            raise InputError(f"low {self.low:g}: a logarithmic range must start above 0")
        return self


class IntegerRange(Range):
    """An interval of whole numbers from 1 on."""

    low: int = Field(ge=1, le=LARGEST)
    high: int = Field(ge=1, le=LARGEST)

    @property
    def values(self) -> Sequence[int]:
        """All values of the range, ascending."""
        return range(self.low, self.high + 1)

    @property
    def text(self) -> str:
        """What a value of the range is, in words."""
        return f"a whole number from {self.low} to {self.high}"

    def check(self, value: Any) -> None:
        """Raise `InputError` if a value is not one of the range."""
        if not isinstance(value, int) or isinstance(value, bool) or value not in self.values:
            raise InputError(f"{value!r} given; must be {self.text}")


class UnitsRange(IntegerRange):
    """Unit counts of the grid from low to high, or a single one of any size, among which there is nothing to search."""

    @property
    def grid(self) -> tuple[int, ...]:
        """The unit counts inside the range, ascending."""
        if self.low == self.high:
            return (self.low,)
        return tuple(units for units in UNITS_GRID if self.low <= units <= self.high)

    @property
    def values(self) -> Sequence[int]:
        """The unit counts inside the range, ascending."""
        return self.grid

    @property
    def text(self) -> str:
        """What a value of the range is, in words."""
        return f"one of {', '.join(map(str, self.grid))}"

    @model_validator(mode="after")
    def _check_grid(self) -> "UnitsRange":
        if not self.grid:
            grid = ", ".join(map(str, UNITS_GRID))
            raise InputError(f"no unit count from {self.low} to {self.high}; the grid is {grid}")
        return self
