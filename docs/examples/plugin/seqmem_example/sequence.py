"""Update gate recurrent network (Collins, Sohl-Dickstein and Sussillo 2016, arXiv 1611.09913).

With pre-activations ``a = inputs + W h + b`` in the order g, c::

    g = sigmoid(a_g)        c = tanh(a_c)        h' = g h + (1 - g) c
"""

import torch
from torch import Tensor

from seqmem.study.memorizers.cells.cell import States


def run_ugrnn(
    inputs: Tensor, states: States, weight: Tensor, bias: Tensor
) -> tuple[Tensor, States]:
    """Run one layer over a sequence; see `Cell.sequence` for the shapes."""
    (state,) = states
    outputs = []
    for step in inputs + bias:
        gate, candidate = torch.addmm(step, state, weight.t()).chunk(2, dim=1)
        keep = torch.sigmoid(gate)
        state = keep * state + (1 - keep) * torch.tanh(candidate)
        outputs.append(state)
    return torch.stack(outputs), (state,)
