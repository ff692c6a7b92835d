"""The section ``[training]`` of a sweep file: how one run is trained, and on which engine."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from seqmem.core.errors import InputError, unknown
from seqmem.core.validation import one_of
from seqmem.study.budget import CALIBRATED_UNIT
from seqmem.study.calibration.table import resolve_table
from seqmem.study.declaration import declared_options
from seqmem.study.engine import ENGINES
from seqmem.study.instruction_sets import TORCH_NAMES
from seqmem.study.options import TrainingOptions
from seqmem.sweeps.config.section import ConfigSection

LARGEST_REPEAT = 2**31
# Keys about the table that turns a budget in cal-s into steps.
COST_KEYS = ("cost_table", "cost_table_hash", "cost_extension_hash")
FIRST_TRAINING_KEYS = ("protocol", "budget", *COST_KEYS, "repeats")


def _engine(value: Any) -> Any:
    """Return an engine, or a table of engines by cell; raise `InputError` for another name."""
    for name in value.values() if isinstance(value, dict) else [value]:
        if not isinstance(name, str) or name not in ENGINES:
            raise unknown("engine", name, ENGINES)
    return value


class TrainingSection(TrainingOptions, ConfigSection):
    """How one run is trained: the training options of `study.RunConfig`, and some more.

    ``cost_table`` is the path of the table that turns a budget in ``cal-s`` into steps. A
    resolved configuration holds the table itself. It is stored as the hash of the table.

    Parameters
    ----------
    engine : str or dict of str
        What computes the networks: one engine for all cells, or one for each cell by name.
    cost_table_hash : str, optional
        Hash of the cost table that must be used.
    cost_extension_hash : str, optional
        Hash of the extension of the cost table that must be used for the cells in it.
    repeats : int
        Runs on every string, with different network and data seeds.
    first_repeat : int
        Number of the first of them, in every role. Strings and suggested points do not depend on
        it. Two sweeps that differ only in it are the arms of a comparison of a cell with itself.
    instruction_set : {"baseline", "avx2", "avx512"}, optional
        Use this instruction set in the kernels and in torch, so that machines with different
        processors give the same records. If absent, each machine uses its best.
    """

    # A run has one engine; cells may have different ones.
    engine: Annotated[
        str | dict[str, str],
        BeforeValidator(_engine),
        declared_options(TrainingOptions)["engine"].option,
    ] = "auto"  # type: ignore[assignment]
    cost_table_hash: str | None = None
    cost_extension_hash: str | None = None
    repeats: int = Field(1, ge=1)
    first_repeat: int = Field(0, ge=0, lt=LARGEST_REPEAT)
    instruction_set: Annotated[
        str | None, one_of("instruction set", TORCH_NAMES, optional=True)
    ] = None

    @property
    def repeat_numbers(self) -> range:
        """Numbers of the repeats that are run on every string."""
        return range(self.first_repeat, self.first_repeat + self.repeats)

    def engine_of(self, cell: str) -> str:
        """Return the engine of a cell, as it is given; ``auto`` if a table lacks the cell."""
        return self.engine if isinstance(self.engine, str) else self.engine.get(cell, "auto")

    def resolved_costs(self, cells: Iterable[str]) -> dict[str, Any]:
        """Return the resolved keys of the cost table; no keys if the budget needs no table.

        Parameters
        ----------
        cells : iterable of str
            The cells of the sweep.

        Raises
        ------
        InputError
            If the table cannot be read, has another hash, or is given for another budget.
        """
        if self.budget.unit != CALIBRATED_UNIT:
            for name in COST_KEYS:
                if getattr(self, name) is not None:
                    raise InputError(
                        f"training.{name} is for budgets in cal-s; "
                        f"the budget is {str(self.budget)!r}"
                    )
            return {}
        table = resolve_table(self.cost_table)
        self._require_hash("cost_table_hash", table.hash)
        extension_hash = table.extension_hash if table.extends_to(cells) else None
        if extension_hash is not None:
            self._require_hash("cost_extension_hash", extension_hash)
        return dict(zip(COST_KEYS, (table, table.hash, extension_hash), strict=True))

    def _require_hash(self, name: str, present: str) -> None:
        """Raise `InputError` if another hash is required than that of the present table."""
        required = getattr(self, name)
        if required in (None, present):
            return
        part = "the extension of " if name == "cost_extension_hash" else ""
        where = (
            "the reference table"
            if self.cost_table is None
            else f"training.cost_table {self.cost_table}"
        )
        raise InputError(
            f"training.{name}: {required} is required, but {part}{where} is {present}; "
            "choose another with training.cost_table"
        )


def stored_training(training: TrainingSection, data: dict[str, Any]) -> dict[str, Any]:
    """Return the section as plain values, without added options that hold their default.

    Parameters
    ----------
    training : TrainingSection
        The section.
    data : dict
        What pydantic makes of it. It is changed.
    """
    for name, declared in declared_options(type(training)).items():
        if declared.option.is_text:
            data[name] = str(getattr(training, name))
        if not declared.is_stored(training):
            data.pop(name, None)
    # Stored files began with these keys before all options were declared in one place.
    return {name: data[name] for name in (*FIRST_TRAINING_KEYS, *data) if name in data}
