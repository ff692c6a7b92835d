"""The configuration of a sweep, as a frozen and validated value."""

import math
import re
from collections.abc import Iterable
from typing import Annotated, Any

import tomli_w
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from seqmem.core.errors import InputError, unknown
from seqmem.core.validation import is_stored, one_of
from seqmem.generators.complexity import COUNTERS
from seqmem.generators.sources import SOURCES, choose_alphabet, make_source, stored_parameters
from seqmem.generators.targeting import LARGEST_ALPHABET, LARGEST_SEED, check_target
from seqmem.study.budget import CALIBRATED_UNIT
from seqmem.study.calibration.table import CostTable, resolve_table
from seqmem.study.declaration import declared_options
from seqmem.study.engine import ENGINES, resolve_engine
from seqmem.study.instruction_sets import TORCH_NAMES
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.size_matching import MATCHES
from seqmem.study.options import TrainingOptions, needs_torch_engine, options_of_other_cells
from seqmem.sweeps.config.plugin_section import require_plugins, resolved_plugins
from seqmem.sweeps.config.record_strings import RecordPieces
from seqmem.sweeps.config.search_checks import check_open_length
from seqmem.sweeps.config.search_section import NEW_SPACE, Search
from seqmem.sweeps.config.section import ConfigSection

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
LARGEST_REPEAT = 2**31
FIRST_TRAINING_KEYS = (
    "protocol",
    "budget",
    "cost_table",
    "cost_table_hash",
    "cost_extension_hash",
    "repeats",
)
# Keys about the table that turns a budget in cal-s into steps.
COST_KEYS = ("cost_table", "cost_table_hash", "cost_extension_hash")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(value: Any) -> Any:
    """Return the name of a sweep; raise `InputError` if it cannot name a folder."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise InputError(
            f"name {value!r}; valid: letters, digits, '.', '_' and '-', the first a letter or digit"
        )
    return value


class Strings(ConfigSection):
    """The strings that are learned, and how many of each role a search uses.

    Parameters
    ----------
    source : str
        Name of the source.
    parameters : dict
        Parameters of the source.
    alphabet_size : int
        Number of symbols.
    measure : str
        Complexity measure to which strings are grown.
    levels : tuple of int
        Values of the measure, all distinct.
    tune, select, confirm : int
        Strings of each role in a search.
    fresh : bool
        Give every tuning trial new strings, the same for all cells. Scores then vary with the
        strings as they do in use. This is for questions about hyper-parameters, in which trials
        are sampled points rather than competitors.
    pieces : RecordPieces, optional
        Use records of the user's data, or disjoint pieces of them, instead of strings that are
        grown to a level.
    """

    source: Annotated[str, one_of("source", SOURCES)] = "iid"
    parameters: dict[str, Any] = Field(default_factory=dict)
    alphabet_size: int = Field(4, ge=2, le=LARGEST_ALPHABET)
    measure: Annotated[str, one_of("measure to target", COUNTERS)] = "lzw"
    levels: tuple[int, ...] = Field(min_length=1)
    tune: int = Field(2, ge=1)
    select: int = Field(2, ge=1)
    confirm: int = Field(4, ge=1)
    fresh: bool = False
    pieces: RecordPieces | None = None

    @property
    def per_search(self) -> int:
        """Strings that a search uses for each trial, for selection and for confirmation."""
        return self.tune + self.select + self.confirm

    @property
    def data(self) -> dict[str, Any]:
        """What was read from files, and a digest of it. Empty for sources that read nothing.

        Sources of plug-ins may give no digest. Then there is only ``readings``.
        """
        source = make_source(self.source, self.alphabet_size, self.parameters)
        if not source.readings:
            return {}
        digest = source.data_digest
        return {"readings": source.readings} | ({"digest": digest} if digest else {})

    @property
    def identity(self) -> dict[str, Any]:
        """The parameters of the source, as they enter names and seeds.

        With ``pieces``, the digest of the data replaces the name of the file.
        """
        if self.pieces is None:
            return self.parameters
        return {**self.parameters, "path": self.pieces.data}

    @model_validator(mode="before")
    @classmethod
    def _store_parameters(cls, data: Any) -> Any:
        """Give parameters the names by which they are stored."""
        parameters = data.get("parameters") if isinstance(data, dict) else None
        if not isinstance(parameters, dict) or data.get("source") not in SOURCES:
            return data
        return data | {"parameters": stored_parameters(data["source"], parameters)}

    @model_validator(mode="after")
    def _check_levels(self, info: ValidationInfo) -> "Strings":
        if len(set(self.levels)) < len(self.levels):
            raise InputError("levels must be distinct")
        is_known = self.source in SOURCES and self.measure in COUNTERS
        if not is_known and is_stored(info):
            # The source or the measure of a plug-in, without which records can be read.
            return self
        choose_alphabet(self.source, self.alphabet_size, self.parameters)
        if self.pieces is not None:
            if self.source != "corpus" or len(self.levels) > 1:
                raise InputError(
                    "pieces need the source 'corpus' and one level, which only describes them"
                )
            if self.fresh:
                raise InputError(
                    "fresh = true needs strings that are grown; there are too few pieces of data"
                )
            return self
        for level in self.levels:
            check_target(self.measure, level, self.alphabet_size, name="level")
        return self


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


def _engine(value: Any) -> Any:
    """Return an engine, or a table of engines by cell; raise `InputError` for another name."""
    for name in value.values() if isinstance(value, dict) else [value]:
        if not isinstance(name, str) or name not in ENGINES:
            raise unknown("engine", name, ENGINES)
    return value


class TrainingSection(TrainingOptions, ConfigSection):
    """How one run is trained: the training options of `study.RunConfig`, and some more.

    ``cost_table`` is the path of the table that turns a budget in ``cal-s`` into steps. A
    resolved configuration holds the table itself. It is stored as the hash of the table.

    Parameters
    ----------
    engine : str or dict of str
        What computes the networks: one engine for all cells, or one for each cell by name.
    cost_table_hash : str, optional
        Hash of the cost table that must be used.
    cost_extension_hash : str, optional
        Hash of the extension of the cost table that must be used for the cells in it.
    repeats : int
        Runs on every string, with different network and data seeds.
    first_repeat : int
        Number of the first of them, in every role. Strings and suggested points do not depend on
        it. Two sweeps that differ only in it are the arms of a comparison of a cell with itself.
    instruction_set : {"baseline", "avx2", "avx512"}, optional
        Use this instruction set in the kernels and in torch, so that machines with different
        processors give the same records. If absent, each machine uses its best.
    """

    # A run has one engine; cells may have different ones.
    engine: Annotated[
        str | dict[str, str],
        BeforeValidator(_engine),
        declared_options(TrainingOptions)["engine"].option,
    ] = "auto"  # type: ignore[assignment]
    cost_table_hash: str | None = None
    cost_extension_hash: str | None = None
    repeats: int = Field(1, ge=1)
    first_repeat: int = Field(0, ge=0, lt=LARGEST_REPEAT)
    instruction_set: Annotated[
        str | None, one_of("instruction set", TORCH_NAMES, optional=True)
    ] = None

    @property
    def repeat_numbers(self) -> range:
        """Numbers of the repeats that are run on every string."""
        return range(self.first_repeat, self.first_repeat + self.repeats)

    def engine_of(self, cell: str) -> str:
        """Return the engine of a cell, as it is given; ``auto`` if a table lacks the cell."""
        return self.engine if isinstance(self.engine, str) else self.engine.get(cell, "auto")

    def resolved_costs(self, cells: Iterable[str]) -> dict[str, Any]:
        """Return the resolved keys of the cost table; no keys if the budget needs no table.

        Parameters
        ----------
        cells : iterable of str
            The cells of the sweep.

        Raises
        ------
        InputError
            If the table cannot be read, has another hash, or is given for another budget.
        """
        if self.budget.unit != CALIBRATED_UNIT:
            for name in COST_KEYS:
                if getattr(self, name) is not None:
                    raise InputError(
                        f"training.{name} is for budgets in cal-s; "
                        f"the budget is {str(self.budget)!r}"
                    )
            return {}
        table = resolve_table(self.cost_table)
        self._require_hash("cost_table_hash", table.hash)
        extension_hash = table.extension_hash if table.extends_to(cells) else None
        if extension_hash is not None:
            self._require_hash("cost_extension_hash", extension_hash)
        return dict(zip(COST_KEYS, (table, table.hash, extension_hash), strict=True))

    def _require_hash(self, name: str, present: str) -> None:
        """Raise `InputError` if another hash is required than that of the present table."""
        required = getattr(self, name)
        if required in (None, present):
            return
        part = "the extension of " if name == "cost_extension_hash" else ""
        where = (
            "the reference table"
            if self.cost_table is None
            else f"training.cost_table {self.cost_table}"
        )
        raise InputError(
            f"training.{name}: {required} is required, but {part}{where} is {present}; "
            "choose another with training.cost_table"
        )


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
        data["training"] = _stored_training(self.training, data["training"])
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


def _stored_training(training: TrainingSection, data: dict[str, Any]) -> dict[str, Any]:
    """Return the section as plain values, without added options that hold their default."""
    for name, declared in declared_options(type(training)).items():
        if declared.option.is_text:
            data[name] = str(getattr(training, name))
        if not declared.is_stored(training):
            data.pop(name, None)
    # Stored files began with these keys before all options were declared in one place.
    return {name: data[name] for name in (*FIRST_TRAINING_KEYS, *data) if name in data}


def _plain(value: Any) -> Any:
    """Return a value with tuples as lists, and with infinity as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if value == math.inf:
        # Configurations are stored and compared as JSON, which has no infinity.
        return "inf"
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
