"""Markov chains of any order with a given entropy rate."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log2

import numpy as np

from seqmem.core import libm
from seqmem.core.errors import InputError
from seqmem.core.number_formats import round_digits
from seqmem.core.seeding import generator
from seqmem.generators.sources.machine import Machine, row_entropies
from seqmem.generators.sources.source import Source, number, table_size, whole

LARGEST_CHAIN = 2**16
# Up to so many contexts, stationary probabilities are found by elimination on the dense matrix.
DENSE_CONTEXTS = 512
LOWEST_RATE = 1e-3
STEEPEST = 2.0**20


@dataclass(frozen=True)
class MarkovSource(Source):
    """A stationary Markov chain with random transition probabilities.

    In every context, the logarithms of the probabilities are standard normal draws, divided by a
    temperature. The temperature is solved for, so that the chain has the given entropy rate to 1e-9
    bits.

    Parameters
    ----------
    alphabet_size : int
        k.
    order : int
        Symbols of context.
    entropy_rate : float, optional
        Bits per symbol, from 0.001 to log2 k. If not given, half of log2 k.
    model : int
        Number of the random matrix. Strings of the same model come from the same chain.

    Examples
    --------
    >>> rows, stationary = MarkovSource(4, order=2, entropy_rate=1.5).chain
    >>> rows.shape, round(entropy_of(rows), 6)
    ((16, 4), 1.5)
    """

    order: int = 1
    entropy_rate: float | None = None
    model: int = 0

    help = "a Markov chain of any order with a given entropy rate"
    reference_kind = "markov"
    dial = "entropy_rate"

    def dial_range(self) -> tuple[float, float]:
        """Return a twentieth of the highest entropy rate, and the highest entropy rate."""
        return log2(self.alphabet_size) / 20, log2(self.alphabet_size)

    def __post_init__(self) -> None:
        highest = log2(self.alphabet_size)
        rate = highest / 2 if self.entropy_rate is None else self.entropy_rate
        object.__setattr__(
            self,
            "entropy_rate",
            number("entropy_rate", rate, LOWEST_RATE, highest, "bits (log2 of the alphabet)"),
        )
        whole("order", self.order, 1, 64)
        whole("model", self.model, 0, 2**63 - 1)
        table_size("order", self.order, self.alphabet_size, self.order + 1, LARGEST_CHAIN)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end.

        The first context is drawn from the stationary distribution.
        """
        return self.machine.walk(rng)

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator | None = None) -> float:
        """Return the realized code length ``-log2 P(string)``, first context included, in bits."""
        return self.machine.code_length(symbols)

    @cached_property
    def machine(self) -> Machine:
        """The chain as a machine, with one state for each context of 0 to ``order`` symbols.

        Contexts of fewer than ``order`` symbols occur at the start only.
        """
        rows, stationary = self.chain
        return _machine(rows, stationary, self.order)

    @property
    def chain(self) -> tuple[np.ndarray, np.ndarray]:
        """Transition probabilities and stationary probabilities of the contexts.

        They are arrays of shape (contexts, k) and (contexts,).
        """
        return _solved(self.alphabet_size, self.order, float(self.entropy_rate or 0.0), self.model)


