"""Which implementation of the recurrence runs: resolved once, recorded everywhere."""

import sys

from generators.errors import InputError, unknown
from study import kernels

ENGINES = ("auto", "fused", "torch")
DEVICES = ("cpu", "cuda")


def resolve_engine(engine: str, device: str) -> str:
    """Return the engine that ``auto`` means on a device; any other name is checked and returned.

    ``auto`` is ``fused`` on a CPU where the compiled kernels are installed, else ``torch``.

    Raises
    ------
    InputError
        If the engine or device is unknown or not there, or the environment variable
        ``SEQMEM_REQUIRE_ENGINE`` asks for kernels that are missing.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if device not in DEVICES:
        raise unknown("device", device, DEVICES)
    if device == "cuda":
        _require_cuda(engine)
        return "torch"
    if engine == "torch":
        return "torch"
    try:
        found = kernels.available()
    except kernels.KernelUnavailableError as error:
        raise InputError(str(error)) from None
    if engine == "fused" and not found:
        raise InputError(f"engine 'fused' is not installed here ({kernels.unavailable_reason()}); valid: auto, torch")
    return "fused" if found else "torch"


def warn_of_fallback(engine: str, device: str) -> None:
    """Say in one line on stderr that ``auto`` means the slower engine here, and why."""
    if engine == "auto" and device == "cpu" and not kernels.available():
        reason = kernels.unavailable_reason()
        print(f"seqmem: warning: no fused kernels ({reason}); using the slower torch engine", file=sys.stderr)


def _require_cuda(engine: str) -> None:
    import torch

    if engine == "fused":
        raise InputError("engine 'fused' runs on the cpu; on cuda use 'auto' or 'torch'")
    if not torch.cuda.is_available():
        raise InputError("device 'cuda': this PyTorch finds no CUDA device; valid here: cpu")
