"""Boxes of a search: the searched values of every option, of one cell, and of one level."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_serializer

from seqmem.core.errors import InputError
from seqmem.study.budget import Budget, parse_budget
from seqmem.sweeps.config.searched_values import Choices, PowersRange, Searched, searched
from seqmem.sweeps.config.section import ConfigSection, IntegerRange, Range, UnitsRange

Numbers = Annotated[Range | Choices | None, searched(Range)]
WholeNumbers = Annotated[IntegerRange | Choices | None, searched(IntegerRange)]
Powers = Annotated[PowersRange | Choices | None, searched(PowersRange)]
Units = Annotated[UnitsRange | Choices | None, searched(UnitsRange)]
Names = Annotated[Choices | None, searched(None)]

# In the order of the dimensions of the search. New ones come last, so that points stay equal.
SEARCHED_FIELDS = (
    "depth",
    "units",
    "learning_rate",
    "batch",
    "length",
    "gradient_clip",
    "weight_decay",
    "dropout",
    "forget_bias",
    "momentum",
    "heads",
    "context",
    "optimizer",
    "learning_rate_schedule",
    "candidate",
    "block",
)


def _budget(value: Any) -> Budget | None:
    return None if value is None else parse_budget(value)


class OptionalRanges(ConfigSection):
    """The options that are searched only if they are given, see `Search`.

    The sections that have them inherit their first keys beside this class, so that all keys are
    stored in one order.
    """

    batch: Powers = None
    length: Powers = None
    gradient_clip: Numbers = None
    weight_decay: Numbers = None
    dropout: Numbers = None
    forget_bias: Numbers = None
    momentum: Numbers = None
    heads: Powers = None
    context: Powers = None
    optimizer: Names = None
    learning_rate_schedule: Names = None
    candidate: Names = None
    block: Names = None


class _FirstOfBox(ConfigSection):
    depth: WholeNumbers = None
    units: Units = None
    learning_rate: Numbers = None


class Box(OptionalRanges, _FirstOfBox):
    """Searched values that replace those of the section ``[search]``, or are added to them.

    Parameters
    ----------
    depth, units, learning_rate, batch, length, gradient_clip, weight_decay : optional
        See `Search`.
    dropout, forget_bias, momentum, heads, context : optional
        See `Search`.
    optimizer, learning_rate_schedule, candidate, block : optional
        See `Search`.
    """

    @property
    def given(self) -> dict[str, Searched]:
        """The searched values that are given, by option of the run."""
        values = {name: getattr(self, name) for name in SEARCHED_FIELDS}
        return {name: value for name, value in values.items() if value is not None}


class CellRanges(Box):
    """Searched values of one cell, in place of those that all cells share.

    An option that only this cell has is searched for it alone.
    """


class LevelBox(Box):
    """One table of ``[[search.levels]]``: what differs at one level, for all cells.

    Parameters
    ----------
    level : int
        One of ``strings.levels``.
    budget : Budget, optional
        Budget of a run, in the unit of ``training.budget``.
    searches : int, optional
        Independent searches of each condition.
    tune : int, optional
        Strings of a search for every trial.
    stop_on_memorized : bool, optional
        Stop runs at the first checkpoint where the string is memorized.

    Examples
    --------
    >>> box = LevelBox(level=64, budget="0.1 cal-s", searches=12, units={"low": 8, "high": 32})
    >>> str(box.budget), list(box.given)
    ('0.1 cal-s', ['units'])
    """

    level: int
    budget: Annotated[Budget | None, BeforeValidator(_budget)] = None
    searches: int | None = Field(None, ge=1, le=10_000)
    tune: int | None = Field(None, ge=1)
    stop_on_memorized: bool | None = None

    @property
    def training(self) -> dict[str, Any]:
        """The options of ``[training]`` that the level replaces, by name."""
        values = {"budget": self.budget, "stop_on_memorized": self.stop_on_memorized}
        return {name: value for name, value in values.items() if value is not None}

    @field_serializer("budget")
    def _budget_text(self, budget: Budget | None) -> str | None:
        return None if budget is None else str(budget)


def with_powers(data: Any, names: tuple[str, ...] = ("batch", "length")) -> Any:
    """Return a section of a sweep file in which ranges hold powers of two, unless they say so.

    A range of one value may hold any: a fixed value is stored as one, and is read again.

    Parameters
    ----------
    data : mapping or object
        The section; anything else is returned as it is.
    names : tuple of str
        The options whose ranges are meant.
    """
    if not isinstance(data, Mapping):
        return data
    ranges = {
        name: {"powers_of_two": True} | dict(data[name])
        for name in names
        if isinstance(given := data.get(name), Mapping)
        and "choices" not in given
        and ("low" not in given or given["low"] != given.get("high"))
    }
    return {**data, **ranges}


def check_positive(box: Any, where: str = "") -> None:
    """Raise `InputError` if a rate or a norm can be 0 or less.

    Parameters
    ----------
    box : Search or Box
        Searched values.
    where : str
        Begins the message.
    """
    for name in ("learning_rate", "gradient_clip"):
        interval = getattr(box, name)
        if interval is not None and interval.low <= 0:
            raise InputError(f"{where}{name}: low {interval.low:g} must be positive")
