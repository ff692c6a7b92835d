"""What decides the result of one run: a frozen, validated, hashable value."""

import math
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from seqmem.core.errors import InputError, unknown
from seqmem.core.seeding import derive_seed, digest
from seqmem.generators.symbols import SymbolString, from_text
from seqmem.generators.targeting import LARGEST_SEED
from seqmem.study.budget import CALIBRATED_UNIT, Budget, parse_budget
from seqmem.study.calibration.model import StepShape
from seqmem.study.calibration.table import CostTable, resolve_table
from seqmem.study.engine import resolve_engine
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.probes import parse_probes
from seqmem.study.protocols import PROTOCOLS
from seqmem.study.protocols.layout import (
    DEFAULT_HORIZON,
    DEFAULT_TOTAL_LENGTH,
    LARGEST_TOTAL_LENGTH,
    RECALL_STARTS,
    WINDOW_OPTIONS,
    WindowLayout,
)
from seqmem.study.training.optimization import OPTIMIZERS, Optimization
from seqmem.study.training.schedule import CONSTANT, Schedule, parse_schedule

RECORD_VERSION = 3
LARGEST_UNITS = 65_536
LONGEST_DEFAULT_HORIZON = 1024


def _string(value: Any) -> SymbolString:
    string = from_text(value) if isinstance(value, str) else value
    if not isinstance(string, SymbolString):
        raise InputError("a string is a SymbolString or a text")
    if not string.is_primitive:
        raise InputError(
            f"the string of {len(string)} symbols is a repetition of a shorter one; "
            "give one period, training repeats it"
        )
    return string


def _known(kind: str, valid: Any) -> Any:
    def check(value: Any) -> Any:
        if not isinstance(value, str) or value not in valid:
            raise unknown(kind, value, valid)
        return value

    return check


def _cost_table(value: Any, info: ValidationInfo) -> CostTable | None:
    """Resolve the table of a budget that needs one; another budget must not name any."""
    budget = info.data.get("budget")
    if budget is None or budget.unit == CALIBRATED_UNIT:
        return resolve_table(value)
    if value is not None:
        raise InputError(f"cost_table is for budgets in cal-s; the budget is {str(budget)!r}")
    return None


