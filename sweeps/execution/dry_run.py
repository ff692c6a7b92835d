"""What a sweep would do, before it does it."""

from collections import Counter

from seqmem.core.progress import duration
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.forecast import expected_run_seconds
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.sweeps.execution.status import runs_per_search

# Until the first run begins in a worker process.
START_SECONDS = 5.0


def description(config: SweepConfig, jobs: int, shard: Shard) -> str:
    """Return conditions, searches, trials, runs and expected time, as lines.

    Raises
    ------
    InputError
        As the sweep itself would, before its first run.
    """
    config = config.resolved()
    keys = searches_of(config, shard)
    check_runs(config, keys)
    searches = Counter(key.condition for key in keys)
    runs, work, lines = runs_per_search(config), 0.0, []
    for condition, count in searches.items():
        seconds = expected_run_seconds(config, condition)
        work += count * runs * seconds
        lines.append(
            f"{condition.condition}: {_counted(count, 'search', 'es')} x {runs} runs, {seconds:.2g} s each"
        )
    part = "" if shard.is_whole else f" in shard {shard}"
    total = sum(searches.values())
    lines += [
        f"{config.name}{part}: {_counted(len(searches), 'condition')}, {_counted(total, 'search', 'es')}, "
        f"{_counted(total * config.search.trials, 'trial')}, {_counted(total * runs, 'run')} with those to select and "
        "confirm",
        f"about {duration(START_SECONDS + work / jobs)} with {jobs} at a time, less where runs memorize early; "
        "the torch engine takes several times as long",
    ]
    return "\n".join(lines)


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count} {noun}{'' if count == 1 else plural}"
