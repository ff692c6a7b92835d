"""The families of memorizers, by the value of the option ``cell``. One file and one line each."""

from typing import Any

from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.memorizers.contract import ForgetGate, MemorizerFamily, Operations

# What minGRU and minLSTM have in common. One bare layer is an affine recurrence whose gates do not
# see the state, so a comparison with them searches depth up to 4, for every cell.
MINIMAL: dict[str, Any] = {
    "has_recurrent_weights": False,
    "options": ("candidate", "block"),
    "candidates": {"linear": Operations(), "positive": Operations(simple=2, curved=1)},
    "ranges": {"depth": (1, 4)},
}

CELLS: dict[str, MemorizerFamily] = {
    "gru": Cell(
        "gated recurrent unit, reset after the recurrent product",
        gates=3,
        states=1,
        sequence="seqmem.study.memorizers.cells.gru:run_gru",
        unit_operations=Operations(simple=6, curved=3),
    ),
    "lstm": Cell(
        "long short-term memory, with a forget gate",
        gates=4,
        states=2,
        sequence="seqmem.study.memorizers.cells.lstm:run_lstm",
        unit_operations=Operations(simple=4, curved=5),
        forget_gate=ForgetGate(row=1, sign=1),
    ),
    "mingru": Cell(
        "minimal GRU, whose gate does not see the state",
        gates=2,
        states=1,
        sequence="seqmem.study.memorizers.cells.mingru:run_mingru",
        unit_operations=Operations(simple=4, curved=1),
        forget_gate=ForgetGate(row=0, sign=-1),
        **MINIMAL,
    ),
    "minlstm": Cell(
        "minimal LSTM, whose gates do not see the state",
        gates=3,
        states=1,
        sequence="seqmem.study.memorizers.cells.minlstm:run_minlstm",
        unit_operations=Operations(simple=9, curved=5),
        forget_gate=ForgetGate(row=0, sign=1),
        **MINIMAL,
    ),
    "rnn": Cell(
        "plain recurrent network with tanh",
        gates=1,
        states=1,
        sequence="seqmem.study.memorizers.cells.rnn:run_rnn",
        unit_operations=Operations(curved=1),
    ),
}


def cells_with(option: str) -> list[str]:
    """Return the names of the families that have an option which only some have.

    Examples
    --------
    >>> "lstm" in cells_with("forget_bias"), "gru" in cells_with("forget_bias")
    (True, False)
    """
    return [name for name, family in CELLS.items() if option in family.own_options]
