"""The result of one run: one flat row."""

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from seqmem.study.probes.probe import Value, probe_columns

# What a run took; all that may differ between two runs of one configuration in one environment.
TIMES = ("train_cpu_seconds", "train_wall_seconds", "evaluation_seconds")


@dataclass(frozen=True)
class RunRecord:
    """Everything one run says, in columns. Units are in the names.

    Statuses: ``memorized``, ``budget_spent``, ``diverged`` (a loss that is not finite, or at the end a loss and a
    recall worse than twice those of a uniform guess: a result, not an error); under early stopping also ``converged``
    (the stopping loss is reached) and ``stalled`` (patience is exhausted).

    ``symbols`` and ``flops`` count what went through the network, the nominal ones what it stands for: equal windows of
    a minibatch are computed once. Lists describe the checkpoints, by increasing fraction of the budget. Bits are those
    of METHODS section 1: ``stored_bits = reference_bits - nll_bits``, ``gain_bits = n log2 k - floor_bits - nll_bits``;
    quantities that could not be measured are NaN. A ``gradient_clip`` of None is none. ``probes`` holds what the run's
    probes found, by the name of the column, ``probe_<probe>_<quantity>``.
    """

    run_id: str
    string_id: str
    string_seed: int | None
    seed: int
    repeat: int
    network_seed: int
    data_seed: int
    source: str
    alphabet_size: int
    period: int
    lzw: int
    min_context: int
    reference_bits: float
    reference_kind: str
    given_bits: float
    floor_bits: float
    cell: str
    depth: int
    units: int
    parameters: int
    flops_per_symbol: int
    learning_rate: float
    batch: int
    length: int
    total_length: int | None
    stopping_loss: float | None
    patience: int | None
    restore_best_weights: bool
    recall_start: str
    gradient_clip: float | None
    optimizer: str
    weight_decay: float
    momentum: float
    learning_rate_schedule: str
    dropout: float
    forget_bias: float | None
    protocol: str
    stop_on_memorized: bool
    budget: str
    budget_amount: float
    budget_unit: str
    cost_table_hash: str
    engine: str
    device: str
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
    checkpoint_fractions: list[float]
    checkpoint_steps: list[int]
    checkpoint_spent: list[float]
    checkpoint_losses: list[float]
    checkpoint_nll_bits: list[float]
    checkpoint_exact_prefixes: list[int]
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
    carried_nll_bits: float
    validation_loss: float
    test_loss: float
    test_accuracy: float
    memorized_fraction: float
    recall_horizon: int
    solved_horizon: bool
    osa_similarity: float
    damerau_levenshtein_similarity: float
    jaro_winkler_similarity: float
    environment_key: str
    probes: dict[str, Value] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return the record as plain JSON values, probes last; a number that is not finite becomes None."""
        row = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        row |= row.pop("probes")
        return {name: _finite_or_none(value) for name, value in row.items()}


def columns(probes: Iterable[str] = ()) -> dict[str, Any]:
    """Return names and types of the columns that runs with these probes have.

    >>> list(columns(["loss_volatility"]))[-3:]
    ['environment_key', 'probe_loss_volatility_log_loss_sd', 'probe_loss_volatility_steps']
    """
    own = get_type_hints(RunRecord)
    del own["probes"]
    return own | probe_columns(probes)


def _finite_or_none(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite_or_none(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
