"""The points of a sweep as text, CSV or JSON, for ``seqmem sweep --points``."""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted, value_text

if TYPE_CHECKING:
    from seqmem.sweeps.config.conditions import Shard
    from seqmem.sweeps.config.sweep_config import SweepConfig
    from seqmem.sweeps.search.planned_points import PlannedPoints

SUFFIXES = (".csv", ".json")


def show_points(configs: Sequence["SweepConfig"], shard: "Shard", out: Path | None) -> None:
    """Print the points of sweeps, or write them to a file, without running anything.

    Parameters
    ----------
    configs : sequence of SweepConfig
        The sweeps.
    shard : Shard
        The part of each sweep whose searches are shown.
    out : path, optional
        File to write, as CSV or JSON by its suffix. If absent, tables are printed.

    Raises
    ------
    InputError
        If a sweep could not be started, or the file has another suffix.
    """
    from seqmem.core.atomic import replace_file
    from seqmem.core.output_files import check_output_file

    if out is not None and out.suffix not in SUFFIXES:
        raise InputError(f"--out {out}: points are written as {' or '.join(SUFFIXES)}")
    check_output_file(out)
    planned = [(config.name, part) for config in configs for part in _planned(config, shard)]
    if out is None:
        print("\n\n".join(_table(name, part) for name, part in planned))
        return
    rows = [{"sweep": name} | row for name, part in planned for row in part.rows()]
    with replace_file(out) as file:
        file.write(_json(rows) if out.suffix == ".json" else _csv(rows))
    print(f"{counted(len(rows), 'point')}: {out}")


def _planned(config: "SweepConfig", shard: "Shard") -> "list[PlannedPoints]":
    from seqmem.sweeps.execution.preparation import check_runs, searches_of
    from seqmem.sweeps.execution.space_checks import check_new_space
    from seqmem.sweeps.search.lengths import with_lengths
    from seqmem.sweeps.search.planned_points import planned_points

    check_new_space(config)
    resolved = with_lengths(config.resolved())
    keys = searches_of(resolved, shard)
    check_runs(resolved, keys)
    return planned_points(resolved, keys)


def _table(name: str, part: "PlannedPoints") -> str:
    """Return one search as a table with a line for each point."""
    condition = part.key.condition
    cells = ", ".join(part.cells)
    columns: dict[str, list[str]] = {"slot": [str(slot) for slot in range(len(part.options))]}
    if part.blocks:
        columns["block"] = part.blocks
    for option in part.options[0] if part.options else ():
        columns[option] = [
            value_text(point[option], digits=4, missing="-") for point in part.options
        ]
    later = (
        f"; {counted(part.later, 'further trial')} of each cell depend on results"
        if part.later
        else ""
    )
    title = (
        f"{name}, {condition.string_condition}, search {part.key.search}, {cells}: "
        f"{counted(len(part.options), 'point')}{later}"
    )
    return "\n".join([title, *_aligned(columns)])


def _aligned(columns: dict[str, list[str]]) -> Iterable[str]:
    widths = {name: max(map(len, [name, *values])) for name, values in columns.items()}
    yield "  ".join(name.rjust(widths[name]) for name in columns)
    for row in zip(*columns.values(), strict=True):
        yield "  ".join(value.rjust(widths[name]) for name, value in zip(columns, row, strict=True))


def _names(rows: list[dict[str, Any]]) -> list[str]:
    """Return the columns of all rows, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _names(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _json(rows: list[dict[str, Any]]) -> str:
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return json.dumps(plain, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return a value for JSON, which has no infinity."""
    return str(value) if value == math.inf else value
