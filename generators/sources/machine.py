"""Stochastic machines whose state follows from their output: sampling and exact code lengths."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

BLOCK = 4096


@dataclass(frozen=True)
class Machine:
    """A unifilar machine: it starts in state 0, and its state and the symbol determine the next state.

    Markov chains of any order, probabilistic automata and random concatenations of words are of this kind (the
    deterministic automata of Vidal et al. 2005), so the probability of a string is a product along one path.

    Attributes
    ----------
    successors : integer array of shape (states, k)
    probabilities : array of shape (states, k)
        Of each symbol in each state; rows sum to one.
    """

    successors: np.ndarray
    probabilities: np.ndarray

    def walk(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        thresholds = np.cumsum(self.probabilities, axis=1)[:, :-1].tolist()
        successors, state = self.successors.tolist(), 0
        while True:
            symbols = []
            for draw in rng.random(BLOCK).tolist():
                symbol = bisect_right(thresholds[state], draw)
                symbols.append(symbol)
                state = successors[state][symbol]
            yield np.array(symbols)

    def path(self, symbols: np.ndarray) -> np.ndarray:
        """Return the state before each symbol, shape (n,)."""
        successors, state, states = self._successor_lists, 0, []
        for symbol in symbols.tolist():
            states.append(state)
            state = successors[state][symbol]
        return np.array(states)

    def code_length(self, symbols: np.ndarray) -> float:
        """Return ``-sum log2 P(symbol | past)`` of a string, in bits.

        >>> fair_coin = Machine(np.zeros((1, 2), dtype=int), np.full((1, 2), 0.5))
        >>> fair_coin.code_length(np.array([0, 1, 1]))
        3.0
        """
        return float(-np.log2(self.probabilities[self.path(symbols), symbols]).sum())

    def noisy_code_length(self, symbols: np.ndarray, substitution: float) -> float:
        """Return the code length of a string seen through a channel that replaces symbols, in bits.

        Each symbol is replaced with probability ``substitution`` by one of the others, all alike. The state is then
        hidden, and the forward algorithm (Rabiner 1989) sums over it: states times k operations per symbol.
        """
        states, size = self.successors.shape
        channel = np.full((size, size), substitution / (size - 1))
        np.fill_diagonal(channel, 1 - substitution)
        successors, belief, bits = self.successors.ravel(), np.eye(1, states)[0], 0.0
        for symbol in symbols.tolist():
            joint = belief[:, None] * self.probabilities * channel[:, symbol]
            belief = np.bincount(successors, weights=joint.ravel(), minlength=states)
            likelihood = belief.sum()
            bits -= np.log2(likelihood)
            belief = belief / likelihood
        return float(bits)

    def entropy_rate(self, stationary: np.ndarray) -> float:
        """Return the entropy of the next symbol in bits, for given probabilities of the states, shape (states,)."""
        return float(stationary @ row_entropies(self.probabilities))

    @cached_property
    def _successor_lists(self) -> list[list[int]]:
        lists: list[list[int]] = self.successors.tolist()
        return lists


def row_entropies(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy of each row of probabilities, in bits.

    >>> row_entropies(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    logarithms = np.log2(np.where(probabilities > 0, probabilities, 1.0))
    entropies: np.ndarray = -(probabilities * logarithms).sum(axis=1) + 0.0
    return entropies
