"""Gradient norms by lag: the norm of ∂loss/∂state, some symbols before the loss.

This is the vanishing gradient of Hochreiter (1991) and of Bengio, Simard and Frasconi (1994). Back
through every symbol the gradient is multiplied by a Jacobian. Over long lags its norm therefore
decays about geometrically. A straight line through log2 of the norm gives a factor per symbol and a
half-life.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.generators.symbols import SymbolString
from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.probes.probe import Probe, ProbeValue
from seqmem.study.recall import prompt_of

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig

LAGS = (1, 2, 4, 8, 16, 32, 64)
# Shorter lags still depend on the direction of the readout (pre-registration of study 1,
# section 5, C8).
SHORTEST_FITTED_LAG = 4
LEAST_LAGS = 2
POSITIONS = 32
PROMPT_CHUNK = 256


class GradientByLag(Probe):
    """Gradient norms by lag and their half-life, at initialization and after training.

    Each quantity is measured twice, ``initial`` and ``trained``:

    - ``log2_norms`` at the ``lags``: the mean over the positions of the string. This is the log2
      of a geometric mean;
    - ``decay_per_symbol``: the factor per symbol of lag, fitted over lags 4 to 64;
    - ``half_life_symbols``: infinite if the factor is not below 1, which is a missing value in a
      table.

    A norm of zero at any position gives minus infinity, which is a missing value too. Its lag is
    not fitted. If fewer than two lags are left, the gradient has vanished: factor and half-life
    are 0.
    """

    columns: ClassVar[Mapping[str, Any]] = {"lags": list[int]} | {
        f"{moment}_{quantity}": kind
        for moment in ("initial", "trained")
        for quantity, kind in {
            "log2_norms": list[float],
            "decay_per_symbol": float,
            "half_life_symbols": float,
        }.items()
    }

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Measure at initialization."""
        self._config = config
        self._initial = self._measure(memorizer, "initial")

    def end(self, memorizer: Memorizer) -> dict[str, ProbeValue]:
        """Measure after training."""
        return {"lags": list(LAGS)} | self._initial | self._measure(memorizer, "trained")

    def _measure(self, memorizer: Memorizer, moment: str) -> dict[str, ProbeValue]:
        copied = reference_copy(memorizer)
        log2_norms = log2_gradient_norms(copied, self._config.string).mean(axis=0)
        decay = decay_per_symbol(LAGS, log2_norms)
        return {
            f"{moment}_log2_norms": log2_norms.tolist(),
            f"{moment}_decay_per_symbol": decay,
            f"{moment}_half_life_symbols": half_life(decay),
        }


def reference_copy(memorizer: Memorizer) -> Memorizer:
    """Return a copy of a memorizer of any engine, on the torch engine, in float64 on the CPU."""
    copied = Memorizer(memorizer.cell, **asdict(memorizer.shape)).double()
    copied.load_state_dict(memorizer.state_dict())
    return copied


@torch.enable_grad()
def log2_gradient_norms(
    memorizer: Memorizer,
    string: SymbolString,
    lags: Sequence[int] = LAGS,
    positions: int = POSITIONS,
) -> np.ndarray:
    """Return log2 norms of the gradient of a loss with respect to earlier states.

    The loss is that of the symbol predicted from the last state. The network is teacher forced on
    the repeated string after a prompt, as in recall. The state is all that is carried, of all
    layers together: h, and for an LSTM (h, c).

    Take means over positions of the logarithms. The loss at a position scales all its norms alike,
    in a trained network by orders of magnitude. This scale drops out of the slope of a geometric
    mean.
    An arithmetic or quadratic mean would describe only the few positions that are predicted worst.

    Parameters
    ----------
    memorizer : Memorizer
        On the torch engine and in float64, because norms over long lags underflow in float32.
    string : SymbolString
    lags : sequence of int
        Ascending numbers of symbols before the state that predicts.
    positions : int
        Largest number of positions in the string; they are evenly spaced.

    Returns
    -------
    array of float64, shape (positions, lags)
        Minus infinity where the gradient is exactly zero.
    """
    prompt = len(prompt_of(string))
    tokens = _streams(string, positions, prompt + max(lags) + 1)
    state = _state_after(memorizer, tokens[:, :prompt])
    states = []
    start = prompt
    for lag, next_lag in pairwise([*reversed(lags), 0]):
        states.append(state)
        end = start + lag - next_lag
        logits, state = memorizer(tokens[:, start:end], state)
        start = end
    loss = F.cross_entropy(logits[-1], tokens[:, start], reduction="sum")
    gradients = torch.autograd.grad(
        loss, [tensor for state in states for tensor in state], materialize_grads=True
    )
    # (lags, states, depth, positions, units), furthest lag first
    by_lag = torch.stack(gradients).unflatten(0, (len(lags), -1))
    return np.asarray(_log2_norm(by_lag, (1, 2, 4)).flip(0).t())


