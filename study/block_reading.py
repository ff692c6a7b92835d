"""Reading in blocks, as networks without a carried state do: some symbols, the context before."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqmem.study.blocks import Blocks
from seqmem.study.memorizers.memorizer import Memorizer

# Symbols of one pass, because the activations of all blocks of a long string would fill the memory.
SYMBOLS_PER_PASS = 2**16


@torch.no_grad()
def block_logits(
    memorizer: Memorizer, blocks: Blocks, period: Tensor, starts: Tensor, count: int
) -> Tensor:
    """Return the logits of symbols of an endlessly repeated period, read in blocks.

    Parameters
    ----------
    memorizer : Memorizer
    blocks, period, starts, count
        See `read_in_blocks`.

    Returns
    -------
    Tensor, shape (sequences, count, alphabet)
    """
    return read_in_blocks(lambda tokens: memorizer(tokens)[0], blocks, period, starts, count)


@torch.no_grad()
def read_in_blocks(
    read: Callable[[Tensor], Tensor], blocks: Blocks, period: Tensor, starts: Tensor, count: int
) -> Tensor:
    """Return what a network gives before symbols of an endlessly repeated period, block by block.

    Parameters
    ----------
    read : callable
        Takes tokens of shape (blocks, length), and returns values of shape (length, blocks,
        values).
    blocks : Blocks
    period : int64 Tensor, shape (n,)
    starts : int64 Tensor, shape (sequences,)
        Index in the period of the first symbol that is predicted, for each sequence.
    count : int
        Number of symbols that are predicted.

    Returns
    -------
    Tensor, shape (sequences, count, values)
    """
    firsts = starts[:, None] + torch.arange(0, count, blocks.targets, device=period.device)
    offsets = torch.arange(-blocks.context, blocks.targets - 1, device=period.device)
    positions = (firsts.flatten()[:, None] + offsets) % len(period)
    parts = [
        read(period[part])[-blocks.targets :].transpose(0, 1)
        for part in positions.split(max(1, SYMBOLS_PER_PASS // blocks.row))
    ]
    values = torch.cat(parts)
    return values.view(len(starts), -1, values.shape[2])[:, :count]


@torch.no_grad()
def continue_in_blocks(
    memorizer: Memorizer, blocks: Blocks, period: Tensor, horizon: int
) -> Tensor:
    """Return the symbols that follow a repeated period, each predicted from own predictions.

    Parameters
    ----------
    memorizer : Memorizer
    blocks : Blocks
        The first block begins with the first predicted symbol.
    period : int64 Tensor, shape (n,)
    horizon : int
        Number of symbols to predict.

    Returns
    -------
    int64 Tensor, shape (horizon,)
    """
    before = torch.arange(-blocks.context, 0, device=period.device) % len(period)
    known = torch.cat([period[before], period.new_empty(horizon)])
    for index in range(horizon):
        start = index - index % blocks.targets
        end = blocks.context + index
        known[end] = memorizer(known[None, start:end])[0][-1, 0].argmax()
    return known[blocks.context :]
