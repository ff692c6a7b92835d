"""The fused engine: a memorizer and a trainer on the compiled kernels."""

from functools import cached_property
from typing import cast

import torch
from torch import Tensor, nn

from seqmem.study.kernels.evaluation import continue_greedily, evaluate
from seqmem.study.kernels.recurrence import FusedRecurrence
from seqmem.study.kernels.trainer import FusedTrainer
from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.training.optimization import Optimization


class FusedMemorizer(Memorizer):
    """A memorizer whose recurrence runs on the fused kernels.

    It holds the same parameters under the same names as on the torch engine, so that the same seed
    gives the same network and state dicts are interchangeable.
    """

    def make_recurrence(self) -> nn.Module:
        """Return recurrent layers on the fused kernels."""
        shape = self.shape
        return FusedRecurrence(
            self.cell, shape.alphabet_size, shape.units, shape.depth, shape.candidate
        )

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return logits of shape (length, batch, alphabet) and the final state.

        Without gradients, the whole pass with its readout is one native call.
        """
        if torch.is_grad_enabled():
            outputs, final = self.recurrence(tokens, _joined(state))
            return self.readout(outputs).transpose(0, 1), _split(final)
        evaluation = evaluate(
            self.cell,
            self._tensors,
            tokens,
            state=_joined(state),
            want_logits=True,
            candidate=self.shape.candidate,
        )
        return cast(Tensor, evaluation.logits).transpose(0, 1), _split(evaluation.state)

    def continue_greedily(self, tokens: Tensor, horizon: int) -> Tensor:
        """Predict the symbols after the tokens as `Memorizer` does, in one native call."""
        return continue_greedily(
            self.cell, self._tensors, tokens, horizon, candidate=self.shape.candidate
        )

    @cached_property
    def _tensors(self) -> list[Tensor]:
        """The parameters in the kernels' order; they are changed in place and never replaced."""
        return list(self.parameters())


class FusedMemorizerTrainer:
    """Train a memorizer as `TorchTrainer` does, with one native call per step.

    Parameters
    ----------
    memorizer : Memorizer
        Updated in place.
    optimization : Optimization
    """

    def __init__(self, memorizer: Memorizer, optimization: Optimization) -> None:
        self._optimization = optimization
        self._step = 0
        self._trainer = FusedTrainer(
            memorizer.cell,
            memorizer.parameters(),
            candidate=memorizer.shape.candidate,
            optimizer=optimization.optimizer,
            weight_decay=optimization.weight_decay,
            momentum=optimization.momentum,
            max_gradient_norm=optimization.gradient_clip,
        )

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """Take one optimizer step and return the mean loss before it, in nats per symbol."""
        return self._trainer.step(inputs, targets, self._next_learning_rate())

    def step_last(self, inputs: Tensor, targets: Tensor, weights: Tensor) -> float:
        """Take one optimizer step on the symbol after each row and return the weighted loss.

        The rows start from the zero state.
        """
        return self._trainer.step_last(inputs, targets, weights, self._next_learning_rate())

    def _next_learning_rate(self) -> float:
        learning_rate = self._optimization.learning_rate_at(self._step)
        self._step += 1
        return learning_rate

    @property
    def state(self) -> States | None:
        """The carried state: tensors of shape (depth, batch, units); None before the first step."""
        state = self._trainer.state
        return None if state is None else _split(state)


def _joined(state: States | None) -> Tensor | tuple[Tensor, Tensor] | None:
    """Return a state in torch's form: a pair for the LSTM, otherwise one tensor."""
    if state is None or len(state) == 1:
        return None if state is None else state[0]
    return state[0], state[1]


def _split(state: object) -> States:
    return cast(States, state if isinstance(state, tuple) else (state,))