def decay_per_symbol(lags: Sequence[int], log2_norms: np.ndarray) -> float:
    """Return the factor by which the norm changes per symbol of lag.

    It is 2 to the power of the slope of the least-squares line of log2 norm on lag.

    Parameters
    ----------
    lags : sequence of int, length n
        Lags below ``SHORTEST_FITTED_LAG`` are left out.
    log2_norms : array of float, shape (n,)
        Minus infinity means a gradient of zero. Its lag is left out.

    Returns
    -------
    float
        0 if fewer than two lags are left.

    Examples
    --------
    >>> decay_per_symbol([4, 8, 16], np.array([-3.0, -5.0, -9.0]))  # half a bit per symbol
    0.7071067811865476
    """
    fitted = (np.asarray(lags) >= SHORTEST_FITTED_LAG) & ~np.isneginf(log2_norms)
    if fitted.sum() < LEAST_LAGS:
        return 0.0
    lag = np.asarray(lags, dtype=float)[fitted]
    height = np.asarray(log2_norms)[fitted]
    lag = lag - lag.mean()
    return float(2.0 ** (lag @ (height - height.mean()) / (lag @ lag)))


def half_life(decay: float) -> float:
    """Return the lag, in symbols, over which a norm that decays by a factor per symbol halves.

    It is infinite if the norm does not decay.

    Examples
    --------
    >>> half_life(0.5), half_life(0.25), half_life(1.0)
    (1.0, 0.5, inf)
    """
    if decay >= 1:
        return math.inf
    return -1 / math.log2(decay) if decay else 0.0


def _streams(string: SymbolString, positions: int, length: int) -> Tensor:
    """Return the repeated string from evenly spaced positions, int64 (positions, length)."""
    starts = np.linspace(0, string.period, min(positions, string.period), endpoint=False).astype(
        np.int64
    )
    return torch.as_tensor(
        string.symbols.astype(np.int64)[(starts[:, None] + np.arange(length)) % string.period]
    )


def _state_after(memorizer: Memorizer, prompt: Tensor) -> States:
    """Return the state after a prompt from the zero state, as the start of a new graph."""
    state = None
    with torch.no_grad():
        # In parts, because the activations of a whole long prompt would fill the memory.
        for piece in prompt.split(PROMPT_CHUNK, dim=1):
            _, state = memorizer(piece, state)
    assert state is not None
    return tuple(tensor.requires_grad_() for tensor in state)


def _log2_norm(values: Tensor, dimensions: tuple[int, ...]) -> Tensor:
    """Return log2 of the Euclidean norm over dimensions, whatever the size of the values."""
    largest = values.abs().amax(dimensions, keepdim=True)
    scale = torch.where(largest == 0, 1.0, largest)
    log2_norm = torch.linalg.vector_norm(values / scale, dim=dimensions).log2()
    return torch.where(largest == 0, -torch.inf, log2_norm.view_as(largest) + scale.log2()).squeeze(
        dimensions
    )
