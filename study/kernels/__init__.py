"""One fused kernel family for LSTM, GRU, tanh RNN, minGRU and minLSTM on CPU.

The names below load on first use, so that importing this package imports neither torch nor the
compiled extension.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqmem.core.imports import lazy_exports

if TYPE_CHECKING:
    from seqmem.study.kernels.engine import (
        KERNEL_CELLS,
        KernelUnavailableError,
        available,
        isa,
        supported_isas,
        unavailable_reason,
        version,
    )
    from seqmem.study.kernels.evaluation import Evaluation, continue_greedily, evaluate
    from seqmem.study.kernels.recurrence import FusedRecurrence
    from seqmem.study.kernels.trainer import FusedTrainer

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
    "KERNEL_CELLS": "seqmem.study.kernels.engine",
    "Evaluation": "seqmem.study.kernels.evaluation",
    "FusedRecurrence": "seqmem.study.kernels.recurrence",
    "FusedTrainer": "seqmem.study.kernels.trainer",
    "KernelUnavailableError": "seqmem.study.kernels.engine",
    "available": "seqmem.study.kernels.engine",
    "continue_greedily": "seqmem.study.kernels.evaluation",
    "evaluate": "seqmem.study.kernels.evaluation",
    "isa": "seqmem.study.kernels.engine",
    "supported_isas": "seqmem.study.kernels.engine",
    "unavailable_reason": "seqmem.study.kernels.engine",
    "version": "seqmem.study.kernels.engine",
}

__getattr__, __dir__ = lazy_exports(__name__, _HOMES)
