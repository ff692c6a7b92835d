"""The configuration and the record of a run as plain JSON values, and back."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from seqmem.core.damage import DAMAGE_ERRORS, described
from seqmem.core.errors import InputError, shorten, unknown
from seqmem.core.validation import validate
from seqmem.generators.symbols import SymbolString
from seqmem.study.calibration.table import CostTable
from seqmem.study.config import RunConfig
from seqmem.study.declaration import added_defaults, declared_options, option_columns
from seqmem.study.engine import DEVICES, ENGINES
from seqmem.study.metrics import METRICS
from seqmem.study.options import RunOptions
from seqmem.study.probes.probe import probe_columns
from seqmem.study.record import RunRecord

# Options that name what computed the network. A stored network needs neither.
_COMPUTED_BY = {"engine": ENGINES, "device": DEVICES}


def configuration_values(config: RunConfig) -> dict[str, Any]:
    """Return a configuration as plain JSON values.

    Parameters
    ----------
    config : RunConfig

    Examples
    --------
    >>> values = configuration_values(RunConfig(string="AB", cell="gru", budget="1 steps"))
    >>> values["string"]["symbols"], values["budget"], values["gradient_clip"]
    ([0, 1], '1 steps', 1.0)
    """
    options = declared_options(type(config)).values()
    values = {
        item.name: _plain(getattr(config, item.name)) for item in options if item.is_stored(config)
    }
    return {"string": _string_values(config.string), **values}


def configuration_of(values: Mapping[str, Any], where: str) -> RunConfig:
    """Return the configuration that `configuration_values` was given.

    Its engine and its device need not be available in this process.

    Parameters
    ----------
    values : mapping of str to value
    where : str
        Where the values come from, for messages.

    Raises
    ------
    InputError
        If a value is missing or not valid.
    """
    try:
        given = dict(values)
        computed_by = {name: given[name] for name in _COMPUTED_BY}
        for name, valid in _COMPUTED_BY.items():
            if computed_by[name] not in valid:
                raise unknown(name, computed_by[name], valid)
        given |= {"engine": "torch", "device": "cpu", "string": _string_of(given["string"])}
        if given.get("cost_table") is not None:
            given["cost_table"] = CostTable.model_validate(given["cost_table"])
        return validate(RunConfig, given).model_copy(update=computed_by)
    except DAMAGE_ERRORS as error:
        raise InputError(f"{where}: configuration: {described(error)}") from None


def record_of(row: Mapping[str, Any], probes: Iterable[str], where: str) -> RunRecord:
    """Return the record that gave a row by `RunRecord.to_row`.

    Parameters
    ----------
    row : mapping of str to value
        Plain JSON values. A number that is None was not finite, and becomes NaN.
    probes : iterable of str
        Names of the run's probes.
    where : str
        Where the row comes from, for messages.

    Raises
    ------
    InputError
        If a column is missing or unknown, or holds a value of another type.
    """
    left = dict(row)
    kinds = {
        "options": option_columns(RunOptions),
        "similarities": dict.fromkeys(METRICS, float),
        "probes": probe_columns(probes),
    }
    try:
        record: RunRecord = _taken(RunRecord, left, kinds)
    except DAMAGE_ERRORS as error:
        raise InputError(f"{where}: record: {described(error)}") from None
    if left:
        raise InputError(f"{where}: record: unknown column {shorten(next(iter(left)))!r}")
    return record


def _taken(group: Any, left: dict[str, Any], kinds: Mapping[str, Mapping[str, Any]]) -> Any:
    """Take the columns of a group out of a row, and return the group."""
    hints = get_type_hints(group)
    # Options at their defaults that came after the first stored records.
    absent = added_defaults(RunOptions)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(group):
        name = item.name
        if name in kinds:
            values[name] = {
                column: _typed(column, left.pop(column), kind)
                for column, kind in kinds[name].items()
                if column in left or column not in absent
            }
        elif dataclasses.is_dataclass(hints[name]):
            values[name] = _taken(hints[name], left, kinds)
        elif name in left or item.default is dataclasses.MISSING:
            values[name] = _typed(name, left.pop(name), hints[name])
    return group(**values)


def _typed(name: str, value: Any, kind: Any) -> Any:
    """Return a stored value as the column holds it."""
    if kind is float and value is None:
        return math.nan
    if kind == list[float] and isinstance(value, list):
        value = [math.nan if item is None else item for item in value]
    try:
        TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(value)
    except ValidationError:
        shown = shorten(repr(value))
        raise InputError(f"column {name!r}: {shown} given; must be of type {kind}") from None
    # Not what was validated, because a whole number of FLOPs would become a float.
    return value


def _string_values(string: SymbolString) -> dict[str, Any]:
    fields = {item.name: getattr(string, item.name) for item in dataclasses.fields(string)}
    return fields | {
        "symbols": string.symbols.tolist(),
        "parameters": dict(string.parameters),
        "mapping": dict(string.mapping),
    }


def _string_of(values: Any) -> SymbolString:
    given = dict(values)
    return SymbolString(**given | {"symbols": np.array(given["symbols"])})


def _plain(value: Any) -> Any:
    """Return the value of an option as JSON has it."""
    if isinstance(value, CostTable):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return list(value)
    # JSON has no infinity.
    is_plain = value is None or isinstance(value, str | int | float)
    return value if is_plain and value != math.inf else str(value)
