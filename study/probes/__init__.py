"""Probes: further measurements of a run, off its clock. One file and one line each."""

from typing import Any

from seqmem.core.errors import InputError, unknown
from seqmem.core.registries import RegistryEntry

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

    Parameters
    ----------
    value : list or tuple of str

    Raises
    ------
    InputError
        If it is not a list, or a name is unknown or given twice.

    Examples
    --------
    >>> parse_probes(["timing", "loss_volatility"])
    ('loss_volatility', 'timing')
    """
    if not isinstance(value, list | tuple):
        raise InputError(f"probes {value!r}: give a list of names; valid: {', '.join(PROBES)}")
    for name in value:
        if not isinstance(name, str) or name not in PROBES:
            raise unknown("probe", name, PROBES)
    if len(set(value)) < len(value):
        twice = next(name for name in value if list(value).count(name) > 1)
        raise InputError(f"probes: {twice!r} is named twice; name it once")
    return tuple(sorted(value))
