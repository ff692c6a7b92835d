"""How a repeated string is cut into windows for training, validation and test."""

from dataclasses import dataclass

import numpy as np

from seqmem.core.errors import InputError

DEFAULT_TOTAL_LENGTH = 3500
DEFAULT_HORIZON = 100
# Of ten parts of the windows, eight are for training, one for validation, one for the test.
PARTS = 10
LARGEST_TOTAL_LENGTH = 10_000_000
# Where a forecast starts, with one line of help for each.
RECALL_STARTS = {
    "correct": "the forecast starts with the first withheld symbol",
    "published": "as in the published code, which starts after the withheld symbols "
    "and still scores the forecast against them",
}


@dataclass(frozen=True)
class WindowLayout:
    """Windows of the repeated string.

    Window i holds the symbols ``i … i + window - 1`` and predicts symbol ``i + window``. The
    windows are split in order as in arXiv 2107.02248: 80 % for training, 10 % for validation, 10 %
    for the test.

    Parameters
    ----------
    total_length : int
        Symbols to which the repeated string is cut.
    horizon : int
        Symbols at the end that are withheld.
    window : int
        Symbols in a window.

    Raises
    ------
    InputError
        If fewer than ten windows are left.

    Examples
    --------
    >>> layout = WindowLayout(total_length=3500, horizon=100, window=100)
    >>> [len(part) for part in (layout.training, layout.validation, layout.test)]
    [2640, 330, 330]
    """

    total_length: int
    horizon: int
    window: int

    def __post_init__(self) -> None:
        if self._windows < PARTS:
            raise InputError(
                f"length {self.window} and recall_horizon {self.horizon} are too long for "
                f"total_length {self.total_length}: {max(0, self._windows)} windows are left, "
                f"at least {PARTS} are needed"
            )

    @property
    def training(self) -> np.ndarray:
        """First symbols of the training windows, shape (windows,)."""
        return np.arange(self._windows - 2 * self._held_out)

    @property
    def validation(self) -> np.ndarray:
        """First symbols of the validation windows, shape (windows,)."""
        return np.arange(self._windows - 2 * self._held_out, self._windows - self._held_out)

    @property
    def test(self) -> np.ndarray:
        """First symbols of the test windows, shape (windows,)."""
        return np.arange(self._windows - self._held_out, self._windows)

    @property
    def _windows(self) -> int:
        return self.total_length - self.horizon - self.window

    @property
    def _held_out(self) -> int:
        return self._windows // PARTS
