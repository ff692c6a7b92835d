"""How recall reads a string: with a state that is carried along, or in blocks."""

from dataclasses import dataclass

# How recall reads a string under the window protocol, with one line of help for each.
RECALLS = {
    "teacher_forced": "one pass over a period, after a prompt, with the state carried along",
    "window": "each symbol from the window of `length` symbols before it, from the zero state",
}


@dataclass(frozen=True)
class Blocks:
    """How an endless sequence is read in blocks, each from the zero state.

    A block has ``targets`` symbols, which are predicted. It reads the ``context + targets - 1``
    symbols before the last of them. So its first target is predicted from ``context`` symbols, and
    its last one from ``context + targets - 1``.

    Parameters
    ----------
    context, targets : int
        With one target, each symbol is predicted from the window of ``context`` symbols before it.

    Examples
    --------
    >>> Blocks(context=64, targets=64).row
    127
    """

    context: int
    targets: int

    @property
    def row(self) -> int:
        """Number of symbols that a block reads."""
        return self.context + self.targets - 1
