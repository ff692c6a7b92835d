"""The recurrence ``h' = a h + b``, whose factors do not depend on the state.

Pairs (a, b) compose as ``(a, b)∘(a', b') = (a'a, a'b + b')``: first (a, b), then (a', b'). So the
states of a sequence follow from a logarithmic number of operations on whole tensors (Blelloch
1990). There are neither logarithms nor quotients, so factors may be 0 and terms of any sign.
"""

from typing import Any

import torch
from torch import Tensor

# The scan is faster from this length on. On a CPU it must also have no more values in a step than
# this, because it reads and writes about three times as many numbers (measured on one thread).
SHORTEST_SCAN = 64
LARGEST_SCANNED = 2048


def scanned(factors: Tensor, terms: Tensor, start: Tensor) -> Tensor:
    """Return the states after every step, from compositions of neighbours.

    Parameters
    ----------
    factors, terms : Tensor, shape (length, batch, units)
        The a and b of every step.
    start : Tensor, shape (batch, units)
        The state before the first step.

    Returns
    -------
    Tensor, shape (length, batch, units)
    """
    first = torch.addcmul(terms[:1], factors[:1], start)
    return _scanned_from_zero(factors, torch.cat([first, terms[1:]]))


def _scanned_from_zero(factors: Tensor, terms: Tensor) -> Tensor:
    """Return the states from the state 0, those at odd positions first."""
    length = len(terms)
    if length == 1:
        return terms
    pairs = length // 2
    odd = factors[1::2]
    states = torch.empty_like(terms)
    states[1::2] = _scanned_from_zero(
        odd * factors[: 2 * pairs : 2],
        torch.addcmul(terms[1::2], odd, terms[: 2 * pairs : 2]),
    )
    states[0] = terms[0]
    torch.addcmul(terms[2::2], factors[2::2], states[1:-1:2], out=states[2::2])
    return states


def stepped(factors: Tensor, terms: Tensor, start: Tensor) -> Tensor:
    """Return the states after every step, one step after another; see `scanned`."""
    states = torch.empty_like(terms)
    state = start
    for factor, term, after in zip(
        factors.unbind(0), terms.unbind(0), states.unbind(0), strict=True
    ):
        state = torch.addcmul(term, factor, state, out=after)
    return states


# By the name of the form; both give the same states up to rounding.
FORMS = {"scan": scanned, "sequential": stepped}


class AffineSequence(torch.autograd.Function):
    """Forward and backward pass of the recurrence over a whole sequence.

    The gradient of a state is again such a recurrence, from the last step to the first.
    """

    @staticmethod
    def forward(ctx: Any, factors: Tensor, terms: Tensor, start: Tensor, form: str) -> Tensor:
        """Return the states after every step, shape (length, batch, units)."""
        states = FORMS[form](factors, terms, start)
        ctx.form = form
        ctx.save_for_backward(factors, states, start)
        return states

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of factors, terms and start."""
        factors, states, start = ctx.saved_tensors
        # The gradient of state t is passed on to state t - 1 times factor t.
        passed_on = torch.cat([torch.zeros_like(factors[:1]), factors.flip(0)[:-1]])
        backwards = FORMS[ctx.form](passed_on, grads[0].flip(0), torch.zeros_like(start))
        grad_terms = backwards.flip(0)
        before = torch.cat([start.unsqueeze(0), states[:-1]])
        return grad_terms * before, grad_terms, grad_terms[0] * factors[0], None


def affine_states(factors: Tensor, terms: Tensor, start: Tensor, form: str | None = None) -> Tensor:
    """Return the states of ``h' = a h + b`` after every step.

    Parameters
    ----------
    factors, terms : Tensor, shape (length, batch, units)
        The a and b of every step.
    start : Tensor, shape (batch, units)
        The state before the first step.
    form : {"scan", "sequential"}, optional
        How they are computed. If absent, the faster one for the length.

    Returns
    -------
    Tensor, shape (length, batch, units)

    Examples
    --------
    >>> steps = torch.tensor([[[0.5]], [[0.5]]])
    >>> affine_states(steps, torch.ones(2, 1, 1), torch.zeros(1, 1)).flatten().tolist()
    [1.0, 1.5]
    """
    chosen = form or _faster_form(len(factors), start)
    states: Tensor = AffineSequence.apply(factors, terms, start, chosen)
    return states


def _faster_form(length: int, start: Tensor) -> str:
    fits = start.device.type != "cpu" or start.numel() <= LARGEST_SCANNED
    return "scan" if length >= SHORTEST_SCAN and fits else "sequential"
