"""Recurrent cells of the torch engine. One file and one line each."""

from seqmem.study.memorizers.cells.cell import Cell

CELLS: dict[str, Cell] = {
    "gru": Cell(
        "gated recurrent unit, reset after the recurrent product",
        gates=3,
        states=1,
        sequence="seqmem.study.memorizers.cells.gru:run_gru",
    ),
    "lstm": Cell(
        "long short-term memory, with a forget gate",
        gates=4,
        states=2,
        sequence="seqmem.study.memorizers.cells.lstm:run_lstm",
        forget_gate=1,
    ),
    "rnn": Cell(
        "plain recurrent network with tanh",
        gates=1,
        states=1,
        sequence="seqmem.study.memorizers.cells.rnn:run_rnn",
    ),
}
