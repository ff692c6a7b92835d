"""Run the simulations and write their tables into a page, between the comments that name them."""

from __future__ import annotations

import sys
from pathlib import Path

from analysis.marked import with_parts
from analysis.simulation.tables import TABLES
from generators.atomic import replace_file


def main() -> int:
    """`python -m analysis.simulation docs/methods.md`."""
    if len(sys.argv) != 2:
        print("usage: python -m analysis.simulation PAGE", file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    page = with_parts(path.read_text(encoding="utf-8"), TABLES)
    with replace_file(path) as file:
        file.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
