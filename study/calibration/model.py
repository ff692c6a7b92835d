"""The cost model: seconds of a training step as a sum of non-negative terms, one coefficient each.

The terms count what the fused kernels of the reference measurement did: register tiles and what is multiplied in them,
element-wise work, reads of weights that outgrow a cache, the optimizer.

This module and `costs/reference.json` together define the calibrated second, as a unit. Do not change them when the
kernels change: a budget of "1 cal-s" would become another number of steps, and stored sweeps could not be compared with
new ones.
"""

from dataclasses import dataclass
from math import ceil, log2

from seqmem.core.number_formats import round_digits
from seqmem.study.memorizers.cells import CELLS

# The tiling of the kernels that the reference table was measured on, version 30b2884fcf: rows of a tile, unit blocks of
# a backward tile, rows of a weight-gradient product. Later kernels tile otherwise; see above.
TILE_ROWS = {3: 8, 4: 6}
LARGEST_TILE_ROWS = 8
BACKWARD_ROWS, BACKWARD_BLOCKS = 6, 4
CHUNK_ROWS = 384
# On 16 lanes, networks of up to 8 units run on kernels of 8 lanes.
NARROW = 8
# Where products and weights begin to outgrow the nearest cache.
UNITS_IN_CACHE = 64
BYTES_IN_CACHE = 2**15


@dataclass(frozen=True)
class StepShape:
    """What the cost of one training step depends on."""

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
        Floats in a vector of the instruction set; units are padded to a multiple.

    >>> found = terms(StepShape("gru", depth=1, units=24, batch=32, length=64, alphabet_size=4), lanes=16)
    >>> found["step"], found["symbols"], found["tiles"]  # 64 time steps, 2 blocks of units, 4 tiles of 8 rows
    (1, 2048, 512)
    """
    gates, units, length = CELLS[shape.cell].gates, shape.units, shape.length
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
    """Return the seconds of one training step, to nine digits, so that they are the same on every machine."""
    seconds = sum(coefficients[name] * count for name, count in terms(shape, lanes).items())
    return round_digits(seconds)
