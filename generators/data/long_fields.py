"""Fields of any length for the csv module."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_FIELD = 2**31 - 1


@contextmanager
def long_fields() -> Iterator[None]:
    """Let the csv module read fields of any length, and restore its limit at the end."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
