"""The cells that tests run, on the engines that have them here."""

from collections.abc import Iterable

import pytest
from _pytest.mark.structures import ParameterSet
from torch import nn

from seqmem.study import kernels
from seqmem.study.memorizers.cells import CELLS

# Cells that torch.nn has too, as independent references.
TORCH_MODULES = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
KERNEL_CELLS = [cell for cell in CELLS if cell in kernels.KERNEL_CELLS]


WINDOWS = {"protocol": "window", "total_length": 300}


def only_way(cell: str) -> dict[str, object]:
    """Return the protocol and recall of a family that allows no others."""
    recall = CELLS[cell].recall
    return {} if recall is None else WINDOWS | {"recall": recall}


def engines_of(cell: str) -> list[str]:
    """Return the engines that have a cell here."""
    has_kernels = cell in kernels.KERNEL_CELLS and kernels.available()
    return ["fused", "torch"] if has_kernels else ["torch"]


# Cells that share most of their code with another one, which the fast suite keeps: the GRU, a
# minLSTM in blocks, the transformer and the bidirectional LSTM. A plug-in's cell is like no other.
ALIKE = {"bigru", "lstm", "mingru", "minlstm", "rnn"}
BUILT_IN = {"bilstm", "gru", "transformer", *ALIKE}


def slow_if_alike(cases: Iterable[Iterable[object]]) -> list[ParameterSet]:
    """Return cases that start with a cell, slow if that cell is like another one."""
    return [
        pytest.param(*values, marks=[pytest.mark.slow] if values[0] in ALIKE else [])
        for values in map(tuple, cases)
    ]


CELL_ENGINES = [(cell, engine) for cell in CELLS for engine in engines_of(cell)]
