"""The cell ``ugrnn`` in numbers. This file imports no torch, so that help texts are fast."""

from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.memorizers.contract import ForgetGate, Operations

UGRNN = Cell(
    "update gate RNN: one gate keeps or replaces the state (Collins et al. 2016)",
    gates=2,
    states=1,
    sequence="seqmem_example.sequence:run_ugrnn",
    # Per unit: g h + (1 - g) c has four operations; the logistic function and tanh are curved.
    unit_operations=Operations(simple=4, curved=2),
    # Row 0 is the gate g, which keeps the state where it is large.
    forget_gate=ForgetGate(row=0, sign=1),
)
