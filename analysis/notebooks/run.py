"""Run the notebooks and keep their outputs.

Each .py file (jupytext, percent format) gives the .ipynb file of its name:

    python analysis/notebooks/run.py [NAME ...]
"""

import argparse
import os
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

from seqmem.core.streams import secure_streams

# Trained numbers differ in their last bits between instruction sets, so kernels and torch use the
# instructions that every x86-64 processor has.
INSTRUCTIONS = {"SEQMEM_ISA": "baseline", "ATEN_CPU_CAPABILITY": "default"}
HERE = Path(__file__).parent
TIMEOUT_SECONDS = 600


def main() -> None:
    """Run the named notebooks, or all."""
    secure_streams()
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    os.environ.update(INSTRUCTIONS)
    names = parser.parse_args().names or sorted(path.stem for path in HERE.glob("[0-9]*.py"))
    for name in names:
        path = HERE / f"{name}.ipynb"
        nbformat.write(executed(HERE / f"{name}.py"), path)
        print(path)


def executed(script: Path) -> Any:
    """Return a script as a notebook with its outputs, without data that differ between runs.

    Parameters
    ----------
    script : Path
        Script in jupytext's percent format.
    """
    notebook = jupytext.read(script)
    NotebookClient(
        notebook, timeout=TIMEOUT_SECONDS, record_timing=False, resources=_inside(script.parent)
    ).execute()
    notebook.metadata.pop("language_info", None)
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"
        cell["metadata"] = {}
    return notebook


def _inside(folder: Path) -> dict[str, Any]:
    return {"metadata": {"path": str(folder)}}


if __name__ == "__main__":
    main()
