"""A description of a sweep before it is started: its runs and their expected duration."""

from collections import Counter

from seqmem.core.number_formats import counted
from seqmem.core.progress import duration
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.forecast import expected_run_seconds
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.sweeps.execution.status import runs_per_search

# Time until the first run starts in a worker process.
START_SECONDS = 5.0


def describe_sweep(config: SweepConfig, jobs: int, shard: Shard) -> str:
    """Return conditions, searches, trials, runs and expected time as lines of text.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    jobs : int
        Runs at a time.
    shard : Shard
        Part of the sweep to describe.

    Raises
    ------
    InputError
        If the sweep could not be started.
    """
    config = config.resolved()
    keys = searches_of(config, shard)
    check_runs(config, keys)
    searches = Counter(key.condition for key in keys)
    runs = runs_per_search(config)
    work_seconds = 0.0
    lines = []
    for condition, count in searches.items():
        seconds = expected_run_seconds(config, condition)
        work_seconds += count * runs * seconds
        searches_text = counted(count, "search", "es")
        lines.append(
            f"{condition.title}: {searches_text} x {counted(runs, 'run')}, {seconds:.2g} s each"
        )
    part = "" if shard.is_whole else f" in shard {shard}"
    total = sum(searches.values())
    counts = (
        counted(len(searches), "condition"),
        counted(total, "search", "es"),
        counted(total * config.search.trials, "trial"),
        f"{counted(total * runs, 'run')} including selection and confirmation",
    )
    wall_time = duration(START_SECONDS + work_seconds / jobs)
    lines += [
        f"{config.name}{part}: {', '.join(counts)}",
        f"about {wall_time} with {jobs} at a time; less if runs memorize early; "
        "several times as long with the torch engine",
    ]
    return "\n".join(lines)
