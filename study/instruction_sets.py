"""One instruction set for the kernels and for torch, which is chosen before torch is imported."""

import os
from collections.abc import Mapping

from seqmem.core.errors import InputError
from seqmem.study.kernels.engine import ISA_VARIABLE

TORCH_VARIABLE = "ATEN_CPU_CAPABILITY"
# Torch's name of each instruction set of the kernels.
TORCH_NAMES = {"baseline": "default", "avx2": "avx2", "avx512": "avx512"}


def variables_of(name: str) -> dict[str, str]:
    """Return the variables that give the kernels and torch an instruction set.

    They must be in the environment when torch is imported.

    Examples
    --------
    >>> variables_of("avx2")
    {'SEQMEM_ISA': 'avx2', 'ATEN_CPU_CAPABILITY': 'avx2'}
    """
    return {ISA_VARIABLE: name, TORCH_VARIABLE: TORCH_NAMES[name]}


def check_instruction_set(name: str | None, environment: Mapping[str, str] = os.environ) -> None:
    """Raise `InputError` if the kernels and torch do not have the instruction set that is asked.

    Parameters
    ----------
    name : str, optional
        The instruction set. None asks for none, so any will do.
    environment : mapping, optional
        Environment variables of this process.
    """
    if name is None:
        return
    needed = variables_of(name)
    if any(environment.get(variable) != value for variable, value in needed.items()):
        assignments = " and ".join(f"{variable}={value}" for variable, value in needed.items())
        raise InputError(
            f"training.instruction_set = {name!r} needs {assignments} in the environment before "
            "Python starts; the command `seqmem sweep` sets them itself"
        )
