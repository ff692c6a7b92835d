"""The training loop: steps on the clock, checkpoints off it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from study.budget import Clock, checkpoint_fractions
from study.cells.cell import States
from study.recall import Recall


class Trainer(Protocol):
    """What the loop needs of an engine: it trains a memorizer in place and carries the state."""

    @property
    def state(self) -> States | None:
        """The carried state, tensors of shape (depth, batch, units); None before the first step."""

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """Take one optimizer step and return the loss before it."""
        ...


class Batches(Protocol):
    """What a run needs of a protocol."""

    @property
    def phases(self) -> Tensor:
        """Place in the string of the next input of every stream, shape (batch,)."""

    def next(self) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of the next step."""
        ...


@dataclass(frozen=True)
class Checkpoint:
    """Recall at a fixed fraction of the budget.

    Parameters
    ----------
    fraction : float
        The smallest checkpoint fraction that this step was the first to reach.
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
    """What a training run left behind: its status, losses and checkpoints."""

    status: str = "budget_spent"
    loss_first: float = math.nan
    loss_final: float = math.nan
    loss_min: float = math.inf
    checkpoints: list[Checkpoint] = field(default_factory=list)
    evaluation_seconds: float = 0.0

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
) -> Training:
    """Train until the budget is reached, the string is memorized, or the loss is not finite.

    The budget is checked after every step. Checkpoints are taken at the first step that reaches
    each of `checkpoint_fractions`; a step that reaches several makes one checkpoint, at the
    smallest. Since a step does not know the budget, the first b steps are the same for every
    budget of at least b.
    """
    training, pending = Training(), checkpoint_fractions()
    clock.start()
    while pending:
        loss = trainer.step(*batches.next())
        clock.charge_step()
        training.see(loss)
        if not math.isfinite(loss):
            training.status = "diverged"
            break
        if clock.fraction < pending[0]:
            continue
        clock.stop()
        reached = pending[0]
        pending = [fraction for fraction in pending if fraction > clock.fraction]
        started = time.perf_counter()
        checkpoint = Checkpoint(reached, clock.steps, clock.spent, loss, evaluate())
        training.evaluation_seconds += time.perf_counter() - started
        training.checkpoints.append(checkpoint)
        if not math.isfinite(checkpoint.recall.nll_bits):
            training.status = "diverged"
            break
        if checkpoint.recall.memorized and (stop_on_memorized or not pending):
            training.status = "memorized"
            break
        clock.start()
    clock.stop()
    return training
