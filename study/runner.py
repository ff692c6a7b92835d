"""One run: build the memorizer, train it under its budget, and measure its recall."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import NamedTuple

import numpy as np
import torch

from seqmem.core.errors import check_type
from seqmem.core.seeding import derive_seed
from seqmem.generators.symbols import from_text
from seqmem.study.budget import Budget, Clock
from seqmem.study.config import RunConfig
from seqmem.study.declaration import option_values
from seqmem.study.environment import environment_key
from seqmem.study.measuring import (
    architecture_columns,
    checkpoint_columns,
    cost_columns,
    identity_columns,
    recall_columns,
    string_columns,
)
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.options import WHOLE_BUDGET
from seqmem.study.probes.probe import Probes
from seqmem.study.protocols import PROTOCOLS
from seqmem.study.protocols.protocol import Batches, Trainer
from seqmem.study.recall import Recall, right_probabilities, teacher_forced
from seqmem.study.record import (
    EnvironmentColumns,
    RunRecord,
)
from seqmem.study.training.fused import FusedMemorizer, FusedMemorizerTrainer
from seqmem.study.training.loop import PRUNED, train_until_over
from seqmem.study.training.optimization import Optimization
from seqmem.study.training.stopping import EarlyStopping
from seqmem.study.training.trainer import TorchTrainer

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

    Raises
    ------
    InputError
        If something else than a configuration is given.

    Examples
    --------
    >>> record = run(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    >>> record.status, record.exact_prefix
    ('memorized', 11)
    """
    return run_and_keep(config, "run").record


class FinishedRun(NamedTuple):
    """A run that has ended, with what its record does not hold.

    Attributes
    ----------
    record : RunRecord
    memorizer : Memorizer
        The network as it ended.
    trace : array of float32, shape (checkpoints, period)
        Probability of the right symbol at each position of the period; see
        `seqmem.study.recall.right_probabilities`. Empty unless it was asked for.
    """

    record: RunRecord
    memorizer: Memorizer
    trace: np.ndarray


def run_and_keep(config: RunConfig, name: str, *, trace: bool = False) -> FinishedRun:
    """Execute a run as `run` does, and keep its network.

    Parameters
    ----------
    config : RunConfig
    name : str
        Name of the function that was called, for messages.
    trace : bool
        Whether to record, off the clock, how probable the right symbols are at each checkpoint.

    Raises
    ------
    InputError
        If something else than a configuration is given.
    """
    check_type(config, RunConfig, f"{name} needs a RunConfig, made by RunConfig(...)")
    warm_up(config.cell, config.engine, config.device, config.block)
    with one_thread():
        return _run(config, trace=trace)


def _run(config: RunConfig, *, trace: bool = False) -> FinishedRun:
    memorizer = build(config)
    traced: list[np.ndarray] = []

    def evaluate() -> Recall:
        if trace:
            traced.append(right_probabilities(memorizer, config.string, config.blocks))
        return teacher_forced(memorizer, config.string, config.blocks)

    batches = make_batches(config)
    trainer = TRAINERS[config.engine](memorizer, config.optimization)
    clock = clock_for(config)
    probes = Probes(config.probes)
    started = time.perf_counter()
    probes.begin(memorizer, config)
    seconds_before = time.perf_counter() - started
    training = train_until_over(
        trainer,
        batches,
        clock,
        evaluate,
        stop_on_memorized=config.stop_on_memorized,
        checkpoints_per_octave=config.checkpoints_per_octave,
        stopping=_stopping(config, memorizer, batches),
        watch=probes.see if probes else None,
        uniform_loss=math.log(config.string.alphabet_size),
        until=config.until,
    )
    if training.status != PRUNED:
        # It ended before the cut, so this is the record of the whole run.
        config = config.model_copy(update={"until": WHOLE_BUDGET})
    started = time.perf_counter()
    string = string_columns(config.string)
    recall = recall_columns(config, string, memorizer, trainer, batches, training)
    probe_values = probes.end(memorizer)
    training.evaluation_seconds += seconds_before + time.perf_counter() - started
    record = RunRecord(
        identity=identity_columns(config),
        string=string,
        architecture=architecture_columns(config),
        options=option_values(config),
        cost=cost_columns(clock, training),
        checkpoints=checkpoint_columns(training.checkpoints),
        recall=recall,
        environment=EnvironmentColumns(environment_key(config.engine, config.device)),
        probes=probe_values,
    )
    return FinishedRun(record, memorizer, np.array(traced, dtype=np.float32))


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
    memorizer = MEMORIZERS[config.engine](config.cell, **asdict(config.network_shape))
    if config.dropout:
        memorizer.drop(config.dropout, derive_seed(config.data_seed, "dropout"))
    return initialize(memorizer, config.network_seed, config.forget_bias).to(config.device)


def clock_for(config: RunConfig) -> Clock:
    """Return the clock that charges a run of this configuration."""
    return Clock(
        config.budget,
        flops_per_symbol=config.family.training_flops(config.network_shape),
        work_per_symbol=config.family.training_work(config.network_shape),
        symbols_per_nominal=config.row / config.length,
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
def warm_up(cell: str, engine: str, device: str, block: bool = False) -> None:
    """Take one small training step, once per process, so that no run is charged for loading."""
    family = CELLS[cell]
    config = RunConfig(
        string=from_text("AB"),
        cell=cell,
        units=4,
        budget=Budget(1, "steps"),
        batch=2,
        length=2,
        engine=engine,
        device=device,
        block=block,
        protocol=(family.protocols or ("stream",))[0],
        recall=family.recall or "teacher_forced",
    )
    with one_thread():
        _run(config)
