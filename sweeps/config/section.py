"""Building blocks of a sweep file's sections: the frozen base and ranges."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from seqmem.core.errors import InputError
from seqmem.core.validation import ValidatedModel

# The unit counts that a search may use. The cost table is fitted to them, so a search cannot
# exploit an interpolation error between two of them.
UNITS_GRID = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
LARGEST_INTEGER = 2**31 - 1


class ConfigSection(ValidatedModel):
    """Base of all sections: instances are frozen, and unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        validate_default=True,
        allow_inf_nan=False,
    )


class Range(ConfigSection):
    """A closed interval that a search explores. A single number is a range of one value.

    Parameters
    ----------
    low, high : float
        Its ends. Both may be equal.
    log : bool
        Whether the search treats it on a logarithmic scale.

    Examples
    --------
    >>> Range(low=0.001, high=0.1, log=True).text
    'a number from 0.001 to 0.1'
    """

    low: float
    high: float
    log: bool = False

    @property
    def values(self) -> Sequence[Any]:
        """All values in ascending order; empty if the range is continuous."""
        return (self.low,) if self.low == self.high else ()

    @property
    def text(self) -> str:
        """Description of a valid value, for messages."""
        return f"a number from {self.low:g} to {self.high:g}"

    def check(self, value: Any) -> None:
        """Raise `InputError` if a value lies outside the range."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.low <= value <= self.high:
            raise InputError(f"{value!r} given; must be {self.text}")

    @model_validator(mode="before")
    @classmethod
    def _of_one_value(cls, data: Any) -> Any:
        if isinstance(data, int | float) and not isinstance(data, bool):
            return {"low": data, "high": data}
        if not isinstance(data, Mapping | Range):
            raise InputError(
                f"{data!r} given; must be one number, or a range such as {{ low = 1, high = 2 }}"
            )
        return data

    @model_validator(mode="after")
    def _check(self) -> "Range":
        if self.low > self.high:
            raise InputError(f"low {self.low:g} is greater than high {self.high:g}")
        if self.log and self.low <= 0:
            raise InputError(f"low {self.low:g}: a logarithmic range must start above 0")
        return self


class IntegerRange(Range):
    """A closed interval of positive whole numbers."""

    low: int = Field(ge=1, le=LARGEST_INTEGER)
    high: int = Field(ge=1, le=LARGEST_INTEGER)

    @property
    def values(self) -> Sequence[int]:
        """All values in ascending order."""
        return range(self.low, self.high + 1)

    @property
    def text(self) -> str:
        """Description of a valid value, for messages."""
        return f"a whole number from {self.low} to {self.high}"

    def check(self, value: Any) -> None:
        """Raise `InputError` if a value lies outside the range."""
        if not isinstance(value, int) or isinstance(value, bool) or value not in self.values:
            raise InputError(f"{value!r} given; must be {self.text}")


class UnitsRange(IntegerRange):
    """The unit counts of `UNITS_GRID` from ``low`` to ``high``.

    A range of one value may hold any unit count, because nothing is searched then.

    Examples
    --------
    >>> UnitsRange(low=8, high=20).values
    (8, 12, 16)
    """

    @property
    def grid(self) -> tuple[int, ...]:
        """The unit counts inside the range in ascending order."""
        if self.low == self.high:
            return (self.low,)
        return tuple(units for units in UNITS_GRID if self.low <= units <= self.high)

    @property
    def values(self) -> Sequence[int]:
        """The unit counts inside the range in ascending order."""
        return self.grid

    @property
    def text(self) -> str:
        """Description of a valid value, for messages."""
        return f"one of {', '.join(map(str, self.grid))}"

    @model_validator(mode="after")
    def _check_grid(self) -> "UnitsRange":
        if not self.grid:
            grid = ", ".join(map(str, UNITS_GRID))
            raise InputError(f"no unit count from {self.low} to {self.high}; the grid is {grid}")
        return self
