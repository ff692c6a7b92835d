"""Boxes as text: in the presets of study 2, and as tables for its pre-registration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite

from seqmem.core.errors import InputError
from seqmem.workflows.study_2.boxes import CELLS, PILOTED, Box, Place
from seqmem.workflows.study_2.budgets import BudgetReading

# What stands after `# box k4 512` in a preset.
WITHOUT = "without"
WIDER = "wider"
OCTAVE = 2
_MARK = re.compile(r"(# box k(\d+) (\d+)([^\n]*)\n).*?(# end box\n)", re.DOTALL)


def with_boxes(preset: str, boxes: Mapping[Place, Box]) -> str:
    r"""Return the text of a preset with the box of each level.

    A box stands between the lines ``# box k4 512`` and ``# end box``. The first line may end in
    ``wider``: the learning rate is an octave wider on each side. It may also end in ``without`` and
    options: these keep the values that the preset gives elsewhere.

    Parameters
    ----------
    preset : str
        Text of a sweep file.
    boxes : mapping of tuple to Box
        Boxes by alphabet size and level.

    Raises
    ------
    InputError
        If the file asks for the box of a level that has none.

    Examples
    --------
    >>> box = Box((1, 2), (16, 48), (0.003, 0.05), (8, 8), (16, 32))
    >>> text = "# box k4 512 without depth, units\n# end box\n"
    >>> print(with_boxes(text, {(4, 512): box}), end="")
    # box k4 512 without depth, units
    learning_rate = { low = 0.003, high = 0.05, log = true }
    batch = 8
    length = { low = 16, high = 32 }
    # end box
    """

    def filled(mark: re.Match[str]) -> str:
        place = int(mark[2]), int(mark[3])
        if place not in boxes:
            raise InputError(f"level {place[1]} with {place[0]} symbols has no box in study 2")
        return mark[1] + _lines(boxes[place], mark[4].split()) + mark[5]

    return _MARK.sub(filled, preset)


def box_snippets(boxes: Mapping[Place, Box]) -> str:
    """Return a table ``[[search.levels]]`` in TOML for every level.

    Parameters
    ----------
    boxes : mapping of tuple to Box
        Boxes by alphabet size and level.
    """
    return "\n".join(
        f"[[search.levels]] # {alphabet_size} symbols\nlevel = {level}\n{_lines(box, [])}"
        for (alphabet_size, level), box in boxes.items()
    )


def box_table(boxes: Mapping[Place, Box]) -> str:
    """Return the boxes as a table in Markdown, one row per level.

    Parameters
    ----------
    boxes : mapping of tuple to Box
        Boxes by alphabet size and level.
    """
    lines = [
        "| symbols | level | depth | units | learning rate | batch | length | from |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (alphabet_size, level), box in boxes.items():
        source = "pilot" if (alphabet_size, level) in PILOTED else "neighbours"
        ranges = " | ".join(f"{low:g}" if low == high else f"{low:g}–{high:g}" for low, high in box)
        lines.append(f"| {alphabet_size} | {level} | {ranges} | {source} |")
    return "\n".join(lines)


def budget_table(readings: Sequence[BudgetReading]) -> str:
    """Return planned budgets and the pilot's times as a table in Markdown.

    Parameters
    ----------
    readings : sequence of BudgetReading
        One per level of the pilot.
    """
    heads = " | ".join(f"{cell.upper()}: median seconds" for cell in CELLS)
    lines = [f"| symbols | level | {heads} | planned budget | proposed |", "|---" * 6 + "|"]
    for reading in readings:
        medians = " | ".join(_seconds(reading.medians[cell]) for cell in CELLS)
        proposed = (
            "as planned"
            if reading.proposed == reading.planned
            else f"**{reading.proposed:g}**"
            if isfinite(reading.proposed)
            else "unknown: give the pilot a larger budget"
        )
        alphabet_size, level = reading.place
        lines.append(
            f"| {alphabet_size} | {level} | {medians} | {reading.planned:g} | {proposed} |"
        )
    return "\n".join(lines)


def _lines(box: Box, remark: Sequence[str]) -> str:
    if remark and remark[0] == WIDER:
        low, high = box.learning_rate
        box = box._replace(learning_rate=(low / OCTAVE, high * OCTAVE))
        remark = remark[1:]
    if remark and remark[0] != WITHOUT:
        raise InputError(f"{' '.join(remark)!r} after a box; valid: {WIDER}, {WITHOUT} OPTION, …")
    left_out = {name.rstrip(",") for name in remark[1:]}
    if unknown := sorted(left_out - {*Box._fields}):
        raise InputError(f"a box has no {', '.join(unknown)}; valid: {', '.join(Box._fields)}")
    return "".join(
        f"{name} = {_range(name, *ends)}\n"
        for name, ends in zip(Box._fields, box, strict=True)
        if name not in left_out
    )


def _range(name: str, low: float, high: float) -> str:
    if low == high:
        return f"{low:g}"
    scale = ", log = true" if name == "learning_rate" else ""
    return f"{{ low = {low:g}, high = {high:g}{scale} }}"


def _seconds(value: float) -> str:
    return f"{value:.3g}" if isfinite(value) else "not within the pilot's budget"
