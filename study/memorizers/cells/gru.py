"""Gated recurrent unit, PyTorch's definition (Cho et al. 2014; reset after the recurrent product).

With ``a = inputs`` and ``u = W h + b``, both in the order r, z, n::

    r = sigmoid(a_r + u_r)    z = sigmoid(a_z + u_z)
    n = tanh(a_n + r u_n)     h' = (1 - z) n + z h

The sequence runs step by step into preallocated buffers, which keep the activations for the
backward pass. All work that does not depend on the step before is done at once for all steps.
"""

from typing import Any

import torch
from torch import Tensor

from seqmem.study.memorizers.cells.cell import States


class GruSequence(torch.autograd.Function):
    """Forward and backward pass of one layer over a whole sequence."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, h0: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return outputs of shape (length, batch, units)."""
        length, batch, _ = inputs.shape
        units = h0.shape[1]
        products = torch.empty_like(inputs)
        gates = torch.empty_like(inputs)
        hidden = inputs.new_empty(length + 1, batch, units)
        hidden[0] = h0
        recurrent = weight.t()
        both = slice(0, 2 * units)
        last = slice(2 * units, 3 * units)
        steps = zip(
            inputs[..., both].unbind(0),
            inputs[..., last].unbind(0),
            products.unbind(0),
            products[..., both].unbind(0),
            products[..., last].unbind(0),
            gates[..., both].unbind(0),
            gates.unflatten(2, (3, units)).permute(0, 2, 1, 3).unbind(0),
            hidden.unbind(0),
            hidden[1:].unbind(0),
            strict=False,
        )
        for a_rz, a_n, product, u_rz, u_n, rz, (r, z, n), h, h_next in steps:
            torch.addmm(bias, h, recurrent, out=product)
            torch.add(a_rz, u_rz, out=rz).sigmoid_()
            torch.addcmul(a_n, r, u_n, out=n).tanh_()
            torch.lerp(n, h, z, out=h_next)
        ctx.save_for_backward(gates, products, hidden, weight)
        return hidden[1:]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the gradients of inputs, h0, weight and bias."""
        gates, products, hidden, weight = ctx.saved_tensors
        length, batch, units = grads[0].shape
        r, z, n = gates.unflatten(2, (3, units)).unbind(2)
        to_n = (1 - z) * (1 - n * n)
        to_r = to_n * products[..., 2 * units :] * r * (1 - r)
        to_z = (hidden[:-1] - n) * z * (1 - z)
        to_products = torch.stack((to_r, to_z, to_n * r), 2)
        grad_products = torch.empty_like(gates)
        grad_hidden = hidden.new_empty(length, batch, units)
        carried = torch.zeros_like(hidden[0])
        steps = zip(
            grads[0].unbind(0),
            grad_hidden.unbind(0),
            to_products.unbind(0),
            z.unbind(0),
            grad_products.unbind(0),
            grad_products.unflatten(2, (3, units)).unbind(0),
            strict=True,
        )
        for grad_out, grad_h, to_all, keep, grad_all, grad_by_gate in reversed(list(steps)):
            torch.add(carried, grad_out, out=grad_h)
            torch.mul(grad_h.unsqueeze(1), to_all, out=grad_by_gate)
            torch.mul(grad_h, keep, out=carried).addmm_(grad_all, weight)
        grad_inputs = torch.cat((grad_products[..., : 2 * units], grad_hidden * to_n), 2)
        flat = grad_products.view(length * batch, 3 * units)
        grad_weight = flat.t() @ hidden[:-1].reshape(length * batch, units)
        return grad_inputs, carried, grad_weight, flat.sum(0)


def run_gru(inputs: Tensor, states: States, weight: Tensor, bias: Tensor) -> tuple[Tensor, States]:
    """Run one layer; see `Cell.sequence` for the shapes."""
    outputs = GruSequence.apply(inputs, *states, weight, bias)
    return outputs, (outputs[-1],)
