"""Recurrent cells of the torch engine. One file and one line each."""

from study.cells.cell import Cell

CELLS: dict[str, Cell] = {
    "gru": Cell(gates=3, states=1, sequence="study.cells.gru:run"),
    "lstm": Cell(gates=4, states=2, sequence="study.cells.lstm:run", forget_gate=1),
    "rnn": Cell(gates=1, states=1, sequence="study.cells.rnn:run"),
}
