"""The training loop: steps on the clock, checkpoints off it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from seqmem.study.budget import Clock, checkpoint_fractions
from seqmem.study.protocols.protocol import Batches, Trainer
from seqmem.study.recall import Recall
from seqmem.study.training.stopping import EarlyStopping

# A run has diverged, though its numbers are finite, if it ends worse than a uniform guess by this factor.
DIVERGED_ABOVE = 2.0


@dataclass(frozen=True)
class Checkpoint:
    """Recall at a fixed fraction of the budget.

    Parameters
    ----------
    fraction : float
        The smallest checkpoint fraction that this step was the first to reach; what was spent, where early stopping
        ended the run in between.
    step : int
    spent : float
        In the budget's unit.
    loss : float
        Of this step, in nats per symbol.
    recall : Recall
    """

    fraction: float
    step: int
    spent: float
    loss: float
    recall: Recall


@dataclass
class Training:
    """What a training run left behind: its status, losses, checkpoints, and what it recalls at the end."""

    status: str = ""
    loss_first: float = math.nan
    loss_final: float = math.nan
    loss_min: float = math.inf
    checkpoints: list[Checkpoint] = field(default_factory=list)
    recall: Recall | None = None
    evaluation_seconds: float = 0.0

    @property
    def nats_per_symbol(self) -> float:
        """The better of the last loss and of what is recalled at the end; infinite if either is not finite."""
        recalled = (
            self.recall.nll_bits * math.log(2) / self.recall.period if self.recall else math.nan
        )
        found = (self.loss_final, recalled)
        return min(found) if all(map(math.isfinite, found)) else math.inf

    def see(self, loss: float) -> None:
        """Take the loss of a step into account."""
        if math.isnan(self.loss_first):
            self.loss_first = loss
        self.loss_final = loss
        self.loss_min = min(self.loss_min, loss)


def train(
    trainer: Trainer,
    batches: Batches,
    clock: Clock,
    evaluate: Callable[[], Recall],
    *,
    stop_on_memorized: bool = True,
    stopping: EarlyStopping | None = None,
    watch: Callable[[int, float], None] | None = None,
    uniform_loss: float = math.inf,
) -> Training:
    """Train until the budget is reached, the string is memorized, or the loss is not finite.

    The budget is checked after every step. Checkpoints are taken at the first step that reaches each of
    `checkpoint_fractions`; a step that reaches several makes one checkpoint, at the smallest. Since a step does not
    know the budget, the first b steps are the same for every budget of at least b.

    Early stopping, if any, is asked after every epoch, off the clock; where it ends the run there is a checkpoint too.
    Best weights, if they are kept, are brought back before the last checkpoint, which then is not that of a run with a
    larger budget. ``watch``, if any, is told the number and loss of every step, off the clock.

    A run has diverged if a loss is not finite, or if at its end both its last loss and its recall are worse than twice
    ``uniform_loss``, that of a uniform guess in nats per symbol. Nothing is stopped for the latter: it may recover.
    """
    training, pending = Training(), checkpoint_fractions()
    clock.start()
    while True:
        step = batches.step(trainer)
        clock.charge_step(step.symbols, step.nominal_symbols)
        training.see(step.loss)
        if watch:
            with _off_clock(training, clock):
                watch(clock.steps, step.loss)
        if not math.isfinite(step.loss):
            training.status = "diverged"
            break
        stopped = None
        if stopping and batches.epoch_is_over:
            with _off_clock(training, clock):
                stopped = stopping.after_epoch()
        if clock.fraction < pending[0] and not stopped:
            continue
        reached = min(pending[0], clock.fraction)
        pending = [fraction for fraction in pending if fraction > clock.fraction]
        is_over = bool(stopped) or not pending
        clock.stop()
        with _timed_evaluation(training):
            if is_over and stopping:
                stopping.restore()
            recall = evaluate()
        training.recall = recall
        training.checkpoints.append(
            Checkpoint(reached, clock.steps, clock.spent, step.loss, recall)
        )
        if not math.isfinite(recall.nll_bits):
            training.status = "diverged"
            break
        if recall.memorized and (stop_on_memorized or is_over):
            training.status = "memorized"
            break
        if is_over:
            training.status = stopped or "budget_spent"
            break
        clock.start()
    clock.stop()
    if training.nats_per_symbol > DIVERGED_ABOVE * uniform_loss:
        training.status = "diverged"
    return training


@contextmanager
def _off_clock(training: Training, clock: Clock) -> Iterator[None]:
    """Interrupt the clock and charge the time inside as evaluation."""
    clock.stop()
    with _timed_evaluation(training):
        yield
    clock.start()


@contextmanager
def _timed_evaluation(training: Training) -> Iterator[None]:
    """Charge the time inside as evaluation."""
    started = time.perf_counter()
    yield
    training.evaluation_seconds += time.perf_counter() - started
