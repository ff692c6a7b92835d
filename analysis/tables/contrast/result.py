"""The outcome of a contrast: how it was made, its table, and both as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.verdict import verdict_words
from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN
from seqmem.analysis.estimators.two_samples import POWER
from seqmem.core.number_formats import fixed_interval, fixed_number, json_value

_NAMES = {"rho": "rho (octaves)", "score": "score", "bits": "bits of a string"}
_WIDE = f"{100 * BONFERRONI:.1f} % interval"
_PLAIN = f"{100 * PLAIN:.0f} % interval"
_HEADS = ("", "a - b", _WIDE, _PLAIN, "margin", "verdict", "found from", "searches")
_WIDTH = 100


@dataclass(frozen=True, repr=False)
class ContrastResult:
    """Two settings contrasted.

    Attributes
    ----------
    a, b : str
        The settings.
    route : str
        "confirmation runs of winners" or "best of n points", with ", unpaired" if no string is
        shared.
    paired : str
        What is paired, in words.
    estimand : str
        What the estimates are about, in a sentence.
    confounded : tuple of str
        Other settings that differ between the sides.
    notes : tuple of str
        Sentences to be read beside the table.
    table : DataFrame
        One row per label and quantity. After `a`, `b` and the columns of `by`: `label`, `quantity`
        (rho, score or bits), `unit`, `estimate` (a minus b; rho is positive where a is sooner), its
        95 % interval `low` and `high`, its 99.4 % interval, `margin`, `verdict` and `tag` by the
        99.4 % interval, `found_from` (the smallest true difference that would be supported with
        80 %), `searches_a`, `searches_b`, `freedom`, `strings` of a search, the shares of pairs of
        runs that are `uninformative` or `at_start`, and `left_out` searches.

    Examples
    --------
    >>> result = analysis.contrast(frame, a="depth=2", b="depth=1")  # doctest: +SKIP
    >>> result.table[["label", "quantity", "estimate", "verdict"]]  # doctest: +SKIP
    """

    a: str
    b: str
    route: str
    paired: str
    estimand: str
    confounded: tuple[str, ...]
    notes: tuple[str, ...]
    table: pd.DataFrame

    @property
    def lines(self) -> list[str]:
        """The contrast as lines of text."""
        differs = "; ".join(self.confounded) or "no other setting differs"
        heads = {
            "a": self.a,
            "b": self.b,
            "route": self.route,
            "pairing": self.paired,
            "estimand": self.estimand,
            "confounded": differs,
        }
        lines = [line for name, text in heads.items() for line in _wrapped(f"{name}: ", text)]
        lines += ["", *self._table_lines(), ""]
        power = f"{100 * POWER:.0f} %"
        lines += _wrapped(
            "",
            'Intervals: t, over searches. The verdict is that of "a is better than b" by the '
            f"{_WIDE.replace(' interval', '')} interval. Found from: the smallest true difference "
            f"that would be supported with a probability of {power}.",
        )
        return lines + [line for note in self.notes for line in _wrapped("note: ", note)]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def __repr__(self) -> str:
        return str(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: numbers to 9 significant digits, non-finite numbers as None."""
        rows = self.table.astype(object).to_dict("records")
        plain: dict[str, Any] = json_value(
            {
                "a": self.a,
                "b": self.b,
                "route": self.route,
                "paired": self.paired,
                "estimand": self.estimand,
                "confounded": list(self.confounded),
                "notes": list(self.notes),
                "rows": [{name: _plain(value) for name, value in row.items()} for row in rows],
            }
        )
        return plain

    def _table_lines(self) -> list[str]:
        cells = [list(_HEADS)]
        for label, rows in self.table.groupby("label", sort=False):
            cells.append([str(label), *[""] * (len(_HEADS) - 1)])
            cells += [_cells(row) for _, row in rows.iterrows()]
        widths = [max(len(line[place]) for line in cells) for place in range(len(_HEADS))]
        return [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in cells
        ]


def _cells(row: pd.Series) -> list[str]:
    digits = {"rho": 2, "score": 3, "bits": 1}[row["quantity"]]
    limits = [
        _interval(row[low], row[high], digits)
        for low, high in (("low_bonferroni", "high_bonferroni"), ("low", "high"))
    ]
    return [
        f"  {_NAMES[row['quantity']]}",
        fixed_number(row["estimate"], digits),
        *limits,
        fixed_number(row["margin"], digits),
        verdict_words(row["verdict"], row["tag"]),
        fixed_number(row["found_from"], digits),
        _searches(int(row["searches_a"]), int(row["searches_b"]), row["estimate"]),
    ]


def _interval(low: float, high: float, digits: int) -> str:
    if low != low:
        return "none"
    return fixed_interval(0.0, low, high, digits).partition(" ")[2]


def _searches(a: int, b: int, estimate: float) -> str:
    if estimate != estimate:
        return "0"
    return str(a) if a == b else f"{a} and {b}"


def _wrapped(name: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        name + text, _WIDTH, subsequent_indent=" " * len(name), break_long_words=False
    )


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
