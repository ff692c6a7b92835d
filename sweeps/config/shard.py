"""Shards: which of a sweep's searches a launcher does, when several share the work."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from seqmem.core.errors import InputError

T = TypeVar("T")
LARGEST_COUNT = 10_000


@dataclass(frozen=True)
class Shard:
    """Part ``index`` (from 1) of ``count`` equal parts.

    >>> list(Shard(2, 3).of("abcdefgh"))
    ['b', 'e', 'h']
    """

    index: int = 1
    count: int = 1

    def of(self, items: Iterable[T]) -> Iterable[T]:
        """Return every ``count``-th item, so that neighbours, which cost alike, are spread over the shards."""
        return islice(items, self.index - 1, None, self.count)

    @property
    def is_whole(self) -> bool:
        """Whether there is only this one."""
        return self.count == 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


WHOLE_SWEEP = Shard()


def parse_shard(text: str) -> Shard:
    """Return the shard that ``"i/n"`` names.

    Raises
    ------
    InputError
        If it names none.

    >>> parse_shard("2/3")
    Shard(index=2, count=3)
    """
    index, _, count = text.partition("/")
    if index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count) <= LARGEST_COUNT:
        return Shard(int(index), int(count))
    raise InputError(f"--shard {text!r}: i/n with 1 <= i <= n <= {LARGEST_COUNT:,}; example: 2/8")
