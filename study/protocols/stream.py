"""The stream protocol: parallel endless repetitions of the string, at random phases."""

import numpy as np
import torch
from torch import Tensor

from generators.seeding import generator


class StreamBatches:
    """Cut the endless repetition of a string into ``batch`` parallel streams.

    Step t hands out the symbols ``phase + t * length … phase + (t + 1) * length`` of every stream;
    the last symbol of a batch is the target of the one before it and the first input of the next.

    Parameters
    ----------
    symbols : array of shape (n,)
    batch, length : int
    seed : int
        Decides the phases, which are uniform on 0 … n - 1 and independent.
    """

    def __init__(self, symbols: np.ndarray, batch: int, length: int, seed: int, device: str = "cpu") -> None:
        self._symbols = torch.as_tensor(symbols.astype(np.int64), device=device)
        phases = generator("phases", seed).integers(len(symbols), size=batch)
        places = phases[:, None] + np.arange(length + 1)[None, :]
        self._places = torch.as_tensor(places % len(symbols), device=device)
        self._length = length

    @property
    def phases(self) -> Tensor:
        """Place in the string of the next input of every stream, shape (batch,)."""
        return self._places[:, 0]

    def next(self) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of the next step, both int64 of shape (batch, length)."""
        tokens = self._symbols[self._places]
        self._places = (self._places + self._length) % len(self._symbols)
        return tokens[:, :-1], tokens[:, 1:]
