"""Probes: further measurements of a run, off its clock. One file and one line each."""

from typing import Any

from seqmem.core.errors import InputError, unknown
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.core.registries import RegistryEntry


def _check_probe(_: str, entry: Any) -> None:
    if not isinstance(entry, RegistryEntry):
        raise InputError("a probe is a `RegistryEntry` that names a sub-class of `Probe`")


PROBES: PluginRegistry[RegistryEntry] = PluginRegistry(
    "probe",
    {
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
    },
    group="seqmem.probes",
    home="seqmem.study.probes:PROBES",
    check=_check_probe,
)


def register_probe(name: str, probe: Any, help: str, *, version: str | None = None) -> None:
    """Add a probe in this process, for example in a notebook. Workers of sweeps get it too.

    Parameters
    ----------
    name : str
        A new name: lower-case letters, digits and underscores. Columns start with it.
    probe : type or str
        A sub-class of `seqmem.study.probes.probe.Probe`, or its import string.
    help : str
        One line about the probe.
    version : str, optional
        Its version, which enters run ids. By default the SHA-256 of the source code of the module
        that defines it.

    Raises
    ------
    InputError
        If the name exists or is not valid, or there is no version and the source code cannot be
        read, as in a notebook.

    Examples
    --------
    >>> register_probe("timing", "my_probes:Timing", "seconds")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: probe 'timing' exists already (built in); choose another name
    """
    PROBES.register(name, RegistryEntry(probe, help), version)


def parse_probes(value: Any, *, stored: bool = False) -> tuple[str, ...]:
    """Return the names in a list of registered probes, in alphabetical order.

    Parameters
    ----------
    value : list or tuple of str
    stored : bool
        Accept the names of plug-ins that are not registered in this process.

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
        if not isinstance(name, str) or not (stored or name in PROBES):
            raise unknown("probe", name, PROBES)
    if len(set(value)) < len(value):
        twice = next(name for name in value if list(value).count(name) > 1)
        raise InputError(f"probes: {twice!r} is named twice; name it once")
    return tuple(sorted(value))
