"""One run: build the memorizer, train it under its budget, and measure its recall."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
import torch

from seqmem.core.seeding import derive_seed
from seqmem.generators.complexity.entropy import floor_bits
from seqmem.generators.symbols import SymbolString, from_text
from seqmem.study.budget import Budget, Clock
from seqmem.study.config import RunConfig
from seqmem.study.declaration import option_values
from seqmem.study.environment import environment_key
from seqmem.study.memorizers.cost import flops_per_symbol, parameter_count
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.metrics import METRICS
from seqmem.study.probes.probe import Probes
from seqmem.study.protocols import PROTOCOLS
from seqmem.study.protocols.measures import ProtocolMeasures
from seqmem.study.protocols.protocol import Batches, Trainer
from seqmem.study.recall import STRINGS_KEPT, Recall, copy_nll_bits, teacher_forced
from seqmem.study.record import (
    ArchitectureColumns,
    CheckpointColumns,
    CostColumns,
    EnvironmentColumns,
    IdentityColumns,
    RecallColumns,
    RunRecord,
    StringColumns,
)
from seqmem.study.training.fused import FusedMemorizer, FusedMemorizerTrainer
from seqmem.study.training.loop import Checkpoint, Training, train
from seqmem.study.training.optimization import Optimization
from seqmem.study.training.stopping import EarlyStopping
from seqmem.study.training.trainer import TorchTrainer

COPYING_BELOW = 0.9

# By engine, with equal interfaces.
MEMORIZERS: dict[str, type[Memorizer]] = {"fused": FusedMemorizer, "torch": Memorizer}
TRAINERS: dict[str, Callable[[Memorizer, Optimization], Trainer]] = {
    "fused": FusedMemorizerTrainer,
    "torch": TorchTrainer,
}


def run(config: RunConfig) -> RunRecord:
    """Train one memorizer on one string under its budget and return the record.

    Training uses one thread; the process's setting is restored afterwards. Building, checkpoints
    and the final measurements are off the clock.

    Parameters
    ----------
    config : RunConfig

    Returns
    -------
    RunRecord
        The result of the run.

    Examples
    --------
    >>> record = run(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    >>> record.status, record.exact_prefix
    ('memorized', 11)
    """
    warm_up(config.cell, config.engine, config.device)
    with one_thread():
        return _run(config)


def _run(config: RunConfig) -> RunRecord:
    memorizer = build(config)
    batches = make_batches(config)
    trainer = TRAINERS[config.engine](memorizer, config.optimization)
    clock = clock_for(config)
    probes = Probes(config.probes)
    started = time.perf_counter()
    probes.begin(memorizer, config)
    seconds_before = time.perf_counter() - started
    training = train(
        trainer,
        batches,
        clock,
        lambda: teacher_forced(memorizer, config.string),
        stop_on_memorized=config.stop_on_memorized,
        stopping=_stopping(config, memorizer, batches),
        watch=probes.see if probes else None,
        uniform_loss=math.log(config.string.alphabet_size),
    )
    started = time.perf_counter()
    string = _string_columns(config.string)
    recall = _recall_columns(config, string, memorizer, trainer, batches, training)
    probe_values = probes.end(memorizer)
    training.evaluation_seconds += seconds_before + time.perf_counter() - started
    return RunRecord(
        identity=_identity_columns(config),
        string=string,
        architecture=_architecture_columns(config),
        options=option_values(config),
        cost=_cost_columns(clock, training),
        checkpoints=_checkpoint_columns(training.checkpoints),
        recall=recall,
        environment=EnvironmentColumns(environment_key(config.engine, config.device)),
        probes=probe_values,
    )


def make_batches(config: RunConfig) -> Batches:
    """Return the training batches of a configuration."""
    batches: Batches = PROTOCOLS[config.protocol].load()(config)
    return batches


def _stopping(config: RunConfig, memorizer: Memorizer, batches: Batches) -> EarlyStopping | None:
    if config.stopping_loss is None and config.patience is None and not config.restore_best_weights:
        return None
    return EarlyStopping(
        lambda: batches.validation_loss(memorizer),
        memorizer,
        stopping_loss=config.stopping_loss,
        patience=config.patience,
        restore_best=config.restore_best_weights,
    )


def build(config: RunConfig) -> Memorizer:
    """Return the memorizer of a configuration, initialized from its network seed."""
    string = config.string
    memorizer = MEMORIZERS[config.engine](
        config.cell, string.alphabet_size, config.depth, config.units
    )
    if config.dropout:
        memorizer.drop(config.dropout, derive_seed(config.data_seed, "dropout"))
    return initialize(memorizer, config.network_seed, config.forget_bias).to(config.device)


def clock_for(config: RunConfig) -> Clock:
    """Return the clock that charges a run of this configuration."""
    flops = flops_per_symbol(config.cell, config.string.alphabet_size, config.depth, config.units)
    return Clock(
        config.budget,
        flops_per_symbol=flops,
        symbols_per_epoch=config.symbols_per_epoch,
        seconds_per_step=config.seconds_per_step,
        synchronize=torch.cuda.synchronize if config.device == "cuda" else lambda: None,
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """Run on one torch thread, then restore the process's setting."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def warm_up(cell: str, engine: str, device: str) -> None:
    """Take one small training step, once per process, so that no run is charged for loading."""
    config = RunConfig(
        string=from_text("AB"),
        cell=cell,
        units=4,
        budget=Budget(1, "steps"),
        batch=2,
        length=2,
        engine=engine,
        device=device,
    )
    with one_thread():
        _run(config)


def _identity_columns(config: RunConfig) -> IdentityColumns:
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
def _string_columns(string: SymbolString) -> StringColumns:
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
        given_bits=min(string.period, min_context) * float(np.log2(string.alphabet_size)),
        floor_bits=floor_bits(string.symbols, string.alphabet_size),
    )


