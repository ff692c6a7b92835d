"""The command ``figures``: the figures of a sweep as files."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.analysis.figures import figure_help
from seqmem.cli.plot_options import EditableText
from seqmem.core.damage import Damages
from seqmem.core.messages import print_message
from seqmem.core.registries import help_with_choices

ONLY_HELP = help_with_choices(
    "Name of a figure. May be repeated. Default: all figures of the sweep. A line on stderr"
    " names the data that a left-out figure needs.",
    figure_help(),
)


def figures_command(
    folder: Path | None = None,
    /,
    *more: Path,
    only: Annotated[tuple[str, ...], Parameter(negative=(), help=ONLY_HELP)] = (),
    out: Path | None = None,
    width: float | None = None,
    style: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    editable_text: EditableText = False,
    skip_damaged: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Make the figures of a sweep as PDF, SVG, PNG and CSV, or a figure that needs no sweep.

    Parameters
    ----------
    folder
        Folder of the sweep. Leave it out for complexity_atlas.
    more
        Folders of further sweeps, read together with the first.
    out
        Folder to write to. Default: FOLDER/report/figures, or the current folder without a sweep.
    width
        Width of every figure in inches, from 1 to 40. Default: as in a report.
    style
        Style sheet of Matplotlib: seqmem.paper, seqmem.slides, a name of Matplotlib, or a file. May
        be repeated.
    skip_damaged
        Leave out rows that no run could have written, and say how many. Without this flag they are
        refused.
    """
    from seqmem.analysis.estimators.importance import count_panels
    from seqmem.analysis.estimators.worker_pool import worker_pool_for
    from seqmem.analysis.figures import build_atlas, build_figures, missing_figures
    from seqmem.analysis.figures.parts.appearance import Appearance
    from seqmem.analysis.records.groups import count_groups
    from seqmem.analysis.records.sources import load_sources, report_folder
    from seqmem.analysis.records.sweep_files import (
        sweep_folder,
    )
    from seqmem.analysis.tables.report_data import ReportData
    from seqmem.core.errors import InputError

    _check_wanted(folder, only)
    look = Appearance(width, style, editable_text=editable_text)
    if folder is None:
        written = [path for name in only for path in build_atlas(name, out or Path(), look)]
        print("\n".join(map(str, written)))
        return
    damages = Damages(skip_damaged)
    sources = load_sources([folder, *more], damages)
    report_data = ReportData.of(sources)
    groups = 0 if only else count_groups(sources.frame)
    panels = count_panels(sources.frame, sources.configs) if not only or "importance" in only else 0
    with worker_pool_for(groups, panels):
        made = build_figures(
            report_data, out or report_folder(sweep_folder(folder)) / "figures", only or None, look
        )
    missing = missing_figures(made, only or None)
    if not made:
        raise InputError(f"no figure can be made of '{folder}': {' '.join(missing)}")
    print("\n".join(str(path) for built in made for path in built.files))
    for sentence in missing:
        print(f"left out: {sentence}", file=sys.stderr)
    for line in [damages.line, *sources.notes]:
        if line:
            print_message(line)


def _check_wanted(folder: Path | None, only: tuple[str, ...]) -> None:
    """Raise `InputError` for an unknown figure, or one that does not fit the folder."""
    from seqmem.analysis.figures import ATLASES, FIGURES, check_names
    from seqmem.core.errors import InputError

    check_names(only, [*FIGURES, *ATLASES])
    if folder is None and not only:
        raise InputError(
            f"give a sweep's folder, or --only with a figure without one: {', '.join(ATLASES)}"
        )
    for name in only:
        if folder is None and name in FIGURES:
            raise InputError(f"{name} needs a sweep's folder: seqmem figures DIR --only {name}")
        if folder is not None and name in ATLASES:
            raise InputError(
                f"{name} needs no sweep: seqmem figures --only {name}, without '{folder}'"
            )
