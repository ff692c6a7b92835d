"""The command ``contrast``: any two settings of sweeps, with an interval and a verdict."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.cli.plot_options import EditableText, asked_plot
from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.core.messages import print_message

_SETTING_HELP = (
    'Setting of side {side}: conditions column=value with blanks between, such as "depth=2 '
    'units=32" or "cell=gru budget=\'2 GF\'". Columns are those of the records that say how a run '
    "was made; first_repeat, sweep and environment.torch are some of them. none means no value."
)
_BY_HELP = (
    "Column whose values get rows of their own, such as level or cell. May be repeated. With "
    "--plot, level by default."
)


def contrast_command(
    folder: Path,
    /,
    *more: Path,
    a: Annotated[str, Parameter(help=_SETTING_HELP.format(side="a"))],
    b: Annotated[str, Parameter(help=_SETTING_HELP.format(side="b"))],
    by: Annotated[tuple[str, ...], Parameter(negative=(), help=_BY_HELP)] = (),
    margin: float = 0.15,
    clock: str = "budget",
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
    csv: Path | None = None,
    plot: Path | None = None,
    editable_text: EditableText = False,
    skip_damaged: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Contrast any two settings of one sweep or several, with intervals over searches.

    Runs are paired by search, string and point where the records are equal; the pairing is printed,
    with everything else that differs. A setting that the sweeps fix (cell, or a depth of one value)
    is contrasted by the winners' confirmation runs. A setting that a search varies is contrasted by
    the best of n of its points. Rho is in octaves and positive where a is sooner.

    Examples: seqmem contrast runs/quick --a cell=gru --b cell=lstm --by level; and with several
    conditions: seqmem contrast runs/quick --a "depth=2 units=16" --b "depth=1 units=32".

    Parameters
    ----------
    folder
        Folder of a sweep.
    more
        Folders of further sweeps. Sweeps with the same seed have the same strings, so they are
        paired.
    margin
        Smallest rho that counts, in octaves.
    clock
        Clock of rho: budget, flops, symbols or steps.
    json_output
        Print JSON instead of a table.
    csv
        File for the table, with one row per group and quantity.
    plot
        File for a forest plot: its name ends in .pdf, .png or .svg.
    skip_damaged
        Leave out rows that no run could have written, and say how many. Without this flag they are
        refused.
    """
    from seqmem.analysis.figures import contrast_page
    from seqmem.analysis.figures.parts.appearance import using
    from seqmem.analysis.figures.parts.plot_file import write_plot
    from seqmem.analysis.records.result_files import write_csv
    from seqmem.analysis.records.sources import load_sources
    from seqmem.analysis.tables.contrast.contrast import contrast

    picture = asked_plot(plot, editable_text)
    if csv is not None and not csv.parent.is_dir():
        raise InputError(f"--csv {csv}: no folder {csv.parent}; make it first")
    damages = Damages(skip_damaged)
    sources = load_sources([folder, *more], damages)
    has_levels = plot is not None and not by and "level=" not in f"{a} {b}"
    groups = ("level",) if has_levels else by
    result = contrast(sources, a, b, by=groups, margin=margin, clock=clock)
    if json_output:
        print(json.dumps(result.to_dict(), indent=2))
    else:
        print("\n".join(result.lines))
    if csv is not None:
        write_csv(csv, result.table)
    if picture is not None:
        with using(picture.appearance):
            write_plot(*contrast_page(result), picture.path)
    written = [f"{name}: {path}" for name, path in (("table", csv), ("plot", plot)) if path]
    if written and not json_output:
        print("\n".join(written))
    if damages.line:
        print_message(damages.line)
