"""A command that starts again under the instruction set that its sweep asks for."""

import os
import sys
from collections.abc import Sequence

from seqmem.core.errors import InputError
from seqmem.study.instruction_sets import variables_of
from seqmem.sweeps.config.sweep_config import SweepConfig


def ensure_instruction_set(configs: Sequence[SweepConfig], command: str) -> None:
    """Start this process again if torch would use another instruction set than the sweeps ask for.

    Torch reads its instruction set when it is imported, which is before the sweep file is read. A
    call from Python is not started again: the launcher refuses it.

    Parameters
    ----------
    configs : sequence of SweepConfig
        The sweeps that the command runs.
    command : str
        Name of the command. This process was started as this command, or it is not started again.

    Raises
    ------
    InputError
        If the sweeps ask for different instruction sets.
    """
    asked = {config.training.instruction_set for config in configs}
    if len(asked) > 1:
        raise InputError(
            "the parts ask for different settings of training.instruction_set "
            f"({', '.join(sorted(map(str, asked)))}); run them one by one, as NAME:PART"
        )
    (name,) = asked
    if name is None or sys.argv[1:2] != [command]:
        return
    needed = variables_of(name)
    if any(os.environ.get(variable) != value for variable, value in needed.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **needed})
