"""Random straight-line grammars."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqmem.core.seeding import generator
from seqmem.generators.sources.machine import Machine
from seqmem.generators.sources.source import Source, table_size, whole


@dataclass(frozen=True)
class GrammarSource(Source):
    """Words of a random straight-line grammar, strung together at random.

    The grammar has ``rules`` rules on each of ``depth`` levels. A rule is a pair of rules of the level
    below, symbols below the first; every one of them is used. So a rule of the top level spells one word of
    ``2 ** depth`` symbols with structure at every scale. The stream picks words of the top level independently.

    Parameters
    ----------
    alphabet_size : int
    rules : int, optional
        Rules per level, at least k / 2; the larger of 8 and k if not given.
    depth : int
        Levels.
    model : int
        Which random grammar; strings of the same model share it.
    """

    help = "random words of a random straight-line grammar"

    rules: int | None = None
    depth: int = 4
    model: int = 0

    reference_kind = "grammar"

    def __post_init__(self) -> None:
        fewest = -(-self.alphabet_size // 2)
        rules = max(8, self.alphabet_size) if self.rules is None else self.rules
        object.__setattr__(self, "rules", whole("rules", rules, max(2, fewest), 2**20))
        whole("depth", self.depth, 1, 64)
        whole("model", self.model, 0, 2**63 - 1)
        table_size(
            "depth", self.depth, 2, self.depth, max(2, 2**20 // (rules * self.alphabet_size))
        )

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield one word after the other."""
        while True:
            yield self.words[int(rng.integers(len(self.words)))]

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator | None = None) -> float:
        """Return the realized code length: -log2 of the share of words that begin like it, word by word."""
        return self.machine.code_length(symbols)

    @cached_property
    def words(self) -> np.ndarray:
        """The words of the top level, shape (rules, 2 ** depth)."""
        rules = int(self.rules or 0)
        rng = generator("grammar", self.alphabet_size, rules, self.depth, self.model)
        words = np.arange(self.alphabet_size)[:, None]
        for _ in range(self.depth):
            used = np.concatenate(
                [rng.permutation(len(words)) for _ in range(-(-2 * rules // len(words)))]
            )
            pairs = rng.permutation(used[: 2 * rules]).reshape(rules, 2)
            words = np.concatenate((words[pairs[:, 0]], words[pairs[:, 1]]), axis=1)
        return words

    @cached_property
    def machine(self) -> Machine:
        """The tree of the words: a state for each beginning, back to the root after a whole word."""
        root = _Node()
        nodes = [root]
        for word in self.words.tolist():
            node = root
            for symbol in word:
                node.counts[symbol] = node.counts.get(symbol, 0) + 1
                if symbol not in node.children:
                    node.children[symbol] = _Node(len(nodes))
                    nodes.append(node.children[symbol])
                node = node.children[symbol]
        inner = [node for node in nodes if node.counts]
        places = {node.place: place for place, node in enumerate(inner)}
        successors = np.zeros((len(inner), self.alphabet_size), dtype=np.int64)
        probabilities = np.zeros((len(inner), self.alphabet_size))
        for place, node in enumerate(inner):
            for symbol, child in node.children.items():
                successors[place, symbol] = places.get(child.place, 0)
                probabilities[place, symbol] = node.counts[symbol] / sum(node.counts.values())
        return Machine(successors, probabilities)


class _Node:
    """A beginning of words: how many go on with each symbol, and where."""

    def __init__(self, place: int = 0) -> None:
        self.place = place
        self.counts: dict[int, int] = {}
        self.children: dict[int, _Node] = {}
