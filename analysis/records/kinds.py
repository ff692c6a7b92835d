"""What the functions of analysis take, for the messages about other arguments."""

import pandas as pd

from seqmem.core.python_arguments import Kind

RECORDS = Kind((pd.DataFrame,), "records, as load(FOLDER) returns them")
