"""Parameters and training FLOPs of a memorizer, computed from its shape alone."""

from seqmem.study.memorizers.cells import CELLS


def parameter_count(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return the number of trained parameters, readout included.

    Parameters
    ----------
    cell : str
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.

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
    inputs = [alphabet_size] + [units] * (depth - 1)
    recurrent = sum(CELLS[cell].gates * units * (size + units + 2) for size in inputs)
    return recurrent + (units + 1) * alphabet_size


def flops_per_symbol(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return the training FLOPs of one symbol: forward pass, backward pass, weight gradients.

    They are ``6 * (sum over layers of gates * units * (inputs + units) + units * k)`` for an
    alphabet of size k. Layer 0 has inputs = 0, because its input product is a look-up. The
    optimizer is excluded.

    Parameters
    ----------
    cell : str
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.

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
    inputs = [0] + [units] * (depth - 1)
    recurrent = sum(CELLS[cell].gates * units * (size + units) for size in inputs)
    return 6 * (recurrent + units * alphabet_size)
