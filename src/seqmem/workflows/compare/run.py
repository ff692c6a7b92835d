"""Compare cells on the user's own strings: read, run as a sweep that resumes, conclude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.records.comparison_result import write_result
from seqmem.analysis.records.loading import load, load_stored_config
from seqmem.core.progress import Progress
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.dry_run import describe_sweep
from seqmem.sweeps.execution.executors.executor import Executor
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.workflows.compare.conclusion import Conclusion, conclude
from seqmem.workflows.compare.config import build_config, sweep_name
from seqmem.workflows.compare.curves import curve_lines
from seqmem.workflows.compare.data import (
    DEFAULT_OPTIONS,
    Complexity,
    DataOptions,
    UserData,
    measure_strings,
    read_data,
)
from seqmem.workflows.compare.design import ComparisonDesign, choose_design, cut_summary
from seqmem.workflows.compare.differences import Difference

COMPARED_CELLS = ("lstm", "gru")
TRIALS = 24


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
    """

    data: UserData
    design: ComparisonDesign
    strings: list[SymbolString]
    complexity: list[Complexity]
    config: SweepConfig
    lines: list[str]

    def expectation(self, jobs: int) -> list[str]:
        """Return the planned runs and about how long they take, as lines.

        Parameters
        ----------
        jobs : int
            Runs at a time.

        Returns
        -------
        list of str
            As of `seqmem sweep --dry-run`.
        """
        return describe_sweep(self.config, jobs, WHOLE_SWEEP).splitlines()


def prepare(
    path: Path,
    budget: str,
    *,
    reading: DataOptions = DEFAULT_OPTIONS,
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
        Plain text, FASTA or CSV.
    budget : str
        Budget of each run, such as "20 s".
    reading : DataOptions
        How to read the file.
    cells : sequence of str
        Cells to compare, at least two.
    trials : int
        Configurations tried in each search.
    searches : int, optional
        Searches of each cell; as of `choose_design` if absent.
    length : int, optional
        Symbols of a string; as of `choose_design` if absent.
    seed : int
        Seed of the split and of every run.
    settings : sequence of str
        ``section.key=value``, as of `build_config`.

    Returns
    -------
    Prepared
        Nothing is written yet.

    Raises
    ------
    InputError
        If the file cannot be read, holds too little, or an option is not valid.
    """
    data = read_data(path, reading)
    design, strings = choose_design(data, seed, searches, length)
    config = build_config(
        sweep_name(path),
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
        data.corpus.alphabet_size, [string.complexity("lzw") for string in strings]
    )
    return Prepared(data, design, strings, complexity, config, lines)


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


def compare(
    path: Path | str,
    budget: str,
    *,
    out: Path | str | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Comparison:
    """Compare cells on the strings of a file, or finish what is missing of it.

    Parameters
    ----------
    path : path
        Plain text, FASTA or CSV.
    budget : str
        Budget of each run, such as "20 s".
    out : path, optional
        The folder; ``runs/compare-<name of the file>`` if absent.
    jobs : int
        As of `sweeps.run_sweep`.
    executor : Executor or str, optional
        As of `sweeps.run_sweep`.
    progress : Progress, optional
        As of `sweeps.run_sweep`.
    **options
        As of `prepare` and, for reading the file, of `DataOptions`: ``cells``, ``trials``,
        ``searches``, ``length``, ``seed``, ``settings``; ``format``, ``column``, ``delimiter``,
        ``values``, ``by_line``, ``upper``, ``bins``, ``bins_by``, ``segment``.

    Returns
    -------
    Comparison
        Folder, data and conclusion.

    Raises
    ------
    InputError
        As `prepare`; or if the folder holds other files.
    """
    names = {field.name for field in fields(DataOptions)}
    reading = DataOptions(**{name: options.pop(name) for name in names & options.keys()})
    prepared = prepare(Path(path), budget, reading=reading, **options)
    folder = Path(out) if out else default_folder(prepared)
    run_sweep(prepared.config, folder, jobs=jobs, executor=executor, progress=progress)
    return Comparison(folder, prepared, finish(prepared, folder))


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
