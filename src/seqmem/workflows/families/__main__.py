"""Write the figures and tables of docs/families.md from the shipped records."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.records.result_files import round_significant, write_bytes, write_csv
from seqmem.core.errors import InputError
from seqmem.core.marked_pages import with_parts
from seqmem.core.messages import print_message
from seqmem.workflows.families import clocks, rates
from seqmem.workflows.families.memorized import memorized_lines, memorized_table
from seqmem.workflows.families.records import CLOCKS, MEMORIZED, RATES, load_preset

_DPI = 150


def main() -> int:
    """Run `python -m seqmem.workflows.families RECORDS PAGE`.

    RECORDS holds the sweeps of the presets ``families…``. PAGE is docs/families.md: its figures go
    to the folder ``images`` beside it, and their numbers to the folder ``tables`` in RECORDS.

    Returns
    -------
    int
        Exit code: 0 done, 2 wrong arguments or missing records.
    """
    if len(sys.argv) != 3:
        print("usage: python -m seqmem.workflows.families RECORDS PAGE", file=sys.stderr)
        return 2
    try:
        write_families(Path(sys.argv[1]), Path(sys.argv[2]))
    except InputError as error:
        print_message(f"seqmem: error: {error}")
        return 2
    return 0


def write_families(records: Path, page: Path) -> None:
    """Write figures, tables and the computed parts of the page.

    Parameters
    ----------
    records : Path
        Folder of the sweeps.
    page : Path
        The page.

    Raises
    ------
    InputError
        If records are missing.
    """
    memorized = load_preset(records, MEMORIZED)
    by_clock = load_preset(records, CLOCKS)
    by_rate = rates.rate_curves(load_preset(records, RATES), memorized)
    curves = clocks.clock_curves(by_clock)
    differences = clocks.family_differences(by_clock)
    table = memorized_table(memorized)
    tables = {"memorized": table, "rates": by_rate, "clocks": curves, "differences": differences}
    for name, frame in tables.items():
        write_csv(records / "tables" / f"{name}.csv", round_significant(frame))
    _draw(rates.FIGURE, by_rate, page)
    _draw(clocks.FIGURE, curves, page)
    parts = {
        "memorized": lambda: memorized_lines(table),
        "rates": lambda: rates.caption(by_rate),
        "clocks": lambda: clocks.caption(curves),
        "differences": lambda: clocks.difference_lines(differences),
    }
    write_bytes(page, with_parts(page.read_text(encoding="utf-8"), parts).encode())


def _draw(figure: Figure, data: pd.DataFrame, page: Path) -> None:
    picture = render(draw_page(figure, round_significant(data)), "png", _DPI)
    write_bytes(page.parent / "images" / f"{figure.name}.png", picture)


if __name__ == "__main__":
    sys.exit(main())
