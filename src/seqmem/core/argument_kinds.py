"""What an argument that is given in Python may be, and how that follows from its annotation."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple, get_origin

from seqmem.core.errors import InputError, one_line, shorten

_LONGEST_SHOWN = 40


def _anything(value: object) -> bool:
    return True


def _nothing(value: object, error: Exception) -> str:
    return ""


class Kind(NamedTuple):
    """What an argument must be.

    Attributes
    ----------
    types : tuple of type
        Types that fit.
    words : str
        What they are, and how to make one.
    excluded : tuple of type
        Sub-classes that do not fit.
    accepts : callable
        Whether a value of these types fits.
    lack : callable
        What a value lacks, by the value and an error of the function; empty if the error has
        another reason.
    """

    types: tuple[type, ...]
    words: str
    excluded: tuple[type, ...] = ()
    accepts: Callable[[Any], bool] = _anything
    lack: Callable[[Any, Exception], str] = _nothing

    def fits(self, value: object) -> bool:
        """Return whether a value is of this kind."""
        is_of_type = isinstance(value, self.types) and not isinstance(value, self.excluded)
        return is_of_type and self.accepts(value)

    def refusal(self, name: str, value: object) -> InputError:
        """Return the error for an argument of another kind.

        Examples
        --------
        >>> str(Kind((str,), "a text").refusal("source", 5))
        'source must be a text; 5 is of type int'
        """
        shown = shorten(one_line(repr(value)), _LONGEST_SHOWN)
        return InputError(f"{name} must be {self.words}; {shown} is of type {type(value).__name__}")


def _is_no_frame(value: object) -> bool:
    """Return whether a value is no data frame, over whose columns one could iterate."""
    return not hasattr(value, "columns")


def _is_flag(value: object) -> bool:
    # NumPy's own bool has the second name.
    return type(value).__name__ in ("bool", "bool_")


def _are_numbers(value: Any) -> bool:
    import numpy as np

    if not _is_no_frame(value):
        return False
    try:
        return np.asarray(value, dtype=float).ndim > 0
    except (TypeError, ValueError):
        return False


ANYTHING = Kind((object,), "anything")
WHOLE_NUMBER = Kind((Integral,), "a whole number", (bool,))
# Not a number is the only value that differs from itself.
NUMBER = Kind((Real,), "a number", (bool,), lambda value: bool(value == value))
PROPORTION = NUMBER._replace(words="a number between 0 and 1", accepts=lambda value: 0 < value < 1)
NUMBERS = Kind((object,), "a list or an array of numbers", accepts=_are_numbers)
NUMBER_OR_NAME = Kind((Integral, str), "a number or a name", (bool,))
FLAG = Kind((object,), "True or False", accepts=_is_flag)
TEXT = Kind((str,), "a text")
TEXTS = Kind((Iterable,), "a list of texts", (str, bytes, Mapping), _is_no_frame)
TEXT_OR_TEXTS = Kind((str, Iterable), "a text or a list of texts", (bytes, Mapping), _is_no_frame)
LIST = Kind((Iterable,), "a list", (str, bytes, Mapping), _is_no_frame)
MAPPING = Kind((Mapping,), "a dict")
PATH = Kind((str, os.PathLike), "the path of a file")
FOLDER = Kind((str, os.PathLike), "the path of a folder")
NAME_OR_PATH = Kind((str, os.PathLike), "a name or the path of a file")
SETTINGS = Kind(
    (str, Iterable),
    "a setting section.key=value, or a list of them",
    (bytes, Mapping),
    _is_no_frame,
)
# One label per value; a text has one per letter.
LABELS = Kind((Iterable,), "a list of labels", (bytes, Mapping), _is_no_frame)
_BY_ANNOTATION = {
    "str": TEXT,
    "int": WHOLE_NUMBER,
    "float": NUMBER,
    "bool": FLAG,
    "int | str": NUMBER_OR_NAME,
    "Path": PATH,
    "Path | str": PATH,
    "str | Path": PATH,
    "ArrayLike": NUMBERS,
    "Sequence[str]": TEXTS,
    "Iterable[str]": TEXTS,
    "str | Sequence[str]": TEXT_OR_TEXTS,
    "Sequence[object]": LABELS,
}


def kind_of_annotation(annotation: Any, names: Mapping[str, Any]) -> Kind | None:
    """Return what an argument must be by its annotation; None if that is not simple.

    Parameters
    ----------
    annotation : object
        The annotation, or its text.
    names : mapping of str to object
        What the names in the text mean.

    Examples
    --------
    >>> kind_of_annotation("float | None", {}).words, kind_of_annotation(int | None, {}).words
    ('a number', 'a whole number')
    >>> kind_of_annotation("Kind", globals()).words
    'a Kind'
    >>> kind_of_annotation("Sequence[Path] | dict[str, Path]", {}) is None
    True
    """
    if annotation is inspect.Parameter.empty:
        return None
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    plain = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text).removesuffix(" | None")
    plain = plain.removesuffix(" | NDArray")
    if plain in _BY_ANNOTATION:
        return _BY_ANNOTATION[plain]
    if plain.startswith("Mapping["):
        return MAPPING
    found = names.get(plain) if plain.isidentifier() else None
    if get_origin(found) is Mapping:
        return MAPPING
    if not isinstance(found, type) or found is object or getattr(found, "_is_protocol", False):
        return None
    return Kind((found,), f"a {found.__name__}")
