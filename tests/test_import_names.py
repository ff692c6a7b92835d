"""Names of modules in texts: import strings, documents, notebooks and configuration.

The linter sees import statements in modules. It sees neither strings nor the code inside notebooks
and documents, so these are searched here.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqmem.analysis.figures.parts.appearance import STYLES
from tests.plugins import GROUPS

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("generators", "study", "sweeps", "analysis", "src", "tests", "docs")
SUFFIXES = {".py", ".md", ".ipynb", ".toml", ".j2"}
# The rules of a finished study are kept word for word, and the changelog names the old imports.
EXEMPT = ("docs/preregistration", "CHANGELOG.md", "tests/test_import_names.py")
OLD = "generators|study|sweeps|analysis"
STATEMENT = r"""(?:^|[;:>"'`])\s*"""
OLD_IMPORT = re.compile(rf"{STATEMENT}(?:from (?:{OLD})(?:\.\w+)* import|import (?:{OLD})\b)")
# In quotation marks or backticks, a name with a dot: "sweeps.config", `study.budget:Budget`.
OLD_STRING = re.compile(rf"""["'`]((?:{OLD})(?:\.[a-z_]\w*)+)(?::\w+)?["'`(]""")
NEW_NAME = re.compile(r"(?<![\w/.-])seqmem(?:\.[A-Za-z_]\w*)+(?::\w+)?")


def texts() -> Iterator[tuple[str, str]]:
    """Yield the relative path and the text of every file that people edit."""
    paths = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        # Links are not followed: src/seqmem holds the four folders a second time.
        for parent, _, names in os.walk(ROOT / folder):
            paths += [Path(parent, name) for name in names]
    for path in paths:
        relative = path.relative_to(ROOT).as_posix()
        if path.suffix in SUFFIXES and not relative.startswith(EXEMPT):
            yield relative, path.read_text(encoding="utf-8")


def lines_with(pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield every match of a pattern, with the file and the line."""
    for path, text in texts():
        for number, line in enumerate(text.splitlines(), start=1):
            for match in pattern.finditer(line):
                yield f"{path}:{number}: {match[0]}", match


def is_module(name: str) -> bool:
    """Return whether a module of this name exists, without importing the module itself."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def resolves(name: str) -> bool:
    """Return whether a dotted name, or ``module:name``, is a module or an attribute of one."""
    module, _, attributes = name.partition(":")
    names = attributes.split(".") if attributes else []
    while not is_module(module):
        module, dot, last = module.rpartition(".")
        if not dot:
            return False
        names.insert(0, last)
    if not names:
        return True
    holder: object = importlib.import_module(module)
    for attribute in names:
        if not hasattr(holder, attribute):
            return False
        holder = getattr(holder, attribute)
    return True


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("seqmem.generators", True),
        ("seqmem.generators.generate", True),
        ("seqmem.cli.app:main", True),
        ("seqmem.cli.app:men", False),
        ("seqmem.generators.symbols.SymbolString.text", True),
        ("seqmem.nowhere.generate", False),
    ],
)
def test_names_are_resolved(name: str, expected: bool) -> None:
    assert resolves(name) is expected


def test_the_patterns_tell_old_names_from_new_ones() -> None:
    old = ("from study.budget import x", "    import analysis", ">>> import sweeps.config")
    assert all(OLD_IMPORT.search(text) for text in old)
    new = ("from seqmem import analysis", "import seqmem.study", "from tests import sweeps")
    assert not any(OLD_IMPORT.search(text) for text in new)
    assert OLD_STRING.search('"study.cells.gru:run"')
    assert not OLD_STRING.search('"seqmem.study.cells.gru:run"')
    assert NEW_NAME.findall("see seqmem.study.run, not /src/seqmem.study") == ["seqmem.study.run"]


def test_no_text_imports_the_folders_by_their_own_names() -> None:
    assert [where for where, _ in lines_with(OLD_IMPORT)] == []


def test_no_string_names_a_module_without_the_package() -> None:
    stale = [
        where
        for where, match in lines_with(OLD_STRING)
        if is_module("seqmem." + ".".join(match[1].split(".")[:2]))
    ]
    assert stale == []


def test_every_name_of_the_package_resolves() -> None:
    names: dict[str, str] = {}
    for where, match in lines_with(NEW_NAME):
        names.setdefault(match[0], where)
    # Groups of entry points and styles of Matplotlib are names of the package too, but no modules.
    unknown = [name for name in names.keys() - GROUPS - set(STYLES) if not resolves(name)]
    assert [names[name] for name in unknown] == []
