"""The one declaration of the options of a run.

Each option is one field of a model below: its name, type, bounds and default, and a
`seqmem.study.declaration.Option` with its line of help and its special properties. The following
derive from these fields: `RunConfig`, the section ``[training]`` of sweep files, the options of
``seqmem train``, the columns of `RunRecord`, and the option tables of the documentation. To add an
option, add one field with ``added=True``.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo

from seqmem.core.errors import InputError
from seqmem.core.validation import ValidatedModel, is_stored, one_of
from seqmem.generators.targeting import LARGEST_SEED
from seqmem.study.blocks import RECALLS
from seqmem.study.bounds import Bounds
from seqmem.study.budget import (
    CHECKPOINTS_PER_OCTAVE,
    CUTS,
    MOST_PER_OCTAVE,
    UNITS,
    Budget,
    check_cut,
    parse_budget,
)
from seqmem.study.calibration.table import CostTable
from seqmem.study.declaration import Column, OnlyWith, Option, declared_options
from seqmem.study.engine import DEVICES, ENGINES
from seqmem.study.memorizers.cells import CELLS, cells_with
from seqmem.study.memorizers.cells.cell import CANDIDATES
from seqmem.study.probes import PROBES, parse_probes
from seqmem.study.protocols import PROTOCOLS
from seqmem.study.protocols.layout import (
    DEFAULT_HORIZON,
    DEFAULT_TOTAL_LENGTH,
    LARGEST_TOTAL_LENGTH,
    RECALL_STARTS,
)
from seqmem.study.training.optimization import OPTIMIZERS
from seqmem.study.training.schedule import (
    CONSTANT,
    KINDS,
    SCHEDULE_EXAMPLES,
    Schedule,
    parse_schedule,
)

LARGEST_UNITS = 65_536
LONGEST_DEFAULT_HORIZON = 1024
# Options beside depth and units that decide the size of a network.
NETWORK_OPTIONS = ("candidate", "block", "heads")
DEFAULT_CONTEXT = 64
WHOLE_BUDGET = 1.0

STREAM = OnlyWith("protocol", lambda: ("stream",))
WINDOW = OnlyWith("protocol", lambda: ("window",))
SGD = OnlyWith("optimizer", lambda: ("sgd",))
TORCH = OnlyWith("engine", lambda: ("torch",))
FORGET_GATE = OnlyWith("cell", lambda: cells_with("forget_bias"))
WITH_CANDIDATE = OnlyWith("cell", lambda: cells_with("candidate"))
WITH_BLOCK = OnlyWith("cell", lambda: cells_with("block"))
WITH_HEADS = OnlyWith("cell", lambda: cells_with("heads"))
WITH_CONTEXT = OnlyWith("cell", lambda: cells_with("context"))


def _check_table(value: Any) -> Any:
    if not isinstance(value, CostTable | str | Path | None):
        raise InputError(f"cost_table: {value!r} given; must be the path of a cost table")
    return str(value) if isinstance(value, Path) else value


def _probes(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    return parse_probes(value, stored=is_stored(info))


def _until(value: Any) -> Any:
    if value != WHOLE_BUDGET:
        check_cut(value)
    return float(value)


def hash_of(table: Any) -> str:
    """Return the hash of a cost table; empty for a budget that needs none."""
    return table.hash if isinstance(table, CostTable) else ""


def _hash_of_part(table: Any) -> str:
    """Return the hash that enters run ids: a run has an extension only if its cell is in it."""
    has_extension = isinstance(table, CostTable) and table.extension is not None
    return table.extension_hash if has_extension else hash_of(table)


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


class MemorizerOptions(ValidatedModel):
    """The network and its learning rate, which a sweep searches."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        validate_default=True,
        allow_inf_nan=False,
    )

    cell: Annotated[
        str, one_of("cell", CELLS), Option("Recurrent cell.", choices=CELLS, columns=())
    ]
    depth: Annotated[int, Option("Stacked layers.", columns=())] = Field(1, ge=1, le=64)
    units: Annotated[int, Option("Hidden units per layer.", columns=())] = Field(
        32, ge=1, le=LARGEST_UNITS
    )
    learning_rate: Annotated[float, Option("Step size of the optimizer.")] = Field(1e-2, gt=0)


