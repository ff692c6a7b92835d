"""The command ``export``: write the records of a sweep as a parquet file."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
from seqmem.core.messages import print_message
from seqmem.core.number_formats import counted
from seqmem.core.output_files import check_output_file
from seqmem.sweeps.storage.opening import open_sweep


def export_command(
    target: str,
    /,
    *,
    out: Path,
    name: str | None = None,
    skip_damaged: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Write the records of a sweep as a parquet file, one row per run.

    Parameters
    ----------
    target
        Folder of a sweep, or storage URL.
    out
        File to write.
    name
        Name of the sweep, if the storage holds several.
    skip_damaged
        Leave out damaged trials and runs, and say how many. Without this flag they are refused.
    """
    from seqmem.sweeps.storage.export import export

    if out.suffix != ".parquet":
        raise InputError(
            f"--out {out}: records are written as parquet; give a name that ends in .parquet"
        )
    check_output_file(out)
    config, storage = open_sweep(target, name)
    damages = Damages(skip_damaged)
    with closing(storage):
        count = export(config, storage, out, damages=damages)
        print(f"{counted(count, 'run')}: {out}")
    if damages.line:
        print_message(damages.line)
    return DONE
