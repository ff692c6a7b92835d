"""Compare cells on the user's own strings: read, run as a sweep that resumes, conclude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.records.comparison_result import write_result
from seqmem.analysis.records.loading import load, load_stored_config
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.core.progress import Progress
from seqmem.core.python_arguments import (
    FOLDER,
    PATH,
    TEXT,
    TEXTS,
    WHOLE_NUMBER,
    argument_kinds,
    check_option_names,
)
from seqmem.generators.data.decoding import is_pipe
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.generators.data.read_options import READ_OPTIONS, ReadOptions, take_read_options
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.dry_run import describe_sweep
from seqmem.sweeps.execution.executors.executor import Executor
from seqmem.sweeps.execution.extending import Extend
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.sweeps.execution.status import Status
from seqmem.sweeps.execution.stored_status import stored_status
from seqmem.sweeps.storage.file_names import CONFIG_FILE
from seqmem.workflows.compare.comparability import engines_refusal
from seqmem.workflows.compare.conclusion import Conclusion, conclude
from seqmem.workflows.compare.config import build_config, sweep_name
from seqmem.workflows.compare.curves import curve_lines
from seqmem.workflows.compare.data import (
    DEFAULT_OPTIONS,
    Complexity,
    UserData,
    measure_strings,
    read_data,
)
from seqmem.workflows.compare.design import (
    COMPARED_CELLS,
    TRIALS,
    ComparisonDesign,
    choose_design,
    cut_summary,
)
from seqmem.workflows.compare.differences import Difference
from seqmem.workflows.compare.growing import as_grown

# The figures and tables of a comparison have one level, so their time hardly varies.
REPORT_SECONDS = 5.0
# Parameters of `prepare` that are no options of `compare`.
_OF_COMPARE = ("path", "budget", "reading")


@dataclass(frozen=True)
class Prepared:
    """A comparison before its first run.

    Attributes
    ----------
    data : UserData
        The file as it was read.
    design : ComparisonDesign
        Searches and strings by role.
    strings : list of SymbolString
        The strings of all searches.
    complexity : list of Complexity
        Measures of the strings.
    config : SweepConfig
        The sweep.
    lines : list of str
        The data, the design, the complexity and the shipped capacities, for a terminal.
    refusal : str or None
        Why no cell will be recommended, for a terminal; None if one can be.
    """

    data: UserData
    design: ComparisonDesign
    strings: list[SymbolString]
    complexity: list[Complexity]
    config: SweepConfig
    lines: list[str]
    refusal: str | None = None

    def expectation(self, jobs: int, folder: Path | None) -> list[str]:
        """Return the planned runs and about how long they take, as lines.

        Parameters
        ----------
        jobs : int
            Runs at a time.
        folder : Path or None
            Folder of the comparison, which need not exist; None if it holds a smaller one.

        Returns
        -------
        list of str
            The lines of `seqmem sweep --dry-run`, and how many runs the folder holds. If it holds
            all, nothing is timed.
        """
        status = None if folder is None else stored_status(folder)
        if status is not None and status.is_done:
            return [f"all {counted(status.total, 'run')} are stored in {folder}; none is left"]
        lines = describe_sweep(
            self.config, jobs, WHOLE_SWEEP, report_seconds=REPORT_SECONDS
        ).splitlines()
        if status is not None and status.stored:
            share = f"{status.stored:,} of {counted(status.total, 'run')}"
            lines.append(f"{share} are stored in {folder} already, so less time is needed")
        return lines


@argument_kinds(
    cells=TEXTS,
    trials=WHOLE_NUMBER,
    searches=WHOLE_NUMBER,
    length=WHOLE_NUMBER,
    seed=WHOLE_NUMBER,
    settings=TEXTS,
)
def prepare(
    path: Path,
    budget: str,
    *,
    reading: ReadOptions = DEFAULT_OPTIONS,
    bins: int | None = None,
    cells: Sequence[str] = COMPARED_CELLS,
    trials: int = TRIALS,
    searches: int | None = None,
    length: int | None = None,
    seed: int = 0,
    settings: Sequence[str] = (),
) -> Prepared:
    """Read the data, split them, measure them and design the sweep.

    Parameters
    ----------
    path : Path
        A table, FASTA, FASTQ or plain text; ``-`` is the standard input.
    budget : str
        Budget of each run, such as "20 s".
    reading : ReadOptions
        How to read the file.
    bins : int, optional
        Number of symbols that numbers become; 4 if absent.
    cells : sequence of str
        Cells to compare, at least two.
    trials : int
        Configurations tried in each search.
    searches : int, optional
        Searches of each cell. If absent, 4, or fewer if the data are few.
    length : int, optional
        Symbols of a string. If absent, as many as the data allow, at most 1,000.
    seed : int
        Seed of the split and of every run.
    settings : sequence of str
        Settings ``section.key=value`` of the sweep.

    Returns
    -------
    Prepared
        Nothing is written yet.

    Raises
    ------
    InputError
        If the file cannot be read, holds too little, or an option is not valid.
    """
    data = read_data(path, reading, bins)
    design, strings = choose_design(data, seed, searches, length)
    config = build_config(
        _name(path, data),
        data,
        design,
        strings,
        cells=cells,
        budget=budget,
        trials=trials,
        seed=seed,
        settings=settings,
    )
    complexity = measure_strings(strings, seed)
    lines = [data.summary, cut_summary(data, design, strings), design.summary]
    lines += [f"complexity: {measured.summary}" for measured in complexity]
    lines += curve_lines(
        data.corpus.alphabet_size,
        [string.complexity("lzw") for string in strings],
        str(config.training.budget),
        config.training.protocol,
    )
    return Prepared(data, design, strings, complexity, config, lines, _refusal(config))


def _refusal(config: SweepConfig) -> str | None:
    """Return why the comparison cannot recommend a cell on this machine, in a line, or None."""
    refusal = engines_refusal(config.resolved_engines(), [config.training.budget.unit])
    return f"no cell will be recommended: {refusal}" if refusal else None


def _name(path: Path, data: UserData) -> str:
    """Return the name of the sweep: that of the file, or the digest of what a pipe held."""
    return sweep_name(Path(data.corpus.mapping["data"]) if is_pipe(str(path)) else path)


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


@argument_kinds(path=PATH, budget=TEXT, out=FOLDER)
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
        Options of `seqmem.workflows.compare.run.prepare`: ``cells``, ``trials``, ``searches``,
        ``length``, ``seed``, ``settings``. Options for reading the file, as for `read_strings`.

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
    """
    own = [name for name in signature(prepare).parameters if name not in _OF_COMPARE]
    check_option_names("compare", options, [*own, *READ_OPTIONS])
    reading = take_read_options(options)
    with naming_parameters(names={name: name for name in own} | {"set": "settings"}):
        prepared = prepare(Path(path), budget, reading=reading, **options)
    comparison, _ = run_prepared(
        prepared,
        Path(out) if out else default_folder(prepared),
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
    result = run_sweep(prepared.config, folder, **options)
    return Comparison(folder, prepared, finish(prepared, folder)), result.status


def as_stored(prepared: Prepared, folder: Path) -> Prepared:
    """Return a comparison under the name by which its folder holds it.

    The digest of the data decides whether it is the same comparison, not the name of the file.

    Parameters
    ----------
    prepared : Prepared
        The comparison.
    folder : Path
        The folder, which need not exist yet.
    """
    config = prepared.config
    if not (folder / CONFIG_FILE).exists():
        return prepared
    stored = load_config(folder / CONFIG_FILE)
    if stored.strings.pieces != config.strings.pieces:
        return prepared
    parameters = stored.strings.parameters | {"path": prepared.data.path}
    strings = config.strings.model_copy(update={"parameters": parameters})
    try:
        digest = strings.data["digest"]
    except InputError:
        # The same symbols in a file of another format.
        return prepared
    if digest != prepared.data.corpus.mapping["data"]:
        return prepared
    return replace(
        prepared, config=config.model_copy(update={"name": stored.name, "strings": strings})
    )


def default_folder(prepared: Prepared) -> Path:
    """Return the folder of a comparison if the user names none.

    Parameters
    ----------
    prepared : Prepared
        The comparison.

    Returns
    -------
    Path
        ``runs/`` and the name of the sweep.
    """
    return Path("runs") / prepared.config.name


def finish(prepared: Prepared, folder: Path) -> Conclusion:
    """Conclude from the records of a finished sweep, and write `comparison.json` into its folder.

    Parameters
    ----------
    prepared : Prepared
        The comparison.
    folder : Path
        The folder of its sweep.

    Returns
    -------
    Conclusion
        Differences, cell, configuration and lines.
    """
    conclusion = conclude(
        load(folder, require_confirm=False),
        {prepared.config.name: load_stored_config(folder)},
        prepared.config.memorizer.cells,
    )
    content = {
        "lines": [*conclusion.verdict, *conclusion.findings, *prepared.lines],
        "cell": conclusion.cell,
        "difference_found": conclusion.difference_found,
        "decision": conclusion.choice.decision,
        "configuration": conclusion.configuration,
        "design": asdict(prepared.design),
        "complexity": [asdict(measured) for measured in prepared.complexity],
        "differences": [_plain_difference(difference) for difference in conclusion.differences],
    }
    write_result(folder, content)
    return conclusion


def _plain_difference(difference: Difference) -> dict[str, Any]:
    contrasts = {
        "bits": difference.bits,
        "fraction": difference.fraction,
        "rho": difference.rho,
        "rho_at_equal_flops": difference.flops,
    }
    return {
        "first": difference.first,
        "second": difference.second,
        "memorizes_more": difference.more,
        "sooner": difference.sooner,
        "confidence": difference.confidence,
        "pairs": difference.strings,
        "uninformative": difference.uninformative,
        **{
            name: _plain_contrast(contrast, difference.confidence)
            for name, contrast in contrasts.items()
        },
    }


def _plain_contrast(contrast: Contrast, confidence: float) -> dict[str, Any]:
    low, high = contrast.interval(confidence)
    return {
        "estimate": contrast.estimate,
        "low": low,
        "high": high,
        "searches": contrast.clusters,
        "freedom": contrast.freedom,
    }
