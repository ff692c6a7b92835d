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
        Whose best weights are kept, if they are to be restored.
    stopping_loss : float, optional
        Stop at a loss that is not above this one.
    patience : int, optional
        Stop after so many epochs in a row without a new lowest loss.
    restore_best : bool
        Whether `restore` brings back the weights of the epoch with the lowest loss.

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
        self._validation_loss, self._memorizer = validation_loss, memorizer
        self._stopping_loss, self._patience, self._restore_best = (
            stopping_loss,
            patience,
            restore_best,
        )
        self._lowest, self._waited = math.inf, 0
        self._best: list[torch.Tensor] = []

    def after_epoch(self) -> str | None:
        """Return ``converged`` or ``stalled`` if training is to stop, else None."""
        loss = self._validation_loss()
        if loss < self._lowest:
            self._lowest, self._waited = loss, 0
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
        """Bring back the weights of the best epoch, if they are kept and an epoch is over."""
        if self._best:
            for parameter, best in zip(self._memorizer.parameters(), self._best, strict=True):
                parameter.copy_(best)
