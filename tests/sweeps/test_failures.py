"""Failed runs: each exception is said once, and the folder of the sweep stays usable."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.cells import CELLS
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.execution.executors.executor import Outcome, SerialExecutor
from seqmem.sweeps.execution.failures import exception_line, failure_kinds, failure_lines
from seqmem.sweeps.storage.storage import FailedRun

SMALL = ("strings.levels=[6]", "search.trials=4", "search.startup=4", "search.finalists=1")


class Failing(SerialExecutor):
    """An executor whose runs of a cell raise an error that names their units."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self._cell = cell

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes in order."""
        for index, config in enumerate(configs):
            if config.cell == self._cell:
                error = f"KeyError: '{config.units % 2}'\nof two lines"
                frame = '  File "cell.py", line 3, in step\n    return TABLE[units]\n'
                yield index, {"failure": f"Traceback (most recent call last):\n{frame}{error}\n"}
            else:
                yield from ((index, outcome) for _, outcome in super().run([config]))


class Told:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None

    def tell(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)


def test_a_sweep_says_each_exception_once_and_how_to_see_a_traceback(tmp_path: Path) -> None:
    told = Told()
    result = sweeps.run_sweep(
        sweeps.load_config("smoke", SMALL), tmp_path, executor=Failing("gru"), progress=told
    )
    assert result.status.failed == 4
    assert told.lines == [
        "4 runs failed with KeyError: '0' of two lines",
        f"a traceback of each: seqmem status {tmp_path} --failures",
    ]
    assert repr(result) == (
        f"SweepResult({str(tmp_path)!r}, executed={result.executed}, Status('8/8 trials, "
        f"11/11 runs, 4 failed; 0 s of training, 0 s of evaluation'))"
    )


def test_status_and_export_of_a_sweep_whose_cell_is_not_registered_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(CELLS, "mine", CELLS["gru"])
    settings = ("memorizer.cells=['mine']", "training.engine=torch")
    config = sweeps.load_config("smoke", (*SMALL, *settings))
    sweeps.run_sweep(config, "out", executor=Failing("mine"))
    monkeypatch.delitem(CELLS, "mine")
    assert main(["status", "out"]) == DONE
    assert "4/4 runs, 4/4 trials, 4 trials and 4 runs failed" in capsys.readouterr().out
    assert main(["status", "out", "--failures"]) == DONE
    shown = capsys.readouterr().out.splitlines()
    assert shown[:3] == [
        "4 runs failed with KeyError: '0' of two lines",
        "first: iid-k2-lzw6/mine/stream/16 steps, search 0, tune trial 0, run 0:0",
        "Traceback (most recent call last):",
    ]
    assert main(["export", "out", "--out", "runs.parquet"]) == DONE
    assert capsys.readouterr().out == "4 runs: runs.parquet\n"
    assert main(["report", "out"]) == BAD_INPUT
    assert "holds 4 runs, and all failed; 'seqmem status out --failures'" in capsys.readouterr().err
    # To go on with it, the cell must be registered.
    assert main(["sweep", "out/config.toml", "--out", "out"]) == BAD_INPUT
    assert "unknown cell 'mine'; " in capsys.readouterr().err


def test_the_time_left_of_an_unknown_cell_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stopping(Failing):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            yield next(super().run(configs))
            raise KeyboardInterrupt

    monkeypatch.setitem(CELLS, "mine", CELLS["gru"])
    config = sweeps.load_config("smoke", (*SMALL, "memorizer.cells=['mine']"))
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(config, tmp_path / "out", executor=Stopping("mine"))
    monkeypatch.delitem(CELLS, "mine")
    assert main(["status", str(tmp_path / "out")]) == DONE
    assert capsys.readouterr().out.splitlines()[-1].startswith("time left unknown: ")


def test_the_command_says_the_exception_and_exits_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(config: RunConfig) -> None:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr("seqmem.study.runner.run", fails)
    command = ["sweep", "smoke", "--executor", "serial", "--out", str(tmp_path / "out")]
    command += [word for setting in SMALL for word in ("--set", setting)]
    assert main(command) == SOME_RUNS_FAILED
    assert "8 runs failed with RuntimeError: no such kernel\n" in capsys.readouterr().err
    assert main(["status", str(tmp_path / "out"), "--failures"]) == DONE
    assert "RuntimeError: no such kernel" in capsys.readouterr().out.splitlines()[-1]


def failed(traceback: str) -> FailedRun:
    key = next(iter(search_keys(sweeps.load_config("smoke"))))
    return FailedRun(key, "tune", 0, "0:0", traceback)


def test_many_exceptions_are_counted() -> None:
    runs = [failed(f"it broke in way {way}") for way in range(9) for _ in range(10 - way)]
    kinds = failure_kinds(runs)
    assert [kind.runs for kind in kinds] == [10, 9, 8, 7, 6, 5, 4, 3, 2]
    assert failure_lines(runs, "DIR")[-2:] == [
        "14 more failed with 4 other exceptions",
        "a traceback of each: seqmem status DIR --failures",
    ]
    assert failure_lines([], "DIR") == []
    assert failure_kinds([failed("")])[0].line == "1 run failed with no message"


def test_long_exceptions_are_cut() -> None:
    assert len(exception_line("x" * 1000)) == 200
