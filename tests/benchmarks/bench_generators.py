"""Time targeting and measuring over the length of the string, with growth and memory.

Every row doubles the size of the row above. Its time is the shortest of several, and the sizes of a
task take turns. The last row of a task is the size that has a limit. Strings are i.i.d., or
Fibonacci words, whose words repeat over the longest stretches.

The last line compares two ways to grow a string of 400 codes. The second way is the idea of the
published generator: append a symbol, and compress the whole string again.

    python tests/benchmarks/bench_generators.py [--repeats 25]
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from seqmem import generators
from seqmem.core.seeding import generator

GIB = 2**30


@dataclass(frozen=True)
class Task:
    """Work that is timed at several sizes."""

    name: str
    prepare: Callable[[int], Callable[[], object]]
    largest: int
    limit: float
    doublings: int = 3


def grow(size: int) -> Callable[[], object]:
    """Return work that grows a string over 4 symbols to ``size`` LZW codes."""
    return partial(generators.generate, "iid", alphabet_size=4, measure="lzw", target=size, seed=1)


def measure(name: str, source: str, size: int) -> Callable[[], object]:
    """Return work that measures a string of ``size`` symbols."""
    symbols = string(source, size)
    return partial(generators.MEASURES[name], symbols, 4)


def string(source: str, size: int) -> np.ndarray:
    """Return ``size`` symbols of a source."""
    if source == "iid":
        return generator("bench").integers(4, size=size)
    return generators.generate("sturmian", measure="period", target=size, seed=1).symbols


TASKS = [
    Task("grow to LZW target, 4 symbols", grow, 100_000, 0.4),
    *(
        Task(f"{name} of {source}", partial(measure, name, source), largest, limit)
        for name, largest, limit in (
            ("lzw", 1_000_000, 1.0),
            ("lz78", 1_000_000, 1.0),
            ("lz76", 100_000, 1.5),
            ("min_context", 1_000_000, 15.0),
            ("distinct_substrings", 1_000_000, 15.0),
        )
        for source in ("iid", "fibonacci")
    ),
]


def seconds(action: Callable[[], object]) -> float:
    """Return the wall seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def print_task(task: Task, repeats: int) -> float:
    """Print the rows of a task and return its largest growth.

    The sizes take turns, so noise affects all of them.
    """
    sizes = [task.largest >> doubling for doubling in range(task.doublings, -1, -1)]
    actions = [task.prepare(size) for size in sizes]
    rounds = [[seconds(action) for action in actions] for _ in range(repeats)]
    times = [min(column) for column in zip(*rounds, strict=True)]
    growths = [later / earlier for earlier, later in pairwise(times)]
    for row, (size, shortest) in enumerate(zip(sizes, times, strict=True)):
        growth = f"{growths[row - 1]:>8.2f}" if row else f"{'':>8}"
        limit = f"{task.limit:>8g}" if size == task.largest else ""
        print(f"{task.name:<34}{size:>10,}{shortest:>10.4f}{growth}{limit}", flush=True)
    return max(growths)


def peak_memory(name: str, source: str, size: int) -> float:
    """Return the peak memory of a fresh process that measures one string, in GiB."""
    code = (
        f"import sys; sys.path.insert(0, {sys.path[0]!r})\n"
        f"from bench_generators import report_peak; report_peak({name!r}, {source!r}, {size})"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    return float(shown) / GIB


def report_peak(name: str, source: str, size: int) -> None:
    """Measure a string and print the peak memory of this process in bytes."""
    measure(name, source, size)()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak * (1 if sys.platform == "darwin" else 1024))


def published_idea(target: int) -> list[int]:
    """Append random symbols, and count the codes of the whole string after each one."""
    rng = generator("bench", "published")
    symbols = rng.permutation(4).tolist()
    while len(plain_lzw(symbols)) < target:
        symbols.append(int(rng.integers(4)))
    return symbols


def plain_lzw(symbols: list[int]) -> list[int]:
    """Return the codes of textbook LZW, with a dictionary of words."""
    dictionary = {(symbol,): code for code, symbol in enumerate(sorted(set(symbols)))}
    codes = []
    word = ()
    for symbol in symbols:
        longer = (*word, symbol)
        if longer not in dictionary:
            codes.append(dictionary[word])
            dictionary[longer] = len(dictionary)
            longer = (symbol,)
        word = longer
    return [*codes, dictionary[word]]


def print_ratio(repeats: int) -> None:
    """Print how many times faster a string of 400 codes grows than by compressing again."""
    here = []
    there = []
    for _ in range(repeats):
        here.append(seconds(grow(400)))
        there.append(seconds(partial(published_idea, 400)))
    fast = statistics.median(here)
    slow = statistics.median(there)
    print(
        f"400 LZW codes over 4 symbols: here {fast:.5f} s, compressing again {slow:.3f} s: "
        f"{slow / fast:.0f} times"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    print(f"{'task':<34}{'size':>10}{'seconds':>10}{'growth':>8}{'limit':>8}", flush=True)
    largest = max(print_task(task, repeats) for task in TASKS)
    print(f"largest growth per doubling: {largest:.2f} (limit 2.3)")
    for name in ("min_context", "distinct_substrings"):
        for source in ("iid", "fibonacci"):
            peak = peak_memory(name, source, 1_000_000)
            print(
                f"peak memory, {name} of {source}, 1,000,000 symbols: {peak:.2f} GiB (limit 4)",
                flush=True,
            )
    print_ratio(repeats)


if __name__ == "__main__":
    main()
