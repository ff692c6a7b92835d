"""What a cost table and its extension have in common: a fitted model, its error and its hash."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from seqmem.core.errors import InputError
from seqmem.core.seeding import digest
from seqmem.study.calibration.model import StepShape

RANGED = ("depth", "units", "batch", "length", "alphabet_size")

# Largest relative errors of the fitted model on held-out shapes: the median and the worst.
MEDIAN_LIMIT = 0.10
WORST_LIMIT = 0.25


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MeasuredOn(_Part):
    """The machine and kernels whose steps were timed.

    Parameters
    ----------
    cpu : str
        Name of the processor.
    instruction_set : str
    kernels : str
        Version of the kernels.
    """

    cpu: str
    instruction_set: str
    kernels: str


class HeldOutError(_Part):
    """Relative errors ``|predicted / measured - 1|`` on shapes that the model was not fitted to.

    Parameters
    ----------
    shapes : int
        Number of these shapes.
    median, worst : float
    """

    shapes: int = Field(ge=1)
    median: float = Field(ge=0)
    worst: float = Field(ge=0)

    @property
    def is_within_limits(self) -> bool:
        """Whether both errors are within the limits."""
        return self.median <= MEDIAN_LIMIT and self.worst <= WORST_LIMIT


class FittedCosts(_Part):
    """A fitted cost model: a value that never changes, named by its hash.

    Attributes
    ----------
    hashed_as : str
        What its content is hashed as.
    terms : tuple of str
        The terms of its model.
    """

    hashed_as: ClassVar[str]
    terms: ClassVar[tuple[str, ...]]

    format: int
    hash: str
    measured_on: MeasuredOn
    lanes: int = Field(ge=1)
    ranges: dict[str, tuple[int, int]]
    cells: dict[str, dict[str, float]] = Field(min_length=1)
    held_out_error: HeldOutError

    def __hash__(self) -> int:
        return hash(self.hash)

    @model_validator(mode="after")
    def _check(self) -> "FittedCosts":
        _require_keys("ranges", self.ranges, RANGED)
        for name, (low, high) in self.ranges.items():
            if not 1 <= low <= high:
                raise InputError(
                    f"ranges.{name}: [{low}, {high}] is not a range of numbers from 1 on"
                )
        for cell, coefficients in self.cells.items():
            _require_keys(f"cells.{cell}", coefficients, self.terms)
            if min(coefficients.values()) < 0 or coefficients["step"] <= 0:
                raise InputError(
                    f"cells.{cell}: seconds must not be negative, and 'step' must be positive"
                )
        if self.hash != content_hash(self.model_dump(mode="json"), self.hashed_as):
            raise InputError(
                f"hash {self.hash!r} does not fit the content: the file was changed; "
                "calibrate again or take the original file"
            )
        return self

    def check_ranges(self, shape: StepShape) -> None:
        """Raise `InputError` if a shape is outside the calibrated ranges."""
        for name, (low, high) in self.ranges.items():
            value = getattr(shape, name)
            if not low <= value <= high:
                raise InputError(
                    f"{name} {value} is outside the range {low} to {high} "
                    f"of cost table {self.hash}; change it or give the budget in another unit"
                )


def content_hash(content: Mapping[str, Any], hashed_as: str = "costs") -> str:
    """Return the digest of a table's content without its hash and its extension."""
    own = {name: value for name, value in content.items() if name not in ("hash", "extension")}
    return digest(hashed_as, own)


def _require_keys(where: str, given: Mapping[str, Any], wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in given]
    unknown = [name for name in given if name not in wanted]
    if missing or unknown:
        problems = [f"no {name!r}" for name in missing] + [f"unknown {name!r}" for name in unknown]
        raise InputError(f"{where}: {', '.join(problems)}")
