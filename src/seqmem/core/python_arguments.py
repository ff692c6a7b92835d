"""Checks of the types of arguments that are given in Python, with messages that name them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from seqmem.core.argument_kinds import Kind, kind_of_annotation
from seqmem.core.errors import InputError, unknown

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Class = TypeVar("_Class", bound=type)


def argument_kinds(
    **kinds: Kind,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Return a decorator that refuses arguments of other kinds, with the name of the argument.

    None fits a parameter whose default is None.

    Parameters
    ----------
    **kinds
        What arguments must be. What the others must be follows from their annotations, where these
        are simple; see `seqmem.core.argument_kinds.kind_of_annotation`.

    Examples
    --------
    >>> @argument_kinds()
    ... def repeat(text: str, count: int = 2) -> str:
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

        @functools.cache
        def all_kinds() -> dict[str, Kind]:
            # Late, because annotations may name classes that are defined below the function.
            names = inspect.unwrap(function).__globals__
            found = {
                name: kinds.get(name) or kind_of_annotation(parameter.annotation, names)
                for name, parameter in signature.parameters.items()
                if parameter.kind is not parameter.VAR_KEYWORD
            }
            return {name: kind for name, kind in found.items() if kind is not None}

        @functools.wraps(function)
        def checked(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            try:
                given = signature.bind_partial(*args, **kwargs).arguments
            except TypeError:
                # Python's own message names the argument that is unknown or given twice.
                return function(*args, **kwargs)
            for name, kind in all_kinds().items():
                if name in given:
                    _check(signature.parameters[name], given[name], kind)
            try:
                return function(*args, **kwargs)
            except (AttributeError, LookupError, TypeError) as error:
                for name, kind in all_kinds().items():
                    if name in given and (lack := kind.lack(given[name], error)):
                        raise InputError(f"{name} {lack}") from error
                raise

        return checked

    return decorate


def field_kinds(**kinds: Kind) -> Callable[[_Class], _Class]:
    """Return a decorator of a class, whose constructor then refuses arguments of other kinds.

    Parameters
    ----------
    **kinds
        As for `argument_kinds`.
    """

    def decorate(kind: _Class) -> _Class:
        kind.__init__ = argument_kinds(**kinds)(kind.__init__)  # type: ignore[misc]
        return kind

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
    raise kind.refusal(parameter.name, value)
