"""Coverage and verdicts of total Sobol indices, on responses with known indices."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN
from seqmem.analysis.estimators.saltelli import jansen, resampled_indices
from seqmem.analysis.simulation.capacity import SIMULATIONS
from seqmem.core.arrays import Array
from seqmem.core.seeding import generator

ROWS = 256
INPUTS = 7
LEAST_INDEX = 0.10
RESAMPLES = 1000
_TRUTH_ROWS = 2**17
# log2 of the speed of memorizing falls by these octaves from the optimum to the far end. The first
# two inputs stand for learning rate and units.
_STEEP = np.array([14.0, 5.0, 2.0, 2.0, 1.0, 0.3, 0.1])
_BEST = np.array([0.55, 0.6, 0.2, 0.4, 0.5, 0.5, 0.5])

Response = Callable[[Array, np.random.Generator], Array]


def ishigami(places: Array, rng: np.random.Generator) -> Array:
    """Return the function of Ishigami and Homma (1990) with a = 7 and b = .1, of three inputs."""
    x = np.pi * (2 * places - 1)
    values: Array = (
        np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])
    )
    return values


def stored(easy: float, noise: float = 0.05, second: float = 1.0) -> Response:
    """Return a response like a stored fraction, with a floor and a ceiling.

    Parameters
    ----------
    easy : float
        log2 of the budget over that in which the best point stores half of its string.
    noise : float, default 0.05
        Standard deviation of a run.
    second : float, default 1.0
        Factor on the importance of the second input.
    """
    steep = _STEEP * np.where(np.arange(INPUTS) == 1, second, 1.0)

    def respond(places: Array, rng: np.random.Generator) -> Array:
        speed = easy - ((places - _BEST) ** 2) @ steep
        fractions = 1 - np.exp2(-np.exp2(speed)) + noise * rng.normal(size=speed.shape)
        # Large learning rates diverge.
        return np.where(places[..., 0] > 0.93, 0.0, np.clip(fractions, 0.0, 1.0))

    return respond


RESPONSES: dict[str, tuple[Response, int]] = {
    "Ishigami function": (ishigami, 3),
    "of middling difficulty": (stored(1.0), INPUTS),
    "easy": (stored(3.0), INPUTS),
    "hard": (stored(-1.0), INPUTS),
    "noisy runs": (stored(1.0, noise=0.2), INPUTS),
    "units matter little": (stored(1.0, second=0.25), INPUTS),
}


class IndexResult(NamedTuple):
    """Results of one scenario for the first two inputs.

    Attributes
    ----------
    truth : tuple of float
        Total indices.
    coverage : tuple of float
        Coverage of the 95 % intervals.
    important, unimportant : tuple of float
        Shares of studies whose 99.4 % interval lies above .10, and below.
    """

    truth: tuple[float, ...]
    coverage: tuple[float, ...]
    important: tuple[float, ...]
    unimportant: tuple[float, ...]


def saltelli_values(response: Response, inputs: int, rows: int, rng: np.random.Generator) -> Array:
    """Return responses at the points of Saltelli's design on a scrambled Sobol set.

    Parameters
    ----------
    response : callable
        The response.
    inputs : int
        Number of inputs d.
    rows : int
        Base rows, a power of two.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array of float, shape (rows, d + 2)
        One row for each base row: A, B and A_B^i.
    """
    unit = qmc.Sobol(2 * inputs, rng=rng).random(rows)
    first, second = unit[:, :inputs], unit[:, inputs:]
    mixed = np.where(np.eye(inputs, dtype=bool), second[:, None], first[:, None])
    places = np.concatenate([first[:, None], second[:, None], mixed], axis=1)
    return response(places, rng)


@cache
def true_indices(name: str) -> tuple[float, ...]:
    """Return the total indices of the first two inputs, from 131,072 base rows."""
    response, inputs = RESPONSES[name]
    rng = generator("simulation", "indices", "truth", name)
    return tuple(jansen(saltelli_values(response, inputs, _TRUTH_ROWS, rng))[1, :2].tolist())


def index_results(name: str, simulations: int = SIMULATIONS) -> IndexResult:
    """Return coverage and verdicts of the total indices of the first two inputs.

    Parameters
    ----------
    name : str
        Name of the scenario in `RESPONSES`.
    simulations : int, default 2000
        Number of studies.
    """
    response, inputs = RESPONSES[name]
    rng = generator("simulation", "indices", name)
    truth = np.array(true_indices(name))
    tails = np.array([1 - PLAIN, 1 + PLAIN, 1 - BONFERRONI, 1 + BONFERRONI]) / 2
    ends = []
    for _ in range(simulations):
        values = saltelli_values(response, inputs, ROWS, rng)
        ends.append(np.quantile(resampled_indices(values, RESAMPLES)[:, 1, :2], tails, axis=0))
    low, high, strict_low, strict_high = np.swapaxes(ends, 0, 1)
    shares = (
        (low <= truth) & (truth <= high),
        strict_low >= LEAST_INDEX,
        strict_high < LEAST_INDEX,
    )
    return IndexResult(tuple(truth.tolist()), *(tuple(one.mean(axis=0).tolist()) for one in shares))
