"""What the paper shows of a study: the types that its contents are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.records.sources import Sources

# Name -> (heading, table).
HeadedTables = dict[str, tuple[str, pd.DataFrame]]


class Section(NamedTuple):
    """What is shown of some sweeps.

    Attributes
    ----------
    name : str
        Begins the names of its tables.
    title : str
        Follows the heading of a table.
    sweeps : tuple of str
        Patterns of the names of the sweeps.
    figures : tuple of str
        Names in `seqmem.analysis.figures.FIGURES`.
    tables : tuple of str
        Names in `seqmem.analysis.tables.report_data`.
    pooled : bool
        Whether its levels enter the mean of rho over all of them.
    """

    name: str
    title: str
    sweeps: tuple[str, ...]
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    pooled: bool = False

    def choose(self, sweeps: Iterable[str]) -> list[str]:
        """Return the names of sweeps that belong here.

        Parameters
        ----------
        sweeps : iterable of str
            Names of sweeps.

        Returns
        -------
        list of str
            Those that match a pattern, in the given order.
        """
        return [name for name in sweeps if any(fnmatch(name, pattern) for pattern in self.sweeps)]


def _no_tables(sources: Sources, chosen: Mapping[Section, list[str]]) -> HeadedTables:
    return {}


class Study(NamedTuple):
    """What the report of a study shows.

    Attributes
    ----------
    number : int
        Number of the study.
    sections : tuple of Section
        Tables of the first one carry no prefix.
    pilots : str
        Pattern of the names of pilots. They chose levels or boxes, so they are not evidence.
    timings : str
        Folder of the step times among the folders of the sweeps.
    later_tables : callable
        Function of the records, and of the names of the sweeps of each section, that returns tables
        that were asked for after the data were seen.
    """

    number: int
    sections: tuple[Section, ...]
    pilots: str
    timings: str
    later_tables: Callable[[Sources, Mapping[Section, list[str]]], HeadedTables] = _no_tables

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Study {self.number}"

    @property
    def folder(self) -> str:
        """Folder of the shipped records in the repository, as text with slashes."""
        return f"results/study-{self.number}"

    def section(self, name: str) -> Section:
        """Return a section by its name.

        Parameters
        ----------
        name : str
            Name of a section.

        Returns
        -------
        Section
            The only one of this name.
        """
        (section,) = [section for section in self.sections if section.name == name]
        return section

    def table_name(self, section: str, table: str) -> str:
        """Return the name of a table of a section, which is also the name of its file.

        Parameters
        ----------
        section : str
            Name of the section.
        table : str
            Name of the table.

        Returns
        -------
        str
            The name of the table alone for the first section.

        Examples
        --------
        >>> study = Study(3, (Section("main", "", ()), Section("controls", "", ())), "", "")
        >>> study.table_name("main", "rho"), study.table_name("controls", "rho")
        ('rho', 'controls-rho')
        """
        return table if section == self.sections[0].name else f"{section}-{table}"
