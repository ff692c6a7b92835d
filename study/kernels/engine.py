"""Whether the compiled kernels are here, which instruction set they run on, and which they are."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from typing import Any

# What the extension is compiled for; a cell that is only in `seqmem.study.memorizers.cells` runs on the torch engine.
KERNEL_CELLS = ("gru", "lstm", "rnn")

ISA_VARIABLE = "SEQMEM_ISA"
REQUIRE_VARIABLE = "SEQMEM_REQUIRE_ENGINE"


class KernelUnavailableError(RuntimeError):
    """The fused kernels were asked for, or required by the environment, and are missing."""


@lru_cache(maxsize=1)
def _load() -> tuple[Any, str | None]:
    """The extension and no reason, or nothing and why it cannot be imported."""
    try:
        return import_module("seqmem.study.kernels._fused"), None
    except ImportError as error:
        return None, f"{type(error).__name__}: {error}"


def is_required() -> bool:
    """Whether ``SEQMEM_REQUIRE_ENGINE`` asks for the kernels.

    Raises
    ------
    KernelUnavailableError
        If it holds anything but ``fused``, or nothing: a misspelt requirement must not be none.
    """
    value = os.environ.get(REQUIRE_VARIABLE, "")
    if value not in ("", "fused"):
        raise KernelUnavailableError(f"{REQUIRE_VARIABLE}={value!r}; valid: fused")
    return value == "fused"


def unavailable_reason() -> str | None:
    """Why the compiled kernels cannot be used; None when they can."""
    return _load()[1]


def available() -> bool:
    """Whether the compiled kernels can be used.

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
    """The compiled module.

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
    """Instruction sets that were compiled in and that this processor runs, best first."""
    return tuple(extension().supported_isas())


def isa() -> str:
    """The instruction set in force: the one ``SEQMEM_ISA`` names, else the best supported.

    Raises
    ------
    ValueError
        If ``SEQMEM_ISA`` names an unknown or unsupported one.
    """
    try:
        return _resolve_isa(extension(), os.environ.get(ISA_VARIABLE, ""))
    except ValueError as error:
        raise ValueError(f"{ISA_VARIABLE}: {error}") from None


@lru_cache
def _resolve_isa(compiled: Any, name: str) -> str:
    return str(compiled.resolve_isa(name))


def version() -> str:
    """Short name of the kernels' sources and compiler: equal names give equal bits per ISA."""
    return str(extension().version)
