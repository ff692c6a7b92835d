"""The families of memorizers, by the value of the option ``cell``. One file and one line each."""

from typing import Any

from seqmem.core.errors import InputError
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.study.memorizers.cells.bidirectional import Bidirectional
from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.memorizers.cells.transformer import Transformer
from seqmem.study.memorizers.contract import ForgetGate, MemorizerFamily, Operations

# What minGRU and minLSTM have in common. One bare layer is an affine recurrence whose gates do not
# see the state, so a comparison with them searches depth up to 4, for every cell.
MINIMAL: dict[str, Any] = {
    "has_recurrent_weights": False,
    "options": ("candidate", "block"),
    "candidates": {"linear": Operations(), "positive": Operations(simple=2, curved=1)},
    "ranges": {"depth": (1, 4)},
}
GRU = Cell(
    "gated recurrent unit, reset after the recurrent product",
    title="GRU",
    gates=3,
    states=1,
    sequence="seqmem.study.memorizers.cells.gru:run_gru",
    unit_operations=Operations(simple=6, curved=3),
)
LSTM = Cell(
    "long short-term memory, with a forget gate",
    title="LSTM",
    gates=4,
    states=2,
    sequence="seqmem.study.memorizers.cells.lstm:run_lstm",
    unit_operations=Operations(simple=4, curved=5),
    forget_gate=ForgetGate(row=1, sign=1),
)
# What bidirectional families have in common.
WHOLE_WINDOWS: dict[str, Any] = {
    "states": 0,
    "protocols": ("window",),
    "protocol_reason": "because its backward pass would read the symbols that it has to predict",
    "recall": "window",
}


def _check_family(_: str, family: Any) -> None:
    if not isinstance(family, MemorizerFamily):
        raise InputError("a cell is a `MemorizerFamily`, such as a `Cell`")


CELLS: PluginRegistry[MemorizerFamily] = PluginRegistry(
    "cell",
    {
        "bigru": Bidirectional(
            "GRU in both directions, for windows only", title="BiGRU", cell=GRU, **WHOLE_WINDOWS
        ),
        "bilstm": Bidirectional(
            "LSTM in both directions, for windows only",
            title="BiLSTM",
            cell=LSTM,
            forget_gate=LSTM.forget_gate,
            **WHOLE_WINDOWS,
        ),
        "gru": GRU,
        "lstm": LSTM,
        "mingru": Cell(
            "minimal GRU, whose gate does not see the state",
            title="minGRU",
            gates=2,
            states=1,
            sequence="seqmem.study.memorizers.cells.mingru:run_mingru",
            unit_operations=Operations(simple=4, curved=1),
            forget_gate=ForgetGate(row=0, sign=-1),
            **MINIMAL,
        ),
        "minlstm": Cell(
            "minimal LSTM, whose gates do not see the state",
            title="minLSTM",
            gates=3,
            states=1,
            sequence="seqmem.study.memorizers.cells.minlstm:run_minlstm",
            unit_operations=Operations(simple=9, curved=5),
            forget_gate=ForgetGate(row=0, sign=1),
            **MINIMAL,
        ),
        "rnn": Cell(
            "plain recurrent network with tanh",
            title="RNN",
            gates=1,
            states=1,
            sequence="seqmem.study.memorizers.cells.rnn:run_rnn",
            unit_operations=Operations(curved=1),
        ),
        "transformer": Transformer(
            "decoder-only Transformer with rotary positions, which reads its context at every step",
            title="Transformer",
            states=0,
            options=("heads", "context"),
            schedule="warmup 100 steps",
            own_ranges={"learning_rate": (3e-4, 3e-2)},
        ),
    },
    group="seqmem.cells",
    home="seqmem.study.memorizers.cells:CELLS",
    check=_check_family,
)


def register_cell(name: str, family: MemorizerFamily, *, version: str | None = None) -> None:
    """Add a cell in this process, for example in a notebook. Workers of sweeps get it too.

    Parameters
    ----------
    name : str
        A new name: lower-case letters, digits and underscores.
    family : MemorizerFamily
        The cell, for example a `Cell` with a function that runs it.
    version : str, optional
        Its version, which enters run ids. By default the SHA-256 of the source code of the
        modules that define it.

    Raises
    ------
    InputError
        If the name exists or is not valid, or there is no version and the source code cannot be
        read, as in a notebook.

    Examples
    --------
    >>> from seqmem.study.memorizers.cells.rnn import run_rnn
    >>> family = Cell(
    ...     "a tanh RNN again", gates=1, states=1, sequence=run_rnn,
    ...     unit_operations=Operations(curved=1),
    ... )
    >>> register_cell("again", family, version="1")
    >>> "again" in CELLS, str(CELLS.origin("again"))
    (True, 'registered 1')
    >>> del CELLS["again"]
    """
    CELLS.register(name, family, version)


def cell_title(cell: str) -> str:
    """Return the name of a cell as the field writes it, for sentences and figures.

    Parameters
    ----------
    cell : str
        A value of the option ``cell``. An unknown one, such as that of a plug-in which is not here,
        stays as it is.

    Examples
    --------
    >>> [cell_title(cell) for cell in ("lstm", "mingru", "transformer", "bilstm", "other")]
    ['LSTM', 'minGRU', 'Transformer', 'BiLSTM', 'other']
    """
    family = CELLS.get(cell)
    return (family.title if family else "") or cell


def cells_with(option: str) -> list[str]:
    """Return the names of the families that have an option which only some have.

    Examples
    --------
    >>> "lstm" in cells_with("forget_bias"), "gru" in cells_with("forget_bias")
    (True, False)
    """
    return [name for name, family in CELLS.items() if option in family.own_options]
