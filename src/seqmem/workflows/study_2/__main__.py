"""Boxes from the pilot of study 2, its freeze, and its records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from seqmem.analysis.records.loading import load
from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from seqmem.core.messages import print_message
from seqmem.core.structured_text import read_utf8
from seqmem.sweeps.config.sweep_file import load_configs
from seqmem.workflows.shipping.collecting import collect_sweep
from seqmem.workflows.study_2.box_text import (
    box_snippets,
    box_table,
    budget_table,
    with_boxes,
)
from seqmem.workflows.study_2.boxes import Place, study_2_boxes
from seqmem.workflows.study_2.budgets import budget_readings
from seqmem.workflows.study_2.freeze import ROOT, write_freeze
from seqmem.workflows.study_2.keeping import keep_sweeps, restore_sweeps
from seqmem.workflows.study_2.presets import PREFIX, SCALING

PRESETS_FOLDER = ROOT / "sweeps" / "presets"
RECORDS = ROOT / "results" / "study-2"
KEPT = RECORDS / "kept"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m seqmem.workflows.study_2`.

    `boxes FOLDER …` prints the box of every level, and planned budgets beside the pilot's times;
    the folders are those of the pilot's parts. `boxes FOLDER … --write` also writes the boxes into
    the presets of study 2. `freeze` writes the freeze file. `collect FOLDER` copies the finished
    sweeps of study 2 in a folder to the shipped records, `results/study-2`. `keep FOLDER` copies
    the databases of those that do not ship to `results/study-2/kept`, compressed, also while they
    run, and `restore FOLDER` unpacks those that the folder lacks, so that another machine goes on
    with them.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments; those of the process if absent.

    Returns
    -------
    int
        Exit code: 0 done, 1 sweeps are not finished, 2 wrong arguments or records.
    """
    parser = argparse.ArgumentParser(prog="python -m seqmem.workflows.study_2")
    commands = parser.add_subparsers(dest="command", required=True)
    boxes = commands.add_parser("boxes", help="boxes and budgets from the records of the pilot")
    boxes.add_argument("folders", nargs="+", help="folders of the parts of study2-pilot")
    boxes.add_argument("--write", action="store_true", help="write the boxes into the presets")
    boxes.add_argument("--presets", type=Path, default=PRESETS_FOLDER, help="folder of the presets")
    commands.add_parser("freeze", help="write the freeze file")
    collect = commands.add_parser("collect", help="copy finished sweeps to the shipped records")
    collect.add_argument("runs", type=Path, help="folder that holds the folders of the sweeps")
    keep = commands.add_parser("keep", help="keep databases, so that another machine goes on")
    restore = commands.add_parser("restore", help="unpack the kept databases that are not there")
    for command in (collect, keep):
        command.add_argument("--records", type=Path, default=RECORDS, help="the shipped records")
    for command in (keep, restore):
        command.add_argument("runs", type=Path, help="folder that holds the folders of the sweeps")
        command.add_argument("--kept", type=Path, default=KEPT, help="folder of the copies")
    given = parser.parse_args(arguments)
    try:
        if given.command == "freeze":
            for path in write_freeze():
                print(f"written: {path}")
        elif given.command in ("keep", "restore"):
            lines = (
                keep_sweeps(given.runs, given.kept, given.records)
                if given.command == "keep"
                else restore_sweeps(given.kept, given.runs)
            )
            for line in lines:
                print(line, flush=True)
        elif given.command == "collect":
            return _collect(given.runs, given.records)
        else:
            _boxes(given.folders, given.presets if given.write else None)
    except (InputError, FileNotFoundError) as error:
        print_message(f"seqmem: error: {error}")
        return BAD_INPUT
    return DONE


def planned_budgets() -> dict[Place, float]:
    """Return the budgets of `study2-scaling` in calibrated seconds, by alphabet size and level.

    Examples
    --------
    >>> planned_budgets()[4, 128]
    0.2
    """
    return {
        (config.strings.alphabet_size, level): config.at_level(level).training.budget.amount
        for config in load_configs(SCALING)
        for level in config.strings.levels
    }


def _boxes(folders: Sequence[str], presets: Path | None) -> None:
    records = load(folders)
    boxes = study_2_boxes(records)
    readings = budget_readings(records, planned_budgets())
    print(f"{box_snippets(boxes)}\n{box_table(boxes)}\n\n{budget_table(readings)}")
    for path in sorted(presets.glob(f"{PREFIX}*.toml")) if presets else ():
        before = read_utf8(path)
        after = with_boxes(before, boxes)
        if after != before:
            print(f"written: {write_bytes(path, after.encode())}")


def _collect(runs: Path, records: Path) -> int:
    """Copy every sweep of study 2 in a folder, and say what was done with it."""
    folders = sorted(path for path in runs.glob(f"{PREFIX}*") if path.is_dir())
    if not folders:
        raise InputError(f"{runs}: holds no sweep of study 2")
    ended = DONE
    for folder in folders:
        result, is_complete = collect_sweep(folder, records / folder.name)
        print(f"{folder.name}: {result}", flush=True)
        ended = ended if is_complete else SOME_RUNS_FAILED
    return ended


if __name__ == "__main__":
    sys.exit(main())
