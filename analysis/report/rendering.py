"""Common parts of all pages: the template engine, tables as short text, figures as data URIs."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from seqmem.core.number_formats import value_text, with_minus_signs

# The end of a sentence: a stop, then a space and a capital letter or a name such as rho.
_STOP = re.compile(r"[.!?](?= +[A-ZΑ-Ωρ])")


def render_template(name: str, **context: Any) -> str:
    """Return a page from the template of that name; text in HTML pages is escaped.

    Parameters
    ----------
    name : str
        File name of the template.
    **context : object
        Values for the template. A missing value is an error.
    """
    environment = Environment(
        loader=PackageLoader("seqmem.analysis.report", "templates"),
        autoescape=lambda template: template is not None and not template.endswith(".md.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template(name).render(**context)


def grid_rows(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a table as short text for the template's `grid`.

    Parameters
    ----------
    table : DataFrame
        The table.

    Returns
    -------
    dict
        `headings` (text, and whether the column is numeric), `body` (rows of cells) and `numeric`.
        Numbers have real minus signs.
    """
    headings = [column.replace("_", " ") for column in table.columns]
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table.columns]
    body = [
        [
            with_minus_signs(text) if is_number else text
            for text, is_number in zip(
                (value_text(value, 4, "–") for value in row), numeric, strict=True
            )
        ]
        for row in table.itertuples(index=False, name=None)
    ]
    return {"headings": list(zip(headings, numeric, strict=True)), "body": body, "numeric": numeric}


def figure_context(title: str, caption: str, files: Iterable[Path]) -> dict[str, str]:
    """Return the values that the template needs for a figure.

    The SVG becomes a data URI, so that ids of two figures cannot clash.

    Parameters
    ----------
    title, caption : str
        Texts of the figure.
    files : iterable of Path
        Files of the figure, with its SVG.
    """
    svg = next(file for file in files if file.suffix == ".svg")
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.read_bytes()).decode()
    first, rest = split_sentence(caption)
    return {
        "title": title, "caption": first, "details": rest, "stem": svg.stem, "source": source
    }  # fmt: skip


def split_sentence(text: str) -> tuple[str, str]:
    """Return the first sentence of a text, and the rest.

    Parameters
    ----------
    text : str
        A text. Stops inside parentheses end no sentence.

    Examples
    --------
    >>> split_sentence("Bits by level (i.i.d. LZW); n = 4. Bars: t. A dot is a run.")
    ('Bits by level (i.i.d. LZW); n = 4.', 'Bars: t. A dot is a run.')
    >>> split_sentence("One sentence only.")
    ('One sentence only.', '')
    """
    for stop in _STOP.finditer(text):
        first = text[: stop.end()]
        if first.count("(") <= first.count(")"):
            return first, text[stop.end() :].lstrip()
    return text, ""
