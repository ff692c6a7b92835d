"""The cost model of cells that came after the reference table: minGRU and minLSTM.

Their gates do not see the state, so they do other work than the cells of
`seqmem.study.calibration.model`. That module and the reference table define the calibrated second
and stay as they are. An extension has terms and a hash of its own, and is scaled to a table.
"""

from math import ceil, log2

from seqmem.core.number_formats import round_digits
from seqmem.study.calibration.model import (
    BACKWARD_BLOCKS,
    BACKWARD_ROWS,
    CHUNK_ROWS,
    LARGEST_TILE_ROWS,
    NARROW,
    UNITS_IN_CACHE,
    StepShape,
)

# The cells of an extension and their gates.
EXTENSION_GATES = {"mingru": 2, "minlstm": 3}
# Where the states of a layer, and as large again their gradients, begin to outgrow a core's cache.
STATES_IN_CACHE = 2**17


def extension_terms(shape: StepShape, lanes: int) -> dict[str, float]:
    """Return how often each kind of work is done in one training step of a minimal cell.

    The first layer looks the gates of a symbol up, and an upper layer has one product over all
    symbols of a step. What is left to the recurrence is work by element.

    Parameters
    ----------
    shape : StepShape
    lanes : int
        Floats in a vector of the instruction set. Units are padded to a multiple.

    Returns
    -------
    dict of str to float
        Count of each kind of work, by the name of its term.

    Examples
    --------
    The second layer has 2,048 / 8 groups of 8 symbols, for each of 2 blocks of units:

    >>> shape = StepShape("mingru", depth=2, units=24, batch=32, length=64, alphabet_size=4)
    >>> counts = extension_terms(shape, lanes=16)
    >>> counts["step"], counts["symbols"], counts["tiles"], counts["gates"]
    (1, 2048, 512, 65536)
    """
    gates = EXTENSION_GATES[shape.cell]
    units = shape.units
    width = min(lanes, NARROW) if units <= NARROW else lanes
    blocks = ceil(units / width)
    padded = blocks * width
    upper = shape.depth - 1
    symbols = shape.batch * shape.length
    states = symbols * padded
    weights = gates * units * units * upper
    products = symbols * upper * gates * units * padded
    backward_tiles = ceil(blocks / BACKWARD_BLOCKS) * ceil(symbols / BACKWARD_ROWS)
    return {
        "step": 1,
        "layers": shape.depth,
        "parameters": weights + (gates + 1) * units * shape.alphabet_size,
        "table": gates * padded * shape.alphabet_size,
        "symbols": symbols,
        "logits": symbols * shape.alphabet_size,
        "readout_products": states * shape.alphabet_size,
        "states": states,
        "far_states": states * shape.depth * max(0.0, log2(states / STATES_IN_CACHE)),
        "gates": states * upper,
        "tiles": upper * blocks * ceil(symbols / LARGEST_TILE_ROWS),
        "backward_sums": upper * backward_tiles * gates * units,
        "products": products,
        "large_products": products * max(0.0, log2(units / UNITS_IN_CACHE)),
        "weight_gradients": upper * gates * units * padded * ceil(symbols / CHUNK_ROWS),
    }


EXTENSION_TERMS = tuple(extension_terms(StepShape("mingru", 1, 1, 1, 1, 2), lanes=16))


def predict_extension(coefficients: dict[str, float], shape: StepShape, lanes: int) -> float:
    """Return the predicted seconds of one training step of a minimal cell, to nine digits.

    Parameters
    ----------
    coefficients : dict of str to float
        Seconds per unit of each term.
    shape : StepShape
    lanes : int
        Floats in a vector of the instruction set.
    """
    counts = extension_terms(shape, lanes)
    return round_digits(sum(coefficients[name] * count for name, count in counts.items()))
