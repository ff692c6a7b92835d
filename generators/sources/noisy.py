"""Noise around any other source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log2
from typing import Any

import numpy as np

from seqmem.core.errors import InputError
from seqmem.generators.sources.source import Source, number


@dataclass(frozen=True)
class NoisySource(Source):
    """Another source with randomly replaced symbols.

    Each symbol is replaced with a given probability, by one of the other symbols. All of these are
    equally likely.

    Parameters
    ----------
    alphabet_size : int
        k.
    source : str
        Name of the source that is disturbed. The source iid starts without its permutation.
    probability : float
        Probability that a symbol is replaced, above 0 and below 1.
    parameters : dict
        Parameters of the source that is disturbed.

    Examples
    --------
    The code length of an unchanged string is ``-log2(1 - p)`` bits per symbol:

    >>> source = NoisySource(2, "periodic", probability=0.5, parameters={"motif": "AB", "start": 0})
    >>> source.reference_bits(np.array([0, 1, 0, 1]), np.random.default_rng(0))
    4.0
    """

    source: str = "thue_morse"
    probability: float = 0.05
    parameters: Mapping[str, Any] = field(default_factory=dict)

    help = "another source with randomly replaced symbols"
    reference_kind = "noisy"
    dial = "probability"

    def dial_range(self) -> tuple[float, float]:
        """Return the probabilities of almost no noise and of noise alone."""
        return 1e-4, 1 - 1 / self.alphabet_size

    def __post_init__(self) -> None:
        if not 0 < number("probability", self.probability, 0, 1) < 1:
            raise InputError(
                f"probability {self.probability!r}; valid: a number above 0 and below 1"
            )
        _ = self.clean

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the default alphabet size of the source that is disturbed."""
        from seqmem.generators.sources import choose_alphabet

        return choose_alphabet(
            parameters.get("source", "thue_morse"), None, _inner(parameters.get("parameters", {}))
        )

    @cached_property
    def clean(self) -> Source:
        """The source that is disturbed."""
        # Imported here, because the registry holds this class.
        from seqmem.generators.sources import make_source

        parameters = _inner(self.parameters)
        if self.source == "noisy":
            raise InputError("source 'noisy' around source 'noisy'; add the noise once")
        if self.source == "iid":
            if parameters.get("initial_permutation"):
                raise InputError("initial_permutation: noise around source 'iid' needs it false")
            parameters["initial_permutation"] = False
        return make_source(self.source, self.alphabet_size, parameters)

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of disturbed symbols."""
        clean_rng, noise = rng.spawn(2)
        for block in self.clean.stream(clean_rng):
            replaced = noise.random(len(block)) < self.probability
            # One of the k - 1 others: a step of 1 to k - 1 around the alphabet.
            steps = noise.integers(1, self.alphabet_size, size=len(block))
            yield (block + np.where(replaced, steps, 0)) % self.alphabet_size

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator) -> float:
        """Return the realized code length, in bits.

        If the source inside is a machine, the code length sums over all clean strings
        (`Machine.noisy_code_length`). If it is deterministic, the clean string is known, and only
        the noise costs bits: ``-log2(1 - p)`` for a symbol that is kept, and
        ``-log2(p / (k - 1))`` for a symbol that is replaced.
        """
        if self.clean.machine is not None:
            return self.clean.machine.noisy_code_length(symbols, self.probability)
        clean = []
        taken = 0
        for block in self.clean.stream(rng.spawn(2)[0]):
            clean.append(block)
            taken += len(block)
            if taken >= len(symbols):
                break
        replaced = int((np.concatenate(clean)[: len(symbols)] != symbols).sum())
        return self._cost(len(symbols) - replaced, 1 - self.probability) + self._cost(
            replaced, self.probability / (self.alphabet_size - 1)
        )

    def _cost(self, events: int, probability: float) -> float:
        return -events * log2(probability) if events else 0.0

    def again(self, attempt: int) -> "NoisySource":
        """Return the source of a further attempt."""
        again = NoisySource(self.alphabet_size, self.source, self.probability, self.parameters)
        again.__dict__["clean"] = self.clean.again(attempt)
        return again

    @classmethod
    def stored_parameters(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters as they are stored, those of the source inside too."""
        from seqmem.generators.sources import stored_parameters

        inner = parameters.get("parameters")
        if not isinstance(inner, Mapping) or not inner:
            return dict(parameters)
        stored = stored_parameters(parameters.get("source", cls.source), inner)
        return {**parameters, "parameters": stored}

    @property
    def readings(self) -> list[str]:
        """What the source inside read from files."""
        return self.clean.readings

    def seed_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return what enters the seed of a stream.

        The parameters of the source inside are replaced by those that enter its own seed.
        """
        return {**parameters, "parameters": self.clean.seed_parameters(dict(self.parameters))}

    @property
    def is_endless(self) -> bool:  # type: ignore[override]
        """Whether the source inside is endless."""
        return self.clean.is_endless

    @property
    def letters(self) -> str:
        """Display letters of the source inside."""
        return self.clean.letters

    @property
    def mapping(self) -> Mapping[str, Any]:
        """Mapping of the source inside."""
        return self.clean.mapping


def _inner(parameters: object) -> dict[str, Any]:
    """Return the parameters of the source inside, or raise `InputError`."""
    if not isinstance(parameters, Mapping):
        raise InputError(f"parameters {parameters!r} of the source inside; valid: a JSON object")
    return dict(parameters)
