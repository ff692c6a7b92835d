"""What the functions of analysis take, for the messages about other arguments."""

import os
from collections.abc import Iterable, Mapping

import pandas as pd

from seqmem.core.python_arguments import Kind

RECORDS = Kind((pd.DataFrame,), "records, as load(FOLDER) returns them")
FOLDERS = Kind(
    (str, os.PathLike, Iterable),
    "a folder of a sweep, or a list of them",
    (bytes, Mapping, pd.DataFrame),
)