class TrainingOptions(ValidatedModel):
    """How one run is trained: shared by `RunConfig` and the section ``[training]`` of a sweep."""

    model_config = MemorizerOptions.model_config

    protocol: Annotated[
        str,
        one_of("protocol", PROTOCOLS),
        Option(
            "How the string becomes training batches.",
            choices=PROTOCOLS,
            column_after="forget_bias",
        ),
    ] = "stream"
    budget: Annotated[
        Budget,
        BeforeValidator(parse_budget),
        Option(
            "What the run may spend on training, as NUMBER UNIT, for example '400 steps'. "
            f"Units: {', '.join(UNITS)}.",
            is_text=True,
            columns=(
                Column("budget", str, str),
                Column(
                    "budget_amount",
                    float,
                    lambda budget: budget.amount,
                    Bounds(0, excludes_low=True),
                ),
                Column("budget_unit", str, lambda budget: budget.unit),
            ),
            column_after="stop_on_memorized",
        ),
    ]
    cost_table: Annotated[
        CostTable | str | None,
        BeforeValidator(_check_table),
        Option(
            "File that turns a budget in cal-s into steps. Default: the reference table.",
            hashed=_hash_of_part,
            columns=(Column("cost_table_hash", str, hash_of),),
            column_after="budget",
            argument=Path | None,
        ),
    ] = None
    batch: Annotated[
        int, Option("Parallel streams; under the window protocol, windows in a minibatch.")
    ] = Field(32, ge=1)
    length: Annotated[
        int,
        Option(
            "Symbols per stream and step, where gradients are truncated; "
            "under the window protocol, symbols in a window."
        ),
    ] = Field(64, ge=1)
    total_length: Annotated[
        int | None,
        Option(
            "Symbols to which the repeated string is cut. The last recall_horizon of them are "
            f"withheld. Default: {DEFAULT_TOTAL_LENGTH:,}.",
            only_with=(WINDOW,),
            resolved="resolved_total_length",
        ),
    ] = Field(None, ge=1, le=LARGEST_TOTAL_LENGTH)
    stopping_loss: Annotated[
        float | None,
        Option(
            "Stop after an epoch whose validation loss, in nats, is at most this.",
            only_with=(WINDOW,),
        ),
    ] = Field(None, gt=0)
    patience: Annotated[
        int | None,
        Option(
            "Stop after so many epochs without a new lowest validation loss.", only_with=(WINDOW,)
        ),
    ] = Field(None, ge=1)
    restore_best_weights: Annotated[
        bool,
        Option(
            "At the end, restore the weights with the lowest validation loss. Checkpoints before "
            "the end use the weights at that time, so the run does not answer smaller budgets.",
            only_with=(WINDOW,),
        ),
    ] = False
    recall_start: Annotated[
        str,
        one_of("recall_start", RECALL_STARTS),
        Option("Where the forecast starts.", choices=RECALL_STARTS, only_with=(WINDOW,)),
    ] = "correct"
    optimizer: Annotated[
        str,
        one_of("optimizer", OPTIMIZERS),
        Option("How the parameters are updated.", choices=OPTIMIZERS),
    ] = "adam"
    weight_decay: Annotated[float, Option("Coefficient of weight decay.")] = Field(0.0, ge=0)
    momentum: Annotated[float, Option("Momentum of the updates.", only_with=(SGD,))] = Field(
        0.0, ge=0, lt=1
    )
    gradient_clip: Annotated[
        float,
        Option(
            "Largest norm of the gradient. For no clipping, inf.",
            hashed=str,
            columns=(Column("gradient_clip", float | None, _finite_or_none),),
            column_after="recall_start",
        ),
    ] = Field(1.0, gt=0, allow_inf_nan=True)
    learning_rate_schedule: Annotated[
        Schedule,
        BeforeValidator(parse_schedule),
        Option(
            "Change of the learning rate, in absolute steps.",
            choices=KINDS,
            below_choices=f"Examples: {SCHEDULE_EXAMPLES}. For a Transformer, constant is its own "
            "default, a warm-up of 100 steps.",
            is_text=True,
            resolved="schedule",
        ),
    ] = CONSTANT
    dropout: Annotated[
        float,
        Option(
            "Probability with which each input of the layers above the first is dropped. It has no "
            "effect at depth 1.",
            only_with=(TORCH,),
        ),
    ] = Field(0.0, ge=0, lt=1)
    forget_bias: Annotated[
        float | None,
        Option(
            "Initial bias of the forget gate. Default: drawn like all parameters.",
            only_with=(FORGET_GATE,),
        ),
    ] = None
    candidate: Annotated[
        str,
        one_of("candidate", CANDIDATES),
        Option(
            "How the candidate state is computed.",
            choices=CANDIDATES,
            only_with=(WITH_CANDIDATE,),
            added=True,
        ),
    ] = "linear"
    block: Annotated[
        bool,
        Option(
            "Put each layer into a block with normalization, residual sums and an MLP.",
            only_with=(WITH_BLOCK, TORCH),
            added=True,
        ),
    ] = False
    heads: Annotated[
        int | None,
        Option(
            "Attention heads of each block. Units / heads must be even. Default: the largest of "
            "1, 2, 4 and 8 that leaves an even number of 8 units or more to each, otherwise 1.",
            only_with=(WITH_HEADS,),
            added=True,
        ),
    ] = Field(None, ge=1, le=1024)
    context: Annotated[
        int,
        Option(
            "Symbols before the first target of a step, which attention reads again at every step.",
            only_with=(WITH_CONTEXT, STREAM),
            added=True,
        ),
    ] = Field(DEFAULT_CONTEXT, ge=1, le=65_536)
    recall: Annotated[
        str,
        one_of("recall", RECALLS),
        Option("How recall reads the string.", choices=RECALLS, only_with=(WINDOW,), added=True),
    ] = "teacher_forced"
    stop_on_memorized: Annotated[
        bool, Option("Stop at the first checkpoint where the string is memorized.")
    ] = True
    checkpoints_per_octave: Annotated[
        int,
        Option(
            "Checkpoints each time the spent budget doubles, over its last six octaves.",
            added=True,
        ),
    ] = Field(CHECKPOINTS_PER_OCTAVE, ge=1, le=MOST_PER_OCTAVE)
    recall_horizon: Annotated[
        int | None,
        Option(
            "Symbols of the closed loop at the end. Default: one period but at most "
            f"{LONGEST_DEFAULT_HORIZON:,}; under the window protocol {DEFAULT_HORIZON}.",
            resolved="horizon",
            columns=(),
        ),
    ] = Field(None, ge=1)
    probes: Annotated[
        tuple[str, ...],
        BeforeValidator(_probes),
        Option(
            "What else is measured, off the clock.",
            choices=PROBES,
            below_choices="Give any of these names. On the command line, repeat the option.",
            hashed_at_default=False,
            columns=(),
            flag="probe",
        ),
    ] = ()
    engine: Annotated[
        str, one_of("engine", ENGINES), Option("What computes the network.", choices=ENGINES)
    ] = "auto"
    device: Annotated[
        str, one_of("device", DEVICES), Option("Where the network is computed.", choices=DEVICES)
    ] = "cpu"


