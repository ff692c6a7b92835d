"""A comparison before its first run: data that are read, split and measured, and a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.core.python_arguments import argument_kinds
from seqmem.generators.data.decoding import is_pipe
from seqmem.generators.data.read_options import ReadOptions
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.dry_run import describe_sweep
from seqmem.sweeps.execution.stored_status import stored_status
from seqmem.sweeps.storage.file_names import CONFIG_FILE
from seqmem.workflows.compare.comparability import engines_refusal
from seqmem.workflows.compare.config import at_level_of, build_config, sweep_name
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
    ComparisonDesign,
    choose_design,
    cut_summary,
)
from seqmem.workflows.compare.plans import Plan, plan_of

# The figures and tables of a comparison have one level, so their time hardly varies.
REPORT_SECONDS = 5.0


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


@argument_kinds()
def prepare(
    path: Path,
    budget: str,
    *,
    reading: ReadOptions = DEFAULT_OPTIONS,
    bins: int | None = None,
    cells: Sequence[str] = COMPARED_CELLS,
    trials: int | None = None,
    searches: int | None = None,
    length: int | None = None,
    seed: int = 0,
    settings: Sequence[str] = (),
    out: Path | None = None,
    plan: Plan | None = None,
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
    trials : int, optional
        Configurations tried in each search, a power of two; 4 if absent, or 16 if a cell is none of
        LSTM, GRU and RNN.
    searches : int, optional
        Searches of each cell. If absent, 24, or 6 with 16 trials; fewer if the data are few.
    length : int, optional
        Symbols of a string. If absent, as many as the data allow, at most 1,000.
    seed : int
        Seed of the split and of every run.
    settings : sequence of str
        Settings ``section.key=value`` of the sweep.
    out : Path, optional
        Folder of the comparison. A comparison that it holds keeps its rules: older ones have other
        defaults and any number of trials.
    plan : Plan, optional
        Rules of the comparison, in place of those of the folder.

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
    name = _name(path, data)
    plan = plan or plan_of(out or folder_of(name), cells, settings)
    design, strings = choose_design(data, seed, searches, length, plan)
    config = build_config(
        name,
        data,
        design,
        strings,
        cells=cells,
        budget=budget,
        trials=trials,
        seed=seed,
        settings=settings,
        plan=plan,
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


def as_stored(prepared: Prepared, folder: Path) -> Prepared:
    """Return a comparison under the name by which its folder holds it, and at its level.

    The digest of the data decides whether it is the same comparison, not the name of the file. A
    comparison that was grown keeps the level of the first one.

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
    same = config.model_copy(update={"name": stored.name, "strings": strings})
    return replace(prepared, config=at_level_of(same, stored))


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
    return folder_of(prepared.config.name)


def folder_of(name: str) -> Path:
    """Return the folder of a comparison by the name of its sweep.

    Examples
    --------
    >>> folder_of("compare-strings").as_posix()
    'runs/compare-strings'
    """
    return Path("runs") / name
