"""Seconds per symbol on this machine, in training and inference, beside a GRU and an LSTM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from seqmem.study.config import RunConfig
from seqmem.study.options import options_of_other_cells
from seqmem.study.probes.probe import Probe, ProbeValue
from seqmem.study.runner import warm_up
from seqmem.study.stopwatch import Work, inference_pass, seconds_in_turn, training_step

if TYPE_CHECKING:
    from seqmem.study.memorizers.memorizer import Memorizer

PARTNERS = ("gru", "lstm")
INFERENCE_BATCHES = (1, 64)
PROBE_ROUNDS = 5
# A budget that needs no cost table, since a table may lack a cell.
SMALL_BUDGET: dict[str, Any] = {"budget": "1 steps", "cost_table": None}

InTurn = Callable[[Sequence[Work], int], list[float]]


class Timing(Probe):
    """Median CPU seconds per symbol, measured in turn with a GRU and an LSTM of the same shape.

    There are three kinds of work. ``train`` is a training step of the run. ``inference_batch_1``
    and ``inference_batch_64`` are passes over ``length`` symbols without gradients. For each kind,
    ``<work>_seconds_per_symbol`` is of the run's cell, and ``<work>_<cell>_seconds_per_symbol`` is
    of a GRU or an LSTM. The symbols are those of the pass or the step; for windows, the mean over
    an epoch.

    The networks are new ones, timed after training. Other runs on the machine disturb single values
    more than their ratio.
    """

    columns: ClassVar[Mapping[str, Any]] = {
        f"{work}{cell}_seconds_per_symbol": float
        for work in ("train", *(f"inference_batch_{batch}" for batch in INFERENCE_BATCHES))
        for cell in ("", *(f"_{partner}" for partner in PARTNERS))
    }

    def __init__(self, in_turn: InTurn = seconds_in_turn) -> None:
        self._in_turn = in_turn

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Remember the shape."""
        self._config = config

    def end(self, memorizer: Memorizer) -> dict[str, ProbeValue]:
        """Time every kind of work."""
        own = self._config.cell
        configs = [with_changes(self._config, cell=cell) for cell in sorted({own, *PARTNERS})]
        for config in configs:
            warm_up(config.cell, config.engine, config.device, config.block)
        seconds = self._seconds_per_symbol(
            "train", training_step, configs, self._config.nominal_symbols_per_step
        )
        for batch in INFERENCE_BATCHES:
            changed = [with_changes(config, batch=batch) for config in configs]
            symbols = batch * self._config.length
            seconds |= self._seconds_per_symbol(
                f"inference_batch_{batch}", inference_pass, changed, symbols
            )
        return seconds

    def _seconds_per_symbol(
        self,
        work: str,
        prepare: Callable[[RunConfig], Work],
        configs: Sequence[RunConfig],
        symbols: float,
    ) -> dict[str, ProbeValue]:
        seconds = self._in_turn([prepare(config) for config in configs], PROBE_ROUNDS)
        per_symbol = {
            config.cell: second / symbols for config, second in zip(configs, seconds, strict=True)
        }
        names = {"": self._config.cell} | {f"_{cell}": cell for cell in PARTNERS}
        return {
            f"{work}{name}_seconds_per_symbol": per_symbol[cell] for name, cell in names.items()
        }


def with_changes(config: RunConfig, **changes: Any) -> RunConfig:
    """Return the configuration with changes, without its budget and options of other cells."""
    fields = {name: getattr(config, name) for name in type(config).model_fields}
    for name in options_of_other_cells(changes.get("cell", config.cell)):
        del fields[name]
    return RunConfig(**(fields | SMALL_BUDGET | changes))
