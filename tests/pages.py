"""Pages in Markdown as tests read them: their fenced blocks, commands and anchors.

The slow tests run the fenced blocks in the order of their page, in one folder and one namespace per
page. An HTML comment directly above a block says why it is not run: ``<!-- not run: REASON -->``.
Its commands and options are checked all the same.
"""

import importlib.util
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cyclopts import CycloptsError

from seqmem.cli.app import COMMANDS, main
from seqmem.core.exit_codes import DONE

ROOT = Path(__file__).parents[1]
LANGUAGES = ("python", "bash", "toml", "text", "sql", "r")
LANGUAGES_RUN = ("python", "bash")
NO_CHANGE: Mapping[str, str] = {}
BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
TARGET = re.compile(r"^([a-z][a-z-]*):", re.M)
# Commands of a shell block that are neither ours nor run by a test.
OTHER_PROGRAMS = ("sbatch", "dask", "sudo", ".", "git", "pip", "cibuildwheel")


class Block(NamedTuple):
    """One fenced block of a page, with what the comment above it says."""

    line: int
    language: str
    text: str
    note: str

    @property
    def is_never_run(self) -> bool:
        return self.note.startswith("not run: ")


def blocks_of(path: Path) -> list[Block]:
    page = path.read_text(encoding="utf-8")
    return [
        Block(
            page.count("\n", 0, match.start("text")),
            match["language"],
            match["text"],
            match["note"] or "",
        )
        for match in BLOCK.finditer(page)
    ]


def commands_of(block: Block) -> list[list[str]]:
    """Return the command lines of a shell block as arguments, without variables set before them."""
    lines = [
        shlex.split(line, comments=True) for line in block.text.replace("\\\n", " ").splitlines()
    ]
    return [drop_assignments(arguments) for arguments in lines if arguments]


def drop_assignments(arguments: list[str]) -> list[str]:
    return drop_assignments(arguments[1:]) if re.match(r"[A-Z_]+=", arguments[0]) else arguments


def run_page(
    path: Path, languages: Iterable[str] = LANGUAGES_RUN, shorter: Mapping[str, str] = NO_CHANGE
) -> None:
    """Run the blocks of a page in these languages, in the current folder.

    Words of commands that take long are replaced by those of a mapping, which must be there.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    missing = set(shorter)
    for block in blocks_of(path):
        if block.language not in languages or block.is_never_run:
            continue
        where = f"{path.name}:{block.line}"
        if block.language == "python":
            exec(compile(block.text, where, "exec"), namespace)
        if block.language == "bash":
            for arguments in commands_of(block):
                missing.difference_update(arguments)
                if arguments[0] == "seqmem":
                    words = [shorter.get(word, word) for word in arguments[1:]]
                    assert main(words) == DONE, f"{where}: {shlex.join(words)}"
    assert not missing, f"{path.name} no longer says {', '.join(missing)}"


def check_command(arguments: list[str], app: Any, targets: set[str], where: str) -> None:
    """Fail for an unknown command, option, `make` target, module, file or program."""
    if arguments[0] == "seqmem":
        assert arguments[1] in COMMANDS, where
        try:
            app.parse_args(arguments[1:], exit_on_error=False, print_error=False)
        except CycloptsError as error:
            pytest.fail(f"{where}: {error}")
    elif arguments[0] == "make":
        wanted = [word for word in arguments[1:] if "=" not in word and word != ".venv/.ready"]
        assert set(wanted) <= targets, where
    elif arguments[0] == "python" and arguments[1] == "-m":
        assert is_runnable(arguments[2]), where
    elif arguments[0] == "python":
        assert (ROOT / arguments[1]).is_file(), where
    else:
        assert arguments[0] in OTHER_PROGRAMS, where


def is_runnable(module: str) -> bool:
    """Whether ``python -m module`` finds something to run."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.submodule_search_locations is None:
        return spec is not None
    return importlib.util.find_spec(f"{module}.__main__") is not None


def makefile() -> str:
    """Return the text of the Makefile."""
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def make_targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(TARGET.findall(makefile()))


def anchors(page: str) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them.

    >>> anchors("## How it works, again")
    {'how-it-works-again'}
    """
    headings = re.findall(r"^#+ (.*)$", page, re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
