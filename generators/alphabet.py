"""The alphabet of a string: how its symbols are written, and how a text is read as symbols."""

from typing import Any, NamedTuple

import numpy as np

from seqmem.core.errors import InputError, shorten


class Alphabet(NamedTuple):
    """Symbols ``0 … size - 1`` and their letters.

    Attributes
    ----------
    size : int
        k.
    letters : str
        Letter of each symbol. If empty, symbols are written as integers with spaces between.
    """

    size: int
    letters: str = ""

    def write(self, symbols: np.ndarray) -> str:
        """Return the text of symbols.

        Parameters
        ----------
        symbols : integer array, shape (n,)

        Examples
        --------
        >>> Alphabet(3, "abc").write(np.array([0, 2])), Alphabet(70).write(np.array([0, 69]))
        ('ac', '0 69')
        """
        if self.letters:
            return "".join(self.letters[symbol] for symbol in symbols)
        return " ".join(str(symbol) for symbol in symbols)

    def read(self, given: Any, what: str = "symbols") -> np.ndarray:
        """Return the symbols that a text or a sequence of integers holds.

        Parameters
        ----------
        given : str or integer array, shape (n,)
            Letters, or integers with spaces between if the alphabet has no letters.
        what : str
            What is read, for messages.

        Returns
        -------
        array of int64, shape (n,)

        Raises
        ------
        InputError
            If there are no symbols, or a symbol is not one of the alphabet.

        Examples
        --------
        >>> Alphabet(3, "abc").read("cab").tolist()
        [2, 0, 1]
        >>> Alphabet(3, "abc").read("cabs", "prompt")
        Traceback (most recent call last):
            ...
        seqmem.core.errors.InputError: prompt 'cabs': 's' is not in the alphabet abc
        """
        symbols = self._of_text(given, what) if isinstance(given, str) else _integers(given, what)
        if not len(symbols):
            raise InputError(f"{what}: no symbols given; give at least one")
        outside = symbols[(symbols < 0) | (symbols >= self.size)]
        if len(outside):
            raise self._unknown(what, shorten(self.write_numbers(symbols)), int(outside[0]))
        return symbols

    @staticmethod
    def write_numbers(symbols: np.ndarray) -> str:
        """Return symbols as integers with spaces between."""
        return " ".join(map(str, symbols))

    def _of_text(self, text: str, what: str) -> np.ndarray:
        if self.letters:
            index = {letter: symbol for symbol, letter in enumerate(self.letters)}
            names = list(text)
        else:
            index = {str(symbol): symbol for symbol in range(self.size)}
            names = text.split()
        strange = next((name for name in names if name not in index), None)
        if strange is not None:
            raise self._unknown(what, shorten(text), strange)
        return np.array([index[name] for name in names], dtype=np.int64)

    def _unknown(self, what: str, shown: str, symbol: object) -> InputError:
        valid = shorten(self.letters) if self.letters else f"0 … {self.size - 1}"
        return InputError(f"{what} {shown!r}: {symbol!r} is not in the alphabet {valid}")


def _integers(given: Any, what: str) -> np.ndarray:
    symbols = np.asarray(given)
    if symbols.ndim != 1 or (symbols.size and symbols.dtype.kind not in "iu"):
        raise InputError(
            f"{what}: {shorten(repr(given))} given; give a text or a sequence of integers"
        )
    return symbols.astype(np.int64)