class RunConfig(BaseModel):
    """One training of one memorizer on one string.

    Parameters
    ----------
    string : SymbolString or str
        A primitive string; a text becomes one through `generators.from_text`.
    cell : str
        Registry name: gru, lstm, rnn.
    depth, units : int
        Stacked layers; hidden units per layer.
    learning_rate : float
        The optimizer's step size.
    budget : Budget or str
        For example ``"400 steps"``, ``"2 s"``, ``"1.5 GF"``, ``"0.5 cal-s"``.
    cost_table : CostTable, path or None
        What turns a budget in ``cal-s`` into steps; the reference table if absent.
    batch, length : int
        Parallel streams, and symbols per stream and step; or windows per minibatch, and symbols per window.
    total_length : int
        Window protocol: symbols to which the repeated string is cut, 3,500 if absent; the last ``recall_horizon`` of
        them are withheld.
    stopping_loss, patience : float, int
        Window protocol: stop after an epoch whose validation loss, in nats, is not above the one; or after so many
        epochs without a new lowest. Never, if absent.
    restore_best_weights : bool
        Window protocol: at the end bring back the weights of the lowest validation loss. Checkpoints before the end are
        of the weights as they were, so that a run no longer answers smaller budgets.
    recall_start : {"correct", "published"}
        Window protocol: where the forecast starts; "published" repeats a fault of the published code.
    optimizer, weight_decay, momentum : str, float, float
        adam, adamw (decoupled weight decay) or sgd; momentum of sgd.
    gradient_clip : float
        Largest norm of the gradient; infinite for none.
    learning_rate_schedule : Schedule or str
        In absolute steps, for example ``"cosine 2000 steps"``.
    dropout : float
        Probability with which inputs of layers above the first are dropped (torch engine).
    forget_bias : float, optional
        Initial bias of the LSTM's forget gate; drawn like all other parameters if absent.
    seed, repeat : int
        Network and data seeds are hashes of (seed, "network" | "data", string, repeat).
    stop_on_memorized : bool
        Stop at the first checkpoint where the string is memorized.
    recall_horizon : int, optional
        Symbols of the closed loop at the end; if absent, one period, but at most 1,024, under the stream protocol, and
        100 under the window protocol.
    probes : tuple of str
        What else is measured, off the clock: names in `seqmem.study.probes.PROBES`.
    engine, device : str
        ``auto`` is resolved here, so that a configuration says what really runs.

    Raises
    ------
    pydantic.ValidationError
        A ``ValueError``; use `seqmem.core.validation.validate` for a one-line message.

    >>> config = RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
    >>> str(config.budget), config.string.period
    ('400 steps', 11)
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        validate_default=True,
        allow_inf_nan=False,
    )

    string: Annotated[SymbolString, BeforeValidator(_string)]
    cell: Annotated[str, BeforeValidator(_known("cell", CELLS))]
    depth: int = Field(1, ge=1, le=64)
    units: int = Field(32, ge=1, le=LARGEST_UNITS)
    learning_rate: float = Field(1e-2, gt=0)
    protocol: Annotated[str, BeforeValidator(_known("protocol", PROTOCOLS))] = "stream"
    budget: Annotated[Budget, BeforeValidator(parse_budget)]
    cost_table: Annotated[CostTable | None, BeforeValidator(_cost_table)] = None
    batch: int = Field(32, ge=1)
    length: int = Field(64, ge=1)
    total_length: int | None = Field(None, ge=1, le=LARGEST_TOTAL_LENGTH)
    stopping_loss: float | None = Field(None, gt=0)
    patience: int | None = Field(None, ge=1)
    restore_best_weights: bool = False
    recall_start: Annotated[str, BeforeValidator(_known("recall_start", RECALL_STARTS))] = "correct"
    optimizer: Annotated[str, BeforeValidator(_known("optimizer", OPTIMIZERS))] = "adam"
    weight_decay: float = Field(0.0, ge=0)
    momentum: float = Field(0.0, ge=0, lt=1)
    gradient_clip: float = Field(1.0, gt=0, allow_inf_nan=True)
    learning_rate_schedule: Annotated[Schedule, BeforeValidator(parse_schedule)] = CONSTANT
    dropout: float = Field(0.0, ge=0, lt=1)
    forget_bias: float | None = None
    seed: int = Field(0, ge=0, lt=LARGEST_SEED)
    repeat: int = Field(0, ge=0)
    stop_on_memorized: bool = True
    recall_horizon: int | None = Field(None, ge=1)
    probes: Annotated[tuple[str, ...], BeforeValidator(parse_probes)] = ()
    engine: str = "auto"
    device: str = "cpu"

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, data: Any) -> Any:
        if isinstance(data, dict):
            cells = [
                cell for cell in (data.get("cell"),) if isinstance(cell, str) and cell in CELLS
            ]
            engine = resolve_engine(data.get("engine", "auto"), data.get("device", "cpu"), cells)
            data = {**data, "engine": engine}
        return data

    @model_validator(mode="after")
    def _check_options(self) -> "RunConfig":
        if self.device == "cuda" and self.budget.unit == "s":
            raise InputError(
                "budget unit 's' is CPU time of the training thread; on cuda use 'wall-s'"
            )
        if self.momentum and self.optimizer != "sgd":
            raise InputError(f"momentum {self.momentum:g}: only sgd has one, not {self.optimizer}")
        if self.forget_bias is not None and not CELLS[self.cell].forget_gate:
            raise InputError(f"forget_bias {self.forget_bias:g}: a {self.cell} has no forget gate")
        if self.dropout and self.engine == "fused":
            raise InputError(
                f"dropout {self.dropout:g}: the fused engine has none; use engine 'torch'"
            )
        if self.device != "cpu" and "timing" in self.probes:
            raise InputError(f"probe 'timing': it times one thread of the cpu, not {self.device}")
        self._check_protocol()
        if self.cost_table:
            self._check_calibrated(self.cost_table)
        return self

    def _check_protocol(self) -> None:
        """Raise `InputError` for options of another protocol, or windows that do not fit."""
        if self.protocol == "window":
            _ = self.window_layout
            return
        for name in WINDOW_OPTIONS:
            if getattr(self, name) != type(self).model_fields[name].default:
                raise InputError(
                    f"{name} {getattr(self, name)}: only protocol 'window' has it, not {self.protocol!r}"
                )

    def _check_calibrated(self, table: CostTable) -> None:
        """Raise `InputError` for a run whose steps are not those that were timed."""
        if self.device != "cpu":
            raise InputError(
                f"budget unit 'cal-s' is calibrated on the cpu; on {self.device} use 'wall-s' or 'steps'"
            )
        if self.protocol != "stream":
            raise InputError(
                f"budget unit 'cal-s' is calibrated for protocol 'stream', not {self.protocol!r}"
            )
        table.check(self.step_shape)

    @cached_property
    def run_id(self) -> str:
        """Digest of everything that decides the result."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        string = self.string
        fields |= {"string": [string.string_id, string.reference_bits, string.reference_kind]}
        fields |= {"budget": str(self.budget), "cost_table": self.cost_table_hash}
        fields |= {"recall_horizon": self.horizon, "total_length": self.resolved_total_length}
        fields |= {
            "learning_rate_schedule": str(self.learning_rate_schedule),
            "gradient_clip": str(self.gradient_clip),
        }
        if not self.probes:
            del fields["probes"]
        return digest("run", RECORD_VERSION, fields)

    @property
    def horizon(self) -> int:
        """Symbols of the closed loop at the end."""
        if self.recall_horizon is not None:
            return self.recall_horizon
        return (
            DEFAULT_HORIZON
            if self.protocol == "window"
            else min(self.string.period, LONGEST_DEFAULT_HORIZON)
        )

    @property
    def resolved_total_length(self) -> int | None:
        """Symbols to which the window protocol cuts the repeated string; None under another protocol."""
        return (self.total_length or DEFAULT_TOTAL_LENGTH) if self.protocol == "window" else None

    @property
    def window_layout(self) -> WindowLayout:
        """How the window protocol cuts the repeated string."""
        return WindowLayout(
            self.resolved_total_length or DEFAULT_TOTAL_LENGTH, self.horizon, self.length
        )

    @property
    def symbols_per_epoch(self) -> int:
        """Symbols of one pass over the training data: a period, or those of all training windows."""
        if self.protocol == "window":
            return len(self.window_layout.training) * self.length
        return self.string.period

    @property
    def nominal_symbols_per_step(self) -> float:
        """Symbols that a step stands for, on average: the last minibatch of an epoch may be smaller."""
        if self.protocol == "window":
            return self.symbols_per_epoch / math.ceil(len(self.window_layout.training) / self.batch)
        return self.batch * self.length

    @property
    def optimization(self) -> Optimization:
        """How parameters are updated."""
        return Optimization(
            self.optimizer,
            self.learning_rate,
            self.gradient_clip,
            self.weight_decay,
            self.momentum,
            self.learning_rate_schedule,
        )

    @property
    def cost_table_hash(self) -> str:
        """Hash of the cost table; empty for a budget that needs none."""
        return self.cost_table.hash if self.cost_table else ""

    @property
    def seconds_per_step(self) -> float:
        """What the cost table predicts for one training step; NaN for a budget that needs none."""
        if self.cost_table is None:
            return math.nan
        return self.cost_table.seconds_per_step(self.step_shape)

    @property
    def step_shape(self) -> StepShape:
        """What the duration of a training step depends on."""
        return StepShape(
            self.cell, self.depth, self.units, self.batch, self.length, self.string.alphabet_size
        )

    @property
    def network_seed(self) -> int:
        """Seed of the initialization; the same for both cells."""
        return derive_seed(self.seed, "network", self.string.string_id, self.repeat)

    @property
    def data_seed(self) -> int:
        """Seed of phases and order; the same for both cells."""
        return derive_seed(self.seed, "data", self.string.string_id, self.repeat)
