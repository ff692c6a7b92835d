"""Compare cells on the user's own strings: read, run as a sweep that resumes, conclude."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.core.argument_kinds import FOLDER
from seqmem.core.progress import Progress
from seqmem.core.python_arguments import argument_kinds, check_option_names
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.generators.data.read_options import READ_OPTIONS, take_read_options
from seqmem.sweeps.execution.executors.executor import Executor
from seqmem.sweeps.execution.extending import Extend
from seqmem.sweeps.execution.launcher import PARAMETERS, launch
from seqmem.sweeps.execution.launcher_kinds import EXECUTOR, EXTEND, PROGRESS
from seqmem.sweeps.execution.status import Status
from seqmem.workflows.compare.conclusion import Conclusion
from seqmem.workflows.compare.growing import as_grown
from seqmem.workflows.compare.prepared import Prepared, as_stored, default_folder, prepare
from seqmem.workflows.compare.result import finish

# Parameters of `prepare` that are no options of `compare`.
_OF_COMPARE = ("path", "budget", "reading", "out", "plan")


class Comparison(NamedTuple):
    """A finished comparison.

    Attributes
    ----------
    folder : Path
        The folder of its sweep.
    prepared : Prepared
        What was compared.
    conclusion : Conclusion
        The result.
    """

    folder: Path
    prepared: Prepared
    conclusion: Conclusion


@argument_kinds(out=FOLDER, extend=EXTEND, executor=EXECUTOR, progress=PROGRESS)
def compare(
    path: Path | str,
    budget: str,
    *,
    out: Path | str | None = None,
    jobs: int = 1,
    extend: Extend = False,
    executor: Executor | str | None = None,
    timeout: float | None = None,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> Comparison:
    """Compare cells on the strings of a file. Runs that are stored already are not repeated.

    Parameters
    ----------
    path : path
        A table, FASTA, FASTQ or plain text; ``-`` is the standard input.
    budget : str
        Budget of each run, such as "20 s".
    out : path, optional
        Folder of the comparison. If absent, ``runs/compare-<name of the file>``.
    jobs : int
        Runs at a time. Records do not depend on it.
    extend : bool, str, Path or sequence of them
        Smaller comparisons of the same data, whose runs are taken over: folders. True is the one
        in the folder of this one.
    executor : Executor or {"serial", "loky", "dask"}, optional
        Where runs are executed. If absent, ``serial`` for one job and ``loky`` for more.
    timeout : float, optional
        Seconds after which a run counts as hung. If absent, 50 times the expected duration, but
        at least ten minutes.
    allow_environment_change : bool
        Resume with other versions or another instruction set. Such records are marked.
    progress : Progress, optional
        Shows the progress. If absent, nothing is shown.
    **options
        ``cells``, ``trials``, ``searches``, ``length``, ``seed`` and ``settings``, which mean what
        the options of the command of the same names mean (``settings`` is ``--set``). Options for
        reading the file, as for `read_strings`.

    Returns
    -------
    Comparison
        Folder, data and conclusion.

    Raises
    ------
    InputError
        If the file cannot be read or holds too little, an option is not valid, or the folder
        holds other files.

    Examples
    --------
    >>> from seqmem import compare
    >>> comparison = compare("strings.csv", "20 s", jobs=2)  # doctest: +SKIP
    >>> comparison.conclusion.cell  # doctest: +SKIP
    'gru'
    >>> print(comparison.conclusion)  # doctest: +SKIP
    LSTM: 8 of 8 verdict strings memorized; 160 of 160 bits per string recalled (100 %)
    ...
    """
    own = [name for name in signature(prepare).parameters if name not in _OF_COMPARE]
    check_option_names("compare", options, [*own, *READ_OPTIONS])
    reading = take_read_options(options)
    folder = Path(out) if out else None
    with naming_parameters(names=PARAMETERS | {name: name for name in own} | {"set": "settings"}):
        prepared = prepare(Path(path), budget, reading=reading, out=folder, **options)
        comparison, _ = run_prepared(
            prepared,
            folder or default_folder(prepared),
            jobs=jobs,
            extend=extend,
            executor=executor,
            timeout=timeout,
            allow_environment_change=allow_environment_change,
            progress=progress,
        )
    return comparison


def run_prepared(prepared: Prepared, folder: Path, **options: Any) -> tuple[Comparison, Status]:
    """Run the sweep of a comparison, or its missing runs, and conclude.

    Parameters
    ----------
    prepared : Prepared
        The comparison, as `prepare` returns it.
    folder : Path
        Folder of its sweep.
    **options
        Options of `seqmem.sweeps.run_sweep`: ``jobs``, ``extend``, ``executor``, ``timeout``,
        ``allow_environment_change``, ``progress``.

    Returns
    -------
    comparison : Comparison
        Folder, data and conclusion.
    status : Status
        State of the sweep at the end.

    Raises
    ------
    InputError
        If the folder holds other files or another sweep, or the environment differs.
    """
    prepared = as_grown(as_stored(prepared, folder), options.get("extend", False), folder)
    result = launch(prepared.config, folder, **options)
    return Comparison(folder, prepared, finish(prepared, folder)), result.status
