"""The records of the presets ``families…``, with a family for each cell and block."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from seqmem.analysis.figures.parts.theme import in_order
from seqmem.analysis.records.sources import load_sources
from seqmem.core.errors import InputError
from seqmem.study.memorizers.cells import cell_title
from seqmem.sweeps.config.sweep_file import load_configs
from seqmem.sweeps.storage.file_names import RECORDS_FILE

MEMORIZED = "families"
RATES = "families-rates"
CLOCKS = "families-clocks"


def load_preset(records: Path, preset: str) -> pd.DataFrame:
    """Return the records of all parts of a preset.

    Parameters
    ----------
    records : Path
        Folder that holds the folder of each part.
    preset : str
        Name of the preset.

    Returns
    -------
    pandas.DataFrame
        Records with `family`: the title of the cell, and whether it is in blocks.

    Raises
    ------
    InputError
        If a part is missing.
    """
    folders = [records / config.name for config in load_configs(preset)]
    for folder in folders:
        if not (folder / RECORDS_FILE).is_file():
            raise InputError(
                f"no {RECORDS_FILE} in {folder}; run: seqmem sweep {preset} --out {records}"
            )
    frame = load_sources(folders).frame
    blocks = frame["block"].map({True: " in blocks"}).fillna("")
    return frame.assign(family=frame["cell"].astype(str).map(cell_title) + blocks)


def families(frame: pd.DataFrame) -> list[tuple[str, str, bool]]:
    """Return the families of records in the order of drawing: name, cell, and whether in blocks."""
    order = in_order(frame["cell"].astype(str))
    kinds = frame[["family", "cell", "block"]].drop_duplicates().itertuples(index=False)
    return sorted(
        ((str(family), str(cell), bool(block)) for family, cell, block in kinds),
        key=lambda kind: (order.index(kind[1]), kind[2]),
    )
