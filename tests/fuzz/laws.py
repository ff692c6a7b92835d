"""The law of every command line, and the cases that it is tried on.

A command ends with 0, 1, 2 or 128 + a signal. It prints no traceback, at most one error, and only
short messages. It changes nothing outside the folder that it was told to write to.
"""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from seqmem.cli.app import main
from seqmem.core.messages import LONGEST_MESSAGE

ERROR = re.compile(r"^seqmem: error: .*$", re.MULTILINE)


class Case(NamedTuple):
    """One command line.

    Attributes
    ----------
    arguments : list of str
        The command and its options.
    fault : str
        What is odd about it, for messages.
    reads : Path or None
        A folder whose files stay as they are.
    writes : tuple of str
        Names of files in that folder which the command may write.
    """

    arguments: list[str]
    fault: str
    reads: Path | None = None
    writes: tuple[str, ...] = ()


# Makes the cases of one seed in an empty folder.
CaseGenerator = Callable[[random.Random, Path], list[Case]]


def check_output(code: int, out: str, err: str, what: object) -> None:
    """Check the exit code and the output of a command against the law."""
    assert code in (0, 1, 2) or 128 < code < 160, (what, code)
    for text in (out, err):
        assert "Traceback" not in text, (what, text)
    errors = ERROR.findall(err)
    assert len(errors) <= 1, (what, err)
    assert all(len(line) <= LONGEST_MESSAGE for line in errors), (what, err)
    assert code != 2 or errors, (what, err)


def check_case(case: Case, empty: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Run a case in this process, check it against the law, and return its exit code.

    Parameters
    ----------
    case : Case
        The case.
    empty : Path
        The current folder, which has no files and gets none.
    capsys : fixture
        Captures the output.
    """
    before = _state(case.reads, case.writes)
    capsys.readouterr()
    try:
        code = main(case.arguments)
    except BaseException as error:
        raise AssertionError(f"{case.fault}: {case.arguments} raised {error!r}") from error
    out, err = capsys.readouterr()
    check_output(code, out, err, case)
    assert _state(case.reads, case.writes) == before, case
    assert list(empty.iterdir()) == [], case
    return code


def _state(folder: Path | None, changing: tuple[str, ...]) -> dict[str, bytes]:
    """Return the content of the files in a folder that a command must not change."""
    if folder is None:
        return {}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in changing
    }
