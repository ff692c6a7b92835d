"""The command ``export``: write the records of a sweep as a parquet file."""

from contextlib import closing
from pathlib import Path

from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
from seqmem.core.number_formats import counted
from seqmem.core.output_files import check_output_file
from seqmem.sweeps.storage.opening import open_sweep


def export_command(target: str, /, *, out: Path, name: str | None = None) -> int:
    """Write the records of a sweep as a parquet file, one row per run.

    Parameters
    ----------
    target
        Folder of a sweep, or storage URL.
    out
        File to write.
    name
        Name of the sweep, if the storage holds several.
    """
    from seqmem.sweeps.storage.export import export

    if out.suffix != ".parquet":
        raise InputError(
            f"--out {out}: records are written as parquet; give a name that ends in .parquet"
        )
    check_output_file(out)
    config, storage = open_sweep(target, name)
    with closing(storage):
        print(f"{counted(export(config, storage, out), 'run')}: {out}")
    return DONE
