"""The result of one run: typed groups of columns, flattened into one row."""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints

from pydantic import BaseModel

from seqmem.study.declaration import OptionValue, added_defaults, option_columns
from seqmem.study.metrics import METRICS
from seqmem.study.options import RunOptions
from seqmem.study.probes.probe import ProbeValue, probe_columns
from seqmem.study.protocols.measures import ProtocolMeasures

# What a run took; all that may differ between two runs of one configuration in one environment.
TIMES = ("train_cpu_seconds", "train_wall_seconds", "evaluation_seconds")


@dataclass(frozen=True)
class IdentityColumns:
    """Which run it is, and its seeds."""

    run_id: str
    string_id: str
    string_seed: int | None
    seed: int
    repeat: int
    network_seed: int
    data_seed: int


@dataclass(frozen=True)
class StringColumns:
    """The string: its source, size and complexity.

    ``given_bits`` are those of its first ``min_context`` symbols, ``log2`` of the alphabet size
    each. ``reference_bits`` and ``floor_bits`` are code lengths.
    """

    source: str
    alphabet_size: int
    period: int
    lzw: int
    min_context: int
    reference_bits: float
    reference_kind: str
    given_bits: float
    floor_bits: float


@dataclass(frozen=True)
class ArchitectureColumns:
    """The network, its trained parameters and its training FLOPs per symbol."""

    cell: str
    depth: int
    units: int
    parameters: int
    flops_per_symbol: int


@dataclass(frozen=True)
class CostColumns:
    """How the run ended, what it spent, and its training loss in nats per symbol.

    ``symbols`` and ``flops`` count what went through the network. The nominal counts are those of
    all windows of a minibatch, although equal windows are computed once. ``spent`` and ``overrun``
    are in the budget's unit.
    """

    status: str
    steps: int
    symbols: int
    nominal_symbols: int
    flops: float
    nominal_flops: float
    epochs: float
    spent: float
    overrun: float
    train_cpu_seconds: float
    train_wall_seconds: float
    evaluation_seconds: float
    loss_first: float
    loss_final: float
    loss_min: float


@dataclass(frozen=True)
class CheckpointColumns:
    """One entry per checkpoint, by increasing fraction of the budget."""

    checkpoint_fractions: list[float]
    checkpoint_steps: list[int]
    checkpoint_spent: list[float]
    checkpoint_losses: list[float]
    checkpoint_nll_bits: list[float]
    checkpoint_exact_prefixes: list[int]


@dataclass(frozen=True)
class RecallColumns:
    """What the trained network recalls.

    ``stored_bits = reference_bits - nll_bits``; ``gain_bits = n log2 k - floor_bits - nll_bits``
    for a string of n symbols from an alphabet of size k. ``similarities`` holds a value for each
    of `seqmem.study.metrics.METRICS`.
    """

    exact_prefix: int
    memorized: bool
    memorized_99: bool
    symbol_accuracy: float
    nll_bits: float
    stored_bits: float
    stored_fraction: float
    gain_bits: float
    copy_nll_bits: float
    copies_in_context: bool
    measures: ProtocolMeasures
    memorized_fraction: float
    recall_horizon: int
    solved_horizon: bool
    similarities: Mapping[str, float]


@dataclass(frozen=True)
class EnvironmentColumns:
    """The environment in which the run's numbers can be repeated."""

    environment_key: str


@dataclass(frozen=True)
class RunRecord:
    """The result of one run, in groups of columns. Units are in the names of the columns.

    Every column is also an attribute of the record: ``record.status`` is ``record.cost.status``.

    A run ends in one of these statuses: ``memorized``, ``budget_spent``, or ``diverged``. A run
    diverges if a loss is not finite, or if at the end both loss and recall are worse than twice
    those of a uniform guess; that is a result, not an error. Early stopping adds ``converged`` (the
    stopping loss is reached) and ``stalled`` (patience is exhausted).

    A quantity that could not be measured is NaN.

    Parameters
    ----------
    identity : IdentityColumns
    string : StringColumns
    architecture : ArchitectureColumns
    options : mapping of str to value
        The columns of the options that `seqmem.study.options` declares. A ``gradient_clip`` of None
        means no clipping.
    cost : CostColumns
    checkpoints : CheckpointColumns
    recall : RecallColumns
    environment : EnvironmentColumns
    probes : mapping of str to value
        The columns of the run's probes, named ``probe_<probe>_<quantity>``.
    """

    identity: IdentityColumns
    string: StringColumns
    architecture: ArchitectureColumns
    options: Mapping[str, OptionValue]
    cost: CostColumns
    checkpoints: CheckpointColumns
    recall: RecallColumns
    environment: EnvironmentColumns
    probes: Mapping[str, ProbeValue] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return the record as plain JSON values by column; a number that is not finite is None.

        An option that was added later is left out where it holds its default.
        """
        return {name: _finite_or_none(value) for name, value in self._columns.items()}

    @cached_property
    def _columns(self) -> dict[str, Any]:
        return dict(_flatten(self))

    def __getattr__(self, name: str) -> Any:
        """Return the value of a column."""
        if not name.startswith("_"):
            if name in self._columns:
                return self._columns[name]
            defaults = added_defaults(RunOptions)
            if name in defaults:
                return defaults[name]
        raise AttributeError(f"{type(self).__name__!r} has no column {name!r}")


def columns(probes: Iterable[str] = (), options: type[BaseModel] = RunOptions) -> dict[str, Any]:
    """Return names and types of the columns that runs with these probes have.

    Parameters
    ----------
    probes : iterable of str
        Names of probes.
    options : type
        The model that declares the options of the runs.

    Examples
    --------
    >>> list(columns(["loss_volatility"]))[-3:]
    ['environment_key', 'probe_loss_volatility_log_loss_sd', 'probe_loss_volatility_steps']
    """
    mappings = {
        "options": option_columns(options),
        "similarities": dict.fromkeys(METRICS, float),
        "probes": probe_columns(probes),
    }
    return dict(_flat_types(RunRecord, mappings))


def _flatten(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield names and values of the columns of a group, in order."""
    for item in dataclasses.fields(group):
        value = getattr(group, item.name)
        if isinstance(value, Mapping):
            yield from value.items()
        elif dataclasses.is_dataclass(value):
            yield from _flatten(value)
        else:
            yield item.name, value


def _flat_types(group: Any, mappings: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield names and types of the columns of a group's class, in order."""
    for name, kind in get_type_hints(group).items():
        if name in mappings:
            yield from mappings[name].items()
        elif dataclasses.is_dataclass(kind):
            yield from _flat_types(kind, mappings)
        else:
            yield name, kind


def _finite_or_none(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite_or_none(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
