"""Run the simulations and write their tables into a page, between the comments that name them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from analysis.simulation.tables import TABLES
from generators.atomic import replace_file


def with_tables(page: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The page with every table between `<!-- NAME -->` and `<!-- end NAME -->` made anew.

    Raises
    ------
    ValueError
        A table has no place in the page.

    Examples
    --------
    >>> print(with_tables("<!-- x -->old<!-- end x -->", {"x": lambda: "new"}))
    <!-- x -->
    new
    <!-- end x -->
    """
    for name, make in tables.items():
        place = re.compile(f"(<!-- {name} -->).*?(<!-- end {name} -->)", re.DOTALL)
        if not place.search(page):
            raise ValueError(f"the page has no place '<!-- {name} --> … <!-- end {name} -->'")
        table = make()
        page = place.sub(lambda found, table=table: f"{found[1]}\n{table}\n{found[2]}", page)  # type: ignore[misc]
    return page


def main() -> int:
    """`python -m analysis.simulation docs/methods.md`."""
    if len(sys.argv) != 2:
        print("usage: python -m analysis.simulation PAGE", file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    page = with_tables(path.read_text(encoding="utf-8"), TABLES)
    with replace_file(path) as file:
        file.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
