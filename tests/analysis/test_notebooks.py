"""The notebooks: pairs agree, each runs from beginning to end, and shows what is committed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seqmem import analysis
from tests.waiting import PATIENCE_SECONDS

FOLDER = Path(analysis.__file__).parent / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("0*.py"))
jupytext = pytest.importorskip("jupytext", reason="needs the extra notebooks")
nbformat = pytest.importorskip("nbformat", reason="needs the extra notebooks")
every_notebook = pytest.mark.parametrize("name", NAMES)
# They train, so their numbers hold within one environment only.
TRAIN = ("00_tutorial", "05_your_own_strings", "06_look_inside")


def committed(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def texts(notebook: Any) -> list[str]:
    """What each code cell printed or returned, as text."""
    return [
        "".join(
            output.get("text") or output.get("data", {}).get("text/plain", "")
            for output in cell.outputs
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_there_are_the_seven_notebooks():
    assert NAMES == sorted(
        ["01_explore_a_sweep", "02_capacity", "03_lstm_vs_gru", "04_importance", *TRAIN]
    )
    assert sum(path.stat().st_size for path in (FOLDER / "data").iterdir()) < 1_000_000


@every_notebook
def test_both_files_of_a_pair_hold_the_same_cells(name):
    script = jupytext.read(FOLDER / f"{name}.py")
    notebook = committed(name)
    assert [(cell.cell_type, cell.source) for cell in script.cells] == [
        (cell.cell_type, cell.source) for cell in notebook.cells
    ]


@every_notebook
def test_outputs_are_committed_without_paths_and_errors(name):
    notebook = committed(name)
    outputs = [
        output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert len(outputs) >= 3
    assert not [
        output
        for output in outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    shown = "".join(texts(notebook))
    assert not re.search(r"/(tmp|home|root)/", shown)
    assert str(Path.home()) not in shown


@pytest.mark.slow
@every_notebook
def test_notebooks_run_and_show_what_is_committed(name, tmp_path):
    pytest.importorskip("nbmake", reason="needs the extra notebooks")
    folder = tmp_path / "notebooks"
    shutil.copytree(
        FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    )
    # In a process of its own: warnings of the kernel's machinery are not those of this suite.
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        str(tmp_path / "pytest.ini"),
        "--rootdir",
        str(folder),
    ]
    command += [
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--nbmake",
        f"--nbmake-timeout={PATIENCE_SECONDS:.0f}",
    ]
    command += ["--overwrite", str(folder / f"{name}.ipynb")]
    folders = {
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
    }
    variables = {**os.environ, **{key: str(tmp_path / folder) for key, folder in folders.items()}}
    source = os.pathsep.join(
        [str(FOLDER.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    done = subprocess.run(
        command,
        env={**variables, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if name not in TRAIN:
        assert texts(nbformat.read(folder / f"{name}.ipynb", as_version=4)) == texts(
            committed(name)
        )
