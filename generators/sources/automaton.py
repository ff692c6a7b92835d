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
    """A random probabilistic finite automaton: state and symbol determine the next state (Vidal et al. 2005).

    Next states are uniform draws, the probabilities of each state's symbols one draw from a symmetric Dirichlet
    distribution. It starts in state 0.

    Parameters
    ----------
    alphabet_size : int
    states : int
    concentration : float
        Of the Dirichlet distribution; small values make most states prefer one symbol.
    model : int
        Which random automaton; strings of the same model come from the same one.
    """

    help = "a random probabilistic finite automaton"

    states: int = 8
    concentration: float = 0.5
    model: int = 0

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
        """Return the realized code length -log2 P(string)."""
        return self.machine.code_length(symbols)

    @cached_property
    def machine(self) -> Machine:
        """The automaton."""
        shape = (self.states, self.alphabet_size)
        rng = generator("automaton", *shape, self.concentration, self.model)
        successors = rng.integers(self.states, size=shape)
        weights = rng.gamma(self.concentration, size=shape) + np.finfo(float).tiny
        return Machine(successors, weights / weights.sum(axis=1, keepdims=True))
