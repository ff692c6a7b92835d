"""The candidate states of minGRU and minLSTM, by the option ``candidate``."""

import torch
from torch import Tensor


def candidate_states(pre_activations: Tensor, candidate: str) -> Tensor:
    """Return the candidate states of pre-activations.

    Parameters
    ----------
    pre_activations : Tensor
    candidate : {"linear", "positive"}
        With ``positive``, g(x) = x + 1/2 for x >= 0, otherwise the logistic function (Feng et al.
        2024, appendix B).

    Examples
    --------
    >>> candidate_states(torch.tensor([-2.0, 0.0, 1.0]), "positive").tolist()
    [0.11920291930437088, 0.5, 1.5]
    """
    if candidate == "linear":
        return pre_activations
    return torch.where(pre_activations >= 0, pre_activations + 0.5, torch.sigmoid(pre_activations))
