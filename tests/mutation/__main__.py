"""Find small changes of five modules that no fast test notices.

Run ``python tests/mutation [NAME …]``, which takes about ten minutes. Every mutant is compiled in
memory, in a fork of this process. This process has imported the libraries once and no module of the
project. No file is changed. A change is noticed if a test fails, or if the tests take far longer.
Child processes of the tests import the module as it is.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

os.environ["OMP_NUM_THREADS"] = "1"

import pytest
from mutants import mutants_of

SEED = 2026
# Tests that take so many times their usual CPU seconds are in an endless loop.
PATIENCE = 3
LIBRARIES = (
    "hypothesis",
    "joblib",
    "numpy",
    "optuna",
    "pandas",
    "pyarrow",
    "pydantic",
    "scipy.stats",
    "sqlalchemy",
    "torch",
)
OPTIONS = (
    "-x",
    "-q",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "--assert=plain",
)
SWEEPS = (
    "test_plan or complete or both_cells or confirmation or starting or fail or interrupted "
    "or order or match or fresh"
)
# Each module with the tests that should notice its changes. These tests use no other process, and
# the quickest tests come first.
TARGETS = {
    "budget": (
        "src/seqmem/study/budget.py",
        ("src/seqmem/study/budget.py", "tests/study/test_budget.py"),
    ),
    "recall": (
        "src/seqmem/study/recall.py",
        (
            "tests/study/test_recall.py",
            "tests/study/test_trained.py",
            "tests/study/test_attention.py",
        ),
    ),
    "plan": (
        "src/seqmem/sweeps/execution/plan.py",
        (
            "tests/sweeps/test_plan.py",
            "tests/sweeps/test_sweep_file.py",
            "tests/sweeps/test_sweep.py",
            "-k",
            SWEEPS,
        ),
    ),
    "contrasts": (
        "src/seqmem/analysis/estimators/contrasts.py",
        ("src/seqmem/analysis/estimators/contrasts.py", "tests/analysis/test_contrasts.py"),
    ),
    "lempel_ziv": (
        "src/seqmem/generators/complexity/lempel_ziv.py",
        (
            "src/seqmem/generators/complexity/lempel_ziv.py",
            *(
                "tests/generators/test_complexity.py",
                "tests/generators/test_targeting.py",
                "-k",
                "lz or lempel or bound or beyond",
            ),
        ),
    ),
}


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import one module from a changed source, and every other module as it is.

    The path must be the one under which pytest collects the module's doctests. pytest ignores a
    loader that names another path, and would then test the module as it is.
    """

    def __init__(self, path: Path, name: str, source: str) -> None:
        self.path = path
        self.name = name
        self.source = source

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return (
            importlib.util.spec_from_file_location(name, self.path, loader=self)
            if name == self.name
            else None
        )

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.path, "exec"), module.__dict__)


def exit_status(
    path: Path, source: str, tests: Sequence[str], cpu_seconds: float = resource.RLIM_INFINITY
) -> int:
    """Run tests in a fork in which a module has another source, and return the exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds), int(cpu_seconds)))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    name = ".".join(path.with_suffix("").parts[1:])
    sys.meta_path.insert(0, Changed(path.absolute(), name, source))
    os._exit(pytest.main([*OPTIONS, *tests]))


def report(path: Path, tests: Sequence[str], at_most: int) -> None:
    """Print the mutants of a module that no test notices, and the number of mutants."""
    source = path.read_text(encoding="utf-8")
    before = children_cpu_seconds()
    if status := exit_status(path, source, tests):
        sys.exit(f"{path}: the tests end with {status} on the module as it is")
    patience = PATIENCE * (children_cpu_seconds() - before)
    mutants = mutants_of(source, at_most, SEED)
    survivors = 0
    for mutant in mutants:
        if exit_status(path, mutant.source, tests, patience) == 0:
            survivors += 1
            print(f"{path}:{mutant.line}: {mutant.before!r} -> {mutant.after!r}", flush=True)
    print(f"{path}: {len(mutants) - survivors} of {len(mutants)} mutants were noticed", flush=True)


def children_cpu_seconds() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the mutants of each module that no test notices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        default="all",
        choices=["all", *TARGETS],
        metavar="NAME",
        help=f"all (the default) or some of {', '.join(TARGETS)}",
    )
    parser.add_argument("--at-most", type=int, default=60, help="mutants of each module")
    arguments = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    for name in TARGETS if "all" in arguments.names else arguments.names:
        path, tests = TARGETS[name]
        report(Path(path), tests, arguments.at_most)


if __name__ == "__main__":
    main()
