"""Probes: what else a run is asked to measure, off its clock. One file and one line each."""

from typing import Any

from seqmem.core.errors import InputError, unknown
from seqmem.study.registry import RegistryEntry

PROBES: dict[str, RegistryEntry] = {
    "gradient_by_lag": RegistryEntry(
        "seqmem.study.probes.gradient_by_lag:GradientByLag",
        "gradient norms by lag and their half-life, before and after training",
    ),
    "loss_after_steps": RegistryEntry(
        "seqmem.study.probes.loss_after_steps:LossAfterSteps",
        "loss after 100, 200, 500, 1,000 and 1,709 steps",
    ),
    "loss_volatility": RegistryEntry(
        "seqmem.study.probes.loss_volatility:LossVolatility",
        "size of the jumps of the loss about its running median",
    ),
    "timing": RegistryEntry(
        "seqmem.study.probes.timing:Timing",
        "seconds per symbol, beside a GRU and an LSTM of the same shape",
    ),
}


def parse_probes(value: Any) -> tuple[str, ...]:
    """Return the names in a list of registered probes, in alphabetical order.

    Raises
    ------
    InputError
        If it is no list, or a name is unknown or given twice.

    >>> parse_probes(["timing", "loss_volatility"])
    ('loss_volatility', 'timing')
    """
    if not isinstance(value, list | tuple):
        raise InputError(f"probes {value!r}: must be a list of names")
    for name in value:
        if not isinstance(name, str) or name not in PROBES:
            raise unknown("probe", name, PROBES)
    if len(set(value)) < len(value):
        raise InputError("a probe is named twice")
    return tuple(sorted(value))
