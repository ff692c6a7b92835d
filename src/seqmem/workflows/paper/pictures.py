"""The figures of a built study on the paper's pages, and the numbers in their captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.figures import BuiltFigure
from seqmem.core.number_formats import fixed_interval, number_range, short_number
from seqmem.workflows.paper.build import BuiltStudy

# Of the groups of a figure, the one that the page shows: four symbols, and the budget of level 512
# of study 2 where budgets are apart.
SHOWN_ALPHABET = 4
SHOWN_BUDGET = "1 cal-s"
_LABELS = {1: "Study 1, exploratory.", 2: "Study 2."}


class Picture(NamedTuple):
    """A figure on a page in the root of the repository.

    Attributes
    ----------
    path : str
        Path of the PNG from the root.
    study : int
        The study whose records it shows.
    data : DataFrame
        The numbers that are drawn.
    """

    path: str
    study: int
    data: pd.DataFrame

    @property
    def label(self) -> str:
        """The study, as the first words of the caption."""
        return _LABELS[self.study]


def picture(studies: Mapping[int, BuiltStudy], name: str) -> Picture | None:
    """Return a figure from the latest study that has it.

    Parameters
    ----------
    studies : mapping of int to BuiltStudy
        Built studies by number.
    name : str
        Name of the figure.

    Returns
    -------
    Picture or None
        None if no study has records for it.
    """
    for number in sorted(studies, reverse=True):
        built = [one for one in studies[number].figures if one.figure.name == name]
        if built:
            files = {file.suffix: file for file in max(built, key=_fitness).files}
            path = f"{studies[number].study.folder}/report/figures/{files['.png'].name}"
            return Picture(path, number, pd.read_csv(files[".csv"]))
    return None


def exponents(shown: Picture | None) -> dict[str, str]:
    """Return the exponent of the time in bits of each cell, with its 95 % interval.

    Parameters
    ----------
    shown : Picture or None
        The figure `time_by_bits`.

    Returns
    -------
    dict of str to str
        Texts by the name of the cell; cells without an exponent are missing.
    """
    if shown is None:
        return {}
    laws = shown.data.dropna(subset=["exponent"]).drop_duplicates("cell")
    return {
        str(row["cell"]): fixed_interval(row["exponent"], row["exponent_low"], row["exponent_high"])
        for _, row in laws.iterrows()
    }


def winner_medians(shown: Picture | None) -> dict[str, tuple[str, str]]:
    """Return the median setting of the winners at the smallest and at the largest budget.

    Parameters
    ----------
    shown : Picture or None
        The figure `winners_by_budget`.

    Returns
    -------
    dict of str to tuple of str
        Both medians by the name of the setting.
    """
    if shown is None:
        return {}
    ends = shown.data["spent"].min(), shown.data["spent"].max()
    medians = shown.data.groupby(["setting", "spent"])["value"].median()
    return {
        setting: (short_number(medians[setting, ends[0]]), short_number(medians[setting, ends[1]]))
        for setting in shown.data["setting"].unique()
    }


def bits_at_most_exposures(shown: Picture | None) -> str:
    """Return the range of bits per parameter after the most steps, such as `1.4–2.5`.

    Parameters
    ----------
    shown : Picture or None
        The figure `bits_by_exposure`.
    """
    if shown is None:
        return ""
    last = shown.data[shown.data["steps"] == shown.data["steps"].max()]["bits_per_parameter"]
    return number_range(last.min(), last.max(), ".2g")


def _fitness(built: BuiltFigure) -> tuple[bool, bool]:
    if built.group is None:
        return False, False
    return built.group.alphabet_size == SHOWN_ALPHABET, built.group.budget == SHOWN_BUDGET
