"""What a family of memorizers refuses in the configuration of a run, and what it warns of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqmem.core.errors import InputError

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig


def check_family(config: RunConfig) -> None:
    """Raise `InputError` if the family of the network does not allow the options of a run."""
    _check_protocol(config)
    _check_units(config)
    if "gradient_by_lag" in config.probes and not config.family.states:
        raise InputError(
            f"probe 'gradient_by_lag' needs a state that is carried, which cell {config.cell!r} "
            "lacks; leave it out"
        )


def run_warnings(config: RunConfig) -> list[str]:
    """Return lines of warning about options that do not have their effect in a run.

    Parameters
    ----------
    config : RunConfig
        The configuration of the run.

    Examples
    --------
    >>> from seqmem.study import RunConfig
    >>> run_warnings(RunConfig(string="ABRACADABRA", cell="gru", budget="9 steps", dropout=0.1))
    ['dropout 0.1 drops nothing at depth 1: only inputs of layers above the first are dropped; \
use depth 2 or more']
    """
    warnings = []
    needed = config.string.complexity("min_context") if config.blocks else 0
    if config.context_is_too_short(needed):
        warnings.append(
            f"the string needs {needed} symbols of context, but context is {config.context}: "
            f"no verdict uses this run; use a context of {needed} or more"
        )
    if config.dropout and config.depth == 1:
        warnings.append(idle_dropout(config.dropout))
    return warnings


def idle_dropout(dropout: float | str) -> str:
    """Return the warning about dropout in networks of one layer, which drop nothing."""
    shown = dropout if isinstance(dropout, str) else f"{dropout:g}"
    return (
        f"dropout {shown} drops nothing at depth 1: only inputs of layers above the first are "
        "dropped; use depth 2 or more"
    )


def _check_protocol(config: RunConfig) -> None:
    family = config.family
    if family.protocols is not None and config.protocol not in family.protocols:
        reason = f", {family.protocol_reason}" if family.protocol_reason else ""
        raise InputError(
            f"protocol {config.protocol!r}: cell {config.cell!r} cannot be trained under it"
            f"{reason}; valid: {', '.join(family.protocols)}"
        )
    if family.recall not in (None, config.recall):
        raise InputError(
            f"recall {config.recall!r}: cell {config.cell!r} cannot be measured by it; "
            f"use recall = {family.recall!r}"
        )


def _check_units(config: RunConfig) -> None:
    divisor = config.family.units_divisor(config.network_shape)
    if config.units % divisor:
        heads = f" / heads {config.heads}" if config.heads else ""
        raise InputError(
            f"units {config.units}{heads} is not an even number, which cell {config.cell!r} "
            f"needs; use a multiple of {divisor} units"
        )
