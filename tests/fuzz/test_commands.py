"""Fuzzing: odd arguments and altered files, all under the law of `tests.fuzz.laws`.

The seeds are fixed. To add a kind of cases, such as files to read, add a generator and its number
of seeds to `SEEDS`.
"""

import random
from pathlib import Path

import pytest

from seqmem.core.errors import InputError
from tests.fuzz.altered import altered_folders
from tests.fuzz.arguments import odd_arguments
from tests.fuzz.data_files import odd_files
from tests.fuzz.laws import CaseGenerator, check_case

# Seeds of each generator. Together they take about a minute on two processors.
SEEDS = {
    "arguments": 400,
    "files": 400,
    "database": 60,
    "records": 30,
    "report": 3,
    "manifest": 24,
    "config": 15,
}
PARTS = 4
# What would measure, train or serve for long.
LONG_WORK = (
    "seqmem.workflows.step_timing.timings_file.measure_timings",
    "seqmem.workflows.calibration.machine_table.measure_table",
    "seqmem.workflows.reproduce.runs.execute_missing",
    "seqmem.study.runner.run",
    "seqmem.cli.dashboard._keep_fresh",
    "seqmem.sweeps.execution.launcher.launch",
)


def refuse(*arguments: object, **options: object) -> None:
    raise InputError("long work is not done here")


@pytest.fixture
def generators(small_sweep: Path) -> dict[str, CaseGenerator]:
    """Every generator of cases, by name."""
    return {"arguments": odd_arguments, "files": odd_files} | altered_folders(small_sweep)


def test_every_generator_has_seeds(generators: dict[str, CaseGenerator]) -> None:
    assert generators.keys() == SEEDS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SEEDS)
def test_every_command_obeys_the_law(
    name: str,
    part: int,
    generators: dict[str, CaseGenerator],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    empty = tmp_path / "empty"
    work = tmp_path / "work"
    empty.mkdir()
    work.mkdir()
    monkeypatch.chdir(empty)
    if name in ("arguments", "files"):
        for target in LONG_WORK:
            monkeypatch.setattr(target, refuse)
    for seed in range(part, SEEDS[name], PARTS):
        for case in generators[name](random.Random(f"{name} {seed}"), work):
            check_case(case, empty, capsys)
