"""The section ``[search]`` of a sweep file: what is searched, how, and with how much effort."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from seqmem.core.validation import one_of
from seqmem.sweeps.config.boxes import (
    SEARCHED_FIELDS,
    CellRanges,
    LevelBox,
    OptionalRanges,
    check_positive,
    with_powers,
)
from seqmem.sweeps.config.pruner_checks import PRUNERS, check_pruner
from seqmem.sweeps.config.search_checks import (
    MOST_TRIALS,
    check_cells,
    check_counts,
    check_enqueued,
    check_grid,
    check_levels,
    check_rows,
)
from seqmem.sweeps.config.searched_values import Choices, PowersRange, Searched, searched
from seqmem.sweeps.config.section import ConfigSection, IntegerRange, Range, UnitsRange

SAMPLERS = ("tpe", "sobol", "random", "grid", "saltelli")
# The space of new sweeps: batch and length are searched too, in powers of two.
NEW_SPACE = 2
BATCH = PowersRange(low=8, high=64, powers_of_two=True)


class _FirstOfSearch(ConfigSection):
    searches: int = Field(1, ge=1, le=10_000)
    sampler: Annotated[str, one_of("sampler", SAMPLERS)] = "tpe"
    trials: int = Field(24, ge=1, le=MOST_TRIALS)
    startup: int = Field(12, ge=1)
    generation: int = Field(4, ge=1)
    finalists: int = Field(3, ge=1)
    pruner: Annotated[str | None, one_of("pruner", PRUNERS, optional=True)] = None
    rungs: tuple[float, ...] = ()
    depth: Annotated[IntegerRange | Choices, searched(IntegerRange)] = IntegerRange(low=1, high=2)
    units: Annotated[UnitsRange | Choices, searched(UnitsRange)] = UnitsRange(low=8, high=64)
    learning_rate: Annotated[Range | Choices, searched(Range)] = Range(
        low=1e-3, high=1e-1, log=True
    )


class Search(OptionalRanges, _FirstOfSearch):
    """How a configuration is searched, with equal effort for every cell.

    ``depth``, ``units`` and ``learning_rate`` are always searched. A range of one value fixes
    them. Another option is searched if it is given. An option is given as a range
    ``{ low, high, log }``, as a list of choices, or as one value.

    Parameters
    ----------
    searches : int
        Independent searches of each condition.
    sampler : {"tpe", "sobol", "random", "grid", "saltelli"}
        How trials are suggested. ``tpe`` takes ``startup`` points of a scrambled Sobol sequence
        and then models the results. The points of the other samplers do not depend on results,
        so they are one generation.
    trials : int
        Trials of a search. With the samplers ``grid`` and ``saltelli`` it may be left out: it is
        the number of their points.
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
    depth, units, learning_rate : Range or Choices
        Options that are always searched.
    batch, length, gradient_clip, weight_decay, dropout, forget_bias, momentum : optional
        Options that are searched if given. ``batch`` and ``length`` may be powers of two.
    heads, context, optimizer, learning_rate_schedule, candidate, block : optional
        Options that are searched if given. The last four take choices only.
    enqueue : tuple of dict
        Configurations that are tried first. Each gives a value to everything that is searched.
    grid : dict of {str : tuple}
        Only for the sampler ``grid``: the values to combine, by option. An option that is absent
        takes all values of its range.
    cells : dict of {str : CellRanges}
        Other values for some cells, by name of the cell. They replace those of all cells and of
        all levels.
    space : {1, 2}
        With 2, ``batch`` and ``length`` are searched too unless they are fixed, and their ranges
        hold powers of two.
    levels : tuple of LevelBox
        What differs at single levels.
    rows : int, optional
        Only for the sampler ``saltelli``: base rows, a power of two. Each row has one point for
        each searched option and two more.
    """

    enqueue: tuple[dict[str, Any], ...] = ()
    grid: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    cells: dict[str, CellRanges] = Field(default_factory=dict)
    space: Literal[1, 2] = 1
    levels: tuple[LevelBox, ...] = ()
    rows: int | None = Field(None, ge=2)

    def of_cell(self, cell: str) -> "Search":
        """Return the search of one cell, with its own values.

        Examples
        --------
        >>> search = Search(cells={"transformer": {"learning_rate": {"low": 3e-4, "high": 3e-2}}})
        >>> search.of_cell("transformer").learning_rate.high, search.of_cell("gru") is search
        (0.03, True)
        """
        return self.model_copy(update=self.cells[cell].given) if cell in self.cells else self

    def of_level(self, level: int) -> "Search":
        """Return the search at one level, with the level's own values and without other levels.

        Examples
        --------
        >>> search = Search(levels=[{"level": 16, "searches": 12, "depth": 1}])
        >>> [(own.searches, own.depth.high) for own in map(search.of_level, (16, 32))]
        [(12, 1), (1, 2)]
        """
        if not self.levels:
            return self
        box = self.box_of(level)
        update: dict[str, Any] = {"levels": ()}
        if box is not None:
            update |= box.given
            if box.searches is not None:
                update["searches"] = box.searches
        return self.model_copy(update=update)

    def box_of(self, level: int) -> LevelBox | None:
        """Return the table of one level; None if it has none."""
        return next((box for box in self.levels if box.level == level), None)

    @property
    def ranges(self) -> dict[str, Searched]:
        """The searched values by option of the run, in a fixed order."""
        values = {name: getattr(self, name) for name in SEARCHED_FIELDS}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def varied(self) -> tuple[str, ...]:
        """The searched options that have more than one value."""
        return tuple(name for name, value in self.ranges.items() if value.low != value.high)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The options that have a coordinate in the points which all cells share.

        An option that is searched for some cells only has one too. Other cells ignore it, so that
        all cells keep the same values of the other options.
        """
        some = {name for box in self.cells.values() for name in box.given}
        return tuple(name for name in SEARCHED_FIELDS if name in some | self.ranges.keys())

    @property
    def grid_values(self) -> dict[str, Sequence[Any]]:
        """The values that the sampler ``grid`` combines, by option."""
        return {name: self.grid.get(name, values.values) for name, values in self.ranges.items()}

    @property
    def first_generation(self) -> int:
        """Number of trials that do not depend on results."""
        return len(self.enqueue) + self.startup if self.sampler == "tpe" else self.trials

    @property
    def trials_per_row(self) -> int:
        """Trials that share their tuning strings if every trial has fresh ones."""
        return 1 if self.rows is None else self.trials // self.rows

    def fill(self, name: str, value: Any) -> None:
        """Set a field that was not given to the value that follows from the others.

        Only for the checks of a section that is being made.
        """
        if name not in self.model_fields_set:
            object.__setattr__(self, name, value)

    @model_validator(mode="before")
    @classmethod
    def _of_space(cls, data: Any) -> Any:
        """Give ranges of ``batch`` and ``length`` powers of two in the space of new sweeps."""
        if not isinstance(data, Mapping) or data.get("space") != NEW_SPACE:
            return data
        read = dict(with_powers(data))
        if isinstance(cells := read.get("cells"), Mapping):
            read["cells"] = {cell: with_powers(box) for cell, box in cells.items()}
        if isinstance(levels := read.get("levels"), list | tuple):
            read["levels"] = [with_powers(box) for box in levels]
        return read

    @model_validator(mode="after")
    def _check(self) -> "Search":
        if self.space == NEW_SPACE:
            self.fill("batch", BATCH)
        check_positive(self)
        check_cells(self)
        check_enqueued(self.enqueue, self.ranges)
        check_grid(self)
        check_rows(self)
        check_counts(self)
        check_pruner(self)
        check_levels(self)
        return self
