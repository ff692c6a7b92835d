"""Cost tables: coefficients of the cost model in a file that can be checked and shared."""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.structured_text import parse_json, read_utf8
from seqmem.core.validation import validate
from seqmem.study.budget import CALIBRATED_UNIT, UNITS
from seqmem.study.calibration.extension import EXTENSION_TERMS, predict_extension
from seqmem.study.calibration.fitted import FittedCosts, content_hash
from seqmem.study.calibration.model import TERMS, StepShape, predict

FORMAT = 1
REFERENCE = "costs/reference.json"
REFERENCE_EXTENSION = "costs/extension.json"


class CostExtension(FittedCosts):
    """Costs of the cells that a table lacks, in the calibrated seconds of the table.

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
        By cell, seconds per unit of every term of `seqmem.study.calibration.extension`.
    held_out_error : HeldOutError
    extends : str
        Hash of the table.
    scale : float
        Seconds of the table over measured seconds, the median over the cells of the table that
        were timed beside. The coefficients are multiplied by it already.
    """

    hashed_as: ClassVar[str] = "cost extension"
    terms: ClassVar[tuple[str, ...]] = EXTENSION_TERMS

    extends: str
    scale: float = Field(gt=0)

    def seconds_per_step(self, shape: StepShape) -> float:
        """Return the predicted seconds of one training step."""
        return predict_extension(self.cells[shape.cell], shape, self.lanes)


class CostTable(FittedCosts):
    """A fitted cost model of LSTM, GRU and RNN, and perhaps the costs of further cells.

    Parameters
    ----------
    format : int
        Version of the file and of the terms.
    hash : str
        Digest of everything else but the extension.
    measured_on : MeasuredOn
    lanes : int
        Floats in a vector of the instruction set.
    ranges : dict of str to (int, int)
        Smallest and largest calibrated value of every part of a shape.
    cells : dict of str to dict
        By cell, seconds per unit of every term of `seqmem.study.calibration.model`.
    held_out_error : HeldOutError
    extension : CostExtension, optional
        The costs of further cells, with their own hash.
    """

    hashed_as: ClassVar[str] = "costs"
    terms: ClassVar[tuple[str, ...]] = TERMS

    extension: CostExtension | None = None

    def __hash__(self) -> int:
        return hash((self.hash, self.extension_hash))

    @model_validator(mode="after")
    def _check_extension(self) -> "CostTable":
        extension = self.extension
        if extension is not None and extension.extends != self.hash:
            raise InputError(
                f"extension {extension.hash} extends table {extension.extends}, not {self.hash}; "
                "calibrate again or take the original file"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_absent_extension(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = dump(self)
        if content.get("extension") is None:
            content.pop("extension", None)
        return content

    @property
    def extension_hash(self) -> str:
        """Hash of the extension; empty if there is none."""
        return "" if self.extension is None else self.extension.hash

    def extends_to(self, cells: Iterable[str]) -> bool:
        """Return whether the extension holds one of some cells."""
        return self.extension is not None and not self.extension.cells.keys().isdisjoint(cells)

    def narrowed(self, cells: Collection[str]) -> "CostTable":
        """Return the table without its extension if it has all of some cells itself.

        Parameters
        ----------
        cells : collection of str
        """
        if self.extension is None or not self.cells.keys() >= set(cells):
            return self
        return self.model_copy(update={"extension": None})

    def check_cell(self, cell: str) -> None:
        """Raise `InputError` if a cell was not calibrated.

        Parameters
        ----------
        cell : str
        """
        if cell in self.cells or self.extends_to([cell]):
            return
        known = [*self.cells, *(self.extension.cells if self.extension else ())]
        others = ", ".join(unit for unit in UNITS if unit != CALIBRATED_UNIT)
        raise InputError(
            f"cost table {self.hash} has no cell {cell!r}, only {', '.join(sorted(known))}; "
            f"give the budget in another unit: {others}"
        )

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
            self.check_cell(cell)

    def check(self, shape: StepShape) -> None:
        """Raise `InputError` if the cell or shape was not calibrated."""
        self.check_cell(shape.cell)
        self._part_of(shape).check_ranges(shape)

    def seconds_per_step(self, shape: StepShape) -> float:
        """Return the predicted seconds of one training step.

        Raises
        ------
        InputError
            If the cell or shape was not calibrated.
        """
        self.check(shape)
        part = self._part_of(shape)
        if isinstance(part, CostExtension):
            return part.seconds_per_step(shape)
        return predict(self.cells[shape.cell], shape, self.lanes)

    def hash_for(self, cell: str) -> str:
        """Return the hash of the part that a cell is in: the table or its extension."""
        return self.extension_hash if self.extends_to([cell]) else self.hash

    def to_json(self) -> str:
        """Return the table as the text of its file."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"

    def _part_of(self, shape: StepShape) -> "CostTable | CostExtension":
        if self.extension is not None and shape.cell in self.extension.cells:
            return self.extension
        return self


def make_table(content: Mapping[str, Any]) -> CostTable:
    """Return the table with this content, which lacks the format and the hash."""
    full = {**content, "format": FORMAT}
    return CostTable.model_validate({**full, "hash": content_hash(full)})


def make_extension(content: Mapping[str, Any]) -> CostExtension:
    """Return the extension with this content, which lacks the format and the hash."""
    full = {**content, "format": FORMAT}
    named = {**full, "hash": content_hash(full, CostExtension.hashed_as)}
    return CostExtension.model_validate(named)


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
    """Return the table that ships with the package, with its extension."""
    where = "the reference cost table"
    extension = validate(CostExtension, parse_json(_shipped(REFERENCE_EXTENSION), where), where)
    table = _parse(_shipped(REFERENCE), where)
    return CostTable.model_validate(table.model_dump() | {"extension": extension})


def _shipped(name: str) -> str:
    return files("seqmem.study").joinpath(name).read_text(encoding="utf-8")


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
