"""Engines and devices: which implementation of the recurrence runs."""

from collections.abc import Iterable

from seqmem.core.errors import InputError, unknown
from seqmem.study import kernels

# One line of help for each.
ENGINES = {
    "auto": "fused if its kernels are installed and have the cell and its options, otherwise torch",
    "fused": "compiled kernels, on the CPU only",
    "torch": "PyTorch, on every device; the only engine with dropout and blocks",
}
DEVICES = {"cpu": "the processor", "cuda": "a CUDA device, with the engine torch"}


def resolve_engine(
    engine: str, device: str, cells: Iterable[str] = (), *, needs_torch: bool = False
) -> str:
    """Return the engine that ``auto`` means on a device; check and return any other name.

    ``auto`` is ``fused`` on a CPU if the compiled kernels are installed and have all the given
    cells, and no option needs the torch engine. Otherwise it is ``torch``.

    Parameters
    ----------
    engine : {"auto", "fused", "torch"}
    device : {"cpu", "cuda"}
    cells : iterable of str
        The cells that the engine must have. Runs that need not share an engine are resolved
        one cell at a time.
    needs_torch : bool
        Whether some option is given that only the torch engine computes.

    Raises
    ------
    InputError
        If the engine or device is unknown or not available, or an environment variable cannot be
        met: ``SEQMEM_REQUIRE_ENGINE`` asks for the kernels, ``SEQMEM_ISA`` for an instruction set.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if device not in DEVICES:
        raise unknown("device", device, DEVICES)
    if device == "cuda":
        _require_cuda(engine)
        return "torch"
    if engine == "torch" or (engine == "auto" and needs_torch):
        return "torch"
    try:
        has_kernels = kernels.available()
        if has_kernels:
            # Raises if SEQMEM_ISA cannot be met.
            kernels.isa()
    except (kernels.KernelUnavailableError, ValueError) as error:
        raise InputError(str(error)) from None
    if engine == "fused" and not has_kernels:
        raise InputError(
            f"engine 'fused' is not installed here ({kernels.unavailable_reason()}); "
            "valid: auto, torch"
        )
    missing = sorted(set(cells) - set(kernels.KERNEL_CELLS))
    if engine == "fused" and missing:
        raise InputError(f"engine 'fused' has no cell {missing[0]!r}; use engine 'auto' or 'torch'")
    return "fused" if has_kernels and not missing else "torch"


def fallback_warning(engines: Iterable[str], device: str) -> str | None:
    """Return a line of warning if ``auto`` means the slower engine on a CPU; otherwise None.

    Parameters
    ----------
    engines : iterable of str
        The engines as they were asked for.
    device : str
    """
    reason = kernels.unavailable_reason()
    if "auto" not in engines or device != "cpu" or reason is None:
        return None
    return f"no fused kernels ({reason}); using the slower torch engine"


def _require_cuda(engine: str) -> None:
    import torch

    if engine == "fused":
        raise InputError("engine 'fused' runs on the cpu; on cuda use 'auto' or 'torch'")
    if not torch.cuda.is_available():
        raise InputError("device 'cuda': this PyTorch finds no CUDA device; valid here: cpu")