class RunOptions(TrainingOptions, MemorizerOptions):
    """All options of a run; `RunConfig` adds the string."""

    seed: Annotated[
        int,
        Option("Decides initialization and order, with the string and the repeat.", columns=()),
    ] = Field(0, ge=0, lt=LARGEST_SEED)
    repeat: Annotated[
        int, Option("Number of another initialization and order of the same seed.", columns=())
    ] = Field(0, ge=0)
    until: Annotated[
        float,
        BeforeValidator(_until),
        Option(
            "Fraction of the budget at which the run is cut, as a pruner does it; its status is "
            f"then 'pruned'. One of {', '.join(f'{cut:g}' for cut in CUTS)}, or 1 for the whole "
            "budget. The steps before the cut are those of the whole run.",
            added=True,
        ),
    ] = Field(WHOLE_BUDGET, gt=0, le=1)


def options_of_other_cells(cell: str) -> list[str]:
    """Return the names of the options that a cell does not have.

    Examples
    --------
    >>> options_of_other_cells("transformer"), "forget_bias" in options_of_other_cells("lstm")
    (['forget_bias', 'candidate', 'block'], False)
    """
    return [
        name
        for name, declared in declared_options(RunOptions).items()
        if any(
            needs.option == "cell" and cell not in needs.values()
            for needs in declared.option.only_with
        )
    ]


def needs_torch_engine(given: Mapping[str, Any]) -> bool:
    """Return whether options are given that only the torch engine computes.

    Parameters
    ----------
    given : mapping of str to value
        Options of a run. An absent one has its default.

    Examples
    --------
    >>> needs_torch_engine({"dropout": 0.1}), needs_torch_engine({"dropout": 0.0})
    (True, False)
    """
    return any(
        given.get(name, declared.default) != declared.default
        for name, declared in declared_options(RunOptions).items()
        if TORCH in declared.option.only_with
    )
