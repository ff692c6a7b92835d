"""Minimal long short-term memory (Feng et al. 2024, arXiv 2410.01201).

With pre-activations ``a = inputs`` in the order f, i, h̃::

    f' = sigmoid(softplus(-a_i) - softplus(-a_f))        h' = f' h + (1 - f') g(a_h̃)

where g is the option ``candidate``. f' is the paper's f / (f + i) for the gates f = sigmoid(a_f)
and i = sigmoid(a_i), without a quotient: both gates may be too small for a number. The gates do not
see the state, so the recurrence is affine in it: see `seqmem.study.memorizers.cells.affine`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.study.memorizers.cells.affine import affine_states
from seqmem.study.memorizers.cells.candidate import candidate_states
from seqmem.study.memorizers.cells.cell import States


def run_minlstm(
    inputs: Tensor, states: States, *, candidate: str = "linear", form: str | None = None
) -> tuple[Tensor, States]:
    """Run one layer; see `Cell.sequence` for the shapes and `affine_states` for the form."""
    forget, enter, proposed = inputs.chunk(3, dim=2)
    # softplus(-a) is -logsigmoid(a), which torch computes to the last digits.
    log_ratio = F.logsigmoid(forget) - F.logsigmoid(enter)
    # The logistic function of the negative is 1 - f', and keeps its digits where f' is near 1.
    terms = torch.sigmoid(-log_ratio) * candidate_states(proposed, candidate)
    outputs = affine_states(torch.sigmoid(log_ratio), terms, states[0], form)
    return outputs, (outputs[-1],)
