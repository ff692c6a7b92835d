"""The command ``export``: write the records of one or several sweeps as one file."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.damage import Damages
from seqmem.core.exit_codes import DONE
from seqmem.core.messages import print_message
from seqmem.core.number_formats import counted
from seqmem.core.output_files import check_output_file
from seqmem.core.registries import help_with_choices
from seqmem.sweeps.storage.table_files import TABLE_FORMATS, table_format

_OUT_HELP = help_with_choices(
    "File to write. Its suffix is one of these:",
    {suffix: known.help for suffix, known in TABLE_FORMATS.items()},
)


def export_command(
    target: str,
    /,
    *more: str,
    out: Annotated[Path, Parameter(help=_OUT_HELP)],
    name: str | None = None,
    skip_damaged: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Write the records of one or several sweeps as parquet, CSV or Arrow, one row per run.

    Parameters
    ----------
    target
        Folder of a sweep, also of a shipped one without its database, or storage URL.
    more
        Folders or storage URLs of further sweeps, or of shards. Their records are joined: the
        column folder names where each run comes from, and a run that two of them hold is written
        once.
    name
        Name of the sweep, if a storage holds several.
    skip_damaged
        Leave out damaged trials and runs, and say how many. Without this flag they are refused.
    """
    from seqmem.analysis.records.exporting import export_sweeps

    table_format(out)
    check_output_file(out)
    damages = Damages(skip_damaged)
    notes: list[str] = []
    count = export_sweeps([target, *more], out, damages, notes, name)
    print(f"{counted(count, 'run')}: {out}")
    for line in [damages.line, *notes]:
        if line:
            print_message(line)
    return DONE
