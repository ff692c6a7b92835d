"""Checks of the types of arguments that are given in Python, with messages that name them."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import Any, NamedTuple, ParamSpec, TypeVar

from seqmem.core.errors import InputError, one_line, shorten, unknown

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
LONGEST_SHOWN = 40


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
    """

    types: tuple[type, ...]
    words: str
    excluded: tuple[type, ...] = ()

    def fits(self, value: object) -> bool:
        """Return whether a value is of this kind."""
        return isinstance(value, self.types) and not isinstance(value, self.excluded)


WHOLE_NUMBER = Kind((Integral,), "a whole number", (bool,))
TEXT = Kind((str,), "a text")
TEXTS = Kind((Iterable,), "a list of texts", (str, bytes, Mapping))
LIST = Kind((Iterable,), "a list", (str, bytes, Mapping))
MAPPING = Kind((Mapping,), "a dict")
PATH = Kind((str, os.PathLike), "the path of a file")
FOLDER = Kind((str, os.PathLike), "the path of a folder")
NAME_OR_PATH = Kind((str, os.PathLike), "a name or the path of a file")
SETTINGS = Kind((str, Iterable), "a setting section.key=value, or a list of them", (bytes, Mapping))


def argument_kinds(
    **kinds: Kind,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Return a decorator that refuses arguments of other kinds, with the name of the argument.

    None fits a parameter whose default is None.

    Parameters
    ----------
    **kinds
        What each argument must be. Those that are not named are not checked.

    Examples
    --------
    >>> @argument_kinds(count=WHOLE_NUMBER)
    ... def repeat(text, count=2):
    ...     return text * count
    >>> repeat("AB"), repeat("AB", 3)
    ('ABAB', 'ABABAB')
    >>> repeat("AB", "3")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: count must be a whole number; '3' is of type str
    """

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            try:
                given = signature.bind_partial(*args, **kwargs).arguments
            except TypeError:
                # Python's own message names the argument that is unknown or given twice.
                return function(*args, **kwargs)
            for name, kind in kinds.items():
                if name in given:
                    _check(signature.parameters[name], given[name], kind)
            return function(*args, **kwargs)

        return checked

    return decorate


def check_option_names(function: str, given: Iterable[str], valid: Iterable[str]) -> None:
    """Raise `InputError` for an option that a function does not have.

    Examples
    --------
    >>> check_option_names("compare", ["trails"], ["trials", "seed"])
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: unknown option of compare 'trails'; did you mean 'trials'? \
valid: seed, trials
    """
    valid = list(valid)
    for name in given:
        if name not in valid:
            raise unknown(f"option of {function}", name, valid)


def _check(parameter: inspect.Parameter, value: Any, kind: Kind) -> None:
    if kind.fits(value) or (value is None and parameter.default is None):
        return
    shown = shorten(one_line(repr(value)), LONGEST_SHOWN)
    raise InputError(
        f"{parameter.name} must be {kind.words}; {shown} is of type {type(value).__name__}"
    )
