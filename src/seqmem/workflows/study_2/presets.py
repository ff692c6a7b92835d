"""The presets of study 2: their names, and the file of each."""

from __future__ import annotations

from importlib.resources import files

from seqmem.sweeps.config.sweep_file import PRESETS_PACKAGE, preset_names

PREFIX = "study2-"
# Begins the names of all pilots.
PILOT = "study2-pilot"
SCALING = "study2-scaling"


def frozen_presets() -> list[str]:
    """Return the sorted names of the presets that are frozen: all of study 2 but its pilots.

    Examples
    --------
    >>> "study2-scaling" in frozen_presets(), "study2-pilot" in frozen_presets()
    (True, False)
    """
    return [
        name for name in preset_names() if name.startswith(PREFIX) and not name.startswith(PILOT)
    ]


def preset_of(sweep: str) -> str | None:
    """Return the frozen preset to which a sweep belongs by its name; None if there is none.

    Parameters
    ----------
    sweep : str
        Name of the sweep.

    Returns
    -------
    str or None
        A name of `frozen_presets`. A sweep of study 2 whose name fits none of them has the part of
        its name before the second hyphen.

    Examples
    --------
    >>> preset_of("study2-scaling-k4"), preset_of("study2-other-k4"), preset_of("study2-pilot-k4")
    ('study2-scaling', 'study2-other', None)
    """
    if not sweep.startswith(PREFIX):
        return None
    name = "-".join(sweep.split("-")[:2])
    return None if name == PILOT else name


def preset_bytes(name: str) -> bytes:
    """Return the content of the file of a preset."""
    return files(PRESETS_PACKAGE).joinpath(f"{name}.toml").read_bytes()
