"""The results of study 1 as the texts and rows of its discussion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.search_quality import doubling_gain
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.report.page import counts
from seqmem.analysis.tables.report_data import IMPORTANCE
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import fixed_interval, fixed_number, short_number
from seqmem.workflows.paper.build import BuiltStudy
from seqmem.workflows.paper.claim_texts import (
    effect,
    headings,
    negative_control,
)
from seqmem.workflows.paper.exploratory import (
    ALL_BUDGETS,
    DEPTH_GAINS,
    POOLED,
    pooled_rho,
)
from seqmem.workflows.paper.table_rows import (
    capacity_rows,
    depth_rows,
    importance_rows,
    pooled_rows,
    published_rows,
    rho_rows,
    string_rows,
)

# From the folder of the page.
FIGURES_FOLDER = "report/figures"


class Findings:
    """Texts and rows that the templates ask for.

    A missing part of a claim, figure or row raises an error.

    Parameters
    ----------
    paper : BuiltStudy
        The built report of study 1.
    """

    def __init__(self, paper: BuiltStudy) -> None:
        self._paper = paper

    def context(self) -> dict[str, Any]:
        """Return the names that a template may use, with their values and functions.

        Returns
        -------
        dict
            Functions return text or rows.
        """
        frame = self._paper.sources.frame
        outcomes = self._paper.verdicts
        tables = self._paper.tables
        return {
            "claims": lambda: headings(outcomes),
            "effect": lambda claim, name, digits=2: effect(outcomes[claim], name, digits),
            "negative_control": lambda: negative_control(outcomes),
            "capacities": lambda: capacity_rows(tables["capacity"]),
            "ratios": self.ratios,
            "pooled": lambda: pooled_rows(tables[POOLED]),
            "rho_rows": self.rho_rows,
            "strings": lambda section: string_rows(confirmed(frame), section),
            "rho_at": self.rho_at,
            "seconds_gap": self.seconds_gap,
            "depth_rows": lambda: depth_rows(tables[DEPTH_GAINS]),
            "tuning_gain": self.tuning_gain,
            "half_life": self.half_life,
            "memorized": self.memorized,
            "importance": lambda section: importance_rows(
                tables[self._paper.study.table_name(section, IMPORTANCE)]
            ),
            "figure": self.figure,
            "figures": self.figures,
            "published": published_rows,
            "counts": counts(frame),
            "cpu_hours": short_number(frame["train_cpu_seconds"].sum() / 3600),
            "sweeps": frame["sweep"].nunique(),
        }

    def rho_rows(self, section: str, clock: str = "budget") -> list[dict[str, str]]:
        """Return rho at every level of a section, as `table_rows.rho_rows` does.

        Parameters
        ----------
        section : str
            Name of the section.
        clock : {"budget", "flops", "steps"}
            The clock on which times are compared.

        Returns
        -------
        list of dict
            One row per level.
        """
        rho = self._paper.tables[self._paper.study.table_name(section, "rho")]
        levels = self._paper.tables[self._paper.study.table_name(section, "levels")]
        return rho_rows(rho[rho["clock"] == clock], levels, section)

    def ratios(self) -> list[str]:
        """Return the ratio of capacities of each group, in words.

        Returns
        -------
        list of str
            One text for each alphabet and budget.
        """
        texts = []
        for _, row in self._paper.tables["ratios"].iterrows():
            finding, interval = finding_words(row, value="ratio")
            setting = f"over {row['alphabet_size']} symbols at {row['budget']}"
            texts.append(f"{typeset(finding)} ({interval}) {setting}")
        return texts

    def rho_at(self, alphabet: int, levels: Sequence[int], clock: str = "budget") -> str:
        """Return rho over some levels of the first section.

        Parameters
        ----------
        alphabet : int
            Number of symbols.
        levels : sequence of int
            The levels; all weigh the same.
        clock : {"budget", "flops", "steps"}
            The clock on which times are compared.

        Returns
        -------
        str
            Rho in octaves with its 95 % interval.
        """
        frame = self._section_frame(self._paper.study.sections[0].name)
        table = pooled_rho(
            frame[frame["level"].isin(levels) & (frame["alphabet_size"] == alphabet)]
        )
        overall = table[(table["clock"] == clock) & (table["budget"] == ALL_BUDGETS)]
        (row,) = overall.to_dict("records")
        return fixed_interval(row["rho"], row["low"], row["high"])

    def tuning_gain(self, section: str, cell: str) -> str:
        """Return the gain in score of all trials over the first half of them, mean over searches.

        Parameters
        ----------
        section : str
            Name of the section.
        cell : str
            Name of the cell.

        Returns
        -------
        str
            The difference of the best scores.
        """
        frame = self._section_frame(section)
        return fixed_number(doubling_gain(frame[frame["cell"] == cell]))

    def seconds_gap(self, section: str) -> str:
        """Return the octaves by which CPU seconds charge the GRU more than its budget does.

        Parameters
        ----------
        section : str
            Name of a section whose budgets are in calibrated seconds.

        Returns
        -------
        str
            The difference of the cells in log2 of CPU seconds over the budget that was spent, mean
            over the string conditions of the confirmation runs. Other load was not controlled.
        """
        runs = confirmed(self._section_frame(section))
        octaves = np.log2(runs["train_cpu_seconds"] / runs["spent"])
        means = octaves.groupby([runs["string_condition"], runs["cell"]]).mean().unstack()
        return fixed_number((means["gru"] - means["lstm"]).mean())

    def half_life(self, sweep: str, cell: str, moment: str) -> str:
        """Return the median half-life of the gradient of a cell in a sweep.

        Parameters
        ----------
        sweep : str
            Name of the sweep.
        cell : str
            Name of the cell.
        moment : {"initial", "trained"}
            Before or after training.

        Returns
        -------
        str
            Symbols.
        """
        runs = self._confirmed(sweep, cell)
        return short_number(runs[f"probe_gradient_by_lag_{moment}_half_life_symbols"].median())

    def memorized(self, sweep: str, cell: str) -> str:
        """Return how many of its confirmation strings a cell memorized in a sweep.

        Parameters
        ----------
        sweep : str
            Name of the sweep.
        cell : str
            Name of the cell.

        Returns
        -------
        str
            Such as `3 of 8`.
        """
        runs = self._confirmed(sweep, cell)
        return f"{int(memorized_by_budget(runs).sum())} of {len(runs)}"

    def figure(self, stem: str) -> str:
        """Return the path of a figure's PNG.

        Parameters
        ----------
        stem : str
            Name of the file without its suffix; the file must have been written.

        Returns
        -------
        str
            Path relative to the repository.
        """
        (path,) = [path for path in self._pngs() if path.endswith(f"/{stem}.png")]
        return path

    def figures(self, name: str) -> list[str]:
        """Return the paths of the PNGs of all groups of a figure.

        Parameters
        ----------
        name : str
            Name of the figure.

        Returns
        -------
        list of str
            Paths relative to the repository.
        """
        return [path for path in self._pngs() if path.startswith(f"{FIGURES_FOLDER}/{name}")]

    def _section_frame(self, name: str) -> pd.DataFrame:
        sources = self._paper.sources
        return sources.only(self._paper.study.section(name).choose(sources.configs)).frame

    def _confirmed(self, sweep: str, cell: str) -> pd.DataFrame:
        runs = confirmed(self._paper.sources.frame)
        return runs[(runs["sweep"] == sweep) & (runs["cell"] == cell)]

    def _pngs(self) -> list[str]:
        files = [file for built in self._paper.figures for file in built.files]
        return [f"{FIGURES_FOLDER}/{file.name}" for file in files if file.suffix == ".png"]
