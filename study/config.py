"""The configuration of one run: a frozen, validated, hashable value that decides its result."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ValidationInfo, model_validator

from seqmem.core.errors import InputError
from seqmem.core.plugins import Plugin, plugins_among, versions_of
from seqmem.core.seeding import derive_seed, digest
from seqmem.generators.symbols import SymbolString, from_text
from seqmem.study.blocks import Blocks
from seqmem.study.budget import CALIBRATED_UNIT
from seqmem.study.calibration.model import StepShape
from seqmem.study.calibration.table import CostTable, resolve_table
from seqmem.study.declaration import declared_options
from seqmem.study.engine import resolve_engine
from seqmem.study.family_checks import check_family
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import MemorizerFamily, NetworkShape
from seqmem.study.options import (
    LONGEST_DEFAULT_HORIZON,
    RunOptions,
    hash_of,
    needs_torch_engine,
)
from seqmem.study.probes import PROBES
from seqmem.study.protocols.layout import DEFAULT_HORIZON, DEFAULT_TOTAL_LENGTH, WindowLayout
from seqmem.study.training.optimization import Optimization
from seqmem.study.training.schedule import CONSTANT, Schedule, parse_schedule

RECORD_VERSION = 3


def _string(value: Any) -> SymbolString:
    string = from_text(value) if isinstance(value, str) else value
    if not isinstance(string, SymbolString):
        raise InputError("a string is a SymbolString or a text; give one of them")
    if not string.is_primitive:
        raise InputError(
            f"the string of {len(string)} symbols is a repetition of a shorter one; "
            "give one period, which training repeats"
        )
    return string


def _cost_table(value: Any, info: ValidationInfo) -> CostTable | None:
    """Return the table of a budget in cal-s; raise `InputError` if another budget names one."""
    budget = info.data.get("budget")
    if budget is None or budget.unit == CALIBRATED_UNIT:
        return resolve_table(value).narrowed([info.data.get("cell", "")])
    if value is not None:
        raise InputError(
            f"cost_table is for budgets in cal-s; the budget is {str(budget)!r}; "
            "leave cost_table out"
        )
    return None


class RunConfig(RunOptions):
    """One training of one memorizer on one string.

    Its options are declared in `seqmem.study.options`. The engine ``auto`` is resolved at
    construction, so a configuration names the engine that runs.

    Parameters
    ----------
    string : SymbolString or str
        A primitive string. A text becomes one through `generators.from_text`.
    **options
        The fields of `seqmem.study.options.RunOptions`. Only ``cell`` and ``budget`` are required.

    Raises
    ------
    InputError
        If a value is not valid. It is a ``ValueError`` with a message of one line.

    Examples
    --------
    >>> config = RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
    >>> str(config.budget), config.string.period
    ('400 steps', 11)
    """

    string: Annotated[SymbolString, BeforeValidator(_string)]
    cost_table: Annotated[
        CostTable | None,
        BeforeValidator(_cost_table),
        declared_options(RunOptions)["cost_table"].option,
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, data: Any) -> Any:
        if isinstance(data, dict):
            cell = data.get("cell")
            cells = [cell] if isinstance(cell, str) and cell in CELLS else []
            engine = resolve_engine(
                data.get("engine", "auto"),
                data.get("device", "cpu"),
                cells,
                needs_torch=needs_torch_engine(data),
            )
            data = {**data, "engine": engine}
        return data

    # Pickled with the configuration, so that workers know them.
    _plugins: tuple[Plugin, ...] = ()

    @model_validator(mode="after")
    def _keep_plugins(self) -> "RunConfig":
        self._plugins = self._registered_plugins()
        return self

    def _registered_plugins(self) -> tuple[Plugin, ...]:
        return plugins_among([(CELLS, [self.cell]), (PROBES, self.probes)])

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields replaced, which are not checked.

        What follows from the fields, the plug-ins and the run id, is that of the copy.

        Parameters
        ----------
        update : mapping of str to object, optional
            Fields to replace.
        deep : bool
            Copy the values of the fields too.

        Examples
        --------
        >>> config = RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
        >>> config.model_copy(update={"cell": "lstm"}).run_id == config.run_id
        False
        """
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("run_id", None)
        copied._plugins = copied._registered_plugins()
        return copied

    @model_validator(mode="after")
    def _check_options(self) -> "RunConfig":
        if self.device == "cuda" and self.budget.unit == "s":
            raise InputError(
                "budget unit 's' is CPU time of the training thread; on cuda use 'wall-s'"
            )
        for declared in declared_options(type(self)).values():
            declared.check(self)
        check_family(self)
        if self.device != "cpu" and "timing" in self.probes:
            raise InputError(
                f"probe 'timing' measures one thread of the cpu, not {self.device}; "
                "leave it out or use device 'cpu'"
            )
        if self.protocol == "window":
            # Raises if the windows do not fit.
            _ = self.window_layout
        if self.cost_table:
            self._check_calibrated(self.cost_table)
        return self

    def _check_calibrated(self, table: CostTable) -> None:
        """Raise `InputError` if the table does not predict the steps of this run."""
        table.check_training([self.cell], self.device, self.protocol)
        if self.block:
            raise InputError(
                "budget unit 'cal-s' is calibrated for layers without a block; "
                "leave block out or use another unit"
            )
        table.check(self.step_shape)

    @cached_property
    def run_id(self) -> str:
        """Digest of everything that decides the result."""
        string = self.string
        fields: dict[str, Any] = {
            "string": [string.string_id, string.reference_bits, string.reference_kind]
        }
        for name, declared in declared_options(type(self)).items():
            if declared.enters_run_id(self):
                fields[name] = declared.hashed(self)
        if self.plugins:
            fields["plugins"] = versions_of(self.plugins)
        return digest("run", RECORD_VERSION, fields)

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The plug-ins that decide the result beside the string: the cell and the probes."""
        return self._plugins

    @property
    def horizon(self) -> int:
        """Symbols of the closed loop at the end."""
        if self.recall_horizon is not None:
            return self.recall_horizon
        if self.protocol == "window":
            return DEFAULT_HORIZON
        return min(self.string.period, LONGEST_DEFAULT_HORIZON)

    @property
    def resolved_total_length(self) -> int | None:
        """Symbols to which the repeated string is cut; None without the window protocol."""
        return (self.total_length or DEFAULT_TOTAL_LENGTH) if self.protocol == "window" else None

    @property
    def window_layout(self) -> WindowLayout:
        """How the window protocol cuts the repeated string."""
        return WindowLayout(
            self.resolved_total_length or DEFAULT_TOTAL_LENGTH, self.horizon, self.length
        )

    @property
    def symbols_per_epoch(self) -> int:
        """Symbols of one pass over the training data: one period, or all training windows."""
        if self.protocol == "window":
            return len(self.window_layout.training) * self.length
        return self.string.period

    @property
    def nominal_symbols_per_step(self) -> float:
        """Mean number of symbols of a step; the last minibatch of an epoch may be smaller."""
        if self.protocol == "window":
            return self.symbols_per_epoch / math.ceil(len(self.window_layout.training) / self.batch)
        return self.batch * self.length

    @property
    def optimization(self) -> Optimization:
        """The optimizer and its options."""
        return Optimization(
            self.optimizer,
            self.learning_rate,
            self.gradient_clip,
            self.weight_decay,
            self.momentum,
            self.schedule,
        )

    @property
    def cost_table_hash(self) -> str:
        """Hash of the cost table; empty for a budget that needs none."""
        return hash_of(self.cost_table)

    @property
    def seconds_per_step(self) -> float:
        """Predicted seconds of one training step; NaN for a budget that needs no cost table."""
        if self.cost_table is None:
            return math.nan
        return self.cost_table.seconds_per_step(self.step_shape)

    @property
    def family(self) -> MemorizerFamily:
        """The family of the network."""
        return CELLS[self.cell]

    @property
    def network_shape(self) -> NetworkShape:
        """What decides the size and the cost of the network."""
        return NetworkShape(
            self.string.alphabet_size,
            self.depth,
            self.units,
            self.candidate,
            self.block,
            self.heads,
            self.row,
        )

    @property
    def row(self) -> int:
        """Symbols of a row of a step: those of the window, or of the stream with its context."""
        return self.family.row(self.length, 1 if self.protocol == "window" else self.context)

    @property
    def blocks(self) -> Blocks | None:
        """The blocks in which recall reads the string; None if it carries a state along."""
        if self.protocol == "window" and (self.recall == "window" or not self.family.states):
            return self.windows
        if "context" in self.family.options:
            return Blocks(self.context, self.length)
        return None

    def context_is_too_short(self, min_context: int) -> bool:
        """Return whether a stream's context cannot determine the next symbol.

        Parameters
        ----------
        min_context : int
            Symbols of context that determine the next symbol.
        """
        has_context = "context" in self.family.options and self.protocol == "stream"
        return has_context and min_context > self.context

    @property
    def windows(self) -> Blocks:
        """The windows of ``length`` symbols, each of which predicts the symbol after it."""
        return Blocks(self.length, 1)

    @property
    def schedule(self) -> Schedule:
        """The learning-rate schedule; the family's own one in place of ``constant``."""
        if self.learning_rate_schedule == CONSTANT:
            return parse_schedule(self.family.schedule)
        return self.learning_rate_schedule

    @property
    def step_shape(self) -> StepShape:
        """The values that decide the duration of a training step."""
        return StepShape(
            self.cell, self.depth, self.units, self.batch, self.length, self.string.alphabet_size
        )

    @property
    def network_seed(self) -> int:
        """Seed of the initialization; the same for all cells."""
        return derive_seed(self.seed, "network", self.string.string_id, self.repeat)

    @property
    def data_seed(self) -> int:
        """Seed of phases and order; the same for all cells."""
        return derive_seed(self.seed, "data", self.string.string_id, self.repeat)
