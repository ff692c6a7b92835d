"""Run the simulations and write their tables into a page, between the comments that name them."""

from __future__ import annotations

import sys
from pathlib import Path

from seqmem.analysis.simulation.tables import SIMULATION_TABLES
from seqmem.core.atomic import replace_file
from seqmem.core.marked_pages import with_parts


def main() -> int:
    """Run `python -m seqmem.analysis.simulation PAGE [TABLE ...]`.

    Without names of tables, all are made. Each has its own seeds, so they can be made one by one.

    Returns
    -------
    int
        Exit code: 0 done, 2 no such page or table.
    """
    page_name, *names = sys.argv[1:] or [""]
    path = Path(page_name)
    if not path.is_file() or not set(names) <= set(SIMULATION_TABLES):
        valid = ", ".join(SIMULATION_TABLES)
        print(
            f"usage: python -m seqmem.analysis.simulation PAGE [TABLE ...]; tables: {valid}",
            file=sys.stderr,
        )
        return 2
    chosen = {name: SIMULATION_TABLES[name] for name in names or SIMULATION_TABLES}
    page = with_parts(path.read_text(encoding="utf-8"), chosen)
    with replace_file(path) as file:
        file.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
