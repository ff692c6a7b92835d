"""Places that cannot be written, and a folder that vanishes in the middle of a sweep."""

import shutil
from pathlib import Path

import pytest

from seqmem.cli.app import main
from seqmem.core.atomic import replace_file
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from tests.sweeps.driver import at_moment

SMALL = ["sweep", "smoke", "--jobs", "1", "--executor", "serial"]
for setting in ("strings.levels=[6]", "memorizer.cells=['gru']", "search.trials=4"):
    SMALL += ["--set", setting]
# Commands that write a file, with what the name must end in.
WRITERS = {
    "generate": (["--target", "9"], ""),
    "match": (["--source", "iid", "--target", "9"], ""),
    "slurm": (["smoke", "--array", "2", "--storage", "postgresql+psycopg://me@host/db"], ""),
    "calibrate": ([], ".json"),
    "time": (["--processes", "1"], ".parquet"),
}


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("begin:1", BAD_INPUT),
        pytest.param("files:1", BAD_INPUT, marks=pytest.mark.slow),
        pytest.param("add:3", SOME_RUNS_FAILED, marks=pytest.mark.slow),
        ("run:4", SOME_RUNS_FAILED),
        pytest.param("write:5", SOME_RUNS_FAILED, marks=pytest.mark.slow),
        pytest.param("tell:2", SOME_RUNS_FAILED, marks=pytest.mark.slow),
        ("export:1", BAD_INPUT),
    ],
)
def test_a_folder_that_vanishes_is_one_line(
    moment: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    at_moment(moment, lambda: shutil.rmtree(out), monkeypatch.setattr)
    assert main([*SMALL, "--out", str(out)]) == code
    last = capsys.readouterr().err.splitlines()[-1]
    assert "optuna.db: the file has vanished" in last
    assert "the same command resumes" not in last
    # The sweep can be run again from the start.
    monkeypatch.undo()
    shutil.rmtree(out, ignore_errors=True)
    assert main([*SMALL, "--out", str(out)]) == DONE


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("place", ["file/x", "/dev/null/x", "x" * 300, "."])
def test_a_place_that_cannot_be_written_is_refused_first(
    command: str,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("..json").mkdir()
    Path("..parquet").mkdir()
    arguments, suffix = WRITERS[command]
    assert main([command, *arguments, "--out", f"{place}{suffix}"]) == BAD_INPUT
    printed = capsys.readouterr().err
    assert printed.startswith("seqmem: error: ")
    assert printed.count("\n") == 1


@pytest.mark.parametrize("command", ["sweep", "report", "figures"])
def test_a_file_in_the_place_of_a_folder_is_refused(
    command: str, small_sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    what = {"sweep": SMALL, "figures": ["figures", str(small_sweep), "--only", "anytime"]}
    arguments = what.get(command, [command, str(small_sweep)])
    assert main([*arguments, "--out", str(tmp_path / "file")]) == BAD_INPUT
    assert capsys.readouterr().err.count("\n") == 1


def test_devices_are_written_to_and_stay_devices(capsys: pytest.CaptureFixture[str]) -> None:
    device = Path("/dev/full")
    assert main(["generate", "--target", "9", "--out", str(device)]) == BAD_INPUT
    assert capsys.readouterr().err == "seqmem: error: /dev/full: No space left on device\n"
    assert device.is_char_device()


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    target = tmp_path / "note.txt"
    with pytest.raises(OSError, match="No space") as caught, replace_file(target) as file:
        file.write("x")
    assert caught.value.filename == str(target)
    assert list(tmp_path.iterdir()) == []
