"""Tables of text in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown.

    Parameters
    ----------
    heads : sequence of str
        Headings.
    rows : iterable of sequence of str
        Cells of each row.

    Returns
    -------
    str
        The table, without a line end.

    Examples
    --------
    >>> print(markdown(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        ("|" + "|".join(line) + "|") if line[0] == "---" else "| " + " | ".join(line) + " |"
        for line in lines
    )
