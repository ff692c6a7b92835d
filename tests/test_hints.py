"""Every option that a message names is an option of the commands that show the message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import seqmem
from seqmem.cli.app import COMMANDS, build_app

PACKAGE = Path(seqmem.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
# A command line inside a text, up to the end of its sentence.
COMMAND_LINE = re.compile(r"seqmem ([a-z]+)\b((?:[^;`']|'[^' ]*')*)")
# Options of other programs.
FOREIGN = {
    "sweeps/execution/executors/dask_workers.py",  # dask worker
    "sweeps/storage/manifest.py",  # git
    "workflows/study_2/__main__.py",  # its own
}
# Commands that show the messages of a module, where they are not one command of the module's name.
SHOWN_BY = {
    "core/damage.py": {"contrast", "export", "figures", "report"},
    "core/command_line.py": set(COMMANDS),
    "analysis/figures/parts": {"contrast", "recall", "train"},
    "analysis/tables/contrast": {"contrast"},
    "cli/run_options.py": {"train"},
    "core/output_files.py": {"calibrate", "export", "generate", "match", "slurm", "sweep", "time"},
    "cli/plot_options.py": {"contrast", "recall", "train"},
    "cli/sweep_points.py": {"sweep"},
    "generators/data": {"compare", "measure", "train"},
    "generators/records.py": {"compare", "measure", "train"},
    "generators/sources/corpus.py": {"generate"},
    "sweeps/config/conditions.py": {"sweep"},
    "sweeps/config/search_counts.py": {"sweep"},
    "sweeps/config/record_strings.py": {"compare", "sweep"},
    "sweeps/config/sweep_file.py": {"compare", "sweep"},
    "sweeps/execution/executors/__init__.py": {"sweep"},
    "sweeps/execution/executors/dask.py": {"sweep"},
    "study/model_file.py": {"train"},
    "sweeps/storage/old_sweep.py": {"compare", "sweep"},
    "sweeps/storage/data_check.py": {"compare", "sweep"},
    "sweeps/storage/table_files.py": {"export"},
    "sweeps/storage/opening.py": {"export", "status", "train"},
    "sweeps/execution/start_checks.py": {"sweep"},
    "sweeps/storage/server.py": {"sweep"},
    "workflows/calibration": {"calibrate"},
    "workflows/compare": {"compare"},
    "workflows/reproduce": {"reproduce"},
    "workflows/step_timing": {"time"},
}
# Modules whose messages belong to several commands with different options.
SHOWN_WITH = {
    "cli/string_arguments.py": {
        "--file": {"measure", "train"},
        "--out": {"generate", "match"},
        "--param": {"generate"},
    },
    "sweeps/execution/preparation.py": {
        "--allow-environment-change": {"compare", "reproduce", "sweep"},
        "--out": {"compare", "reproduce", "sweep"},
        "--shard": {"sweep"},
    },
    "sweeps/execution/extending.py": {
        "--allow-environment-change": {"compare", "sweep"},
        "--extend": {"compare", "sweep"},
        "--out": {"compare", "sweep"},
        "--storage": {"sweep"},
    },
    "sweeps/storage/folder.py": {
        "--extend": {"compare", "sweep"},
        "--out": {"compare", "sweep"},
        "--storage": {"sweep"},
    },
}


def texts(module: Path) -> Iterator[str]:
    """Yield the texts of a module that are no docstrings; values inside a text become X."""
    source = module.read_text(encoding="utf-8")
    if "--" not in source:
        return
    tree = ast.parse(source)
    known: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            known.add(id(body[0].value))
        if isinstance(node, ast.JoinedStr):
            known.update(map(id, node.values))
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in known:
            yield node.value


def mentions(module: Path) -> Iterator[tuple[str, str]]:
    """Yield (command, option) of command lines in texts, and ("", option) elsewhere."""
    for text in texts(module):
        own = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        for name, rest in COMMAND_LINE.findall(own.replace("\\\n", " ")):
            yield from ((name, option) for option in OPTION.findall(rest) if name in COMMANDS)
        rest = COMMAND_LINE.sub("", own.replace("\\\n", " "))
        yield from (("", option) for option in OPTION.findall(rest))


@cache
def options_of(command: str) -> frozenset[str]:
    arguments = build_app()[command].assemble_argument_collection(parse_docstring=False)
    return frozenset({"--help", *(name for argument in arguments for name in argument.names)})


def commands_for(module: str, option: str) -> set[str]:
    if module in SHOWN_WITH:
        return SHOWN_WITH[module][option]
    named = Path(module).stem
    if Path(module).parent.as_posix() == "cli" and named in COMMANDS:
        return {named}
    place = module if module in SHOWN_BY else Path(module).parent.as_posix()
    return SHOWN_BY[place]


FOLDERS = ("analysis", "cli", "core", "generators", "study", "sweeps", "workflows")


# Modules are parsed in the test, not when tests are collected: that happens in every process.
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_named_option_exists(folder: str) -> None:
    found = 0
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        for command, option in mentions(path) if module not in FOREIGN else ():
            found += 1
            for name in {command} if command else commands_for(module, option):
                assert option in options_of(name), f"{module} names {option}, which {name} lacks"
    assert found


def test_command_lines_in_texts_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""Docstrings say --nothing."""\n'
        "a = f\"no records in '{path}'; run 'seqmem export {path} --out {file}' to write them\"\n"
        'b = "give --storage"\n',
        encoding="utf-8",
    )
    assert list(mentions(module)) == [("export", "--out"), ("", "--storage")]
    assert "--failures" in options_of("status")