@lru_cache(maxsize=16)
def _solved(
    alphabet_size: int, order: int, rate: float, model: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the chain of a model at the temperature that gives the entropy rate."""
    draws = generator("markov", alphabet_size, order, model).standard_normal(
        (alphabet_size**order, alphabet_size)
    )

    def excess(steepness: float) -> float:
        return entropy_of(softmax(steepness * draws)) - rate

    if rate == log2(alphabet_size):
        return _with_stationary(softmax(0 * draws))
    steepest = 1.0
    while excess(steepest) > 0:
        steepest *= 2
        if steepest > STEEPEST:
            raise InputError(
                f"entropy_rate {rate:g}: the chain of model {model} stays above "
                f"{entropy_of(softmax(STEEPEST * draws)):.6g} bits; raise entropy_rate, or take "
                "another model"
            )
    # Imported here, because SciPy would take a third of the start of every command.
    from scipy.optimize import brentq

    root = brentq(excess, 0.0, steepest, xtol=1e-13, rtol=1e-13)
    # Rounded, so that the last bits, which depend on the machine, do not enter the chain.
    return _with_stationary(softmax(round_digits(root, 12) * draws))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities that are proportional to the exponentials of each row.

    Parameters
    ----------
    logits : float array, shape (rows, k)

    Examples
    --------
    >>> softmax(np.zeros((1, 4))).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    weights = libm.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return probabilities


def entropy_of(rows: np.ndarray) -> float:
    """Return the entropy rate of a chain, in bits per symbol.

    Parameters
    ----------
    rows : float array, shape (contexts, k)
        Transition probabilities.

    Examples
    --------
    >>> entropy_of(np.array([[0.5, 0.5], [0.5, 0.5]]))
    1.0
    """
    return float(stationary_of(rows) @ row_entropies(rows))


def stationary_of(rows: np.ndarray) -> np.ndarray:
    """Return the stationary probabilities of the contexts, an array of shape (contexts,).

    Parameters
    ----------
    rows : float array, shape (contexts, k)
        Transition probabilities.

    Raises
    ------
    InputError
        If a chain of more than 512 contexts mixes too slowly.

    Examples
    --------
    >>> stationary_of(np.array([[0.9, 0.1], [0.3, 0.7]])).round(6).tolist()
    [0.75, 0.25]
    """
    return _by_elimination(rows) if len(rows) <= DENSE_CONTEXTS else _by_arnoldi(rows)


def _by_arnoldi(rows: np.ndarray) -> np.ndarray:
    """Return the leading left eigenvector of the transition matrix, from a fixed start."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

    contexts, size = rows.shape

    def step(shares: np.ndarray) -> np.ndarray:
        moved: np.ndarray = (
            (shares.ravel()[:, None] * rows).reshape(size, -1, size).sum(axis=0).ravel()
        )
        return moved

    operator = LinearOperator((contexts, contexts), matvec=step, dtype=float)
    start = np.full(contexts, 1 / contexts)
    try:
        leading = eigs(operator, k=1, which="LM", v0=start, tol=1e-12, ncv=40, maxiter=300)[1][
            :, 0
        ].real
    except ArpackNoConvergence:
        raise InputError(
            f"the chain of {contexts} contexts mixes too slowly to be solved; "
            "lower order or raise entropy_rate"
        ) from None
    stationary: np.ndarray = np.abs(leading) / np.abs(leading).sum()
    return stationary


def _by_elimination(rows: np.ndarray) -> np.ndarray:
    """Reduce states without subtractions, which is accurate for slow chains too.

    Grassmann, Taksar and Heyman 1985.
    """
    contexts, size = rows.shape
    chain = np.zeros((contexts, contexts))
    indices = np.arange(contexts)
    for symbol in range(size):
        chain[indices, (indices * size + symbol) % contexts] += rows[:, symbol]
    for last in range(contexts - 1, 0, -1):
        leaving = max(chain[last, :last].sum(), np.finfo(float).tiny)
        chain[:last, last] /= leaving
        chain[:last, :last] += np.outer(chain[:last, last], chain[last, :last])
    weights = np.ones(contexts)
    for state in range(1, contexts):
        # Without BLAS, whose last bits depend on the processor.
        weights[state] = (weights[:state] * chain[:state, state]).sum()
    stationary: np.ndarray = weights / weights.sum()
    return stationary


def _with_stationary(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return rows, stationary_of(rows)


def _machine(rows: np.ndarray, stationary: np.ndarray, order: int) -> Machine:
    """Return the chain as a machine.

    States are in the order of the length of their contexts. Contexts of one length are in the order
    of their symbols, read as a number of base k.
    """
    size = rows.shape[1]
    shares = [stationary]
    successors = []
    probabilities = []
    for length in range(order - 1, -1, -1):
        shares.insert(0, shares[0].reshape(size**length, size).sum(axis=1))
    for length in range(order):
        longer = shares[length + 1].reshape(-1, size)
        whole_share = shares[length][:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            probabilities.append(np.where(whole_share > 0, longer / whole_share, 1 / size))
        first = sum(size**shorter for shorter in range(length + 1))
        successors.append(first + np.arange(size ** (length + 1)).reshape(-1, size))
    first = sum(size**shorter for shorter in range(order))
    contexts = np.arange(size**order)[:, None]
    successors.append(first + (contexts * size + np.arange(size)) % size**order)
    return Machine(np.concatenate(successors), np.concatenate([*probabilities, rows]))
