"""Probes: what else a run is asked to measure, off its clock. One file and one line each."""

from typing import Any

from seqmem.core.errors import InputError, unknown

PROBES: dict[str, str] = {
    "gradient_by_lag": "seqmem.study.probes.gradient_by_lag:GradientByLag",
    "loss_after_steps": "seqmem.study.probes.loss_after_steps:LossAfterSteps",
    "loss_volatility": "seqmem.study.probes.loss_volatility:LossVolatility",
    "timing": "seqmem.study.probes.timing:Timing",
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
