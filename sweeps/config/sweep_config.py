"""The configuration of a sweep, as a frozen and validated value."""

import math
import re
from typing import Annotated, Any

import tomli_w
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from seqmem.core.errors import InputError, unknown
from seqmem.core.validation import is_stored, one_of
from seqmem.generators.targeting import LARGEST_SEED
from seqmem.study.calibration.table import CostTable
from seqmem.study.engine import resolve_engine
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.size_matching import MATCHES
from seqmem.study.options import TrainingOptions, needs_torch_engine, options_of_other_cells
from seqmem.sweeps.config.plugin_section import require_plugins, resolved_plugins
from seqmem.sweeps.config.search_checks import check_open_length
from seqmem.sweeps.config.search_section import NEW_SPACE, Search
from seqmem.sweeps.config.section import ConfigSection
from seqmem.sweeps.config.strings_section import Strings
from seqmem.sweeps.config.training_section import TrainingSection, stored_training

# Keys that were added later. They are stored only if they differ from their default, so that
# configurations that were stored before stay equal.
NOT_STORED_AT_DEFAULT = (
    ("strings", "fresh"),
    ("search", "sampler"),
    ("search", "rungs"),
    ("search", "enqueue"),
    ("search", "grid"),
    ("search", "cells"),
    ("search", "space"),
    ("search", "levels"),
    ("training", "first_repeat"),
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(value: Any) -> Any:
    """Return the name of a sweep; raise `InputError` if it cannot name a folder."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise InputError(
            f"name {value!r}; valid: letters, digits, '.', '_' and '-', the first a letter or digit"
        )
    return value


class MemorizerSection(ConfigSection):
    """The cells that are compared.

    Parameters
    ----------
    cells : tuple of str
        Names of the cells.
    match : {"parameters", "flops", "work"}, optional
        Search the units of the first cell only. Every other cell gets the units with which it has
        as many parameters, or FLOPs or work per symbol, at equal depth.
    """

    cells: Annotated[tuple[str, ...], one_of("cell", CELLS, several=True)] = Field(min_length=1)
    match: Annotated[str | None, one_of("match", MATCHES, optional=True)] = None


class SweepConfig(ConfigSection):
    """A whole sweep: a grid of conditions, each of which is searched several times.

    Parameters
    ----------
    name : str
        Name of the sweep.
    seed : int
        Seed of all its strings, networks and suggestions.
    strings : Strings
        Section ``[strings]``.
    memorizer : MemorizerSection
        Section ``[memorizer]``.
    training : TrainingSection
        Section ``[training]``.
    search : Search
        Section ``[search]``.
    plugins : dict of {str : str}, optional
        Distribution and version of every plug-in of the sweep, keyed by kind and name. A
        resolved configuration holds them. Otherwise, those that are here are used.

    Examples
    --------
    >>> from seqmem import load_config
    >>> config = load_config("smoke")
    >>> config.name, config.strings.levels
    ('smoke', (6, 12))
    """

    name: Annotated[str, BeforeValidator(check_name)]
    seed: int = Field(0, ge=0, lt=LARGEST_SEED)
    strings: Strings
    memorizer: MemorizerSection
    training: TrainingSection
    search: Search = Search()
    plugins: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _check_plugins(cls, data: Any, info: ValidationInfo) -> Any:
        plugins = data.get("plugins") if isinstance(data, dict) else None
        # Stored records are read without the plug-ins that made them.
        if isinstance(plugins, dict) and not is_stored(info):
            require_plugins(plugins)
        return data

    @model_validator(mode="after")
    def _check_engines(self) -> "SweepConfig":
        given = self.training.engine
        for cell in given if isinstance(given, dict) else ():
            if cell not in self.memorizer.cells:
                raise InputError(f"training.engine: {unknown('cell', cell, self.memorizer.cells)}")
        return self

    @model_validator(mode="after")
    def _check_ranges_of_cells(self) -> "SweepConfig":
        for cell in self.search.cells:
            if cell not in self.memorizer.cells:
                raise InputError(f"search.cells: {unknown('cell', cell, self.memorizer.cells)}")
        return self

    @model_validator(mode="after")
    def _check_pruner(self) -> "SweepConfig":
        if self.search.pruner is not None and self.strings.fresh:
            raise InputError(
                f"search.pruner {self.search.pruner!r}: with strings.fresh = true every trial has "
                "other strings, so scores do not rank the trials; leave one of them out"
            )
        return self

    @model_validator(mode="after")
    def _check_levels(self) -> "SweepConfig":
        for box in self.search.levels:
            where = f"search.levels, level {box.level}"
            if box.level not in self.strings.levels:
                levels = ", ".join(map(str, self.strings.levels))
                raise InputError(f"{where}: not a level of the sweep; valid: {levels}")
            unit = self.training.budget.unit
            if box.budget is not None and box.budget.unit != unit:
                raise InputError(
                    f"{where}: budget {str(box.budget)!r} must have the unit of training.budget, "
                    f"{unit!r}; the levels of a sweep share one clock"
                )
        return self

    @model_validator(mode="after")
    def _check_open_length(self, info: ValidationInfo) -> "SweepConfig":
        if not is_stored(info):
            check_open_length(self.search, self.open_levels)
        return self

    def search_of(self, cell: str) -> Search:
        """Return the search of a cell, with the cell's own ranges if it has any."""
        return self.search.of_cell(cell)

    def at_level(self, level: int) -> "SweepConfig":
        """Return the configuration that holds at one level, without its tables of levels.

        Parameters
        ----------
        level : int
            One of ``strings.levels``.

        Examples
        --------
        >>> from seqmem import load_config
        >>> setting = "search.levels=[{ level = 6, tune = 3, budget = '8 steps' }]"
        >>> config = load_config("smoke", (setting, "training.budget='4 steps'"))
        >>> [str(config.at_level(level).training.budget) for level in config.strings.levels]
        ['8 steps', '4 steps']
        """
        if not self.search.levels:
            return self
        box = self.search.box_of(level)
        update: dict[str, Any] = {"search": self.search.of_level(level)}
        if box is not None and box.tune is not None:
            update["strings"] = self.strings.model_copy(update={"tune": box.tune})
        if box is not None and box.training:
            update["training"] = self.training.model_copy(update=box.training)
        return self.model_copy(update=update)

    def resolved(self) -> "SweepConfig":
        """Return the configuration with its cost table, plug-ins, and engines for ``auto``.

        If a cell can be measured only by another ``recall``, all cells are, so that they compare.
        ``engine`` is one name if all cells have the same engine, otherwise a table by cell.

        Raises
        ------
        InputError
            If an engine, the device, the cost table or a plug-in is not available.
        """
        require_plugins(self.plugins or {})
        training = self.training
        engines = self.resolved_engines()
        names = set(engines.values())
        update = {"engine": names.pop() if len(names) == 1 else engines}
        update |= self.resolved_costs() | self._resolved_recall()
        resolved_training = training.model_copy(update=update)
        plugins = resolved_plugins(self)
        return self.model_copy(update={"training": resolved_training, "plugins": plugins})

    def resolved_costs(self) -> dict[str, Any]:
        """Return the keys of the cost table like `TrainingSection.resolved_costs`.

        Raises
        ------
        InputError
            Also if the table does not hold the cells of the sweep.
        """
        costs = self.training.resolved_costs(self.memorizer.cells)
        if costs:
            table: CostTable = costs["cost_table"]
            table.check_training(self.memorizer.cells, self.training.device, self.training.protocol)
        return costs

    def _resolved_recall(self) -> dict[str, Any]:
        needed = {CELLS[cell].recall for cell in self.memorizer.cells} - {None}
        return {"recall": needed.pop()} if needed and self.training.protocol == "window" else {}

    def resolved_engines(self) -> dict[str, str]:
        """Return the engine of every cell of the sweep on this machine.

        Raises
        ------
        InputError
            If an engine or the device is not available.
        """
        return {cell: self._resolved_engine(cell) for cell in self.memorizer.cells}

    @property
    def open_levels(self) -> list[int]:
        """The levels at which the range of ``length`` still follows from the strings.

        These are the levels of a sweep with ``space = 2`` whose file gives no ``length`` to
        search; see `seqmem.sweeps.search.lengths`. Under the protocol ``window``, the length of a
        window is not searched unless it is given.
        """
        if self.search.space != NEW_SPACE or self.training.protocol != "stream":
            return []
        levels = self.strings.levels
        return [level for level in levels if self.search.of_level(level).length is None]

    @property
    def box_levels(self) -> list[int]:
        """The levels that have a table of ``[[search.levels]]``."""
        return [box.level for box in self.search.levels]

    @property
    def engines(self) -> list[str]:
        """The distinct engines of the cells, as they are given, sorted by name."""
        return sorted({self.training.engine_of(cell) for cell in self.memorizer.cells})

    def _resolved_engine(self, cell: str) -> str:
        """Return the engine of a cell; no other cell of the sweep changes it."""
        training = self.training
        levels = (self.at_level(level) for level in self.strings.levels)
        return resolve_engine(
            training.engine_of(cell),
            training.device,
            [cell],
            needs_torch=any(needs_torch_engine(config._engine_options(cell)) for config in levels),
        )

    def _engine_options(self, cell: str) -> dict[str, Any]:
        """Return the options of the runs of a cell at one level, searched ones as their values.

        An option that is searched has no single value, and so not its default, unless its range
        or its choices hold one value only.
        """
        options = {name: getattr(self.training, name) for name in TrainingOptions.model_fields}
        options |= {
            name: values.low if values.low == values.high else values
            for name, values in self.search_of(cell).ranges.items()
        }
        lacking = options_of_other_cells(cell)
        return {name: value for name, value in options.items() if name not in lacking}

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain values, without absent options."""
        data = self.model_dump(mode="python", exclude_none=True)
        data["training"] = stored_training(self.training, data["training"])
        if isinstance(self.training.cost_table, CostTable):
            del data["training"]["cost_table"]
            data["training"]["cost_table_hash"] = self.training.cost_table.hash
        for section, name in NOT_STORED_AT_DEFAULT:
            fields = type(getattr(self, section)).model_fields
            if data[section][name] == fields[name].get_default(call_default_factory=True):
                del data[section][name]
        plain: dict[str, Any] = _plain(data)
        return plain

    def to_toml(self) -> str:
        """Return the configuration as the text of a sweep file."""
        return tomli_w.dumps(self.to_dict())


def _plain(value: Any) -> Any:
    """Return a value with tuples as lists, and with infinity as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if value == math.inf:
        # Configurations are stored and compared as JSON, which has no infinity.
        return "inf"
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
