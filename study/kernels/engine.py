"""The compiled kernels: whether they are available, their instruction set and their version."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from typing import Any

# The cells of the extension. All other cells of `seqmem.study.memorizers.cells`, and blocks around
# these, run on torch.
KERNEL_CELLS = ("gru", "lstm", "mingru", "minlstm", "rnn")

ISA_VARIABLE = "SEQMEM_ISA"
REQUIRE_VARIABLE = "SEQMEM_REQUIRE_ENGINE"


class KernelUnavailableError(RuntimeError):
    """The fused kernels are missing although they were asked for or are required."""


@lru_cache(maxsize=1)
def _load() -> tuple[Any, str | None]:
    """Return the extension and None, or None and the reason why it cannot be imported."""
    try:
        return import_module("seqmem.study.kernels._fused"), None
    except ImportError as error:
        return None, f"{type(error).__name__}: {error}"


def is_required() -> bool:
    """Return whether ``SEQMEM_REQUIRE_ENGINE`` asks for the kernels.

    Raises
    ------
    KernelUnavailableError
        If the variable holds neither ``fused`` nor an empty text. A misspelt requirement must not
        be ignored.
    """
    value = os.environ.get(REQUIRE_VARIABLE, "")
    if value not in ("", "fused"):
        raise KernelUnavailableError(
            f"{REQUIRE_VARIABLE}={value!r}; valid: fused, or leave it unset"
        )
    return value == "fused"


def unavailable_reason() -> str | None:
    """Return the reason why the compiled kernels cannot be used; None if they can."""
    return _load()[1]


def available() -> bool:
    """Return whether the compiled kernels can be used.

    Raises
    ------
    KernelUnavailableError
        If they are missing while ``SEQMEM_REQUIRE_ENGINE=fused`` asks for them.
    """
    reason = unavailable_reason()
    if is_required() and reason is not None:
        raise KernelUnavailableError(f"{REQUIRE_VARIABLE}=fused, but no fused kernels: {reason}")
    return reason is None


def extension() -> Any:
    """Return the compiled module.

    Raises
    ------
    KernelUnavailableError
        If it is missing.
    """
    module, reason = _load()
    if module is None:
        raise KernelUnavailableError(f"no fused kernels: {reason}")
    return module


def supported_isas() -> tuple[str, ...]:
    """Return the compiled instruction sets that this processor has, best first."""
    return tuple(extension().supported_isas())


def isa() -> str:
    """Return the instruction set in use: that of ``SEQMEM_ISA``, otherwise the best supported.

    Raises
    ------
    ValueError
        If ``SEQMEM_ISA`` names an unknown or unsupported instruction set.
    """
    try:
        return _resolve_isa(extension(), os.environ.get(ISA_VARIABLE, ""))
    except ValueError as error:
        raise ValueError(f"{ISA_VARIABLE}: {error}") from None


@lru_cache
def _resolve_isa(compiled: Any, name: str) -> str:
    return str(compiled.resolve_isa(name))


def version() -> str:
    """Return the version of the kernels: a short digest of their sources and compiler.

    Kernels of equal version give equal bits on equal instruction sets.
    """
    return str(extension().version)
