"""The base class of probes, and all probes of a run as one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from seqmem.study.probes import PROBES

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig
    from seqmem.study.memorizers.memorizer import Memorizer

ProbeValue: TypeAlias = float | int | list[float] | list[int]
PREFIX = "probe_"


class Probe:
    """One further measurement of a run.

    A probe looks at the network before and after training, and at the loss of every step. It is
    called off the clock and changes nothing: no parameter, no training state, no global random
    state.

    Attributes
    ----------
    columns : mapping of str to type
        Types of the quantities that `end` returns: float, int, list[float] or list[int]. Units are
        in the names. A quantity that could not be measured is NaN.
    """

    columns: ClassVar[Mapping[str, Any]]

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Look at the network before the first step. Training changes this network in place."""

    def see(self, step: int, loss: float) -> None:
        """Look at a step that was just taken.

        Parameters
        ----------
        step : int
            Counted from 1.
        loss : float
            Mean loss over the step's symbols before its update, in nats. It is not finite if
            training diverged.
        """

    def end(self, memorizer: Memorizer) -> dict[str, ProbeValue]:
        """Return a value for each of ``columns``, from the network after training."""
        raise NotImplementedError


class Probes:
    """The probes of one run.

    Parameters
    ----------
    names : iterable of str
        Registry names.

    Examples
    --------
    >>> sorted(probe_columns(["loss_volatility"]))
    ['probe_loss_volatility_log_loss_sd', 'probe_loss_volatility_steps']
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._probes = {name: _probe_class(name)() for name in names}

    def __bool__(self) -> bool:
        return bool(self._probes)

    def begin(self, memorizer: Memorizer, config: RunConfig) -> None:
        """Let every probe look at the network before the first step."""
        for probe in self._probes.values():
            probe.begin(memorizer, config)

    def see(self, step: int, loss: float) -> None:
        """Let every probe look at a step."""
        for probe in self._probes.values():
            probe.see(step, loss)

    def end(self, memorizer: Memorizer) -> dict[str, ProbeValue]:
        """Return all values by column, ``probe_<probe>_<quantity>``."""
        return {
            f"{PREFIX}{name}_{quantity}": value
            for name, probe in self._probes.items()
            for quantity, value in probe.end(memorizer).items()
        }


def probe_columns(names: Iterable[str]) -> dict[str, Any]:
    """Return names and types of the columns that probes add to a record."""
    return {
        f"{PREFIX}{name}_{quantity}": kind
        for name in names
        for quantity, kind in _probe_class(name).columns.items()
    }


def _probe_class(name: str) -> type[Probe]:
    probe_class: type[Probe] = PROBES[name].load()
    return probe_class
