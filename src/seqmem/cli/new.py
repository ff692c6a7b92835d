"""The command ``new``: write a sweep file to start from."""

from pathlib import Path

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE

TEMPLATE = """\
name = "{name}"
seed = 1

[strings]
source = "iid"
alphabet_size = 4
measure = "lzw"
levels = [16, 64]  # targets of the measure
tune = 1           # strings of a search for every trial
select = 2         # further strings for the finalists
confirm = 4        # fresh strings for the winner; only these are reported

[memorizer]
cells = ["lstm", "gru"]

[training]
budget = "0.016 cal-s"

[search]
searches = 2       # independent searches of each condition
sampler = "sobol"  # points that all cells share, so that they are compared point by point
trials = 8         # a power of two
finalists = 2
space = 2          # batch and length are searched too, in powers of two
depth = {{ low = 1, high = 2 }}
units = {{ low = 4, high = 32 }}
learning_rate = {{ low = 1e-3, high = 1e-1, log = true }}

# What differs at one level:
# [[search.levels]]
# level = 64
# budget = "0.064 cal-s"
# units = {{ low = 8, high = 64 }}
"""


def new_command(file: Path, /) -> int:
    """Write a small sweep file with comments, to change and to run. No file is replaced.

    Parameters
    ----------
    file
        File to write, FILE.toml. The sweep is named after it.
    """
    from seqmem.sweeps.config.sweep_config import check_name

    if file.suffix != ".toml":
        raise InputError(f"{file}: a sweep file ends in .toml")
    if file.exists():
        raise InputError(f"{file} is there already; give another name")
    if not file.parent.is_dir():
        raise InputError(f"{file}: no folder {file.parent}; make it first")
    name = check_name(file.stem)
    with replace_file(file) as text:
        text.write(TEMPLATE.format(name=name))
    print(f"wrote {file}; next: seqmem sweep {file} --dry-run")
    return DONE
