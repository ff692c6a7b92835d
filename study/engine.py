"""Which implementation of the recurrence runs: resolved once, recorded everywhere."""

from generators.errors import InputError, unknown

ENGINES = ("auto", "torch")
DEVICES = ("cpu", "cuda")


def resolve_engine(engine: str, device: str) -> str:
    """Return the engine that ``auto`` means on a device; any other name is checked and returned.

    Raises
    ------
    InputError
        If the engine or device is unknown, or the device is not there.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if device not in DEVICES:
        raise unknown("device", device, DEVICES)
    if device == "cuda":
        import torch

        if not torch.cuda.is_available():
            raise InputError("device 'cuda': this PyTorch finds no CUDA device; valid here: cpu")
    return "torch"
