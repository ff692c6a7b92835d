"""The result of one run: typed groups of columns, flattened into one row."""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints

from pydantic import BaseModel

from seqmem.study.bounds import Amount, AtMostAll, Bounds, Count, Fraction, Share, Size, bounds_in
from seqmem.study.declaration import OptionValue, added_defaults, option_bounds, option_columns
from seqmem.study.metrics import METRICS
from seqmem.study.options import RunOptions
from seqmem.study.probes.probe import PREFIX, ProbeValue, probe_columns
from seqmem.study.protocols.measures import ADDED, ProtocolMeasures

# The only columns that may differ between two runs of one configuration in one environment.
TIMES = ("train_cpu_seconds", "train_wall_seconds", "evaluation_seconds")
# How a run ends, see `RunRecord`.
STATUSES = ("memorized", "budget_spent", "converged", "stalled", "diverged", "pruned")


@dataclass(frozen=True)
class IdentityColumns:
    """The run's names and seeds.

    Parameters
    ----------
    run_id : str
        Digest of everything that decides the result.
    string_id : str
        Digest of the string.
    string_seed : int or None
        Seed from which the string was generated; None for a given string.
    seed, repeat : int
        The options of the run.
    network_seed, data_seed : int
        Seeds of the initialization, and of phases and order.
    """

    run_id: str
    string_id: str
    string_seed: int | None
    seed: Count
    repeat: Count
    network_seed: int
    data_seed: int


@dataclass(frozen=True)
class StringColumns:
    """The string: its source, size and complexity.

    Parameters
    ----------
    source : str
        Registry name of the source.
    alphabet_size : int
    period : int
        Symbols of the string.
    lzw : int
        Number of LZW codes.
    min_context : int
        Symbols of context that determine the next symbol.
    reference_bits : float
        Ideal code length of the string under its source, in bits.
    reference_kind : str
        Kind of ``reference_bits``; ``uniform`` is ``n log2 k``.
    given_bits : float
        Bits of the first ``min_context`` symbols, at log2 of the alphabet size for each.
    floor_bits : float
        Bits that a short-context model saves against uniform coding, without memory.
    """

    source: str
    alphabet_size: Size
    period: Size
    lzw: Size
    min_context: Count
    reference_bits: Amount
    reference_kind: str
    given_bits: Amount
    floor_bits: float


@dataclass(frozen=True)
class ArchitectureColumns:
    """The network and its size.

    Parameters
    ----------
    cell : str
    depth, units : int
        Layers, and hidden units per layer.
    parameters : int
        Trained parameters, readout included.
    flops_per_symbol : int
        Training FLOPs per symbol.
    """

    cell: str
    depth: Size
    units: Size
    parameters: Size
    flops_per_symbol: Size


@dataclass(frozen=True)
class CostColumns:
    """How the run ended, its cost, and its training loss.

    Parameters
    ----------
    status : str
        See `RunRecord`.
    steps : int
        Optimizer steps.
    symbols : int
        Symbols that went through the network.
    nominal_symbols : int
        Symbols of all windows of the minibatches. Equal windows are computed only once, so there
        may be more of them than ``symbols``.
    flops, nominal_flops : float
        Training FLOPs of ``symbols`` and of ``nominal_symbols``.
    epochs : float
        Passes over the training data.
    spent, overrun : float
        The amount spent, and the amount beyond the budget, in the budget's unit.
    train_cpu_seconds, train_wall_seconds : float
        Seconds of training, on the clock.
    evaluation_seconds : float
        Seconds of evaluation, off the clock.
    loss_first, loss_final, loss_min : float
        The first, last and lowest training loss, in nats per symbol.
    """

    status: str
    steps: Count
    symbols: Count
    nominal_symbols: Count
    flops: Amount
    nominal_flops: Amount
    epochs: Amount
    spent: Amount
    overrun: float
    train_cpu_seconds: Amount
    train_wall_seconds: Amount
    evaluation_seconds: Amount
    loss_first: float
    loss_final: float
    loss_min: float


@dataclass(frozen=True)
class CheckpointColumns:
    """One entry per checkpoint, by increasing fraction of the budget.

    Parameters
    ----------
    checkpoint_fractions : list of float
        Fractions of the budget.
    checkpoint_steps : list of int
        Optimizer steps taken.
    checkpoint_spent : list of float
        Amounts spent, in the budget's unit.
    checkpoint_losses : list of float
        Training losses of the steps, in nats per symbol.
    checkpoint_nll_bits : list of float
        Code lengths of one period, in bits.
    checkpoint_exact_prefixes : list of int
        Symbols recalled before the first error.
    """

    checkpoint_fractions: list[Fraction]
    checkpoint_steps: list[Count]
    checkpoint_spent: list[Amount]
    checkpoint_losses: list[float]
    checkpoint_nll_bits: list[float]
    checkpoint_exact_prefixes: list[Count]


