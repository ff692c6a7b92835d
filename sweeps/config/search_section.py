"""The section ``[search]`` of a study file: what is searched, how, and with how much effort."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from seqmem.core.errors import InputError, unknown
from seqmem.sweeps.config.section import ConfigSection, IntegerRange, Range, UnitsRange, registered

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


class Search(ConfigSection):
    """How a configuration is searched, equally for every cell.

    ``depth``, ``units`` and ``learning_rate`` are always searched (a range of one value fixes
    them); the others are if a range is given.

    ``enqueue`` lists configurations that are tried first. After them ``tpe`` takes ``startup`` points of a scrambled
    Sobol sequence and then models the results, ``generation`` trials at a time. The points of ``sobol``, ``random``
    and ``grid`` depend on no result: they are one generation, and ``startup`` and ``generation`` mean nothing to them.
    ``grid`` tries every combination of the values that ``grid`` gives, or of all where it gives none: ``trials`` is
    their number with the enqueued ones, and need not be given.
    """

    searches: int = Field(1, ge=1, le=10_000)
    sampler: Annotated[str, BeforeValidator(registered("sampler", SAMPLERS))] = "tpe"
    trials: int = Field(24, ge=1, le=MOST_TRIALS)
    startup: int = Field(12, ge=1)
    generation: int = Field(4, ge=1)
    finalists: int = Field(3, ge=1)
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

    @property
    def ranges(self) -> dict[str, Range]:
        """The ranges that are searched, by the field of the run that they decide, in a fixed order."""
        found = {name: getattr(self, name) for name in SEARCHED_FIELDS}
        return {name: interval for name, interval in found.items() if interval is not None}

    @property
    def grid_values(self) -> dict[str, Sequence[Any]]:
        """The values that the sampler ``grid`` combines, by field."""
        return {
            name: self.grid.get(name, interval.values) for name, interval in self.ranges.items()
        }

    @property
    def first_generation(self) -> int:
        """Number of trials that depend on no result."""
        return len(self.enqueue) + self.startup if self.sampler == "tpe" else self.trials

    @model_validator(mode="after")
    def _check(self) -> "Search":
        for name in ("learning_rate", "gradient_clip"):
            interval = getattr(self, name)
            if interval is not None and interval.low <= 0:
                raise InputError(f"{name}: low {interval.low:g} must be positive")
        _check_enqueued(self.enqueue, self.ranges)
        self._check_grid()
        self._check_counts()
        return self

    def _check_grid(self) -> None:
        if self.sampler != "grid":
            if self.grid:
                raise InputError(
                    f"grid: its values are for the sampler 'grid'; the sampler is {self.sampler!r}"
                )
            return
        for name, given in self.grid.items():
            _check_values(name, given, self.ranges)
        for name, values in self.grid_values.items():
            if not values:
                example = f"grid = {{ {name} = [{self.ranges[name].low}] }}"
                raise InputError(f"grid: {name} has no values; example: {example}")
        points = prod(map(len, self.grid_values.values()))
        wanted = points + len(self.enqueue)
        explained = f"the grid has {points} points" + (
            f", {len(self.enqueue)} are enqueued" if self.enqueue else ""
        )
        if wanted > MOST_TRIALS:
            raise InputError(f"{explained}; at most {MOST_TRIALS} trials are possible")
        self._fill("trials", wanted)
        if self.trials != wanted:
            raise InputError(
                f"trials {self.trials} given, but {explained}; give trials = {wanted} or leave it out"
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

    def _fill(self, name: str, value: int) -> None:
        """Set a field that was not given to what follows from the others; nothing changes afterwards."""
        if name not in self.model_fields_set:
            object.__setattr__(self, name, value)


def _check_enqueued(entries: Sequence[Mapping[str, Any]], ranges: Mapping[str, Range]) -> None:
    for place, entry in enumerate(entries):
        where = f"enqueue, entry {place + 1}"
        for name, value in entry.items():
            if name not in ranges:
                raise InputError(f"{where}: {unknown('name', name, ranges)}")
            _check_value(f"{where}: {name}", value, ranges[name])
        missing = ", ".join(name for name in ranges if name not in entry)
        if missing:
            raise InputError(
                f"{where}: {missing} missing; everything that is searched must be given"
            )
        if entry in entries[:place]:
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
