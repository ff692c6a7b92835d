"""A sweep that costs least, a larger one that it grows into, and an executor that stops early."""

from collections.abc import Iterator, Sequence

from seqmem import sweeps
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import Outcome, SerialExecutor

# 10 runs; one trial of each cell is suggested by TPE.
TINY = (
    "strings.levels=[6]",
    "training.budget='2 steps'",
    "search.trials=3",
    "search.startup=2",
    "search.finalists=1",
    "strings.confirm=1",
)
TWICE = (*TINY, "search.searches=2")
SMALLER = sweeps.load_config("smoke", TINY)
LARGER = sweeps.load_config("smoke", TWICE)
COMMAND = ("sweep", "smoke", *(text for setting in TWICE for text in ("--set", setting)))


class Interrupted(SerialExecutor):
    """Stops as a user would, after some runs."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        for index, outcome in super().run(configs):
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            yield index, outcome
