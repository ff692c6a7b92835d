"""Values as bytes for worker processes of this user, with the code of notebooks.

Unpacking executes code, so that these bytes are only sent from a process to its workers. They are
never written to a file or read from one.
"""

from __future__ import annotations

import pickle
from typing import Any


def packed(value: Any) -> bytes:
    """Return a value as bytes; what the main program or a notebook defines is packed with its code.

    Parameters
    ----------
    value : object

    Examples
    --------
    >>> unpacked(packed(lambda number: number + 1))(2)
    3
    """
    # Imported late: few sweeps need it.
    import cloudpickle

    message: bytes = cloudpickle.dumps(value)
    return message


def unpacked(message: bytes) -> Any:
    """Return the value in the bytes that `packed` returned.

    Parameters
    ----------
    message : bytes
    """
    return pickle.loads(message)
