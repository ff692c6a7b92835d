"""What the command prints where a stream cannot take it: nothing is lost that matters."""

import fcntl
import io
import os
import pty
import random
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE, HUNG_UP
from seqmem.core.messages import LONGEST_MESSAGE, message_line
from seqmem.core.streams import secure_streams
from tests.sweeps.launching import COMMAND, stored_runs
from tests.waiting import PATIENCE_SECONDS, wait_until

ENCODINGS = ("ascii", "cp1252", "cp437", "cp932")
VERSION = (*COMMAND, "--version")


@given(st.text(st.characters(codec=None), max_size=2000))
def test_a_message_is_one_short_line_that_can_be_printed(text: str) -> None:
    line = message_line(f"seqmem: error: {text}")
    assert line.isprintable()
    assert len(line) <= LONGEST_MESSAGE
    assert line.startswith("seqmem: error:")


def test_a_long_message_keeps_both_ends() -> None:
    line = message_line("seqmem: error: unknown cell " + "x" * 200_000 + "; valid: gru, lstm")
    assert line.startswith("seqmem: error: unknown cell xxx")
    assert line.endswith("xxx; valid: gru, lstm")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_characters_that_an_encoding_lacks_are_replaced(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    secure_streams()
    for stream in (out, err):
        print("é ≤ 𝄞 漢 \udcff", file=stream, flush=True)
        printed = stream.buffer.getvalue().decode(encoding)
        assert printed.count("?") + len(set(printed) & set("é≤漢")) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_commands_print_in_any_encoding(encoding: str, small_sweep: Path) -> None:
    for arguments in (["sweep", "--help"], ["status", small_sweep], ["status", "\N{WHITE SUN}"]):
        done = subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            env=os.environ | {"PYTHONIOENCODING": f"{encoding}:strict"},
            check=False,
        )
        assert done.returncode == (BAD_INPUT if arguments[-1] == "\N{WHITE SUN}" else DONE)
        assert b"Traceback" not in done.stderr


def test_a_plain_c_locale_is_enough() -> None:
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [*COMMAND, "status", "\N{WHITE SUN}"], capture_output=True, env=os.environ | bare
    )
    assert done.returncode == BAD_INPUT
    assert done.stderr.startswith(b"seqmem: error: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("buffering", ["", "1"])
def test_a_full_disk_is_one_line(buffering: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            VERSION,
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": buffering},
        )
    assert done.returncode == BAD_INPUT
    assert done.stderr == b"seqmem: error: standard output: No space left on device\n"


@pytest.mark.parametrize("buffering", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(buffering: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        VERSION,
        stdout=writing,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": buffering},
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (DONE, b"")


@pytest.mark.slow
def test_closed_streams_take_everything() -> None:
    words = " ".join(f"'{word}'" for word in VERSION)
    assert subprocess.run(["bash", "-c", f"{words} >&- 2>&-"], check=False).returncode == DONE
    words = " ".join(f"'{word}'" for word in (*COMMAND, "status", "none"))
    assert subprocess.run(["bash", "-c", f"{words} >&- 2>&-"], check=False).returncode == BAD_INPUT


def test_bytes_that_are_no_text_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--string", "AB\udcff", "--budget", "1 steps"]) == BAD_INPUT
    assert capsys.readouterr().err == (
        "seqmem: error: argument 'AB\\udcff': has bytes that are not UTF-8; "
        "rename the file or retype it\n"
    )


def test_line_ends_in_names_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("status", "report", "figures", "dashboard"):
        assert main([command, str(tmp_path / "a\nb\x1b[31m")]) == BAD_INPUT
        printed = capsys.readouterr().err
        assert printed.count("\n") == 1
        assert "a\\nb\\x1b[31m" in printed


@pytest.mark.slow
def test_a_comparison_keeps_its_conclusion_where_names_cannot_be_printed(tmp_path: Path) -> None:
    letters = random.Random(1)
    text = "\n".join("".join(letters.choices("ab", k=30)) for _ in range(6))
    (tmp_path / "é漢.txt").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "compare", "é漢.txt", "--by-line", "--budget", "3 steps", "--jobs", "1"],
        cwd=tmp_path,
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict"},
        check=False,
    )
    assert done.returncode == DONE, done.stderr
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.glob("runs/*/comparison.json"))
    assert b"configuration" in done.stdout or b"report: " in done.stdout


def on_a_terminal_that_goes(folder: Path, hang_up: Callable[[], object]) -> int:
    """Return the exit code of a sweep whose terminal goes once six runs are stored."""
    keeper, terminal = pty.openpty()

    def take_terminal() -> None:
        hang_up()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [*COMMAND, "sweep", "smoke", "--jobs", "2", "--out", str(folder)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    try:
        os.close(terminal)
        os.set_blocking(keeper, False)

        def is_under_way() -> bool:
            with suppress(BlockingIOError):
                os.read(keeper, 65536)
            return stored_runs(folder) >= 6 or process.poll() is not None

        wait_until(is_under_way)
        os.close(keeper)
        return process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_sweep_goes_on_without_its_terminal_after_nohup(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    assert on_a_terminal_that_goes(folder, ignore) == DONE
    assert stored_runs(folder) == 56
    assert (folder / "runs.parquet").exists()


@pytest.mark.slow
def test_a_sweep_is_saved_when_its_terminal_goes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    default = lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)  # noqa: E731
    assert on_a_terminal_that_goes(folder, default) == HUNG_UP
    assert 6 <= stored_runs(folder) < 56
    assert (folder / "runs.parquet").exists()
