"""Which implementation of the recurrence runs: resolved once, recorded everywhere."""

from collections.abc import Iterable

from seqmem.core.errors import InputError, unknown
from seqmem.study import kernels

# One line of help for each.
ENGINES = {
    "auto": "fused if its kernels are installed and have the cell, otherwise torch",
    "fused": "compiled kernels, on the CPU only",
    "torch": "PyTorch, on every device; the only engine with dropout",
}
DEVICES = {"cpu": "the processor", "cuda": "a CUDA device, with the engine torch"}


def resolve_engine(engine: str, device: str, cells: Iterable[str] = ()) -> str:
    """Return the engine that ``auto`` means on a device; any other name is checked and returned.

    ``auto`` is ``fused`` on a CPU where the compiled kernels are installed and have all the given cells, else
    ``torch``.

    Raises
    ------
    InputError
        If the engine or device is unknown or not there, or an environment variable asks for what is
        not: ``SEQMEM_REQUIRE_ENGINE`` for missing kernels, ``SEQMEM_ISA`` for an instruction set.
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
        if found:
            kernels.isa()
    except (kernels.KernelUnavailableError, ValueError) as error:
        raise InputError(str(error)) from None
    if engine == "fused" and not found:
        raise InputError(
            f"engine 'fused' is not installed here ({kernels.unavailable_reason()}); valid: auto, torch"
        )
    strange = sorted(set(cells) - set(kernels.KERNEL_CELLS))
    if engine == "fused" and strange:
        raise InputError(f"engine 'fused' has no cell {strange[0]!r}; use engine 'auto' or 'torch'")
    return "fused" if found and not strange else "torch"


def fallback_warning(engine: str, device: str) -> str | None:
    """Return one line where ``auto`` means the slower engine, and why; None where it does not."""
    reason = kernels.unavailable_reason()
    if engine != "auto" or device != "cpu" or reason is None:
        return None
    return f"no fused kernels ({reason}); using the slower torch engine"


def _require_cuda(engine: str) -> None:
    import torch

    if engine == "fused":
        raise InputError("engine 'fused' runs on the cpu; on cuda use 'auto' or 'torch'")
    if not torch.cuda.is_available():
        raise InputError("device 'cuda': this PyTorch finds no CUDA device; valid here: cpu")
