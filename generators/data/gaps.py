"""Missing values in series of numbers or symbols: refused, dropped, interpolated or cut out."""

from typing import Any

import numpy as np

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.generators.data.columns import Content, is_blank


def without_gaps(path: str, content: Content, rule: str | None) -> Content:
    """Return series without missing values.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    content : Content
        Series of numbers, with NaN where one is missing, or of symbols.
    rule : {"drop", "interpolate", "split"} or None
        ``drop`` closes the gaps. ``interpolate`` fills them linearly from both sides, and drops
        those at the ends. ``split`` makes a series of every stretch without a gap.

    Raises
    ------
    InputError
        If a value is missing and no rule is given, or symbols should be interpolated.

    Examples
    --------
    >>> series = Content("numbers", [np.array([1.0, np.nan, 3.0, 4.0])])
    >>> [without_gaps("x", series, rule).records for rule in ("drop", "interpolate", "split")]
    [[array([1., 3., 4.])], [array([1., 2., 3., 4.])], [array([1.]), array([3., 4.])]]
    """
    gaps = [_missing(series) for series in content.records]
    missing = sum(int(gap.sum()) for gap in gaps)
    if not missing:
        return content
    if rule is None:
        raise _refusal(path, content, gaps, missing)
    if rule == "interpolate" and content.kind == "symbols":
        raise InputError(f"{path}: symbols cannot be interpolated; valid: --missing drop or split")
    records: list[Any] = []
    for series, gap in zip(content.records, gaps, strict=True):
        records += _RULES[rule](series, gap)
    at_ends = sum(map(len, content.records)) - sum(map(len, records))
    return content._replace(
        records=records, notes=(*content.notes, _note(content.kind, rule, missing, at_ends))
    )


def _note(kind: str, rule: str, missing: int, at_ends: int) -> str:
    noun = f"missing {'number' if kind == 'numbers' else 'symbol'}"
    if rule == "interpolate":
        ends = f", {at_ends:,} at the ends dropped" if at_ends else ""
        return f"{counted(missing - at_ends, noun)} interpolated{ends}"
    return f"{counted(missing, noun)} {'dropped' if rule == 'drop' else 'cut out'}"


def _missing(series: Any) -> np.ndarray:
    if isinstance(series, np.ndarray):
        return np.isnan(series)
    return np.array([is_blank(cell) for cell in series], dtype=bool)


def _refusal(path: str, content: Content, gaps: list[np.ndarray], missing: int) -> InputError:
    series = next(index for index, gap in enumerate(gaps) if gap.any())
    at = int(np.argmax(gaps[series]))
    place = content.place(at) if content.place else f"series {series + 1}, value {at + 1}"
    total = sum(map(len, gaps))
    rules = "drop, interpolate or split" if content.kind == "numbers" else "drop or split"
    where = f"{content.column}: " if content.column else ""
    return InputError(
        f"{path}: {where}{missing:,} of {total:,} values are missing, the first in {place}; "
        f"give --missing {rules}"
    )


def _dropped(series: Any, gap: np.ndarray) -> list[Any]:
    kept = np.flatnonzero(~gap)
    return [series[kept]] if isinstance(series, np.ndarray) else [[series[at] for at in kept]]


def _interpolated(series: np.ndarray, gap: np.ndarray) -> list[np.ndarray]:
    known = np.flatnonzero(~gap)
    if not len(known):
        return [series[:0]]
    inside = np.arange(known[0], known[-1] + 1)
    return [np.interp(inside, known, series[known])]


def _split(series: Any, gap: np.ndarray) -> list[Any]:
    edges = np.flatnonzero(np.diff(np.concatenate(([True], gap, [True])).astype(int)))
    return [series[start:stop] for start, stop in edges.reshape(-1, 2)]


_RULES: dict[str, Any] = {"drop": _dropped, "interpolate": _interpolated, "split": _split}
