"""What the folders of shipped records hold, counted from their files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

RESULTS = Path(__file__).parents[1] / "results"
COUNTED = ["role", "string_id", "cell", "environment_key"]


class Contents(NamedTuple):
    """The records of one folder; ``kernels`` holds engines, kernel versions, instruction sets."""

    folder: str
    files: int
    runs: int
    confirmations: int
    strings: int
    cells: list[str]
    kernels: list[str]


def contents() -> Iterator[Contents]:
    """Yield what each folder in ``results`` holds, by name."""
    for folder in sorted(path for path in RESULTS.iterdir() if path.is_dir()):
        files = sorted(folder.rglob("runs.parquet"))
        records = pa.concat_tables(map(_counted, files), promote_options="default")
        keys = pc.unique(records["environment_key"]).to_pylist()
        yield Contents(
            folder.name,
            len(files),
            len(records),
            _confirmations(records),
            pc.count_distinct(records["string_id"]).as_py(),
            sorted(pc.unique(records["cell"]).to_pylist()),
            sorted({_engine(json.loads(key)) for key in keys if key}),
        )


def _counted(file: Path) -> pa.Table:
    """Return the columns that are counted; runs outside of a sweep have no role."""
    known = pq.read_schema(file).names
    return pq.read_table(file, columns=[name for name in COUNTED if name in known])


def _confirmations(records: pa.Table) -> int:
    if "role" not in records.column_names:
        return 0
    return int(pc.sum(pc.equal(records["role"], "confirm")).as_py() or 0)


def _engine(environment: dict[str, str]) -> str:
    parts = (environment["engine"], environment.get("kernels"), environment["instruction_set"])
    return " ".join(part for part in parts if part)
