"""Fuzzing: a signal after the k-th line of progress, or inside a command without progress.

The seeds are fixed. The process sends the signal to itself, so no test waits for a moment.
"""

import os
import random
import signal
from pathlib import Path

import pytest

from seqmem.cli.app import main
from seqmem.core.interruption import ENDINGS, SIGNALS
from tests.fuzz.laws import check_output
from tests.sweeps.launching import start_driven

# Commands that show progress: their arguments, the moment of `tests.sweeps.driver` at which a
# signal comes, and the largest number of such moments before it.
LONG = {
    "sweep": (["smoke", "--jobs", "1", "--executor", "serial"], "line", 40),
    "sweep in workers": (["smoke", "--jobs", "2"], "line", 40),
    "compare": (["letters.txt", "--by-line", "--budget", "3 steps", "--jobs", "1"], "line", 20),
    # A run of the published protocol takes too long to wait for its line.
    "reproduce": (["--runs", "1", "--jobs", "1"], "run", 1),
    "calibrate": ([], "line", 4),
    "time": (["--units", "8", "--depth", "1", "--batch", "1", "--processes", "2"], "line", 3),
}
SAVED = "finished runs are saved in"
# Functions inside which a signal comes, by command.
SHORT = {
    "generate": (["--target", "9"], "seqmem.cli.generate.generate"),
    "match": (["--source", "iid", "--target", "9"], "seqmem.cli.match.match"),
    "measure": (["ABAB"], "seqmem.cli.measure.given_string"),
    "report": (["."], "seqmem.analysis.records.loading.read_arrow"),
    "figures": (["."], "seqmem.analysis.records.loading.read_arrow"),
    "status": (["."], "seqmem.sweeps.execution.status.read_status"),
    "export": ([".", "--out", "new.parquet"], "seqmem.sweeps.storage.export.export"),
    "train": (
        ["--string", "ABRACADABRA", "--cell", "gru", "--budget", "3 steps"],
        "seqmem.study.runner.run",
    ),
}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", SHORT)
def test_a_signal_ends_a_short_command_with_one_line(
    command: str,
    number: signal.Signals,
    small_sweep: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments, target = SHORT[command]
    monkeypatch.chdir(small_sweep)
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    monkeypatch.setattr(target, lambda *_, **__: os.kill(os.getpid(), number))
    try:
        code = main([command, *arguments])
    finally:
        signal.signal(signal.SIGHUP, before)
    assert code == 128 + number
    assert capsys.readouterr().err == f"seqmem: {ENDINGS[number]}\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_a_signal_ends_long_work_with_one_line(name: str, tmp_path: Path) -> None:
    arguments, kind_of_moment, latest = LONG[name]
    rng = random.Random(f"signals {name}")
    letters = random.Random(1)
    text = "\n".join("".join(letters.choices("ab", k=30)) for _ in range(30))
    (tmp_path / "letters.txt").write_text(text, encoding="utf-8")
    number = rng.choice(SIGNALS)
    moment = f"{kind_of_moment}:{rng.randint(1, latest)}"
    kind = number.name.removeprefix("SIG")
    process = start_driven(kind, moment, name.split()[0], *arguments, cwd=tmp_path)
    code, out, err = process.finish()
    check_output(code, out, err, (name, moment))
    assert code == 128 + number, (moment, err)
    last = err.splitlines()[-1]
    assert last.removeprefix("seqmem: ").startswith(ENDINGS[number])
    if name.split()[0] in ("sweep", "compare", "reproduce"):
        assert SAVED in last
    assert {path.name for path in tmp_path.iterdir()} <= {"letters.txt", "runs"}
