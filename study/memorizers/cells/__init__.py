"""Recurrent cells of the torch engine. One file and one line each."""

from seqmem.study.memorizers.cells.cell import Cell

CELLS: dict[str, Cell] = {
    "gru": Cell(gates=3, states=1, sequence="seqmem.study.memorizers.cells.gru:run"),
    "lstm": Cell(
        gates=4, states=2, sequence="seqmem.study.memorizers.cells.lstm:run", forget_gate=1
    ),
    "rnn": Cell(gates=1, states=1, sequence="seqmem.study.memorizers.cells.rnn:run"),
}
