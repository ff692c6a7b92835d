"""Names of the presets of study 2, and the sweeps that are parts of one of them."""

from __future__ import annotations

from collections.abc import Iterable

SCALING = "study2-scaling"
AGAINST_ITSELF = "study2-aa"
DEPTH = "study2-depth"
IMPORTANCE = "study2-importance"
CURVES = "study2-curves"
GRADIENTS = "study2-gradients"
CAPACITY = "study2-capacity"
SOURCES = "study2-sources"
CONTROLS = "study2-controls"


def parts_of(preset: str, sweeps: Iterable[str]) -> set[str]:
    """Return the sweeps that are a preset or a part of it.

    Parameters
    ----------
    preset : str
        Name of the preset.
    sweeps : iterable of str
        Names of sweeps.

    Examples
    --------
    >>> sorted(parts_of(SCALING, ["study2-scaling-k4-64", "study2-sources", "study2-scaling"]))
    ['study2-scaling', 'study2-scaling-k4-64']
    """
    return {sweep for sweep in sweeps if sweep == preset or sweep.startswith(f"{preset}-")}
