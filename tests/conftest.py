"""Set before torch is imported: tests share the processors, so each uses one thread."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from study.calibration.table import CostTable

os.environ.setdefault("OMP_NUM_THREADS", "1")


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
