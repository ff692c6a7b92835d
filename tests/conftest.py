"""What all tests share: one thread each, the same examples in every run, and shared sweeps.

No test leaves a process behind.
"""

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from tests.waiting import remove_started

if TYPE_CHECKING:
    from seqmem.study.calibration.table import CostTable

# Set before torch is imported, because tests share the processors.
os.environ.setdefault("OMP_NUM_THREADS", "1")
if "MPLCONFIGDIR" not in os.environ and not os.access(Path.home(), os.W_OK):
    # Otherwise every process that draws warns that matplotlib cannot write its cache.
    os.environ["MPLCONFIGDIR"] = tempfile.mkdtemp(prefix="seqmem-matplotlib-")
    atexit.register(shutil.rmtree, os.environ["MPLCONFIGDIR"], ignore_errors=True)
# The load of the machine must not make a test fail. For new examples, use
# `pytest --hypothesis-profile default`.
STEADY = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=25, **STEADY)
settings.register_profile("thorough", max_examples=125, **STEADY)
settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Exempt the modules of all tests from garbage collection.

    Their repeated search takes a twelfth of the time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def made_once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Make a folder once in a test run, by the first process that asks for its name.

    Tests must not change anything in it.
    """
    base = tmp_path_factory.getbasetemp()
    common = base.parent if hasattr(request.config, "workerinput") else base

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder = common / f"once-{name}"
        done = common / f"once-{name}.done"
        with FileLock(common / f"once-{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def small_sweep(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """Return the folder of a small finished sweep, to read only."""
    from seqmem import sweeps

    return made_once(
        "small-sweep",
        lambda out: sweeps.run_sweep(sweeps.load_config("smoke", ("strings.levels=[6]",)), out),
    )


@pytest.fixture(scope="session", autouse=True)
def revisions_are_read_once() -> Iterator[None]:
    """Let all databases of this process share Optuna's scripts of revisions of its tables.

    Optuna reads them again for every database that it opens, which takes most of the time of that.
    """
    with pytest.MonkeyPatch.context() as patch:
        # The modules of all tests are imported before. Without Optuna, they need no database.
        if "optuna" in sys.modules:
            from optuna.storages._rdb.storage import _VersionManager

            read = _VersionManager._create_alembic_script
            scripts: list[object] = []

            def read_once(manager: object) -> object:
                if not scripts:
                    scripts.append(read(manager))
                return scripts[0]

            patch.setattr(_VersionManager, "_create_alembic_script", read_once)
        yield


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """End the processes that a test has started, even if it fails."""
    yield
    remove_started()


@pytest.fixture
def flat_table() -> "Callable[..., CostTable]":
    """Make cost tables under which every step costs the same."""
    from seqmem.study.calibration.model import TERMS
    from seqmem.study.calibration.table import make_table

    def make(seconds: float, cells: tuple[str, ...] = ("gru", "lstm")) -> "CostTable":
        return make_table(
            {
                "measured_on": {"cpu": "none", "instruction_set": "none", "kernels": "none"},
                "lanes": 16,
                "ranges": {
                    "depth": [1, 2],
                    "units": [4, 32],
                    "batch": [1, 32],
                    "length": [8, 64],
                    "alphabet_size": [2, 8],
                },
                "cells": {cell: dict.fromkeys(TERMS, 0.0) | {"step": seconds} for cell in cells},
                "held_out_error": {"shapes": 1, "median": 0.0, "worst": 0.0},
            }
        )

    return make
