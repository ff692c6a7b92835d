"""The cost model: seconds of a training step as a sum of non-negative terms.

Each term counts one kind of work and has one coefficient. The terms count the work of the fused
kernels of the reference measurement: register tiles and their products, element-wise work, reads of
weights that outgrow a cache, and the optimizer.

This module and `costs/reference.json` together define the calibrated second, as a unit. Do not
change them when the kernels change. A budget of "1 cal-s" would become another number of steps, and
stored sweeps could not be compared with new ones.
"""

from dataclasses import dataclass
from math import ceil, log2

from seqmem.core.number_formats import round_digits

# The calibrated cells and their gates.
CALIBRATED_GATES = {"gru": 3, "lstm": 4, "rnn": 1}
# The tiling of the kernels of the reference table, version 30b2884fcf: rows of a tile, unit blocks
# of a backward tile, rows of a weight-gradient product. Later kernels tile otherwise; see above.
TILE_ROWS = {3: 8, 4: 6}
LARGEST_TILE_ROWS = 8
BACKWARD_ROWS = 6
BACKWARD_BLOCKS = 4
CHUNK_ROWS = 384
# On 16 lanes, networks of up to 8 units run on kernels of 8 lanes.
NARROW = 8
# Where products and weights begin to outgrow the nearest cache.
UNITS_IN_CACHE = 64
BYTES_IN_CACHE = 2**15


@dataclass(frozen=True)
class StepShape:
    """The values that decide the cost of one training step.

    Parameters
    ----------
    cell : str
    depth, units : int
        Layers, and hidden units per layer.
    batch, length : int
        Streams, and symbols per stream and step.
    alphabet_size : int
    """

    cell: str
    depth: int
    units: int
    batch: int
    length: int
    alphabet_size: int


def terms(shape: StepShape, lanes: int) -> dict[str, float]:
    """Return how often each kind of work is done in one training step.

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
    The tiles are those of 64 time steps, 2 blocks of units and 4 groups of 8 rows:

    >>> shape = StepShape("gru", depth=1, units=24, batch=32, length=64, alphabet_size=4)
    >>> counts = terms(shape, lanes=16)
    >>> counts["step"], counts["symbols"], counts["tiles"]
    (1, 2048, 512)
    """
    gates = CALIBRATED_GATES[shape.cell]
    units = shape.units
    length = shape.length
    width = min(lanes, NARROW) if units <= NARROW else lanes
    blocks = ceil(units / width)
    padded = blocks * width
    # Weight matrices: hidden to hidden in every layer, layer below to hidden in all but the first.
    matrices = 2 * shape.depth - 1
    weights = gates * units * units * matrices
    symbols = shape.batch * length
    row_tiles = ceil(shape.batch / TILE_ROWS.get(gates, LARGEST_TILE_ROWS))
    backward_tiles = ceil(blocks / BACKWARD_BLOCKS) * ceil(shape.batch / BACKWARD_ROWS)
    products = symbols * matrices * gates * units * padded
    return {
        "step": 1,
        "layers": shape.depth,
        "parameters": weights + (gates + 1) * units * shape.alphabet_size,
        "symbols": symbols,
        "logits": symbols * shape.alphabet_size,
        "readout_products": symbols * shape.alphabet_size * padded,
        "activations": symbols * shape.depth * padded,
        "tiles": length * shape.depth * blocks * row_tiles,
        "tile_sums": length * matrices * blocks * row_tiles * units,
        "backward_sums": length * matrices * backward_tiles * gates * units,
        "products": products,
        "large_products": products * max(0.0, log2(units / UNITS_IN_CACHE)),
        "weight_gradients": matrices * gates * units * padded * ceil(symbols / CHUNK_ROWS),
        "weight_reads": length
        * weights
        * max(0.0, log2(4 * gates * units * units / BYTES_IN_CACHE)),
    }


TERMS = tuple(terms(StepShape("gru", 1, 1, 1, 1, 2), lanes=16))


def predict(coefficients: dict[str, float], shape: StepShape, lanes: int) -> float:
    """Return the predicted seconds of one training step, to nine digits.

    The rounding makes the seconds the same on every machine.

    Parameters
    ----------
    coefficients : dict of str to float
        Seconds per unit of each term.
    shape : StepShape
    lanes : int
        Floats in a vector of the instruction set.
    """
    seconds = sum(coefficients[name] * count for name, count in terms(shape, lanes).items())
    return round_digits(seconds)
