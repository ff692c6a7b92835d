"""The window protocol (arXiv 2107.02248): windows that each predict the symbol after them."""

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.core.seeding import generator
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.protocols.measures import ProtocolMeasures
from seqmem.study.protocols.protocol import Continuation, Step, Trainer
from seqmem.study.recall import teacher_forced

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig


class WindowBatches:
    """Shuffled minibatches of windows; loss at the last position only, from the zero state.

    A minibatch of a string of period n holds at most n distinct windows. Each is computed once, and
    its loss is weighted by the number of times it occurs. This is the same gradient for less work.

    Parameters
    ----------
    config : RunConfig
        A step has ``batch`` windows of ``length`` symbols. The data seed decides the order of the
        windows in every epoch.
    deduplicate : bool
        False computes every window of the minibatch, for comparison.

    Attributes
    ----------
    epoch_is_over : bool
        Whether the last step was the last of a pass over the training windows.
    """

    def __init__(self, config: "RunConfig", deduplicate: bool = True) -> None:
        self._config = config
        self._layout = config.window_layout
        self._deduplicate = deduplicate
        self._symbols = torch.as_tensor(
            config.string.symbols.astype(np.int64), device=config.device
        )
        self._rng = generator("windows", config.data_seed)
        self._training = self._layout.training % config.string.period
        self._order = np.empty(0, dtype=np.int64)
        self.epoch_is_over = False

    def next(self) -> tuple[Tensor, Tensor, Tensor, int]:
        """Return the next minibatch.

        Returns
        -------
        inputs : int64 Tensor, shape (rows, length)
        targets : int64 Tensor, shape (rows,)
        weights : float32 Tensor, shape (rows,)
            Share of each row in the minibatch's mean loss. They sum to 1.
        size : int
            Number of windows in the minibatch, of which ``rows`` are distinct.
        """
        if not len(self._order):
            self._order = self._rng.permutation(self._training)
        phases, self._order = np.split(self._order, [self._config.batch])
        self.epoch_is_over = not len(self._order)
        size = len(phases)
        counts = np.ones(size, dtype=np.int64)
        if self._deduplicate:
            phases, counts = np.unique(phases, return_counts=True)
        weights = torch.as_tensor(counts / size, dtype=torch.float32, device=self._config.device)
        return *self._windows(phases), weights, size

    def step(self, trainer: Trainer) -> Step:
        """Train on the next minibatch."""
        inputs, targets, weights, size = self.next()
        loss = trainer.step_last(inputs, targets, weights)
        return Step(loss, inputs.numel(), size * self._config.length)

    def validation_loss(self, memorizer: Memorizer) -> float:
        """Return the mean loss on the validation windows, in nats."""
        return self._evaluate(memorizer, self._layout.validation)[0]

    def continuation(self, memorizer: Memorizer) -> Continuation:
        """Forecast ``horizon`` symbols, each from the ``length`` symbols before it.

        The forecast starts with the first withheld symbol and is compared with the withheld
        symbols. Under the published start it begins after their end and is still scored against
        them.
        """
        total = self._layout.total_length
        horizon = self._layout.horizon
        withheld = np.arange(total - horizon, total)
        positions = withheld + horizon if self._config.recall_start == "published" else withheld
        prompt = self._at(np.arange(positions[0] - self._config.length, positions[0]))
        predicted = forecast(memorizer, prompt, horizon)
        return Continuation(
            predicted, self._at(positions).numpy(force=True), self._at(withheld).numpy(force=True)
        )

    def measures(self, memorizer: Memorizer, trainer: Trainer) -> ProtocolMeasures:
        """Return loss and accuracy on the held-out windows, and recall of the period in windows."""
        loss, accuracy = self._evaluate(memorizer, self._layout.test)
        in_windows = teacher_forced(memorizer, self._config.string, self._config.windows)
        return ProtocolMeasures(
            validation_loss=self.validation_loss(memorizer),
            test_loss=loss,
            test_accuracy=accuracy,
            window_exact_prefix=in_windows.exact_prefix,
            window_nll_bits=in_windows.nll_bits,
            window_memorized=in_windows.memorized,
        )

    def _windows(self, phases: np.ndarray) -> tuple[Tensor, Tensor]:
        windows = self._at(phases[:, None] + np.arange(self._config.length + 1)[None, :])
        return windows[:, :-1], windows[:, -1]

    def _at(self, positions: np.ndarray) -> Tensor:
        """Return the symbols at these positions of the repeated string."""
        return self._symbols[
            torch.as_tensor(positions % len(self._symbols), device=self._symbols.device)
        ]

    @torch.no_grad()
    def _evaluate(self, memorizer: Memorizer, starts: np.ndarray) -> tuple[float, float]:
        """Return mean loss and accuracy over windows, each distinct one computed once."""
        phases, counts = np.unique(starts % len(self._symbols), return_counts=True)
        loss = correct = 0.0
        for start in range(0, len(phases), self._config.batch):
            part = slice(start, start + self._config.batch)
            inputs, targets = self._windows(phases[part])
            logits = memorizer(inputs)[0][-1].double()
            weights = torch.as_tensor(counts[part], dtype=torch.float64, device=logits.device)
            loss += float(weights @ F.cross_entropy(logits, targets, reduction="none"))
            correct += float(weights @ (logits.argmax(1) == targets).double())
        return loss / len(starts), correct / len(starts)


@torch.no_grad()
def forecast(memorizer: Memorizer, prompt: Tensor, horizon: int) -> np.ndarray:
    """Return predicted symbols after a prompt.

    Each symbol is predicted from the last ``len(prompt)`` symbols, earlier predictions among them.
    Every prediction starts from the zero state, as windows do in training.

    Parameters
    ----------
    memorizer : Memorizer
    prompt : int64 Tensor, shape (length,)
    horizon : int
        Number of symbols to predict.

    Returns
    -------
    array of int64, shape (horizon,)
    """
    window = prompt.clone()
    predicted = np.empty(horizon, dtype=np.int64)
    for index in range(horizon):
        token = memorizer(window[None])[0][-1].argmax(1)
        predicted[index] = token.item()
        window = torch.cat([window[1:], token])
    return predicted
