"""Run after run in this process: nothing to start, and nothing that a hung run could be ended from."""

from collections.abc import Iterator, Sequence

from seqmem.core.interruption import check_interrupted
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Outcome, execute


class SerialExecutor:
    """Run after run in this process."""

    def __init__(self, context: ExecutionContext | None = None) -> None:
        """Take context as every executor does; none of them matters here."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes in order."""
        for place, config in enumerate(configs):
            check_interrupted()
            yield place, execute(config)

    @property
    def capacity(self) -> int:
        """How many runs go on at a time."""
        return 1

    def close(self) -> None:
        """Do nothing."""
