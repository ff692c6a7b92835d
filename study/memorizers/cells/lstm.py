"""Long short-term memory, PyTorch's definition (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

With pre-activations ``a = inputs + W h + b`` in the order i, f, g, o::

    c' = sigmoid(f) c + sigmoid(i) tanh(g)        h' = sigmoid(o) tanh(c')

The sequence runs step by step into preallocated buffers, which keep the activations for the
backward pass. All work that does not depend on the step before is done at once for all steps.
"""

from typing import Any

import torch
from torch import Tensor

from seqmem.study.memorizers.cells.cell import States


class LstmSequence(torch.autograd.Function):
    """Forward and backward pass of one layer over a whole sequence."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, h0: Tensor, c0: Tensor, weight: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return outputs of shape (length, batch, units) and the last cell state."""
        length, batch, _ = inputs.shape
        units = h0.shape[1]
        gates = inputs + bias
        hidden = inputs.new_empty(length + 1, batch, units)
        memory = inputs.new_empty(length + 1, batch, units)
        squashed = inputs.new_empty(length, batch, units)
        hidden[0] = h0
        memory[0] = c0
        recurrent = weight.t()
        steps = zip(
            gates.unbind(0),
            gates[..., : 2 * units].unbind(0),
            gates.unflatten(2, (4, units)).permute(0, 2, 1, 3).unbind(0),
            hidden.unbind(0),
            memory.unbind(0),
            hidden[1:].unbind(0),
            memory[1:].unbind(0),
            squashed.unbind(0),
            strict=False,
        )
        for all_gates, input_forget, (i, f, g, o), h, c, h_next, c_next, c_tanh in steps:
            all_gates.addmm_(h, recurrent)
            input_forget.sigmoid_()
            g.tanh_()
            o.sigmoid_()
            torch.mul(f, c, out=c_next).addcmul_(i, g)
            torch.tanh(c_next, out=c_tanh)
            torch.mul(o, c_tanh, out=h_next)
        ctx.save_for_backward(gates, hidden, memory, squashed, weight)
        return hidden[1:], memory[length]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return the gradients of inputs, h0, c0, weight and bias."""
        grad_outputs, grad_memory_last = grads
        gates, hidden, memory, squashed, weight = ctx.saved_tensors
        length, batch, units = squashed.shape
        i, f, g, o = gates.unflatten(2, (4, units)).unbind(2)
        via_memory = torch.stack((g * i * (1 - i), memory[:-1] * f * (1 - f), i * (1 - g * g)), 2)
        via_output = squashed * o * (1 - o)
        output_to_memory = o * (1 - squashed * squashed)
        grad_gates = torch.empty_like(gates)
        grad_inner = grad_gates[..., : 3 * units].unflatten(2, (3, units))
        grad_hidden = torch.zeros_like(hidden[0])
        grad_memory = grad_memory_last.clone()
        steps = zip(
            grad_outputs.unbind(0),
            via_output.unbind(0),
            output_to_memory.unbind(0),
            via_memory.unbind(0),
            f.unbind(0),
            grad_gates.unbind(0),
            grad_inner.unbind(0),
            grad_gates[..., 3 * units :].unbind(0),
            strict=True,
        )
        for grad_out, to_o, to_c, to_inner, forget, grad_all, grad_ifg, grad_o in reversed(
            list(steps)
        ):
            grad_hidden.add_(grad_out)
            torch.mul(grad_hidden, to_o, out=grad_o)
            grad_memory.addcmul_(grad_hidden, to_c)
            torch.mul(grad_memory.unsqueeze(1), to_inner, out=grad_ifg)
            grad_memory.mul_(forget)
            torch.mm(grad_all, weight, out=grad_hidden)
        flat = grad_gates.view(length * batch, 4 * units)
        grad_weight = flat.t() @ hidden[:-1].reshape(length * batch, units)
        return grad_gates, grad_hidden, grad_memory, grad_weight, flat.sum(0)


def run_lstm(inputs: Tensor, states: States, weight: Tensor, bias: Tensor) -> tuple[Tensor, States]:
    """Run one layer; see `Cell.sequence` for the shapes."""
    outputs, memory = LstmSequence.apply(inputs, *states, weight, bias)
    return outputs, (outputs[-1], memory)
