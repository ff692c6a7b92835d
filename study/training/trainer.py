"""One training step of the torch engine: loss, gradients, clipping, optimizer."""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.training.optimization import Optimization

BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


class TorchTrainer:
    """Train a memorizer with truncated back-propagation through time.

    It uses torch's functional optimizers, because constructing an optimizer object imports a
    compiler.

    Parameters
    ----------
    memorizer : Memorizer
        Updated in place.
    optimization : Optimization

    Attributes
    ----------
    state : tuple of Tensor, shape (depth, batch, units), or None
        The carried state; None, which means zeros, before the first step.
    """

    def __init__(self, memorizer: Memorizer, optimization: Optimization) -> None:
        self.memorizer = memorizer
        self.state: States | None = None
        self._optimization = optimization
        self._parameters: list[Tensor] = list(memorizer.parameters())
        self._step = 0
        self._averages = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._counts = [torch.zeros((), device=parameter.device) for parameter in self._parameters]

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """Take one optimizer step and return the mean loss before it, in nats per symbol.

        Parameters
        ----------
        inputs : int64 Tensor, shape (batch, row)
        targets : int64 Tensor, shape (batch, length)
            The symbols after the last ``length`` inputs.

        Returns
        -------
        float
            It is not finite if training diverged. The parameters cannot be used then.
        """
        logits, state = self.memorizer(inputs, self.state)
        self.state = tuple(tensor.detach() for tensor in state)
        logits = logits[-targets.shape[1] :]
        return self._descend_on(F.cross_entropy(logits.flatten(0, 1), targets.t().flatten()))

    def step_last(self, inputs: Tensor, targets: Tensor, weights: Tensor) -> float:
        """Take one optimizer step on the symbol after each row, from the zero state.

        The carried state does not change.

        Parameters
        ----------
        inputs : int64 Tensor, shape (rows, length)
        targets : int64 Tensor, shape (rows,)
        weights : Tensor, shape (rows,)
            Each row's share of the loss.

        Returns
        -------
        float
            The weighted sum of the rows' losses before the step, in nats.
        """
        logits, _ = self.memorizer(inputs)
        return self._descend_on(weights @ F.cross_entropy(logits[-1], targets, reduction="none"))

    def _descend_on(self, loss: Tensor) -> float:
        gradients = torch.autograd.grad(loss, self._parameters)
        with torch.no_grad():
            # Fused Adam reads memory in order, so a transposed gradient would be scrambled.
            self._apply([gradient.contiguous() for gradient in gradients])
        return loss.item()

    def _apply(self, gradients: list[Tensor]) -> None:
        chosen = self._optimization
        norm = torch.nn.utils.get_total_norm(gradients)
        torch.nn.utils.clip_grads_with_norm_(
            self._parameters_with(gradients), chosen.gradient_clip, norm
        )
        learning_rate = chosen.learning_rate_at(self._step)
        self._step += 1
        if chosen.optimizer == "sgd":
            self._descend(gradients, learning_rate)
            return
        adam(
            self._parameters,
            gradients,
            self._averages,
            self._squares,
            [],
            self._counts,
            fused=True,
            amsgrad=False,
            decoupled_weight_decay=chosen.optimizer == "adamw",
            beta1=BETA1,
            beta2=BETA2,
            lr=learning_rate,
            weight_decay=chosen.weight_decay,
            eps=EPSILON,
            maximize=False,
        )

    def _descend(self, gradients: list[Tensor], learning_rate: float) -> None:
        is_first = self._step == 1
        momentum = self._optimization.momentum
        buffers: list[Tensor | None] = [None if is_first else buffer for buffer in self._averages]
        sgd(
            self._parameters,
            gradients,
            buffers,
            weight_decay=self._optimization.weight_decay,
            momentum=momentum,
            lr=learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
        if momentum:
            self._averages = [cast(Tensor, buffer) for buffer in buffers]

    def _parameters_with(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return the parameters with these gradients, as torch's clipping needs them."""
        for parameter, gradient in zip(self._parameters, gradients, strict=True):
            parameter.grad = gradient
        return list(self._parameters)
