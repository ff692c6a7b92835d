"""One fused kernel family for LSTM, GRU and tanh RNN on CPU.

The names below load on first use, so that importing this package imports neither torch nor the
compiled extension.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from study.kernels.engine import (
        KERNEL_CELLS,
        KernelUnavailableError,
        available,
        isa,
        supported_isas,
        unavailable_reason,
        version,
    )
    from study.kernels.evaluation import Evaluation, continue_greedily, evaluate
    from study.kernels.recurrence import FusedRecurrence
    from study.kernels.trainer import FusedTrainer

__all__ = [
    "KERNEL_CELLS",
    "Evaluation",
    "FusedRecurrence",
    "FusedTrainer",
    "KernelUnavailableError",
    "available",
    "continue_greedily",
    "evaluate",
    "isa",
    "supported_isas",
    "unavailable_reason",
    "version",
]

_HOMES = {
    "KERNEL_CELLS": "study.kernels.engine",
    "Evaluation": "study.kernels.evaluation",
    "FusedRecurrence": "study.kernels.recurrence",
    "FusedTrainer": "study.kernels.trainer",
    "KernelUnavailableError": "study.kernels.engine",
    "available": "study.kernels.engine",
    "continue_greedily": "study.kernels.evaluation",
    "evaluate": "study.kernels.evaluation",
    "isa": "study.kernels.engine",
    "supported_isas": "study.kernels.engine",
    "unavailable_reason": "study.kernels.engine",
    "version": "study.kernels.engine",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
