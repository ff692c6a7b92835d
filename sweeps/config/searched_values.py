"""Searched values beside plain ranges: whole powers of two, and lists of choices."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from seqmem.core.errors import InputError
from seqmem.study.options import RunOptions
from seqmem.sweeps.config.section import ConfigSection, IntegerRange, Range

Choice = str | int | float | bool


class PowersRange(IntegerRange):
    """A closed interval of positive whole numbers, or of the powers of two in it.

    Parameters
    ----------
    powers_of_two : bool
        Whether only powers of two are searched, each equally often. Both ends must be powers of
        two then.

    Examples
    --------
    >>> PowersRange(low=8, high=64, powers_of_two=True).values
    (8, 16, 32, 64)
    """

    powers_of_two: bool = False

    @property
    def values(self) -> Sequence[int]:
        """All values in ascending order."""
        if not self.powers_of_two:
            return super().values
        return tuple(1 << exponent for exponent in range(log2(self.low), log2(self.high) + 1))

    @property
    def text(self) -> str:
        """Description of a valid value, for messages."""
        return f"one of {', '.join(map(str, self.values))}" if self.powers_of_two else super().text

    @model_validator(mode="after")
    def _check_powers(self) -> "PowersRange":
        for end in (self.low, self.high) if self.powers_of_two else ():
            if end & (end - 1):
                below = 1 << log2(end)
                raise InputError(
                    f"{end} is not a power of two; use {below} or {2 * below}, or "
                    "powers_of_two = false for all whole numbers"
                )
        return self

    @model_serializer(mode="wrap")
    def _without_default(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave the key out of ranges of all whole numbers, which were stored without it."""
        plain: dict[str, Any] = serialize(self)
        if not self.powers_of_two:
            del plain["powers_of_two"]
        return plain


class Choices(ConfigSection):
    """A list of values that a search chooses from. A single name is a list of one.

    Numbers are searched in ascending order, as the steps of a range. Names, flags and schedules
    have no order.

    Parameters
    ----------
    choices : tuple
        Different values of one kind.

    Examples
    --------
    >>> Choices(choices=(64, 8, 16)).values, Choices(choices=("sgd", "adam")).values
    ((8, 16, 64), ('sgd', 'adam'))
    """

    choices: tuple[Any, ...] = Field(min_length=1)

    @property
    def are_numbers(self) -> bool:
        """Whether the choices are numbers, which have an order."""
        return all(is_number(choice) for choice in self.choices)

    @property
    def values(self) -> tuple[Choice, ...]:
        """The choices, numbers in ascending order."""
        return tuple(sorted(self.choices, key=float)) if self.are_numbers else self.choices

    @property
    def low(self) -> Choice:
        """The first choice."""
        return self.values[0]

    @property
    def high(self) -> Choice:
        """The last choice."""
        return self.values[-1]

    @property
    def text(self) -> str:
        """Description of a valid value, for messages."""
        return f"one of {', '.join(map(str, self.values))}"

    def check(self, value: Any) -> None:
        """Raise `InputError` if a value is none of the choices."""
        if not any(_same(value, choice) for choice in self.choices):
            raise InputError(f"{value!r} given; must be {self.text}")

    @model_validator(mode="before")
    @classmethod
    def _of_list(cls, data: Any) -> Any:
        if isinstance(data, str | bool):
            return {"choices": (data,)}
        if isinstance(data, list | tuple):
            return {"choices": data}
        return data

    @model_validator(mode="after")
    def _check(self) -> "Choices":
        for index, choice in enumerate(self.choices):
            if any(_same(choice, other) for other in self.choices[:index]):
                raise InputError(f"choice {choice!r} is given twice")
        kinds = {_kind(choice) for choice in self.choices}
        if len(kinds) > 1:
            raise InputError(
                f"choices {', '.join(map(repr, self.choices))} mix {' and '.join(sorted(kinds))}"
            )
        return self


Searched = Range | Choices


def searched(kind: type[Range] | None) -> BeforeValidator:
    """Return a validator of what a sweep file gives for a searched option.

    Parameters
    ----------
    kind : type, optional
        The range that the option may have beside a list of choices. An option without it takes
        a list only.
    """

    def read(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, Range) and kind is not None and not isinstance(value, kind):
            value = value.model_dump()
        if value is None or isinstance(value, ConfigSection):
            return value
        is_list = isinstance(value, list | tuple)
        is_choice = kind is None and isinstance(value, str | bool)
        if is_list or is_choice or (isinstance(value, Mapping) and "choices" in value):
            given = value["choices"] if isinstance(value, Mapping) else value
            if isinstance(given, list | tuple) and kind is not None:
                # Configurations are stored as JSON, which has no infinity.
                value = {"choices": [math.inf if item == "inf" else item for item in given]}
            choices = Choices.model_validate(value, context=info.context)
            return _of_option(choices, str(info.field_name))
        if kind is None:
            raise InputError(f"{value!r} given; must be a list of choices, or one of them")
        return kind.model_validate(value, context=info.context)

    return BeforeValidator(read)


def _of_option(given: Choices, name: str) -> Choices:
    """Return choices as values of an option; raise an error if one is not valid."""
    read = [_adapter(name).validate_python(choice) for choice in given.choices]
    # A schedule stays the text that a sweep file holds.
    values = [
        value if isinstance(value, Choice) else choice
        for value, choice in zip(read, given.choices, strict=True)
    ]
    return Choices(choices=tuple(values))


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """Return what validates one option of a run."""
    field = RunOptions.model_fields[name]
    annotation: Any = Annotated[field.annotation, *field.metadata]
    return TypeAdapter(annotation)


def log2(number: int) -> int:
    """Return the logarithm of the largest power of two that is not above a positive number.

    Examples
    --------
    >>> log2(8), log2(9)
    (3, 3)
    """
    return number.bit_length() - 1


def is_number(value: Any) -> bool:
    """Return whether a value is a number, and not a flag."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(choice: Choice) -> str:
    if isinstance(choice, bool):
        return "flags"
    return "names" if isinstance(choice, str) else "numbers"


def _same(one: Any, other: Any) -> bool:
    """Return whether two choices are equal; a flag is no number."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
