"""Parameters of a recurrent network that its function determines.

Some directions in the space of parameters leave the function unchanged, so their values store
nothing:

- The first layer reads one symbol at a time, as a one-hot vector. A vector added to all columns of
  its input matrix and taken from a bias changes nothing. So every bias that is summed with the
  input product is redundant.
- In later layers, a gate has two biases whose sum alone counts.
- In a GRU, the recurrent bias of the candidate is multiplied by the reset gate before it is summed.
  It is not redundant.
- A softmax ignores what is added to all logits: one weight for each unit and one bias.

The tests compare the counts with the rank of the Jacobian of the logits.
"""

from seqmem.core.errors import InputError
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.memorizers.cost import parameter_count

# Gates whose recurrent bias is not summed with the input product, by cell.
_SEPARATE_BIASES = {"rnn": 0, "lstm": 0, "gru": 1}
COUNTED_CELLS = tuple(_SEPARATE_BIASES)


def identifiable_parameters(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return the number of parameters without those that are redundant.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    alphabet_size : int
    depth, units : int
        Layers, and hidden units per layer.

    Returns
    -------
    int
        Dimension of the set of functions that the network can have.

    Raises
    ------
    InputError
        If the redundancies of the cell are not known.

    Examples
    --------
    An LSTM of one layer has 8 h redundant biases, a GRU 5 h. Both have h + 1 in the readout.

    >>> identifiable_parameters("lstm", alphabet_size=4, depth=1, units=8)
    411
    >>> parameter_count("lstm", 4, 1, 8) - 8 * 8 - (8 + 1)
    411
    >>> identifiable_parameters("gru", alphabet_size=4, depth=1, units=8)
    323
    """
    if cell not in _SEPARATE_BIASES:
        valid = ", ".join(COUNTED_CELLS)
        raise InputError(f"cell {cell!r}: its redundant parameters are not known; valid: {valid}")
    return parameter_count(cell, alphabet_size, depth, units) - redundant_parameters(
        cell, depth, units
    )


def redundant_parameters(cell: str, depth: int, units: int) -> int:
    """Return the number of directions in parameter space that leave the function unchanged.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    depth, units : int
        Layers, and hidden units per layer.

    Examples
    --------
    >>> redundant_parameters("lstm", depth=2, units=8)  # 8 h, 4 h and h + 1
    105
    """
    family = CELLS[cell]
    assert isinstance(family, Cell)
    gates = family.gates
    summed = gates - _SEPARATE_BIASES[cell]
    return units * (gates + summed) + (depth - 1) * units * summed + units + 1
