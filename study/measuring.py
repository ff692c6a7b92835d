"""The columns of a run's record: what is known before the run, and what it measured."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from seqmem.generators.complexity.entropy import floor_bits
from seqmem.generators.symbols import SymbolString
from seqmem.study.budget import Clock
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.metrics import METRICS
from seqmem.study.protocols.measures import ProtocolMeasures
from seqmem.study.protocols.protocol import Batches, Trainer
from seqmem.study.recall import STRINGS_KEPT, Recall, copy_nll_bits
from seqmem.study.record import (
    ArchitectureColumns,
    CheckpointColumns,
    CostColumns,
    IdentityColumns,
    RecallColumns,
    StringColumns,
)
from seqmem.study.training.loop import Checkpoint, Training

# A network copies from its context if it needs less than this share of the uniform code's bits.
COPYING_BELOW = 0.9


def identity_columns(config: RunConfig) -> IdentityColumns:
    """Return the identifiers and seeds of a run."""
    return IdentityColumns(
        run_id=config.run_id,
        string_id=config.string.string_id,
        string_seed=config.string.seed,
        seed=config.seed,
        repeat=config.repeat,
        network_seed=config.network_seed,
        data_seed=config.data_seed,
    )


@lru_cache(maxsize=STRINGS_KEPT)
def string_columns(string: SymbolString) -> StringColumns:
    """Measure a string; cached, because a search trains on the same few strings repeatedly."""
    min_context = string.complexity("min_context")
    return StringColumns(
        source=string.source,
        alphabet_size=string.alphabet_size,
        period=string.period,
        lzw=string.complexity("lzw"),
        min_context=min_context,
        reference_bits=string.reference_bits,
        reference_kind=string.reference_kind,
        given_bits=min(string.period, min_context) * math.log2(string.alphabet_size),
        floor_bits=floor_bits(string.symbols, string.alphabet_size),
    )


def architecture_columns(config: RunConfig) -> ArchitectureColumns:
    """Return the network's cell and size, and its cost per symbol."""
    return ArchitectureColumns(
        cell=config.cell,
        depth=config.depth,
        units=config.units,
        parameters=config.family.parameter_count(config.network_shape),
        flops_per_symbol=config.family.training_flops(config.network_shape),
    )


def cost_columns(clock: Clock, training: Training) -> CostColumns:
    """Return what the training used and how its loss changed."""
    return CostColumns(
        status=training.status,
        steps=clock.steps,
        symbols=clock.symbols,
        nominal_symbols=clock.nominal_symbols,
        flops=clock.flops,
        nominal_flops=clock.nominal_flops,
        epochs=clock.epochs,
        spent=clock.spent,
        overrun=clock.overrun,
        train_cpu_seconds=clock.cpu_seconds,
        train_wall_seconds=clock.wall_seconds,
        evaluation_seconds=training.evaluation_seconds,
        loss_first=training.loss_first,
        loss_final=training.loss_final,
        loss_min=training.loss_min,
    )


def checkpoint_columns(checkpoints: Sequence[Checkpoint]) -> CheckpointColumns:
    """Return one list per quantity, with one value per checkpoint."""
    return CheckpointColumns(
        checkpoint_fractions=[checkpoint.fraction for checkpoint in checkpoints],
        checkpoint_steps=[checkpoint.step for checkpoint in checkpoints],
        checkpoint_spent=[checkpoint.spent for checkpoint in checkpoints],
        checkpoint_losses=[checkpoint.loss for checkpoint in checkpoints],
        checkpoint_nll_bits=[checkpoint.recall.nll_bits for checkpoint in checkpoints],
        checkpoint_exact_prefixes=[checkpoint.recall.exact_prefix for checkpoint in checkpoints],
    )


def recall_columns(
    config: RunConfig,
    string: StringColumns,
    memorizer: Memorizer,
    trainer: Trainer,
    batches: Batches,
    training: Training,
) -> RecallColumns:
    """Measure the trained network: recall, controls, and one closed loop."""
    recall = training.recall
    if recall is None or not math.isfinite(training.nats_per_symbol):
        recall = Recall(string.period, exact_prefix=0, correct=0, nll_bits=math.nan)
        controls = Controls()
    else:
        controls = _measure_controls(config, memorizer, trainer, batches)
    uniform_bits = string.period * math.log2(string.alphabet_size)
    return RecallColumns(
        exact_prefix=recall.exact_prefix,
        memorized=recall.memorized,
        memorized_99=recall.memorized_99,
        symbol_accuracy=recall.correct / recall.period,
        nll_bits=recall.nll_bits,
        stored_bits=string.reference_bits - recall.nll_bits,
        stored_fraction=(string.reference_bits - recall.nll_bits) / string.reference_bits,
        gain_bits=uniform_bits - string.floor_bits - recall.nll_bits,
        copy_nll_bits=controls.copy_nll_bits,
        copies_in_context=controls.copy_nll_bits < COPYING_BELOW * uniform_bits,
        measures=controls.measures,
        memorized_fraction=_memorized_fraction(training.checkpoints),
        recall_horizon=config.horizon,
        solved_horizon=controls.solved_horizon,
        similarities=controls.similarities,
        context_too_short=config.context_is_too_short(string.min_context),
    )


def _memorized_fraction(checkpoints: Sequence[Checkpoint]) -> float:
    """Return the first fraction of the budget at which the string is memorized; NaN if at none."""
    fractions = [checkpoint.fraction for checkpoint in checkpoints if checkpoint.recall.memorized]
    return min(fractions, default=math.nan)


@dataclass(frozen=True)
class Controls:
    """Measurements on a trained network beside its recall; the defaults mean not measured.

    Parameters
    ----------
    copy_nll_bits : float
    measures : ProtocolMeasures
    solved_horizon : bool
    similarities : mapping of str to float
        See `RecallColumns` for all of them.
    """

    copy_nll_bits: float = math.nan
    measures: ProtocolMeasures = field(default_factory=ProtocolMeasures)
    solved_horizon: bool = False
    similarities: Mapping[str, float] = field(
        default_factory=lambda: dict.fromkeys(METRICS, math.nan)
    )


def _measure_controls(
    config: RunConfig, memorizer: Memorizer, trainer: Trainer, batches: Batches
) -> Controls:
    """Return the controls of a trained network; one closed loop gives the similarities."""
    continuation = batches.continuation(memorizer)
    predicted = continuation.predicted.tolist()
    scored = continuation.scored.tolist()
    return Controls(
        copy_nll_bits=copy_nll_bits(memorizer, config.string, config.blocks),
        measures=batches.measures(memorizer, trainer),
        solved_horizon=continuation.is_solved,
        similarities={name: metric(predicted, scored) for name, metric in METRICS.items()},
    )
