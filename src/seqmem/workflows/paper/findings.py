"""The results of study 1 as the texts and rows that the pages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.importance import TOTAL
from seqmem.analysis.estimators.search_quality import doubling_gain
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.report.page import counts, reading_words
from seqmem.analysis.tables.report_data import IMPORTANCE
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import fixed_interval, fixed_number, short_number
from seqmem.workflows.paper.build import DEPTH_GAINS, POOLED, Paper, table_name
from seqmem.workflows.paper.claim_texts import (
    claim_list,
    claim_rows,
    effect,
    negative_control,
    tally,
)
from seqmem.workflows.paper.contents import SECTIONS, section_named
from seqmem.workflows.paper.exploratory import ALL_BUDGETS, pooled_rho
from seqmem.workflows.paper.published import level_words, published_epochs

DESIGN_TITLES = {"units": "units as at depth 1", "matched": "parameters matched"}
FIGURES_FOLDER = "results/study-1/report/figures"


class Findings:
    """Texts and rows that the templates ask for.

    A missing part of a claim, figure or row raises an error.

    Parameters
    ----------
    paper : Paper
        The built report of study 1.
    """

    def __init__(self, paper: Paper) -> None:
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
        return {
            "claims": lambda: claim_rows(outcomes),
            "tally": lambda: tally(outcomes),
            "effect": lambda claim, name, digits=2: effect(outcomes[claim], name, digits),
            "claim": lambda name: claim_list(outcomes[name]),
            "negative_control": lambda: negative_control(outcomes),
            "capacities": self.capacities,
            "capacity": self.capacity,
            "ratios": self.ratios,
            "pooled": self.pooled,
            "rho_rows": self.rho_rows,
            "strings": self.strings,
            "rho_at": self.rho_at,
            "depth_rows": self.depth_rows,
            "tuning_gain": self.tuning_gain,
            "half_life": self.half_life,
            "memorized": self.memorized,
            "importance": self.importance,
            "figure": self.figure,
            "figures": self.figures,
            "published": self.published,
            "counts": counts(frame),
            "cpu_hours": short_number(frame["train_cpu_seconds"].sum() / 3600),
            "sweeps": frame["sweep"].nunique(),
        }

    def capacities(self) -> list[dict[str, str]]:
        """Return the rows of the table of capacities.

        Returns
        -------
        list of dict
            Keys ``cell``, ``setting``, ``capacity``, ``interval``, ``runs``, ``continuous``.
        """
        rows = []
        for _, row in self._paper.tables["capacity"].iterrows():
            group = Group(*(row[column] for column in Group._fields))
            finding, interval = finding_words(row, group.unit)
            rows.append(
                {
                    "cell": row["cell"].upper(),
                    "setting": group.describe(),
                    "capacity": typeset(finding),
                    "interval": interval,
                    "runs": f"{row['memorized']} of {row['runs']}",
                    "continuous": reading_words(row),
                }
            )
        return rows

    def capacity(self, cell: str, alphabet: int) -> str:
        """Return a capacity with its interval, such as `877 codes (95 % interval 727–1079)`.

        Parameters
        ----------
        cell : str
            Name of the cell.
        alphabet : int
            Number of symbols.

        Returns
        -------
        str
            The capacity in LZW codes.
        """
        table = self._paper.tables["capacity"]
        rows = table[(table["cell"] == cell) & (table["alphabet_size"] == alphabet)]
        ((_, row),) = rows.iterrows()
        finding, interval = finding_words(row, "codes")
        return f"{typeset(finding)} ({interval})"

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

    def rho_rows(self, section: str, clock: str = "budget") -> list[dict[str, str]]:
        """Return rho at every level of a section, with the memorized strings of each cell.

        Parameters
        ----------
        section : str
            Name of the section.
        clock : {"budget", "flops", "steps"}
            The clock on which times are compared.

        Returns
        -------
        list of dict
            Keys ``what``, ``alphabet``, ``level``, ``budget``, ``rho``, ``strings``, ``gru``,
            ``lstm``.
        """
        table = self._paper.tables[table_name(section, "rho")]
        levels = self._paper.tables[table_name(section, "levels")]
        columns = [*Group._fields, "level"]
        rows = []
        for _, row in table[table["clock"] == clock].iterrows():
            same = levels[(levels[columns] == row[columns]).all(axis=1)]
            memorized = {
                str(other["cell"]): f"{other['memorized']} of {other['runs']}"
                for _, other in same.iterrows()
            }
            rows.append(
                {
                    "what": _label(section, row),
                    "alphabet": f"{row['alphabet_size']}",
                    "level": f"{Group(*row[[*Group._fields]]).measure_name} {row['level']}",
                    "budget": str(row["budget"]),
                    "rho": fixed_interval(row["rho"], row["low"], row["high"]),
                    "strings": f"{row['strings']}",
                    "gru": memorized.get("gru", "–"),
                    "lstm": memorized.get("lstm", "–"),
                }
            )
        return rows

    def pooled(self) -> list[dict[str, Any]]:
        """Return rho over all levels of each budget, on each clock.

        Returns
        -------
        list of dict
            Keys ``budget``, ``levels``, ``searches``, and ``cells`` with a text for each clock.
        """
        table = self._paper.tables[POOLED]
        return [
            {
                "budget": budget,
                "levels": f"{rows['levels'].iloc[0]}",
                "searches": f"{rows['searches'].iloc[0]}",
                "cells": {
                    row["clock"]: fixed_interval(row["rho"], row["low"], row["high"])
                    for _, row in rows.iterrows()
                },
            }
            for budget, rows in table.groupby("budget", sort=False)
        ]

    def published(self) -> list[dict[str, str]]:
        """Return the epochs and solved fractions of the published experiments, in words.

        Returns
        -------
        list of dict
            Keys ``level``, ``rate``, ``layers``, ``octaves``, ``lstm``, ``gru``.
        """
        return [
            {
                "level": level_words(row["level"]),
                "rate": f"{row['learning_rate']:g}",
                "layers": f"{row['layers']}",
                "octaves": fixed_number(row["octaves"]),
                "lstm": fixed_number(row["solved_lstm"]),
                "gru": fixed_number(row["solved_gru"]),
            }
            for _, row in published_epochs().iterrows()
        ]

    def rho_at(self, alphabet: int, levels: Sequence[int]) -> str:
        """Return rho in calibrated time over some levels of the first section.

        Parameters
        ----------
        alphabet : int
            Number of symbols.
        levels : sequence of int
            The levels; all weigh the same.

        Returns
        -------
        str
            Rho in octaves with its 95 % interval.
        """
        frame = self._section_frame(SECTIONS[0].name)
        table = pooled_rho(
            frame[frame["level"].isin(levels) & (frame["alphabet_size"] == alphabet)]
        )
        overall = table[(table["clock"] == "budget") & (table["budget"] == ALL_BUDGETS)]
        (row,) = overall.to_dict("records")
        return fixed_interval(row["rho"], row["low"], row["high"])

    def depth_rows(self) -> list[dict[str, str]]:
        """Return the gain of depth for each cell, at each budget in each design.

        Returns
        -------
        list of dict
            Keys ``budget``, ``design``, ``depth``, ``gru``, ``lstm``.
        """
        table = self._paper.tables[DEPTH_GAINS]
        rows = []
        for (budget, design, bias, depth), some in table.groupby(
            ["budget", "design", "forget_bias", "depth"]
        ):
            cells = {
                row["cell"]: fixed_interval(row["gain"], row["low"], row["high"])
                for _, row in some.iterrows()
            }
            title = f"{DESIGN_TITLES[str(design)]}{', forget bias 1' if bias else ''}"
            rows.append(
                {"budget": str(budget), "design": title, "depth": f"{depth:g}", "gru": "", **cells}
            )
        return rows

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

    def strings(self, section: str) -> list[dict[str, str]]:
        """Return the strings of a section's sweeps, and the part of them that each cell stored.

        Parameters
        ----------
        section : str
            Name of the section.

        Returns
        -------
        list of dict
            Keys ``what`` (part of the sweep's name), ``lzw``, ``symbols``, ``bits``, ``context``,
            ``gru``, ``lstm``.
        """
        prefix = f"paper-{section}-"
        frame = confirmed(self._paper.sources.frame)
        frame = frame[frame["sweep"].str.startswith(prefix)]
        rows = []
        for name, runs in frame.groupby("sweep", sort=True):
            cells = {}
            for cell, some in runs.groupby("cell"):
                count = int(memorized_by_budget(some).sum())
                cells[str(cell)] = f"{count} of {len(some)} ({some['stored_fraction'].mean():.2f})"
            rows.append(
                {
                    "what": str(name).removeprefix(prefix),
                    "lzw": f"{runs['lzw'].mean():.0f}",
                    "symbols": f"{runs['period'].mean():.0f}",
                    "bits": f"{runs['reference_bits'].mean():.0f}",
                    "context": f"{runs['min_context'].mean():.0f}",
                    **cells,
                }
            )
        return rows

    def importance(self, section: str) -> list[dict[str, str]]:
        """Return the hyper-parameters by their total Sobol index, for every cell and level.

        Parameters
        ----------
        section : str
            Name of the section.

        Returns
        -------
        list of dict
            Keys ``cell``, ``level``, ``order``.
        """
        table = self._paper.tables[table_name(section, IMPORTANCE)]
        table = table[table["evaluator"] == TOTAL].sort_values(
            "importance", ascending=False, kind="stable"
        )
        rows = []
        for (cell, level), some in table.groupby(["cell", "level"], sort=True):
            names = some["hyper_parameter"].str.replace("_", " ")
            order = [
                f"{name} {value:.2f}" for name, value in zip(names, some["importance"], strict=True)
            ]
            rows.append(
                {"cell": str(cell).upper(), "level": f"LZW {level}", "order": ", ".join(order)}
            )
        return rows

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
        return sources.only(section_named(name).choose(sources.configs)).frame

    def _confirmed(self, sweep: str, cell: str) -> pd.DataFrame:
        runs = confirmed(self._paper.sources.frame)
        return runs[(runs["sweep"] == sweep) & (runs["cell"] == cell)]

    def _pngs(self) -> list[str]:
        files = [file for built in self._paper.figures for file in built.files]
        return [f"{FIGURES_FOLDER}/{file.name}" for file in files if file.suffix == ".png"]


def _label(section: str, row: pd.Series) -> str:
    """Return a label: the sweep's part of the preset, or the source if all sweeps have one design.

    A part is left out if its name extends the name of the first. It differs from the first in
    levels and budget, which have their own columns.

    Examples
    --------
    >>> design = "paper-controls-x + paper-controls-x-low"
    >>> _label("controls", pd.Series({"design": design, "source": "iid"}))
    'x'
    """
    names = [
        name.removeprefix(f"paper-{section}-")
        for name in str(row["design"] or row["source"]).split(" + ")
    ]
    return " + ".join(name for name in names if not name.startswith(f"{names[0]}-"))
