"""What the study found, in the words and rows that its pages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.against_itself import AGREES, DIFFERS, UNKNOWN
from seqmem.analysis.claims.rules.verdict import VERDICTS, Verdict, VerdictPart
from seqmem.analysis.claims.table import effect_words
from seqmem.analysis.estimators.importance import TOTAL
from seqmem.analysis.estimators.search_quality import doubling_gain
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.report.page import counts, reading_words
from seqmem.analysis.tables.report_data import IMPORTANCE
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import (
    fixed_interval,
    fixed_number,
    short_number,
    with_minus_signs,
)
from seqmem.workflows.paper.build import DEPTH_GAINS, POOLED, Paper, table_name
from seqmem.workflows.paper.contents import SECTIONS
from seqmem.workflows.paper.exploratory import ALL, pooled_rho
from seqmem.workflows.paper.published import level_words, published_epochs

DESIGNS = {"units": "units as at depth 1", "matched": "parameters matched"}
FIGURES_FOLDER = "results/study-1/report/figures"


class Findings:
    """What the templates may ask for; a claim's part, a figure or a row that is not there is an error."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def context(self) -> dict[str, Any]:
        """Names of a template and what they stand for."""
        frame = self._paper.sources.frame
        return {
            "claims": self.claims,
            "tally": self.tally,
            "effect": self.effect,
            "claim": self.claim,
            "against_itself": self.against_itself,
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

    def claims(self) -> list[dict[str, str]]:
        """A row for every claim: what is claimed, its verdict, the estimates that decide it, or their range."""
        rows = []
        for name, verdict in self._paper.verdicts.items():
            rows.append(
                {
                    "claim": name,
                    "statement": CLAIMS[name].statement,
                    "source": CLAIMS[name].source,
                    "verdict": verdict.words(),
                    "effect": "; ".join(_range_words(parts) for parts in _by_quantity(verdict))
                    or "–",
                    "itself": _itself(verdict.against_itself),
                    "setting": verdict.setting or "–",
                }
            )
        return rows

    def claim(self, name: str) -> str:
        """Everything that a verdict rests on and what stands beside it, as a list."""
        verdict = self._paper.verdicts[name]
        beside = [part for part in verdict.parts if part.name in verdict.aside]
        lines = [
            f"- {_part_words(part)}: {' '.join([part.verdict, part.tag]).strip()}"
            for part in _deciding(verdict)
        ]
        lines += [f"- beside it, {_part_words(part)}" for part in beside]
        lines += [f"- {_part_words(part)}: {part.verdict}" for part in verdict.against_itself]
        return "\n".join([*lines, *(f"- {with_minus_signs(note)}" for note in verdict.notes)])

    def tally(self) -> list[tuple[str, list[str]]]:
        """The claims by what they came to, tags left out, in the order of `VERDICTS`."""
        found = self._paper.verdicts
        by_word = [
            (word, [name for name in found if found[name].verdict == word]) for word in VERDICTS
        ]
        return [(word, names) for word, names in by_word if names]

    def effect(self, claim: str, name: str, digits: int = 2) -> str:
        """An estimate of a claim with its interval: `0.63 [0.07, 1.18]`."""
        verdict = self._paper.verdicts[claim]
        for part in (*verdict.parts, *verdict.against_itself):
            if part.name == name:
                return fixed_interval(part.estimate, part.low, part.high, digits)
        raise KeyError(f"{claim} has no part {name!r}")

    def against_itself(self) -> str:
        """How many contrasts of a cell with itself differ, by the rule of the claims and by the plain 95 % interval."""
        parts = [
            part for verdict in self._paper.verdicts.values() for part in verdict.against_itself
        ]
        known = [part for part in parts if part.verdict != UNKNOWN]
        plain = sum(part.plain_low > 0 or part.plain_high < 0 for part in known)
        ruled = sum(part.verdict == DIFFERS for part in known)
        return f"{ruled} of {len(known)} differ by the rule, {plain} by the plain 95 %"

    def capacities(self) -> list[dict[str, str]]:
        """The table of capacities in words."""
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
        """A capacity with its interval: `877 codes (95 % interval 727–1079)`."""
        table = self._paper.tables["capacity"]
        ((_, row),) = table[
            (table["cell"] == cell) & (table["alphabet_size"] == alphabet)
        ].iterrows()
        finding, interval = finding_words(row, "codes")
        return f"{typeset(finding)} ({interval})"

    def ratios(self) -> list[str]:
        """Ratios of capacities in words, one for each group."""
        rows = []
        for _, row in self._paper.tables["ratios"].iterrows():
            finding, interval = finding_words(row, value="ratio")
            rows.append(
                f"{typeset(finding)} ({interval}) over {row['alphabet_size']} symbols at {row['budget']}"
            )
        return rows

    def rho_rows(self, section: str, clock: str = "budget") -> list[dict[str, str]]:
        """Rho at every level of a section on a clock, with what was memorized."""
        table, levels = (
            self._paper.tables[table_name(section, name)] for name in ("rho", "levels")
        )
        rows = []
        for _, row in table[table["clock"] == clock].iterrows():
            same = levels[
                (levels[[*Group._fields, "level"]] == row[[*Group._fields, "level"]]).all(axis=1)
            ]
            done = {
                str(found["cell"]): f"{found['memorized']} of {found['runs']}"
                for _, found in same.iterrows()
            }
            rows.append(
                {
                    "what": _label(section, row),
                    "alphabet": f"{row['alphabet_size']}",
                    "level": f"{Group(*row[[*Group._fields]]).measure_name} {row['level']}",
                    "budget": str(row["budget"]),
                    "rho": fixed_interval(row["rho"], row["low"], row["high"]),
                    "strings": f"{row['strings']}",
                    "gru": done.get("gru", "–"),
                    "lstm": done.get("lstm", "–"),
                }
            )
        return rows

    def pooled(self) -> list[dict[str, Any]]:
        """Rho over all levels of a budget on each clock."""
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
        """Which cell needed more epochs in the published experiments, in words."""
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
        """Rho in calibrated time over some levels of the study of complexity, one alphabet, with its 95 % interval."""
        section = SECTIONS[0]
        frame = self._paper.sources.only(section.choose(self._paper.sources.configs)).frame
        table = pooled_rho(
            frame[frame["level"].isin(levels) & (frame["alphabet_size"] == alphabet)]
        )
        (row,) = table[(table["clock"] == "budget") & (table["budget"] == ALL)].to_dict("records")
        return fixed_interval(row["rho"], row["low"], row["high"])

    def depth_rows(self) -> list[dict[str, str]]:
        """What depth gives each cell at each budget in each design."""
        table = self._paper.tables[DEPTH_GAINS]
        rows = []
        for (budget, design, bias, depth), some in table.groupby(
            ["budget", "design", "forget_bias", "depth"]
        ):
            cells = {
                row["cell"]: fixed_interval(row["gain"], row["low"], row["high"])
                for _, row in some.iterrows()
            }
            words = f"{DESIGNS[str(design)]}{', forget bias 1' if bias else ''}"
            rows.append(
                {"budget": str(budget), "design": words, "depth": f"{depth:g}", "gru": "", **cells}
            )
        return rows

    def tuning_gain(self, section: str, cell: str) -> str:
        """By how much the best of all trials exceeds the best of their first half, in score, mean over searches."""
        (chosen,) = [some for some in SECTIONS if some.name == section]
        frame = self._paper.sources.only(chosen.choose(self._paper.sources.configs)).frame
        return fixed_number(doubling_gain(frame[frame["cell"] == cell]))

    def half_life(self, sweep: str, cell: str, moment: str) -> str:
        """Median half-life of the gradient of a cell in a sweep, in symbols."""
        runs = confirmed(self._paper.sources.frame)
        runs = runs[(runs["sweep"] == sweep) & (runs["cell"] == cell)]
        return short_number(runs[f"probe_gradient_by_lag_{moment}_half_life_symbols"].median())

    def memorized(self, sweep: str, cell: str) -> str:
        """How many of its confirmation strings a cell memorized in a sweep."""
        runs = confirmed(self._paper.sources.frame)
        runs = runs[(runs["sweep"] == sweep) & (runs["cell"] == cell)]
        return f"{int(memorized_by_budget(runs).sum())} of {len(runs)}"

    def strings(self, section: str) -> list[dict[str, str]]:
        """The length of a section's strings, the bits that they take, and what each cell stored of them, by sweep."""
        frame = confirmed(self._paper.sources.frame)
        rows = []
        for name, runs in frame[frame["sweep"].str.startswith(f"paper-{section}-")].groupby(
            "sweep", sort=True
        ):
            cells = {}
            for cell, some in runs.groupby("cell"):
                done = int(memorized_by_budget(some).sum())
                cells[str(cell)] = f"{done} of {len(some)} ({some['stored_fraction'].mean():.2f})"
            rows.append(
                {
                    "what": str(name).removeprefix(f"paper-{section}-"),
                    "lzw": f"{runs['lzw'].mean():.0f}",
                    "symbols": f"{runs['period'].mean():.0f}",
                    "bits": f"{runs['reference_bits'].mean():.0f}",
                    "context": f"{runs['min_context'].mean():.0f}",
                    **cells,
                }
            )
        return rows

    def importance(self, section: str) -> list[dict[str, str]]:
        """Hyper-parameters by their total Sobol index, for every cell and level of a section."""
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
        """Path of a figure's PNG, which must have been written."""
        (path,) = [path for path in self._pngs() if path.endswith(f"/{stem}.png")]
        return path

    def figures(self, name: str) -> list[str]:
        """Paths of the PNGs of all groups of a figure, at least one."""
        return [path for path in self._pngs() if path.startswith(f"{FIGURES_FOLDER}/{name}")]

    def _pngs(self) -> list[str]:
        files = [file for built in self._paper.figures for file in built.files]
        return [f"{FIGURES_FOLDER}/{file.name}" for file in files if file.suffix == ".png"]


def _label(section: str, row: pd.Series) -> str:
    """What a row is about: the part of the preset that was its sweep, or its source where all are of one design.

    A part whose name extends another's differs from it in levels and budget, which stand beside.

    Examples
    --------
    >>> _label("controls", pd.Series({"design": "paper-controls-x + paper-controls-x-low", "source": "iid"}))
    'x'
    """
    names = [
        name.removeprefix(f"paper-{section}-")
        for name in str(row["design"] or row["source"]).split(" + ")
    ]
    return " + ".join(name for name in names if not name.startswith(f"{names[0]}-"))


def _deciding(verdict: Verdict) -> list[VerdictPart]:
    return [part for part in verdict.parts if part.name not in verdict.aside]


def _by_quantity(verdict: Verdict) -> list[list[VerdictPart]]:
    parts = _deciding(verdict)
    return [
        [part for part in parts if part.quantity == name]
        for name in dict.fromkeys(part.quantity for part in parts)
    ]


def _range_words(parts: Sequence[VerdictPart]) -> str:
    """An estimate with its intervals; of several the least and the greatest."""
    if len(parts) == 1:
        return _part_words(parts[0])
    values = [part.estimate for part in parts if part.estimate == part.estimate]
    if not values:
        return f"{parts[0].quantity}: none"
    return with_minus_signs(
        f"{parts[0].quantity} {min(values):.3g} to {max(values):.3g} (least and greatest of {len(values)})"
    )


def _part_words(part: VerdictPart) -> str:
    return with_minus_signs(effect_words(part))


def _itself(parts: Sequence[VerdictPart]) -> str:
    """How many contrasts of a cell with itself agree, of those that have an interval."""
    known = [part for part in parts if part.verdict != UNKNOWN]
    return (
        f"{sum(part.verdict == AGREES for part in known)} of {len(known)} agree" if known else "–"
    )
