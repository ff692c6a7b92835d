"""The training loop: steps on the clock, checkpoints off it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from seqmem.study.budget import CHECKPOINTS_PER_OCTAVE, Clock, checkpoint_fractions
from seqmem.study.protocols.protocol import Batches, Trainer
from seqmem.study.recall import Recall
from seqmem.study.training.stopping import EarlyStopping

# A run whose numbers are finite has diverged if it ends worse than a uniform guess by this factor.
DIVERGED_ABOVE = 2.0
# Status of a run that was cut before its budget was spent.
PRUNED = "pruned"


@dataclass(frozen=True)
class Checkpoint:
    """Recall at a fixed fraction of the budget.

    Parameters
    ----------
    fraction : float
        The smallest checkpoint fraction that this step was the first to reach. If early stopping
        ended the run in between, the fraction of the budget that was spent.
    step : int
    spent : float
        The amount spent, in the budget's unit.
    loss : float
        Loss of this step, in nats per symbol.
    recall : Recall
    """

    fraction: float
    step: int
    spent: float
    loss: float
    recall: Recall


@dataclass
class Training:
    """The result of training: status, losses, checkpoints, and recall at the end.

    Parameters
    ----------
    status : str
        How training ended; see `seqmem.study.record.RunRecord`.
    loss_first, loss_final, loss_min : float
        The first, last and lowest training loss, in nats per symbol.
    checkpoints : list of Checkpoint
    recall : Recall or None
        Recall at the last checkpoint; None if there is no checkpoint.
    evaluation_seconds : float
        Seconds of work off the clock.
    """

    status: str = ""
    loss_first: float = math.nan
    loss_final: float = math.nan
    loss_min: float = math.inf
    checkpoints: list[Checkpoint] = field(default_factory=list)
    recall: Recall | None = None
    evaluation_seconds: float = 0.0

    @property
    def nats_per_symbol(self) -> float:
        """The lower of the last loss and the loss in recall; infinite if either is not finite."""
        if self.recall is None:
            return math.inf
        losses = (self.loss_final, self.recall.nll_bits * math.log(2) / self.recall.period)
        return min(losses) if all(map(math.isfinite, losses)) else math.inf

    def see(self, loss: float) -> None:
        """Take the loss of a step into account."""
        if math.isnan(self.loss_first):
            self.loss_first = loss
        self.loss_final = loss
        self.loss_min = min(self.loss_min, loss)


def train_until_over(
    trainer: Trainer,
    batches: Batches,
    clock: Clock,
    evaluate: Callable[[], Recall],
    *,
    stop_on_memorized: bool = True,
    checkpoints_per_octave: int = CHECKPOINTS_PER_OCTAVE,
    stopping: EarlyStopping | None = None,
    watch: Callable[[int, float], None] | None = None,
    uniform_loss: float = math.inf,
    until: float = 1.0,
) -> Training:
    """Train until the budget is reached, the string is memorized, or the loss is not finite.

    The budget is checked after every step. A checkpoint is taken at the first step that reaches
    each of `checkpoint_fractions`. A step that reaches several makes one checkpoint, at the
    smallest. A step does not depend on the budget, so the first b steps are the same for every
    budget of at least b.

    A run has diverged if a loss is not finite. It has also diverged if at its end both its last
    loss and its recall are worse than twice ``uniform_loss``. The second condition stops no run,
    because a run may recover.

    Parameters
    ----------
    trainer : Trainer
    batches : Batches
    clock : Clock
        Charges the steps. All other work is off the clock.
    evaluate : callable
        Returns the recall of the network as it is.
    stop_on_memorized : bool
        Whether to stop at the first checkpoint where the string is memorized.
    checkpoints_per_octave : int
        Checkpoints each time the spent budget doubles.
    stopping : EarlyStopping, optional
        It is asked after every epoch. If it ends the run, a last checkpoint is taken. The best
        weights, if kept, are restored before the last checkpoint. That checkpoint then differs from
        the one of a run with a larger budget.
    watch : callable, optional
        Is told the number and the loss of every step.
    uniform_loss : float
        Loss of a uniform guess, in nats per symbol.
    until : float
        Fraction of the budget at whose checkpoint the run is cut, unless it ends there by itself.
        Its status is then ``pruned``. All up to there is as in the whole run: no best weights are
        restored, and a loss above twice ``uniform_loss`` is not judged.
    """
    training = Training()
    pending = checkpoint_fractions(checkpoints_per_octave)
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
        if clock.fraction >= until:
            training.status = PRUNED
            break
        clock.start()
    clock.stop()
    if training.status != PRUNED and training.nats_per_symbol > DIVERGED_ABOVE * uniform_loss:
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
