"""A motif, repeated without end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.sources.source import Source, repeated, starting, whole
from seqmem.generators.symbols import DISPLAY_LETTERS

LONGEST_MOTIF = 2**20


@dataclass(frozen=True)
class PeriodicSource(Source):
    """The endless repetition of a motif.

    Parameters
    ----------
    alphabet_size : int
        k.
    motif : str or list of int, optional
        Letters A, B, … or symbols 0, 1, … If not given, the motif is random and has every symbol.
    period : int, optional
        Length of a random motif in symbols. If not given, twice the alphabet size.
    model : int
        Number of the random motif.
    start : int, optional
        Position in the motif at which the stream starts. If not given, the seed draws it.

    Examples
    --------
    >>> stream = PeriodicSource(2, motif="AAB", start=1).stream(np.random.default_rng(0))
    >>> next(stream).tolist(), next(stream)[:6].tolist()
    ([0, 1], [0, 0, 1, 0, 0, 1])
    """

    motif: str | tuple[int, ...] | None = None
    period: int | None = None
    model: int = 0
    start: int | None = None

    help = "one motif, repeated without end"

    def __post_init__(self) -> None:
        whole("model", self.model, 0, 2**63 - 1)
        if self.motif is None:
            period = 2 * self.alphabet_size if self.period is None else self.period
            object.__setattr__(
                self, "period", whole("period", period, self.alphabet_size, LONGEST_MOTIF)
            )
            return
        motif = _read(self.motif)
        if max(motif) >= self.alphabet_size:
            raise InputError(
                f"motif {self.motif!r} has a symbol beyond the alphabet of {self.alphabet_size}"
            )
        if self.period not in (None, len(motif)):
            raise InputError(f"period {self.period}: the motif given has {len(motif)} symbols")
        object.__setattr__(self, "motif", motif)
        object.__setattr__(self, "period", len(motif))

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the number of symbols that the motif needs, or 4 without a motif."""
        return max(2, 1 + max(_read(parameters["motif"]))) if parameters.get("motif") else 4

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the motif without end."""
        motif = self._random_motif() if self.motif is None else np.array(self.motif)
        return repeated(motif, starting(self.start, rng, len(motif)))

    def _random_motif(self) -> np.ndarray:
        """Return every symbol once and further random ones, all in random order."""
        size = int(self.period or 0)
        rng = generator("periodic", self.alphabet_size, size, self.model)
        symbols = np.arange(size)
        symbols[self.alphabet_size :] = rng.integers(
            self.alphabet_size, size=size - self.alphabet_size
        )
        return rng.permutation(symbols)


def _read(motif: object) -> tuple[int, ...]:
    """Return the symbols of a motif, or raise `InputError`."""
    if isinstance(motif, str) and motif and set(motif) <= set(DISPLAY_LETTERS):
        return tuple(DISPLAY_LETTERS.index(letter) for letter in motif)
    if (
        isinstance(motif, list | tuple)
        and motif
        and all(type(item) is int and item >= 0 for item in motif)
    ):
        return tuple(motif)
    raise InputError(f"motif {motif!r}; valid: letters A-Z a-z, or a list of whole numbers from 0")
