"""Write the tables of the pages that follow from the code itself, and from shipped records.

These are the options of all commands, the members of registries and the columns of records. Run
``make docs-tables`` after a change of them. A test compares the pages with the code.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args, get_origin

from seqmem.cli.app import COMMANDS, build_app
from seqmem.core.atomic import replace_file
from seqmem.core.marked_pages import with_parts
from seqmem.generators.complexity import COUNTERS, MEASURES
from seqmem.generators.sources import SOURCES, parameter_names
from seqmem.study.declaration import DeclaredOption, declared_options
from seqmem.study.kernels.engine import KERNEL_CELLS
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.options import TrainingOptions
from seqmem.study.probes import PROBES

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import record_columns  # noqa: E402
import record_contents  # noqa: E402


def commands_text() -> str:
    """Return one section for each command: what it does, an example, its arguments and options."""
    app = build_app()
    sections = []
    for name, command in COMMANDS.items():
        arguments = app[name].assemble_argument_collection(parse_docstring=True)
        table = _table(("option", "value", "default", "meaning"), map(_cells, arguments))
        sections.append(f"## {name}\n\n{command.help}\n\n`{command.example}`\n\n{table}")
    return "\n\n".join(sections)


def sources_text() -> str:
    """Return the table of sources: name, what it is, parameters, alphabet."""
    return _table(
        ("source", "symbols", "parameters", "alphabet"),
        (
            (f"`{name}`", source.help, _codes(parameter_names(name)), _alphabet(source))
            for name, source in SOURCES.items()
        ),
    )


def measures_text() -> str:
    """Return the table of measures: name, what it counts, whether strings can be grown to it."""
    return _table(
        ("measure", "value", "can be a target"),
        (
            (f"`{name}`", measure.title, "yes" if name in COUNTERS else "")
            for name, measure in MEASURES.items()
        ),
    )


def probes_text() -> str:
    """Return the table of probes: name and what it measures."""
    return _table(
        ("probe", "measures"), ((f"`{name}`", probe.help) for name, probe in PROBES.items())
    )


def options_text() -> str:
    """Return the table of the options of training: name, default, what has it, meaning."""
    return _table(
        ("option", "default", "only with", "meaning"),
        (
            (
                f"`{name}`",
                "required" if option.is_required else _shown(option.default),
                option.conditions,
                _meaning(option),
            )
            for name, option in declared_options(TrainingOptions).items()
        ),
    )


def cells_text() -> str:
    """Return the table of cells: name, what it is, options of its own, engines."""
    return _table(
        ("cell", "network", "options of its own", "engines"),
        (
            (
                f"`{name}`",
                family.help,
                _codes(family.own_options),
                "fused, torch" if name in KERNEL_CELLS else "torch",
            )
            for name, family in CELLS.items()
        ),
    )


def columns_text() -> str:
    """Return the table of the columns of records: name, type, unit, meaning."""
    return _table(
        ("column", "type", "unit", "meaning"),
        (
            (f"`{column.name}`", column.kind, column.unit, column.meaning.replace("|", "\\|"))
            for column in record_columns.record_columns()
        ),
    )


def contents_text() -> str:
    """Return the table of what the folders of shipped records hold."""
    return _table(
        ("folder", "files", "runs", "of them `confirm`", "strings", "cells", "engines"),
        (
            (
                f"`{held.folder}`",
                f"{held.files:,}",
                f"{held.runs:,}",
                f"{held.confirmations:,}",
                f"{held.strings:,}",
                _codes(held.cells),
                ", ".join(held.kernels),
            )
            for held in record_contents.contents()
        ),
    )


# The tables of each page, by the name in the comments around them.
PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    DOCS / "commands.md": {"commands": commands_text},
    DOCS / "concepts.md": {"cells": cells_text},
    DOCS / "how-to" / "strings.md": {"sources": sources_text, "measures": measures_text},
    DOCS / "how-to" / "sweep-files.md": {"options": options_text},
    DOCS / "how-to" / "more-to-measure.md": {"probes": probes_text},
    DOCS.parent / "results" / "README.md": {"columns": columns_text, "contents": contents_text},
}


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = list(heads)
    all_rows = [header, ["---"] * len(header), *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in all_rows)
    return re.sub(r"\| +(?=\|)", "| ", table)


def _codes(names: Iterable[Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _meaning(option: DeclaredOption) -> str:
    """Return the line of help of an option, and the names that it takes."""
    choices = option.option.choices
    return option.option.help + (f" One of: {_codes(choices)}." if choices else "")


def _alphabet(source: Any) -> str:
    if source.alphabet_sizes is None:
        return "any"
    return ", ".join(str(size) for size in source.alphabet_sizes)


def _cells(argument: Any) -> tuple[str, ...]:
    kind = argument.field_info.kind
    is_positional = kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
    name = argument.name if is_positional else " ".join(argument.names)
    return (
        f"`{name}`",
        _value(argument.hint),
        _default(argument),
        _one_line(argument.parameter.help or ""),
    )


def _value(hint: Any) -> str:
    """Return the kind of value that an option takes, in one or two words."""
    names = {str: "text", int: "whole number", float: "number", bool: "flag", Path: "path"}
    is_repeatable = get_origin(hint) is tuple
    while get_args(hint):
        hint = next(kind for kind in get_args(hint) if kind not in (type(None), ...))
    return f"{names[hint]}, repeatable" if is_repeatable else names[hint]


def _default(argument: Any) -> str:
    default = argument.field_info.default
    if argument.required:
        return "required"
    return "" if default is inspect.Parameter.empty else _shown(default)


def _shown(value: Any) -> str:
    """Return a default as the content of a cell, empty if there is none."""
    if value in (None, ()):
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return _codes(value if isinstance(value, tuple) else (value,))


def _one_line(text: str) -> str:
    """Return a help text as the content of one cell, with list items on lines of their own."""
    paragraphs = text.replace("\n- ", "\n\n• ").split("\n\n")
    cell = "<br>".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())
    return cell.replace("|", "\\|")


def main() -> None:
    """Write the tables into their pages."""
    for path, tables in PAGES.items():
        page = with_parts(path.read_text(encoding="utf-8"), tables)
        with replace_file(path) as file:
            file.write(page)


if __name__ == "__main__":
    main()
