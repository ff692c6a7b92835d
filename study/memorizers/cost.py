"""What a memorizer costs: parameters and analytic training FLOPs, by arithmetic alone."""

from seqmem.study.memorizers.cells import CELLS


def parameter_count(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return the number of trained parameters, readout included.

    >>> parameter_count("lstm", alphabet_size=2, depth=1, units=128)  # published: 67,842
    67842
    """
    inputs = [alphabet_size] + [units] * (depth - 1)
    recurrent = sum(CELLS[cell].gates * units * (size + units + 2) for size in inputs)
    return recurrent + (units + 1) * alphabet_size


def flops_per_symbol(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return training FLOPs for one symbol: forward, backward and weight gradients.

    ``6 * (sum over layers of gates * units * (inputs + units) + units * k)`` with inputs = 0 at
    layer 0, where the input product is a look-up. The optimizer is excluded.

    >>> flops_per_symbol("gru", alphabet_size=4, depth=1, units=32)
    19200
    """
    inputs = [0] + [units] * (depth - 1)
    recurrent = sum(CELLS[cell].gates * units * (size + units) for size in inputs)
    return 6 * (recurrent + units * alphabet_size)
