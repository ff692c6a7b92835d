"""Stochastic machines whose output determines their state: sampling and exact code lengths."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqmem.core import libm

BLOCK = 4096


@dataclass(frozen=True)
class Machine:
    """A unifilar machine, which starts in state 0.

    The state and the symbol determine the next state. So the probability of a string is a product
    along one path. Markov chains of any order, probabilistic automata and random concatenations of
    words are machines of this kind (the deterministic automata of Vidal et al. 2005).

    Attributes
    ----------
    successors : integer array, shape (states, k)
        Next state for each state and symbol.
    probabilities : float array, shape (states, k)
        Probability of each symbol in each state. Each row has the sum one.
    """

    successors: np.ndarray
    probabilities: np.ndarray

    def walk(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        thresholds = np.cumsum(self.probabilities, axis=1)[:, :-1].tolist()
        successors = self.successors.tolist()
        state = 0
        while True:
            symbols = []
            for draw in rng.random(BLOCK).tolist():
                symbol = bisect_right(thresholds[state], draw)
                symbols.append(symbol)
                state = successors[state][symbol]
            yield np.array(symbols)

    def path(self, symbols: np.ndarray) -> np.ndarray:
        """Return the state before each symbol, an integer array of shape (n,)."""
        successors = self._successor_lists
        state = 0
        states = []
        for symbol in symbols.tolist():
            states.append(state)
            state = successors[state][symbol]
        return np.array(states)

    def code_length(self, symbols: np.ndarray) -> float:
        """Return the code length ``-sum log2 P(symbol | past)`` of a string, in bits.

        Parameters
        ----------
        symbols : integer array, shape (n,)

        Examples
        --------
        >>> fair_coin = Machine(np.zeros((1, 2), dtype=int), np.full((1, 2), 0.5))
        >>> fair_coin.code_length(np.array([0, 1, 1]))
        3.0
        """
        return float(-libm.log2(self.probabilities[self.path(symbols), symbols]).sum())

    def noisy_code_length(self, symbols: np.ndarray, substitution: float) -> float:
        """Return the code length of a string that a noisy channel has changed, in bits.

        The channel replaces each symbol with a given probability. All other symbols are equally
        likely then. The state is hidden, so the forward algorithm (Rabiner 1989) sums over it. It
        needs states times k operations per symbol.

        Parameters
        ----------
        symbols : integer array, shape (n,)
            The string behind the channel.
        substitution : float
            Probability that a symbol is replaced.

        Examples
        --------
        >>> fair_coin = Machine(np.zeros((1, 2), dtype=int), np.full((1, 2), 0.5))
        >>> fair_coin.noisy_code_length(np.array([0, 1, 1]), substitution=0.1)
        3.0
        """
        states, size = self.successors.shape
        channel = np.full((size, size), substitution / (size - 1))
        np.fill_diagonal(channel, 1 - substitution)
        successors = self.successors.ravel()
        belief = np.eye(1, states)[0]
        bits = 0.0
        for symbol in symbols.tolist():
            joint = belief[:, None] * self.probabilities * channel[:, symbol]
            belief = np.bincount(successors, weights=joint.ravel(), minlength=states)
            likelihood = belief.sum()
            bits -= math.log2(likelihood)
            belief = belief / likelihood
        return float(bits)

    def entropy_rate(self, stationary: np.ndarray) -> float:
        """Return the entropy of the next symbol, in bits.

        Parameters
        ----------
        stationary : float array, shape (states,)
            Probability of each state.
        """
        return float(stationary @ row_entropies(self.probabilities))

    @cached_property
    def _successor_lists(self) -> list[list[int]]:
        lists: list[list[int]] = self.successors.tolist()
        return lists


def row_entropies(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy of each row of probabilities, in bits.

    Parameters
    ----------
    probabilities : float array, shape (rows, k)

    Returns
    -------
    float array, shape (rows,)

    Examples
    --------
    >>> row_entropies(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    logarithms = np.log2(np.where(probabilities > 0, probabilities, 1.0))
    entropies: np.ndarray = -(probabilities * logarithms).sum(axis=1) + 0.0
    return entropies
