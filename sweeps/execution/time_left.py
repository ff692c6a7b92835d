"""Wall time that a stopped sweep will take to its end, if its command is repeated."""

from collections.abc import Callable

from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.expectation import SECONDS_PER_STORED_RUN, START_SECONDS, expect
from seqmem.sweeps.execution.machine_speed import Speed, measure_speed
from seqmem.sweeps.execution.status import Status
from seqmem.sweeps.search.strings import strings_of

# Fewer stored runs do not tell how fast the machine is.
FEWEST_RUNS = 5


def seconds_left(
    config: SweepConfig,
    status: Status,
    jobs: int,
    measure: Callable[[SweepConfig, str], Speed] = measure_speed,
) -> float:
    """Return about how many seconds the missing runs take, with start-up and storing.

    The times of stored runs tell the work of the missing ones. If there are only a few, it is that
    of a dry run, for which a few short runs of every cell are timed.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    status : Status
        The state of the sweep.
    jobs : int
        Runs at a time.
    measure : callable
        Returns the speed of this machine for a cell of the sweep.

    Raises
    ------
    InputError
        If a cell or source is not registered in this process.
    """
    timed = status.stored - status.failed
    if timed < FEWEST_RUNS:
        work = _expected_work(config, status, measure)
    else:
        work = status.forecast(config).work_seconds_left
    storing = SECONDS_PER_STORED_RUN * (status.total - status.stored)
    return START_SECONDS + storing + work / jobs


def _expected_work(
    config: SweepConfig, status: Status, measure: Callable[[SweepConfig, str], Speed]
) -> float:
    """Return the seconds of the missing runs on one processor, as a dry run expects them."""
    missing = {part.condition: max(part.total - part.stored, 0) for part in status.conditions}
    keys = [SearchKey(condition, 0) for condition in missing]
    levels = {condition.level for condition in missing}
    strings = {(level, 0): strings_of(config, level, 0) for level in levels}
    seconds = expect(config, keys, strings, measure=measure).run_seconds
    return sum(count * seconds[condition] for condition, count in missing.items())
