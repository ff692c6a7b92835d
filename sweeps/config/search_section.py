"""The section ``[search]`` of a sweep file: what is searched, how, and with how much effort."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Annotated, Any

from pydantic import Field, model_validator

from seqmem.core.errors import InputError, unknown
from seqmem.core.validation import one_of
from seqmem.sweeps.config.pruner_checks import DEFAULT_RUNGS, PRUNERS, check_pruner
from seqmem.sweeps.config.section import ConfigSection, IntegerRange, Range, UnitsRange

SAMPLERS = ("tpe", "sobol", "random", "grid")
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
)
MOST_TRIALS = 100_000


class CellRanges(ConfigSection):
    """Ranges of one cell, in place of those that all cells share.

    Parameters
    ----------
    depth, units, learning_rate, batch, length, gradient_clip : Range, optional
    weight_decay, dropout, forget_bias : Range, optional
        See `Search`.
    """

    depth: IntegerRange | None = None
    units: UnitsRange | None = None
    learning_rate: Range | None = None
    batch: IntegerRange | None = None
    length: IntegerRange | None = None
    gradient_clip: Range | None = None
    weight_decay: Range | None = None
    dropout: Range | None = None
    forget_bias: Range | None = None

    @property
    def given(self) -> dict[str, Range]:
        """The ranges that are given, by option of the run."""
        return {name: value for name, value in self if value is not None}


class Search(ConfigSection):
    """How a configuration is searched, with equal effort for every cell.

    ``depth``, ``units`` and ``learning_rate`` are always searched. A range of one value fixes
    them. Another option is searched if its range is given.

    Parameters
    ----------
    searches : int
        Independent searches of each condition.
    sampler : {"tpe", "sobol", "random", "grid"}
        How trials are suggested. ``tpe`` takes ``startup`` points of a scrambled Sobol sequence
        and then models the results. The points of the other samplers do not depend on results,
        so they are one generation.
    trials : int
        Trials of a search. With the sampler ``grid`` it may be left out: it is the number of
        combinations and of enqueued configurations.
    startup, generation : int
        Only for ``tpe``: trials before the first model, and trials per model.
    finalists : int
        Trials that are compared on the selection strings.
    pruner : {"halving", "median"}, optional
        Cut poor trials short. ``halving``: at each rung the better half of the points goes on, for
        samplers whose points depend on no result. A point goes on in all cells if one of them keeps
        it. ``median``: a trial goes on if its score is not below the median of the complete trials
        of earlier generations, for the sampler ``tpe``.
    rungs : tuple of float
        Fractions of the budget at which the pruner decides, ascending: powers of two from 1/64 to
        1/2. If absent, 1/8 and 1/2 for ``halving``, 1/4 for ``median``. A trial that goes on starts
        again from its first step.
    depth, units, learning_rate : Range
        Ranges of options that are always searched.
    batch, length, gradient_clip, weight_decay, dropout, forget_bias : Range, optional
        Ranges of options that are searched if given.
    enqueue : tuple of dict
        Configurations that are tried first. Each gives a value to everything that is searched.
    grid : dict of {str : tuple}
        Only for the sampler ``grid``: the values to combine, by option. An option that is absent
        takes all values of its range.
    cells : dict of {str : CellRanges}
        Other ranges for some cells, by name of the cell. They replace ranges that are searched.
    """

    searches: int = Field(1, ge=1, le=10_000)
    sampler: Annotated[str, one_of("sampler", SAMPLERS)] = "tpe"
    trials: int = Field(24, ge=1, le=MOST_TRIALS)
    startup: int = Field(12, ge=1)
    generation: int = Field(4, ge=1)
    finalists: int = Field(3, ge=1)
    pruner: Annotated[str | None, one_of("pruner", PRUNERS, optional=True)] = None
    rungs: tuple[float, ...] = ()
    depth: IntegerRange = IntegerRange(low=1, high=2)
    units: UnitsRange = UnitsRange(low=8, high=64)
    learning_rate: Range = Range(low=1e-3, high=1e-1, log=True)
    batch: IntegerRange | None = None
    length: IntegerRange | None = None
    gradient_clip: Range | None = None
    weight_decay: Range | None = None
    dropout: Range | None = None
    forget_bias: Range | None = None
    enqueue: tuple[dict[str, Any], ...] = ()
    grid: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    cells: dict[str, CellRanges] = Field(default_factory=dict)

    def of_cell(self, cell: str) -> "Search":
        """Return the search of one cell, with its own ranges.

        Examples
        --------
        >>> search = Search(cells={"transformer": {"learning_rate": {"low": 3e-4, "high": 3e-2}}})
        >>> search.of_cell("transformer").learning_rate.high, search.of_cell("gru") is search
        (0.03, True)
        """
        return self.model_copy(update=self.cells[cell].given) if cell in self.cells else self

    @property
    def ranges(self) -> dict[str, Range]:
        """The ranges that are searched, by option of the run, in a fixed order."""
        ranges = {name: getattr(self, name) for name in SEARCHED_FIELDS}
        return {name: interval for name, interval in ranges.items() if interval is not None}

    @property
    def grid_values(self) -> dict[str, Sequence[Any]]:
        """The values that the sampler ``grid`` combines, by option."""
        return {
            name: self.grid.get(name, interval.values) for name, interval in self.ranges.items()
        }

    @property
    def first_generation(self) -> int:
        """Number of trials that do not depend on results."""
        return len(self.enqueue) + self.startup if self.sampler == "tpe" else self.trials

    @model_validator(mode="after")
    def _check(self) -> "Search":
        _check_positive(self, "")
        self._check_cells()
        _check_enqueued(self.enqueue, self.ranges)
        self._check_grid()
        self._check_counts()
        if self.pruner is not None:
            self._fill("rungs", DEFAULT_RUNGS[self.pruner])
        check_pruner(self)
        return self

    def _check_cells(self) -> None:
        for cell, ranges in self.cells.items():
            _check_positive(ranges, f"cells.{cell}.")
            for name in ranges.given:
                if name not in self.ranges:
                    raise InputError(
                        f"cells.{cell}: {unknown('searched option', name, self.ranges)}"
                    )
        if self.cells and (self.enqueue or self.sampler == "grid"):
            given = "enqueue" if self.enqueue else "sampler 'grid'"
            raise InputError(
                f"cells: {given} gives all cells the same configurations; leave cells or that out"
            )

    def _check_grid(self) -> None:
        if self.sampler != "grid":
            if self.grid:
                raise InputError(
                    f"grid: values are only for the sampler 'grid', but the sampler is "
                    f"{self.sampler!r}"
                )
            return
        for name, given in self.grid.items():
            _check_values(name, given, self.ranges)
        for name, values in self.grid_values.items():
            if not values:
                example = f"grid = {{ {name} = [{self.ranges[name].low}] }}"
                raise InputError(f"grid: {name} has no values; example: {example}")
        points = prod(map(len, self.grid_values.values()))
        required = points + len(self.enqueue)
        enqueued = f", {len(self.enqueue)} are enqueued" if self.enqueue else ""
        explanation = f"the grid has {points} points{enqueued}"
        if required > MOST_TRIALS:
            raise InputError(f"{explanation}; at most {MOST_TRIALS} trials are possible")
        self._fill("trials", required)
        if self.trials != required:
            raise InputError(
                f"trials {self.trials} given, but {explanation}; "
                f"give trials = {required} or leave it out"
            )

    def _check_counts(self) -> None:
        self._fill("finalists", min(self.finalists, self.trials))
        if self.finalists > self.trials:
            raise InputError(f"finalists {self.finalists} is greater than trials {self.trials}")
        if max(self.first_generation, len(self.enqueue)) <= self.trials:
            return
        enqueued = f"{len(self.enqueue)} enqueued configurations"
        if self.sampler != "tpe":
            raise InputError(f"{enqueued} are more than trials {self.trials}")
        if self.enqueue:
            raise InputError(
                f"{enqueued} and startup {self.startup} are more than trials {self.trials}"
            )
        raise InputError(f"startup {self.startup} is greater than trials {self.trials}")

    def _fill(self, name: str, value: int | tuple[float, ...]) -> None:
        """Set a field that was not given to the value that follows from the others."""
        if name not in self.model_fields_set:
            object.__setattr__(self, name, value)


def _check_positive(ranges: Search | CellRanges, where: str) -> None:
    for name in ("learning_rate", "gradient_clip"):
        interval = getattr(ranges, name)
        if interval is not None and interval.low <= 0:
            raise InputError(f"{where}{name}: low {interval.low:g} must be positive")


def _check_enqueued(entries: Sequence[Mapping[str, Any]], ranges: Mapping[str, Range]) -> None:
    for index, entry in enumerate(entries):
        where = f"enqueue, entry {index + 1}"
        for name, value in entry.items():
            if name not in ranges:
                raise InputError(f"{where}: {unknown('name', name, ranges)}")
            _check_value(f"{where}: {name}", value, ranges[name])
        missing = ", ".join(name for name in ranges if name not in entry)
        if missing:
            raise InputError(
                f"{where}: {missing} missing; give a value to everything that is searched"
            )
        if entry in entries[:index]:
            raise InputError(f"{where}: the same as entry {entries.index(entry) + 1}")


def _check_values(name: str, values: Sequence[Any], ranges: Mapping[str, Range]) -> None:
    if name not in ranges:
        raise InputError(f"grid: {unknown('name', name, ranges)}")
    for value in values:
        _check_value(f"grid: {name}", value, ranges[name])
    if len(set(values)) < len(values):
        raise InputError(f"grid: {name}: a value is given twice")


def _check_value(where: str, value: Any, interval: Range) -> None:
    try:
        interval.check(value)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
