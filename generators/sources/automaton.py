"""Random probabilistic finite automata."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqmem.core.seeding import generator
from seqmem.generators.sources.machine import Machine
from seqmem.generators.sources.source import Source, number, table_size, whole


@dataclass(frozen=True)
class AutomatonSource(Source):
    """A random probabilistic finite automaton (Vidal et al. 2005).

    The state and the symbol determine the next state. Next states are uniform draws. The
    probabilities of the symbols in a state are one draw from a symmetric Dirichlet distribution.
    The automaton starts in state 0.

    Parameters
    ----------
    alphabet_size : int
        k.
    states : int
        Number of states.
    concentration : float
        Concentration of the Dirichlet distribution. With a small value, most states prefer one
        symbol.
    model : int
        Number of the random automaton. Strings of the same model come from the same automaton.

    Examples
    --------
    >>> machine = AutomatonSource(4, states=3).machine
    >>> machine.successors.shape, machine.probabilities.sum(axis=1).round(9).tolist()
    ((3, 4), [1.0, 1.0, 1.0])
    """

    states: int = 8
    concentration: float = 0.5
    model: int = 0

    help = "a random probabilistic finite automaton"
    reference_kind = "automaton"

    def __post_init__(self) -> None:
        whole("states", self.states, 1, 2**20)
        number("concentration", self.concentration, 1e-2, 1e6)
        whole("model", self.model, 0, 2**63 - 1)
        table_size("states", self.states, self.states * self.alphabet_size, 1, 2**20)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        return self.machine.walk(rng)

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator | None = None) -> float:
        """Return the realized code length ``-log2 P(string)``, in bits."""
        return self.machine.code_length(symbols)

    @cached_property
    def machine(self) -> Machine:
        """The automaton."""
        shape = (self.states, self.alphabet_size)
        rng = generator("automaton", *shape, self.concentration, self.model)
        successors = rng.integers(self.states, size=shape)
        weights = rng.gamma(self.concentration, size=shape) + np.finfo(float).tiny
        return Machine(successors, weights / weights.sum(axis=1, keepdims=True))
