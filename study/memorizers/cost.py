"""Parameters, training FLOPs and training work of a memorizer, computed from its shape alone."""

from typing import Any

from seqmem.core.python_arguments import argument_kinds
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import NetworkShape


@argument_kinds()
def parameter_count(cell: str, alphabet_size: int, depth: int, units: int, **options: Any) -> int:
    """Return the number of trained parameters, readout included.

    Parameters
    ----------
    cell : str
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.
    **options
        Further fields of `NetworkShape`.

    Returns
    -------
    int
        Number of trained parameters.

    Raises
    ------
    KeyError
        If the cell is unknown.

    Examples
    --------
    >>> parameter_count("lstm", alphabet_size=2, depth=1, units=128)  # published: 67,842
    67842
    """
    return CELLS[cell].parameter_count(NetworkShape(alphabet_size, depth, units, **options))


@argument_kinds()
def flops_per_symbol(cell: str, alphabet_size: int, depth: int, units: int, **options: Any) -> int:
    """Return the training FLOPs of one symbol: forward pass, backward pass, weight gradients.

    For LSTM, GRU and RNN they are ``6 * (sum over layers of gates * units * (inputs + units) +
    units * k)`` for an alphabet of size k. Layer 0 has inputs = 0, because its input product is a
    look-up. The optimizer and element-wise operations are excluded.

    Parameters
    ----------
    cell : str
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.
    **options
        Further fields of `NetworkShape`.

    Returns
    -------
    int
        Training FLOPs per symbol.

    Raises
    ------
    KeyError
        If the cell is unknown.

    Examples
    --------
    >>> flops_per_symbol("gru", alphabet_size=4, depth=1, units=32)
    19200
    """
    return CELLS[cell].training_flops(NetworkShape(alphabet_size, depth, units, **options))


@argument_kinds()
def work_per_symbol(cell: str, alphabet_size: int, depth: int, units: int, **options: Any) -> int:
    """Return the training work of one symbol: its FLOPs and its element-wise operations.

    The element-wise operations of the forward pass count three times, for the forward pass and both
    gradients. An addition or product is one operation; an exponential, a logistic function or a
    tanh is four. The loss and the optimizer are excluded.

    Parameters
    ----------
    cell : str
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.
    **options
        Further fields of `NetworkShape`.

    Returns
    -------
    int
        Training work per symbol.

    Raises
    ------
    KeyError
        If the cell is unknown.

    Examples
    --------
    >>> work_per_symbol("gru", alphabet_size=4, depth=1, units=32)  # 19,200 + 3 · 32 · 18
    20928
    """
    return CELLS[cell].training_work(NetworkShape(alphabet_size, depth, units, **options))


def layer_flops(cell: str, units: int) -> int:
    """Return the training FLOPs per symbol of one more layer, by which equal cells are ordered.

    Parameters
    ----------
    cell : str
    units : int
        Hidden units per layer.

    Examples
    --------
    >>> layer_flops("gru", units=1) / layer_flops("lstm", units=1)
    0.75
    """
    one, two = (CELLS[cell].training_flops(NetworkShape(1, depth, units)) for depth in (1, 2))
    return two - one
