"""A comparison from file to conclusion: prepared, run as a sweep that resumes, concluded, reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.records.comparison_result import write_result
from seqmem.analysis.records.loading import load, load_stored_config
from seqmem.core.progress import Progress
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.dry_run import description
from seqmem.sweeps.execution.executors.executor import Executor
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.workflows.compare.conclusion import Conclusion, conclude
from seqmem.workflows.compare.config import build_config, sweep_name
from seqmem.workflows.compare.curves import curve_lines
from seqmem.workflows.compare.data import Complexity, UserData, measure_strings, read_data
from seqmem.workflows.compare.design import Design, choose_design, cut_words
from seqmem.workflows.compare.differences import Difference

CELLS = ("lstm", "gru")
TRIALS = 24


@dataclass(frozen=True)
class Prepared:
    """A comparison before its first run.

    Attributes
    ----------
    config : the sweep.
    lines : what was read, how it is split, how complex it is, and where it lies on shipped curves.
    """

    data: UserData
    design: Design
    strings: list[SymbolString]
    complexity: list[Complexity]
    config: SweepConfig
    lines: list[str]

    def expectation(self, jobs: int) -> list[str]:
        """What will be run and about how long it takes, as lines."""
        return description(self.config, jobs, WHOLE_SWEEP).splitlines()


def prepare(
    path: Path,
    budget: str,
    *,
    cells: Sequence[str] = CELLS,
    trials: int = TRIALS,
    seed: int = 0,
    searches: int | None = None,
    length: int | None = None,
    settings: Sequence[str] = (),
    **reading: Any,
) -> Prepared:
    """Read the data, split them, measure them and design the sweep.

    Parameters
    ----------
    reading : as of `read_data`.

    Raises
    ------
    InputError
        If the file cannot be read, holds too little, or an option is not valid.
    """
    data = read_data(path, **reading)
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
    lines = [data.words, cut_words(data, design, strings), design.words]
    lines += [f"complexity: {measured.words}" for measured in complexity]
    lines += curve_lines(
        data.corpus.alphabet_size, [string.complexity("lzw") for string in strings]
    )
    return Prepared(data, design, strings, complexity, config, lines)


class Comparison(NamedTuple):
    """A finished comparison: its folder, what was compared, and what it came to."""

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
    out : path, optional
        The folder; ``runs/compare-<name of the file>`` if absent.
    jobs, executor, progress
        As of `sweeps.run_sweep`.
    options
        As of `prepare`.

    Raises
    ------
    InputError
        As `prepare`; if the folder holds something else.
    """
    prepared = prepare(Path(path), budget, **options)
    folder = Path(out) if out else default_folder(prepared)
    run_sweep(prepared.config, folder, jobs=jobs, executor=executor, progress=progress)
    return Comparison(folder, prepared, finish(prepared, folder))


def default_folder(prepared: Prepared) -> Path:
    """Return where a comparison is kept if no other place is named."""
    return Path("runs") / prepared.config.name


def finish(prepared: Prepared, folder: Path) -> Conclusion:
    """Conclude from the records of a finished sweep, and write `comparison.json` into its folder."""
    found = conclude(
        load(folder, require_confirm=False),
        {prepared.config.name: load_stored_config(folder)},
        prepared.config.memorizer.cells,
    )
    content = {
        "lines": [*found.verdict, *found.findings, *prepared.lines],
        "cell": found.cell,
        "difference_found": found.found,
        "configuration": found.configuration,
        "design": asdict(prepared.design),
        "complexity": [asdict(measured) for measured in prepared.complexity],
        "differences": [_difference(difference) for difference in found.differences],
    }
    write_result(folder, content)
    return found


def _difference(found: Difference) -> dict[str, Any]:
    contrasts = {
        "bits": found.bits,
        "fraction": found.fraction,
        "rho": found.rho,
        "rho_at_equal_flops": found.flops,
    }
    return {
        "first": found.first,
        "second": found.second,
        "memorizes_more": found.more,
        "sooner": found.sooner,
        "confidence": found.confidence,
        "pairs": found.strings,
        "uninformative": found.uninformative,
        **{name: _contrast(contrast, found.confidence) for name, contrast in contrasts.items()},
    }


def _contrast(found: Contrast, confidence: float) -> dict[str, Any]:
    low, high = found.interval(confidence)
    return {
        "estimate": found.estimate,
        "low": low,
        "high": high,
        "searches": found.clusters,
        "freedom": found.freedom,
    }
