"""Plain recurrent network with tanh, PyTorch's definition (Elman 1990).

The state after a step is ``h' = tanh(inputs + W h + b)``.

The sequence runs step by step into a preallocated buffer. All work that does not depend on the step
before is done at once for all steps.
"""

from typing import Any

import torch
from torch import Tensor

from seqmem.study.memorizers.cells.cell import States


class RnnSequence(torch.autograd.Function):
    """Forward and backward pass of one layer over a whole sequence."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, h0: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return outputs of shape (length, batch, units)."""
        hidden = torch.cat((h0.unsqueeze(0), inputs + bias))
        recurrent = weight.t()
        for h, h_next in zip(hidden[:-1].unbind(0), hidden[1:].unbind(0), strict=True):
            h_next.addmm_(h, recurrent).tanh_()
        ctx.save_for_backward(hidden, weight)
        return hidden[1:]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the gradients of inputs, h0, weight and bias."""
        hidden, weight = ctx.saved_tensors
        length, batch, units = grads[0].shape
        slope = 1 - hidden[1:] * hidden[1:]
        grad_inputs = torch.empty_like(slope)
        carried = torch.zeros_like(hidden[0])
        steps = zip(grads[0].unbind(0), slope.unbind(0), grad_inputs.unbind(0), strict=True)
        for grad_out, factor, grad_in in reversed(list(steps)):
            torch.mul(carried.add_(grad_out), factor, out=grad_in)
            torch.mm(grad_in, weight, out=carried)
        flat = grad_inputs.view(length * batch, units)
        grad_weight = flat.t() @ hidden[:-1].reshape(length * batch, units)
        return grad_inputs, carried, grad_weight, flat.sum(0)


def run_rnn(inputs: Tensor, states: States, weight: Tensor, bias: Tensor) -> tuple[Tensor, States]:
    """Run one layer; see `Cell.sequence` for the shapes."""
    outputs = RnnSequence.apply(inputs, *states, weight, bias)
    return outputs, (outputs[-1],)
