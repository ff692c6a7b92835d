"""What all tests share: one thread each, examples that depend neither on the day nor on the load, no process left."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.waiting import remove_started

if TYPE_CHECKING:
    from study.calibration.table import CostTable

# Before torch is imported: tests share the processors.
os.environ.setdefault("OMP_NUM_THREADS", "1")
if "MPLCONFIGDIR" not in os.environ and not os.access(Path.home(), os.W_OK):
    # Every process that draws would say on its error stream that matplotlib cannot keep its cache there.
    os.environ["MPLCONFIGDIR"] = tempfile.mkdtemp(prefix="seqmem-matplotlib-")
    atexit.register(shutil.rmtree, os.environ["MPLCONFIGDIR"], ignore_errors=True)
# No test may fail because another process was at work; `pytest --hypothesis-profile default` draws new examples.
settings.register_profile("seqmem", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("seqmem")


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """End the processes that a test has started, also if it fails."""
    yield
    remove_started()


@pytest.fixture
def flat_table() -> "Callable[..., CostTable]":
    """Make cost tables under which every step costs the same."""
    from study.calibration.model import TERMS
    from study.calibration.table import make_table

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