def _architecture_columns(config: RunConfig) -> ArchitectureColumns:
    size = (config.cell, config.string.alphabet_size, config.depth, config.units)
    return ArchitectureColumns(
        cell=config.cell,
        depth=config.depth,
        units=config.units,
        parameters=parameter_count(*size),
        flops_per_symbol=flops_per_symbol(*size),
    )


def _cost_columns(clock: Clock, training: Training) -> CostColumns:
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


def _checkpoint_columns(checkpoints: Sequence[Checkpoint]) -> CheckpointColumns:
    return CheckpointColumns(
        checkpoint_fractions=[checkpoint.fraction for checkpoint in checkpoints],
        checkpoint_steps=[checkpoint.step for checkpoint in checkpoints],
        checkpoint_spent=[checkpoint.spent for checkpoint in checkpoints],
        checkpoint_losses=[checkpoint.loss for checkpoint in checkpoints],
        checkpoint_nll_bits=[checkpoint.recall.nll_bits for checkpoint in checkpoints],
        checkpoint_exact_prefixes=[checkpoint.recall.exact_prefix for checkpoint in checkpoints],
    )


def _recall_columns(
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
        controls = _measure_controls(config.string, memorizer, trainer, batches)
    uniform_bits = string.period * float(np.log2(string.alphabet_size))
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
    string: SymbolString, memorizer: Memorizer, trainer: Trainer, batches: Batches
) -> Controls:
    """Return the controls of a trained network; one closed loop gives the similarities."""
    continuation = batches.continuation(memorizer)
    predicted = continuation.predicted.tolist()
    scored = continuation.scored.tolist()
    return Controls(
        copy_nll_bits=copy_nll_bits(memorizer, string),
        measures=batches.measures(memorizer, trainer),
        solved_horizon=continuation.is_solved,
        similarities={name: metric(predicted, scored) for name, metric in METRICS.items()},
    )
