"""Minimal gated recurrent unit (Feng et al. 2024, arXiv 2410.01201).

With pre-activations ``a = inputs`` in the order z, h̃::

    z = sigmoid(a_z)        h' = (1 - z) h + z g(a_h̃)

where g is the option ``candidate``. The gate does not see the state, so the recurrence is affine
in it: see `seqmem.study.memorizers.cells.affine`.
"""

import torch
from torch import Tensor

from seqmem.study.memorizers.cells.affine import affine_states
from seqmem.study.memorizers.cells.candidate import candidate_states
from seqmem.study.memorizers.cells.cell import States


def run_mingru(
    inputs: Tensor, states: States, *, candidate: str = "linear", form: str | None = None
) -> tuple[Tensor, States]:
    """Run one layer; see `Cell.sequence` for the shapes and `affine_states` for the form."""
    update, proposed = inputs.chunk(2, dim=2)
    # The logistic function of -a is 1 - z, and keeps its digits where z is near 1.
    keep = torch.sigmoid(-update)
    terms = torch.sigmoid(update) * candidate_states(proposed, candidate)
    outputs = affine_states(keep, terms, states[0], form)
    return outputs, (outputs[-1],)
