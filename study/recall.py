"""Recall: how far the memorizer continues the string. Measuring changes no training state."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.core.seeding import generator
from seqmem.generators.symbols import SymbolString
from seqmem.study.block_reading import block_logits, continue_in_blocks
from seqmem.study.blocks import Blocks
from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.memorizer import Memorizer

SHORTEST_PROMPT = 256
CARRIED_STREAMS = 8
PERIOD_CHUNK = 1024
# A sweep tunes all its searches side by side, each on a few strings.
STRINGS_KEPT = 32
BITS_PER_NAT = 1 / np.log(2)


@dataclass(frozen=True)
class Recall:
    """Recall of one period, teacher forced.

    Parameters
    ----------
    period : int
        Symbols of the period.
    exact_prefix : int
        Symbols before the first arg-max error. Up to there the inputs equal the network's own
        predictions, so a closed loop makes its first error at the same place.
    correct : int
        Number of correct arg-max predictions.
    nll_bits : float
        Code length of the period under the memorizer.
    """

    period: int
    exact_prefix: int
    correct: int
    nll_bits: float

    @property
    def memorized(self) -> bool:
        """Whether the whole period is recalled without an error."""
        return self.exact_prefix == self.period

    @property
    def memorized_99(self) -> bool:
        """Whether at least 99 % of the predictions are correct."""
        return self.correct >= 0.99 * self.period


def prompt_of(string: SymbolString) -> np.ndarray:
    """Return the max(256, 2 min_context) symbols of the repeated string that end at phase 0."""
    size = max(SHORTEST_PROMPT, 2 * string.complexity("min_context"))
    return string.symbols[np.arange(-size, 0) % string.period].astype(np.int64)


class _Period(NamedTuple):
    """Inputs of shape (1, context + n - 1), and the targets of the last n of them."""

    inputs: Tensor
    targets: Tensor

    def read(self, memorizer: Memorizer) -> tuple[Tensor, Tensor]:
        """Return the logits (n, alphabet) from the zero state, and the targets (n,)."""
        device = memorizer.readout.weight.device
        logits, _ = memorizer(self.inputs.to(device))
        return logits[-len(self.targets) :, 0], self.targets.to(device)


@lru_cache(maxsize=STRINGS_KEPT)
def _period_of(string: SymbolString) -> _Period:
    symbols = string.symbols.astype(np.int64)
    inputs = np.concatenate([prompt_of(string), symbols[:-1]])
    return _Period(torch.as_tensor(inputs[None]), torch.as_tensor(symbols))


@lru_cache(maxsize=STRINGS_KEPT)
def _copied_period_of(string: SymbolString) -> _Period:
    fresh = generator("copy", string.string_id).integers(string.alphabet_size, size=string.period)
    return _Period(
        torch.as_tensor(np.concatenate([fresh, fresh[:-1]])[None]), torch.as_tensor(fresh)
    )


@torch.no_grad()
def teacher_forced(
    memorizer: Memorizer, string: SymbolString, blocks: Blocks | None = None
) -> Recall:
    """Return recall of one period after the prompt, from the zero state, in one pass.

    Parameters
    ----------
    memorizer : Memorizer
    string : SymbolString
    blocks : Blocks, optional
        Read in blocks, the first of which begins at phase 0, instead of after the prompt.
    """
    logits, targets = _read_period(memorizer, string, blocks)
    wrong = (logits.argmax(1) != targets).numpy(force=True)
    errors = int(wrong.sum())
    return Recall(
        period=string.period,
        exact_prefix=int(wrong.argmax()) if errors else string.period,
        correct=string.period - errors,
        nll_bits=_nll_bits(logits, targets),
    )


@torch.no_grad()
def right_probabilities(
    memorizer: Memorizer, string: SymbolString, blocks: Blocks | None = None
) -> np.ndarray:
    """Return the probability of the right symbol at each position, read as in `teacher_forced`.

    Parameters
    ----------
    memorizer : Memorizer
    string : SymbolString
    blocks : Blocks, optional
        See `teacher_forced`.

    Returns
    -------
    array of float64, shape (period,)
    """
    logits, targets = _read_period(memorizer, string, blocks)
    probabilities = logits.double().softmax(1).gather(1, targets[:, None])
    return probabilities[:, 0].numpy(force=True)


def _read_period(
    memorizer: Memorizer, string: SymbolString, blocks: Blocks | None
) -> tuple[Tensor, Tensor]:
    """Return the logits (n, alphabet) and the targets (n,) of one period."""
    if blocks is None:
        return _period_of(string).read(memorizer)
    targets = _tokens(string.symbols.astype(np.int64), memorizer)
    return _of_a_period(memorizer, targets, blocks), targets


def closed_loop(
    memorizer: Memorizer, string: SymbolString, horizon: int, blocks: Blocks | None = None
) -> np.ndarray:
    """Return the symbols that the memorizer predicts after the prompt from its own predictions.

    Parameters
    ----------
    memorizer : Memorizer
    string : SymbolString
    horizon : int
        Number of symbols to predict.
    blocks : Blocks, optional
        See `teacher_forced`.

    Returns
    -------
    array of int64, shape (horizon,)
    """
    if blocks is not None:
        symbols = _tokens(string.symbols.astype(np.int64), memorizer)
        return continue_in_blocks(memorizer, blocks, symbols, horizon).numpy(force=True)
    prompt = _tokens(prompt_of(string)[None], memorizer)
    return memorizer.continue_greedily(prompt, horizon)[0].numpy(force=True)


@torch.no_grad()
def copy_nll_bits(
    memorizer: Memorizer, string: SymbolString, blocks: Blocks | None = None
) -> float:
    """Return the code length, in bits, of the second period of a new uniform string.

    The new string has the period n and the alphabet size k of the given one. A network that
    memorizes cannot predict it. A network that copies from its context can: below ``0.9 n log2 k``
    bits it copies instead of remembering.

    Parameters
    ----------
    memorizer : Memorizer
    string : SymbolString
    blocks : Blocks, optional
        See `teacher_forced`.
    """
    copied = _copied_period_of(string)
    if blocks is None:
        return _nll_bits(*copied.read(memorizer))
    targets = copied.targets.to(memorizer.readout.weight.device)
    return _nll_bits(_of_a_period(memorizer, targets, blocks), targets)


@torch.no_grad()
def carried_nll_bits(
    memorizer: Memorizer,
    string: SymbolString,
    state: States | None,
    phases: Tensor,
    blocks: Blocks | None = None,
) -> float:
    """Return the mean code length, in bits, of one period that continues training streams.

    Only the first eight streams are used.

    Parameters
    ----------
    memorizer : Memorizer
    string : SymbolString
    state : tuple of Tensor, shape (depth, batch, units), or None
        The state that training carried; None for the zero state.
    phases : int64 Tensor, shape (batch,)
        Index in the string of the next input of every stream.
    blocks : Blocks, optional
        See `teacher_forced`. Nothing is carried then.
    """
    streams = min(len(phases), CARRIED_STREAMS)
    symbols = torch.as_tensor(string.symbols.astype(np.int64), device=phases.device)
    positions = (
        phases[:streams, None] + torch.arange(string.period + 1, device=phases.device)[None, :]
    )
    tokens = symbols[positions % string.period]
    if blocks is not None:
        logits = block_logits(memorizer, blocks, symbols, positions[:, 1], string.period)
        return _nll_bits(logits.flatten(0, 1), tokens[:, 1:].flatten()) / streams
    state = None if state is None else tuple(tensor[:, :streams].contiguous() for tensor in state)
    bits = 0.0
    # In parts, because the activations of a whole long period would fill the memory.
    for start in range(0, string.period, PERIOD_CHUNK):
        part = tokens[:, start : min(start + PERIOD_CHUNK, string.period) + 1]
        logits, state = memorizer(part[:, :-1], state)
        bits += _nll_bits(logits.flatten(0, 1), part[:, 1:].t().flatten())
    return bits / streams


def _of_a_period(memorizer: Memorizer, symbols: Tensor, blocks: Blocks) -> Tensor:
    """Return the logits of a repeated period from phase 0 on, shape (n, alphabet)."""
    return block_logits(memorizer, blocks, symbols, symbols.new_zeros(1), len(symbols))[0]


def _tokens(values: np.ndarray, memorizer: Memorizer) -> Tensor:
    return torch.as_tensor(values, device=memorizer.readout.weight.device)


def _nll_bits(logits: Tensor, targets: Tensor) -> float:
    return float(F.cross_entropy(logits.double(), targets, reduction="sum").item() * BITS_PER_NAT)
