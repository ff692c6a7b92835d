"""Run the simulations and write their tables into a page, between the comments that name them."""

from __future__ import annotations

import sys
from pathlib import Path

from seqmem.analysis.simulation.tables import SIMULATION_TABLES
from seqmem.core.atomic import replace_file
from seqmem.core.marked_pages import with_parts


def main() -> int:
    """Run `python -m seqmem.analysis.simulation PAGE`.

    Returns
    -------
    int
        Exit code: 0 done, 2 wrong arguments.
    """
    if len(sys.argv) != 2:
        print("usage: python -m seqmem.analysis.simulation PAGE", file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    page = with_parts(path.read_text(encoding="utf-8"), SIMULATION_TABLES)
    with replace_file(path) as file:
        file.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
