"""A small sweep that was interrupted, and what is stored after it has gone on.

SQLite and pyarrow alone read its folder. So no code of the project stands between a test and the
stored values.
"""

import json
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.golden.current import Silent, load_config, main, of_schema, run_sweep

BEGUN = Path(__file__).with_name("begun")
FILES = ("config.toml", "manifest.json", "optuna.db")
# In the second generation. Some trials are finished, one has one of two runs, one has none.
RUNS_BEFORE = 11
# Whole numbers and one learning rate: no last bit of a logarithm decides what is tried.
# Engine torch: no kernels do.
STUDY = """
name = "begun"
seed = 7

[strings]
alphabet_size = 2
levels = [9]
tune = 2
select = 1
confirm = 2

[memorizer]
cells = ["lstm", "gru"]

[training]
budget = "8 steps"
batch = 8
length = 16
engine = "torch"
probes = ["loss_volatility"]

[search]
trials = 5
startup = 2
generation = 2
finalists = 2
depth = { low = 1, high = 2 }
units = { low = 4, high = 24 }
learning_rate = { low = 0.03, high = 0.03, log = true }
length = { low = 8, high = 32, log = true }
"""
ROW = (
    "condition",
    "search",
    "role",
    "trial",
    "tune_trial",
    "generation",
    "replicate",
    "repeat",
    "run_id",
    "string_id",
    "string_seed",
    "network_seed",
    "data_seed",
    "cell",
    "depth",
    "units",
    "learning_rate",
    "length",
)
ATTRIBUTES = """
SELECT study_name, number, key, value_json FROM trial_user_attributes JOIN trials USING (trial_id)
JOIN studies USING (study_id) ORDER BY study_name, number, key
"""
PARAMETERS = """
SELECT study_name, number, param_name, param_value, distribution_json
FROM trial_params JOIN trials USING (trial_id)
JOIN studies USING (study_id) ORDER BY study_name, number, param_id
"""
VALUES = """
SELECT study_name, number, state, value FROM trials JOIN studies USING (study_id)
LEFT JOIN trial_values USING (trial_id) ORDER BY study_name, number
"""
OF_STUDIES = """
SELECT study_name, key FROM studies LEFT JOIN study_user_attributes USING (study_id)
ORDER BY study_name, key
"""


class Interrupting(Silent):
    """Interrupts a sweep right after so many runs are stored."""

    def __init__(self, runs: int) -> None:
        self._left = runs

    def advance(self, note: str, seconds_left: float | None = None) -> None:
        """Count a run."""
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


def begin_and_finish(folder: Path) -> Any:
    """Begin the sweep in ``begun/`` anew; return what its copy holds after it has gone on."""
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    config = load_config(folder / "study.toml")
    with suppress(KeyboardInterrupt):
        run_sweep(config, folder / "made", executor="serial", progress=Interrupting(RUNS_BEFORE))
    for name in FILES:
        shutil.copy(folder / "made" / name, BEGUN / name)
    with closing(sqlite3.connect(BEGUN / "optuna.db")) as connection:
        # A page of the usual size for each of the many small tables would be most of the file.
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("VACUUM")
    go_on(copied(folder))
    return finished(folder / "begun")


def copied(folder: Path) -> Path:
    """Return a copy of the begun sweep in a folder."""
    copy = folder / "begun"
    copy.mkdir()
    for name in FILES:
        shutil.copy(BEGUN / name, copy / name)
    return copy


def go_on(folder: Path) -> None:
    """Let the command go on with a sweep to its end."""
    options = (
        "--out",
        str(folder),
        "--jobs",
        "1",
        "--executor",
        "serial",
        "--allow-environment-change",
    )
    assert main(["sweep", str(folder / "config.toml"), *options]) == 0


def finished(folder: Path) -> Any:
    """Return the names, numbers, parameters, ids and seeds of what a finished sweep stored."""
    table = pq.read_table(folder / "runs.parquet")
    runs = attributes(folder, runs=True)
    studies: dict[str, list[str]] = {}
    for name, key in ask(folder, OF_STUDIES):
        studies.setdefault(name, []).extend([key] if key else [])
    return {
        "files": sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")),
        "studies": studies,
        "distributions": distributions_of(folder),
        "parameters": [list(row[:4]) for row in ask(folder, PARAMETERS)],
        "attributes": [
            [*address, json.loads(text)] for address, text in attributes(folder, runs=False).items()
        ],
        "states": [[name, number, state] for name, number, state, _ in ask(folder, VALUES)],
        "runs": [list(address) for address in runs],
        "record": list(json.loads(next(iter(runs.values())))["record"]),
        "columns": of_schema(table.schema),
        "rows": [list(row.values()) for row in table.select(ROW).to_pylist()],
    }


def distributions_of(folder: Path) -> dict[str, Any]:
    """Return the distribution of every parameter, which all trials share."""
    pairs = {(name, text) for *_, name, _, text in ask(folder, PARAMETERS)}
    assert len(pairs) == len(dict(pairs))
    return {name: json.loads(text) for name, text in sorted(pairs)}


def attributes(folder: Path, *, runs: bool) -> dict[tuple[str, int, str], str]:
    """Return the stored text of trials by study, number and key: their runs, or all else."""
    return {
        (study, number, key): text
        for study, number, key, text in ask(folder, ATTRIBUTES)
        if key.startswith("run:") == runs
    }


def values(folder: Path) -> dict[tuple[str, int], float]:
    """Return the values of the trials that have one."""
    return {
        (study, number): value
        for study, number, _, value in ask(folder, VALUES)
        if value is not None
    }


def ask(folder: Path, query: str) -> list[Any]:
    """Return the rows of a query of a sweep's database."""
    with closing(sqlite3.connect(folder / "optuna.db")) as connection:
        return connection.execute(query).fetchall()
