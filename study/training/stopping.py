"""Early stopping after epochs, by the loss on held-out data."""

import math
from collections.abc import Callable

import torch
from torch import nn


class EarlyStopping:
    """Stop when the validation loss is low enough, or has not improved for long.

    Parameters
    ----------
    validation_loss : callable
        Returns the loss on held-out data, in nats.
    memorizer : torch.nn.Module
        The network whose best weights may be restored.
    stopping_loss : float, optional
        Stop at a loss of at most this.
    patience : int, optional
        Stop after so many epochs in a row without a new lowest loss.
    restore_best : bool
        Whether `restore` brings back the weights of the epoch with the lowest loss.

    Examples
    --------
    >>> losses = iter([0.9, 0.5, 0.6, 0.5])
    >>> stopping = EarlyStopping(lambda: next(losses), nn.Identity(), stopping_loss=0.1, patience=2)
    >>> [stopping.after_epoch() for _ in range(4)]
    [None, None, None, 'stalled']
    """

    def __init__(
        self,
        validation_loss: Callable[[], float],
        memorizer: nn.Module,
        *,
        stopping_loss: float | None = None,
        patience: int | None = None,
        restore_best: bool = False,
    ) -> None:
        self._validation_loss = validation_loss
        self._memorizer = memorizer
        self._stopping_loss = stopping_loss
        self._patience = patience
        self._restore_best = restore_best
        self._lowest = math.inf
        self._waited = 0
        self._best: list[torch.Tensor] = []

    def after_epoch(self) -> str | None:
        """Return ``converged`` or ``stalled`` if training must stop, otherwise None."""
        loss = self._validation_loss()
        if loss < self._lowest:
            self._lowest = loss
            self._waited = 0
            if self._restore_best:
                self._best = [
                    parameter.detach().clone() for parameter in self._memorizer.parameters()
                ]
        else:
            self._waited += 1
        if self._stopping_loss is not None and loss <= self._stopping_loss:
            return "converged"
        return "stalled" if self._patience is not None and self._waited >= self._patience else None

    @torch.no_grad()
    def restore(self) -> None:
        """Bring back the weights of the best epoch, if weights were kept."""
        if self._best:
            for parameter, best in zip(self._memorizer.parameters(), self._best, strict=True):
                parameter.copy_(best)
