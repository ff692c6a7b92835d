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
    """Words of a random straight-line grammar, joined at random.

    The grammar has ``depth`` levels with ``rules`` rules each. A rule is a pair of rules of the
    level below. On the first level, it is a pair of symbols. Every rule and every symbol is used.
    So a rule of the top level spells one word of ``2 ** depth`` symbols, which has structure at
    every scale. The stream draws words of the top level independently.

    Parameters
    ----------
    alphabet_size : int
        k.
    rules : int, optional
        Rules per level, at least k / 2. If not given, the larger of 8 and k.
    depth : int
        Number of levels.
    model : int
        Number of the random grammar. Strings of the same model share the grammar.

    Examples
    --------
    Two rules of one level over four symbols use every symbol once:

    >>> words = GrammarSource(4, rules=2, depth=1).words
    >>> words.shape, sorted(words.ravel().tolist())
    ((2, 2), [0, 1, 2, 3])
    """

    rules: int | None = None
    depth: int = 4
    model: int = 0

    help = "random words of a random straight-line grammar"
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
        """Yield one word after the other, without end."""
        while True:
            yield self.words[int(rng.integers(len(self.words)))]

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator | None = None) -> float:
        """Return the realized code length, in bits.

        It is the sum over the words of ``-log2`` of the share of words with the same beginning.
        """
        return self.machine.code_length(symbols)

    @cached_property
    def words(self) -> np.ndarray:
        """The words of the top level, an array of shape (rules, 2 ** depth)."""
        rules = int(self.rules or 0)
        rng = generator("grammar", self.alphabet_size, rules, self.depth, self.model)
        spelled = np.arange(self.alphabet_size)[:, None]
        for _ in range(self.depth):
            used = np.concatenate(
                [rng.permutation(len(spelled)) for _ in range(-(-2 * rules // len(spelled)))]
            )
            pairs = rng.permutation(used[: 2 * rules]).reshape(rules, 2)
            spelled = np.concatenate((spelled[pairs[:, 0]], spelled[pairs[:, 1]]), axis=1)
        return spelled

    @cached_property
    def machine(self) -> Machine:
        """The tree of the words, with one state for each beginning of a word.

        After a whole word, the state is the root again.
        """
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
        states = {node.number: state for state, node in enumerate(inner)}
        successors = np.zeros((len(inner), self.alphabet_size), dtype=np.int64)
        probabilities = np.zeros((len(inner), self.alphabet_size))
        for state, node in enumerate(inner):
            for symbol, child in node.children.items():
                successors[state, symbol] = states.get(child.number, 0)
                probabilities[state, symbol] = node.counts[symbol] / sum(node.counts.values())
        return Machine(successors, probabilities)


class _Node:
    """A beginning of words, with the number of words that continue with each symbol."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.counts: dict[int, int] = {}
        self.children: dict[int, _Node] = {}
