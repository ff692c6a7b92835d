"""Cost tables: coefficients of the cost model in a file that can be checked and shared."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.seeding import digest
from seqmem.core.structured_text import parse_json, read_utf8
from seqmem.core.validation import validate
from seqmem.study.calibration.model import TERMS, StepShape, predict

FORMAT = 1
RANGED = ("depth", "units", "batch", "length", "alphabet_size")
REFERENCE = "costs/reference.json"

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


class CostTable(_Part):
    """A fitted cost model: a value that never changes, named by its hash.

    Parameters
    ----------
    format : int
        Version of the file and of the terms.
    hash : str
        Digest of everything else.
    measured_on : MeasuredOn
    lanes : int
        Floats in a vector of the instruction set.
    ranges : dict of str to (int, int)
        Smallest and largest calibrated value of every part of a shape.
    cells : dict of str to dict
        By cell, seconds per unit of every term of `seqmem.study.calibration.model`.
    held_out_error : HeldOutError
    """

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
    def _check(self) -> "CostTable":
        _require_keys("ranges", self.ranges, RANGED)
        for name, (low, high) in self.ranges.items():
            if not 1 <= low <= high:
                raise InputError(
                    f"ranges.{name}: [{low}, {high}] is not a range of numbers from 1 on"
                )
        for cell, coefficients in self.cells.items():
            _require_keys(f"cells.{cell}", coefficients, TERMS)
            if min(coefficients.values()) < 0 or coefficients["step"] <= 0:
                raise InputError(
                    f"cells.{cell}: seconds must not be negative, and 'step' must be positive"
                )
        if self.hash != content_hash(self.model_dump(mode="json")):
            raise InputError(
                f"hash {self.hash!r} does not fit the content: the file was changed; "
                "calibrate again or take the original file"
            )
        return self

    def check_training(self, cells: Iterable[str], device: str, protocol: str) -> None:
        """Raise `InputError` if steps of such runs were not calibrated, whatever their shape.

        Parameters
        ----------
        cells : iterable of str
            Cells of the runs.
        device, protocol : str
            Device and protocol of the runs.
        """
        if device != "cpu":
            raise InputError(
                f"budget unit 'cal-s' is calibrated on the cpu; on {device} use 'wall-s' or 'steps'"
            )
        if protocol != "stream":
            raise InputError(
                f"budget unit 'cal-s' is calibrated for protocol 'stream', not {protocol!r}; "
                "use another unit"
            )
        for cell in cells:
            self._check_cell(cell)

    def _check_cell(self, cell: str) -> None:
        if cell not in self.cells:
            raise InputError(
                f"cost table {self.hash} has no cell {cell!r}; "
                f"give the budget in another unit; cells with cal-s: {', '.join(self.cells)}"
            )

    def check(self, shape: StepShape) -> None:
        """Raise `InputError` if the cell or shape was not calibrated."""
        self._check_cell(shape.cell)
        for name, (low, high) in self.ranges.items():
            value = getattr(shape, name)
            if not low <= value <= high:
                raise InputError(
                    f"{name} {value} is outside the range {low} to {high} "
                    f"of cost table {self.hash}; change it or give the budget in another unit"
                )

    def seconds_per_step(self, shape: StepShape) -> float:
        """Return the predicted seconds of one training step.

        Raises
        ------
        InputError
            If the cell or shape was not calibrated.
        """
        self.check(shape)
        return predict(self.cells[shape.cell], shape, self.lanes)

    def to_json(self) -> str:
        """Return the table as the text of its file."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"


def make_table(content: Mapping[str, Any]) -> CostTable:
    """Return the table with this content, which lacks the format and the hash."""
    full = {**content, "format": FORMAT}
    return CostTable.model_validate({**full, "hash": content_hash(full)})


def content_hash(content: Mapping[str, Any]) -> str:
    """Return the digest of a table's content without its key ``hash``."""
    return digest("costs", {name: value for name, value in content.items() if name != "hash"})


def read_table(path: Path | str) -> CostTable:
    """Return the cost table in a file.

    Raises
    ------
    InputError
        If the file cannot be read, has another format, or is not a complete and unchanged table.
    """
    where = f"cost_table {path}"
    return _parse(read_utf8(path, where), where)


@cache
def reference_table() -> CostTable:
    """Return the table that ships with the package."""
    return _parse(
        files("seqmem.study").joinpath(REFERENCE).read_text(encoding="utf-8"),
        "the reference cost table",
    )


def write_table(path: Path | str, table: CostTable) -> None:
    """Write a table to a file, which is replaced at once."""
    with replace_file(path) as file:
        file.write(table.to_json())


def resolve_table(given: Any) -> CostTable:
    """Return a given table, the table in a file, or the reference table.

    Parameters
    ----------
    given : CostTable, str, Path or None
        None means the reference table.

    Raises
    ------
    InputError
        If it is something else, or the file holds no valid table.
    """
    if given is None:
        return reference_table()
    if isinstance(given, CostTable):
        return given
    if isinstance(given, str | Path):
        return read_table(given)
    raise InputError(f"cost_table {given!r}: give the path of a cost table")


def _parse(text: str, where: str) -> CostTable:
    content = parse_json(text, where)
    if not isinstance(content, dict) or "format" not in content:
        raise InputError(f"{where}: not a cost table; `seqmem calibrate` makes one")
    if content["format"] != FORMAT:
        raise InputError(
            f"{where}: format {content['format']!r} given, this version reads format {FORMAT}; "
            "calibrate again"
        )
    return validate(CostTable, content, where)


def _require_keys(where: str, given: Mapping[str, Any], wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in given]
    unknown = [name for name in given if name not in wanted]
    if missing or unknown:
        problems = [f"no {name!r}" for name in missing] + [f"unknown {name!r}" for name in unknown]
        raise InputError(f"{where}: {', '.join(problems)}")
