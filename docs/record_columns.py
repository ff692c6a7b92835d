"""The columns of records in words: name, type, unit and meaning, for the card of shipped records.

Names and types are those of `seqmem.sweeps.storage.record_schema`. The meanings are the help texts
of options and metrics and the docstrings of `seqmem.study.record`. This module adds the others.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import docstring_parser
import pyarrow as pa

from seqmem.study import record as records
from seqmem.study.declaration import declared_options
from seqmem.study.metrics import METRICS
from seqmem.study.options import RunOptions
from seqmem.study.probes.probe import PREFIX, probe_columns
from seqmem.study.protocols.measures import ProtocolMeasures
from seqmem.sweeps.storage.record_schema import records_schema

BUILT_IN_PROBES = ("gradient_by_lag", "loss_after_steps", "loss_volatility", "timing")
GROUPS = (
    records.IdentityColumns,
    records.StringColumns,
    records.ArchitectureColumns,
    records.CostColumns,
    records.CheckpointColumns,
    records.RecallColumns,
    ProtocolMeasures,
    records.EnvironmentColumns,
)
TYPE_NAMES = {
    pa.string(): "text",
    pa.int64(): "whole number",
    pa.float64(): "number",
    pa.bool_(): "flag",
    pa.list_(pa.int64()): "whole numbers",
    pa.list_(pa.float64()): "numbers",
}

# In place of a docstring that several columns share, or that names the column only.
MEANINGS = {
    "sweep": "Name of the sweep.",
    "condition": "String condition, cell, protocol and budget.",
    "string_condition": "Source with its parameters, alphabet, measure and level.",
    "search": "Number of the independent search of the condition, from 0.",
    "role": "What the string is for: `tune`, `select` or `confirm`. Inference uses `confirm` only.",
    "trial": "Number of the trial in its search and role, from 0.",
    "tune_trial": "Number of the tuning trial that proposed the configuration.",
    "generation": "Number of the batch of trials that were proposed together, from 0.",
    "replicate": "Number of the string in its role, from 0.",
    "measure": "Complexity measure to whose value the string was grown.",
    "level": "Value of the measure.",
    "score": "What the search maximizes: 1 + log2(1/b) / 6 if the string was memorized after the "
    "fraction b of the budget, otherwise the stored fraction from -0.25 to 0.999; -1 if diverged.",
    "environment_changed": "Whether the environment is another one than at the start of the sweep.",
    "error": "Traceback of a failed run.",
    "pruned": "Whether the trial was pruned.",
    "earlier_courses": "Earlier courses of the run, which a pruner cut.",
    "earlier_steps": "Optimizer steps of the earlier courses.",
    "earlier_train_cpu_seconds": "CPU time of training of the earlier courses.",
    "earlier_train_wall_seconds": "Wall-clock time of training of the earlier courses.",
    "earlier_evaluation_seconds": "Time of evaluation of the earlier courses.",
    "network_seed": "Seed of the initialization.",
    "data_seed": "Seed of phases and order.",
    "string_seed": "Seed from which the string was generated; missing for a given string.",
    "gradient_clip": "Largest norm of the gradient; missing means no clipping.",
    "forget_bias": "Initial bias of the forget gate; missing if it was drawn like all parameters.",
    "heads": "Attention heads of each block.",
    "total_length": "Symbols to which the repeated string is cut.",
    "recall_horizon": "Symbols of the closed loop.",
    "until": "Fraction of the budget at which the run was cut; 1 for the whole budget.",
    "alphabet_size": "Number of distinct symbols, k.",
    "status": "How the run ended: `memorized`, `budget_spent`, `converged`, `stalled`, `diverged`, "
    "`pruned` or `failed`.",
    "flops": "Training FLOPs of `symbols`.",
    "nominal_flops": "Training FLOPs of `nominal_symbols`.",
    "spent": "Amount spent on training.",
    "overrun": "Amount spent beyond the budget; negative if the run ended before.",
    "train_cpu_seconds": "CPU time of training, on the clock.",
    "train_wall_seconds": "Wall-clock time of training, on the clock.",
    "evaluation_seconds": "Time of evaluation, off the clock.",
    "loss_first": "Training loss of the first step.",
    "loss_final": "Training loss of the last step.",
    "loss_min": "Lowest training loss.",
    "memorized": "Whether all symbols of the period are predicted without an error.",
    "memorized_99": "Whether at least 99 % of the symbols are predicted without an error.",
    "environment_key": "Engine, kernel version, instruction set and package versions, as JSON.",
    "budget": "Amount and unit of what the run may spend on training.",
    "budget_amount": "Amount of the budget.",
    "budget_unit": "Unit of the budget.",
    "cost_table_hash": "Digest of the cost table that turns `cal-s` into steps; empty without one.",
}
# Quantities of probes, by regular expression.
PROBE_MEANINGS = {
    r"gradient_by_lag_lags": "Symbols between the state and the loss, one for each entry below.",
    r"gradient_by_lag_(initial|trained)_log2_norms": "Norm of ∂loss/∂state at each lag, {0} "
    "network.",
    r"gradient_by_lag_(initial|trained)_decay_per_symbol": "Factor of that norm per symbol of lag, "
    "{0} network.",
    r"gradient_by_lag_(initial|trained)_half_life_symbols": "Lag over which that norm halves, {0} "
    "network; missing if it does not decay.",
    r"loss_after_steps_(\d+)_loss_nats_per_symbol": "Running median of the training loss "
    "after {0} steps.",
    r"loss_after_steps_(\d+)_nll_bits_per_symbol": "Code length of the string after {0} steps.",
    r"loss_volatility_log_loss_sd": "Standard deviation of ln(loss) about its running median.",
    r"loss_volatility_steps": "Steps in that standard deviation.",
    r"timing_train_(gru_|lstm_)?seconds_per_symbol": "CPU time of training, {0}.",
    r"timing_inference_batch_(\d+)_(gru_|lstm_)?seconds_per_symbol": "CPU time of inference with "
    "batch {0}, {1}.",
}
WORDS = {
    None: "this cell",
    "gru_": "a GRU of the same shape",
    "lstm_": "an LSTM of the same shape",
    "initial": "untrained",
    "trained": "trained",
}
# Units by regular expression on the whole name; the first one that matches counts.
UNITS = {
    r".*_log2_norms": "log2",
    r".*_seconds_per_symbol": "s/symbol",
    r".*_bits_per_symbol": "bits/symbol",
    r".*_nats_per_symbol|loss_.*|checkpoint_losses": "nats/symbol",
    r"validation_loss|test_loss|stopping_loss": "nats",
    r".*_seconds": "s",
    r".*_bits": "bits",
    r"flops_per_symbol": "FLOPs/symbol",
    r"(nominal_)?flops": "FLOPs",
    r"spent|overrun|checkpoint_spent|budget_amount": "`budget_unit`",
    r"level": "`measure`",
    r"lzw": "codes",
    r"(.*_)?steps": "steps",
    r"epochs|patience": "epochs",
    r"period|min_context|length|total_length|context|recall_horizon|(nominal_)?symbols": "symbols",
    r".*exact_prefix(es)?|.*_half_life_symbols|.*_lags": "symbols",
}


class RecordColumn(NamedTuple):
    """A column of ``runs.parquet``; ``unit`` is empty for names, flags, counts and ratios."""

    name: str
    kind: str
    unit: str
    meaning: str


def record_columns() -> Iterator[RecordColumn]:
    """Yield all columns that records can have, in the order of the files.

    Raises
    ------
    KeyError
        If a column has no meaning.
    """
    meanings = _docstrings() | _options() | {name: m.help for name, m in METRICS.items()} | MEANINGS
    meanings |= {name: _probe_meaning(name) for name in probe_columns(BUILT_IN_PROBES)}
    for field in records_schema(BUILT_IN_PROBES, has_pruner=True):
        yield RecordColumn(
            field.name, TYPE_NAMES[field.type], unit_of(field.name), _sentence(meanings[field.name])
        )


def unit_of(column: str) -> str:
    """Return the unit of a column; empty if it has none."""
    return next((unit for form, unit in UNITS.items() if re.fullmatch(form, column)), "")


def _docstrings() -> dict[str, str]:
    """Return the descriptions in the docstrings of the groups of a record."""
    return {
        name: parameter.description
        for group in GROUPS
        for parameter in docstring_parser.parse(group.__doc__ or "").params
        for name in parameter.arg_name.split(", ")
        if parameter.description
    }


def _options() -> dict[str, str]:
    options = declared_options(RunOptions)
    texts = {name: declared.option.help for name, declared in options.items()}
    return texts | {
        column.name: declared.option.help
        for declared in options.values()
        for column in declared.columns
    }


def _probe_meaning(column: str) -> str:
    quantity = column.removeprefix(PREFIX)
    for form, meaning in PROBE_MEANINGS.items():
        if match := re.fullmatch(form, quantity):
            return meaning.format(*(WORDS.get(group, group) for group in match.groups()))
    raise KeyError(column)


def _sentence(text: str) -> str:
    """Return a description as one line that starts with a capital letter and ends with a period."""
    line = " ".join(text.replace("``", "`").split())
    line = line if line.endswith((".", "!")) else f"{line}."
    return line[0].upper() + line[1:]