@dataclass(frozen=True)
class RecallColumns:
    """The recall of the trained network, for a string of n symbols from an alphabet of size k.

    Parameters
    ----------
    exact_prefix : int
        Symbols recalled before the first error.
    memorized, memorized_99 : bool
        Whether all symbols, or at least 99 % of them, are predicted without an error.
    symbol_accuracy : float
        Share of correct predictions.
    nll_bits : float
        Code length of one period under the network, in bits.
    stored_bits : float
        ``reference_bits - nll_bits``.
    stored_fraction : float
        ``stored_bits / reference_bits``.
    gain_bits : float
        ``n log2 k - floor_bits - nll_bits``.
    copy_nll_bits : float
        Code length of the second period of a new uniform string, in bits.
    copies_in_context : bool
        Whether ``copy_nll_bits`` is below ``0.9 n log2 k``.
    measures : ProtocolMeasures
    memorized_fraction : float
        Fraction of the budget at the first checkpoint where the string is memorized.
    recall_horizon : int
        Symbols of the closed loop.
    solved_horizon : bool
        Whether the closed loop makes no error.
    similarities : mapping of str to float
        A similarity for each of `seqmem.study.metrics.METRICS`.
    context_too_short : bool
        Whether the next symbol is not determined by the context that attention reads.
    """

    exact_prefix: Count
    memorized: bool
    memorized_99: bool
    symbol_accuracy: Share
    nll_bits: float
    stored_bits: float
    stored_fraction: AtMostAll
    gain_bits: float
    copy_nll_bits: float
    copies_in_context: bool
    measures: ProtocolMeasures
    memorized_fraction: Fraction
    recall_horizon: Count
    solved_horizon: bool
    similarities: Mapping[str, float]
    context_too_short: bool = field(default=False, metadata=ADDED)


# The defaults, by column, of measurements that came after the first stored records. Records that
# lack them are read with these.
ADDED_MEASUREMENTS: dict[str, Any] = {
    item.name: item.default
    for group in (ProtocolMeasures, RecallColumns)
    for item in dataclasses.fields(group)
    if item.metadata == ADDED
}


@dataclass(frozen=True)
class EnvironmentColumns:
    """The environment in which the run's numbers can be repeated.

    Parameters
    ----------
    environment_key : str
        See `seqmem.study.environment.environment_key`.
    """

    environment_key: str


@dataclass(frozen=True)
class RunRecord:
    """The result of one run, in groups of columns. Units are in the names of the columns.

    Every column is also an attribute of the record: ``record.status`` is ``record.cost.status``.

    A run ends in one of six statuses:

    - ``memorized``: it recalled one whole period without an error.
    - ``budget_spent``: the budget was spent before that.
    - ``converged``: the stopping loss was reached. Only early stopping gives it.
    - ``stalled``: the patience was exhausted. Only early stopping gives it.
    - ``diverged``: a loss is not finite, or at the end both loss and recall are worse than twice
      those of a uniform guess. That is a result, not an error.
    - ``pruned``: it was cut at the fraction ``until`` of its budget. Its record is the state there.

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

    Examples
    --------
    >>> from seqmem import RunConfig, run
    >>> record = run(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    >>> record.status, record.exact_prefix
    ('memorized', 11)
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

        An option or measurement that was added later is left out if it holds its default.
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
            defaults = added_defaults(RunOptions) | ADDED_MEASUREMENTS
            if name in defaults:
                return defaults[name]
        raise AttributeError(f"{type(self).__name__!r} has no column {name!r}")


def is_time(column: str) -> bool:
    """Return whether a column holds measured seconds, which differ between equal runs.

    Examples
    --------
    >>> is_time("train_cpu_seconds"), is_time("nll_bits")
    (True, False)
    """
    return column in TIMES or column.startswith(f"{PREFIX}timing_")


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


def column_bounds(options: type[BaseModel] = RunOptions) -> dict[str, Bounds]:
    """Return the bounds of the columns that have any. For a list, they are those of its entries.

    Parameters
    ----------
    options : type
        The model that declares the options of the runs.

    Examples
    --------
    >>> column_bounds()["stored_fraction"].broken, column_bounds()["learning_rate"].broken
    ('is above 1', 'is not above 0')
    """
    mappings = {
        "options": {},
        "similarities": dict.fromkeys(METRICS, Share),
        "probes": {},
    }
    annotated = _flat_types(RunRecord, mappings, include_extras=True)
    found = {name: bounds for name, kind in annotated if (bounds := bounds_in(kind))}
    return found | option_bounds(options)


def _flatten(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield names and values of the columns of a group, in order."""
    for item in dataclasses.fields(group):
        value = getattr(group, item.name)
        if item.metadata == ADDED and _finite_or_none(value) == _finite_or_none(item.default):
            continue
        if isinstance(value, Mapping):
            yield from value.items()
        elif dataclasses.is_dataclass(value):
            yield from _flatten(value)
        else:
            yield item.name, value


def _flat_types(
    group: Any, mappings: Mapping[str, Mapping[str, Any]], *, include_extras: bool = False
) -> Iterator[tuple[str, Any]]:
    """Yield names and types of the columns of a group's class, in order, with bounds if wanted."""
    for name, kind in get_type_hints(group, include_extras=include_extras).items():
        if name in mappings:
            yield from mappings[name].items()
        elif dataclasses.is_dataclass(kind):
            yield from _flat_types(kind, mappings, include_extras=include_extras)
        else:
            yield name, kind


def _finite_or_none(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite_or_none(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
