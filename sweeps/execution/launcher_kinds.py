"""What the launchers of sweeps and comparisons take, for the messages about other arguments."""

import os
from collections.abc import Iterable, Mapping

from seqmem.core.argument_kinds import Kind


def _is_executor(value: object) -> bool:
    return isinstance(value, str) or (hasattr(value, "run") and hasattr(value, "capacity"))


EXTEND = Kind(
    (bool, str, os.PathLike, Iterable),
    "True, the folder or URL of a sweep, or a list of them",
    (bytes, Mapping),
    lambda value: not hasattr(value, "columns"),
)
EXECUTOR = Kind((object,), "the name of an executor, or an Executor", accepts=_is_executor)
PROGRESS = Kind((object,), "a Progress", accepts=lambda value: hasattr(value, "tell"))
