"""RESULTS.md and the README's first lines, with every number taken from what was built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.claims.verdict import Part
from analysis.files import write_bytes
from analysis.groups import Group
from analysis.marked import with_parts
from analysis.page import render_template
from analysis.paper.build import Paper
from analysis.paper.published import published_table
from analysis.report_page import counts
from analysis.summary import finding_words, number, typeset

TEMPLATE, README_TEMPLATE = "results.md.j2", "readme_results.md.j2"
FIGURES = "analysis/results/paper/report/figures"


def write_results(paper: Paper, root: Path) -> None:
    """Write RESULTS.md, and the part of README.md between the marks `results`, into the folder `root`."""
    context = Findings(paper).context()
    write_bytes(root / "RESULTS.md", render_template(TEMPLATE, **context).encode())
    readme = root / "README.md"
    parts: dict[str, Callable[[], str]] = {"results": lambda: render_template(README_TEMPLATE, **context)}
    write_bytes(readme, with_parts(readme.read_text(encoding="utf-8"), parts).encode())


class Findings:
    """What the templates may ask for; a claim's part, a figure or a row that is not there is an error."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def context(self) -> dict[str, Any]:
        """Names of a template and what they stand for."""
        frame = self._paper.sources.frame
        return {
            "verdict": lambda claim: self._paper.verdicts[claim].words(),
            "claims": self.claims,
            "effect": self.effect,
            "estimate": self.estimate,
            "against_itself": self.against_itself,
            "capacities": self.capacities,
            "capacity": self.capacity,
            "ratios": self.ratios,
            "rho_rows": self.rho_rows,
            "figure": self.figure,
            "published": published_table,
            "counts": counts(frame),
            "cpu_hours": number(frame["train_cpu_seconds"].sum() / 3600),
            "sweeps": frame["sweep"].nunique(),
            "memorized": self.memorized,
            "table": lambda name: self._paper.tables[name],
            "number": number,
        }

    def claims(self) -> list[dict[str, str]]:
        """A row for every claim: its name, verdict, the effects that decide it and the check of a cell against itself."""
        rows = []
        for name, verdict in self._paper.verdicts.items():
            parts = [part for part in verdict.parts if part.name not in verdict.aside]
            rows.append(
                {
                    "claim": name,
                    "verdict": verdict.words(),
                    "effects": "; ".join(_words(part) for part in parts) or "–",
                    "itself": _itself(verdict.against_itself),
                    "setting": verdict.setting or "–",
                }
            )
        return rows

    def effect(self, claim: str, name: str) -> str:
        """An estimate of a claim with its 99.4 % interval: `0.63 [0.07, 1.18]`."""
        part = self._part(claim, name)
        if part.low != part.low:
            return _short(part.estimate)
        return f"{_short(part.estimate)} [{_short(part.low)}, {_short(part.high)}]"

    def estimate(self, claim: str, name: str) -> float:
        """An estimate of a claim."""
        return self._part(claim, name).estimate

    def against_itself(self) -> str:
        """How many contrasts of a cell against itself there are, and how many differ."""
        parts = [part for verdict in self._paper.verdicts.values() for part in verdict.against_itself]
        known = [part for part in parts if part.low == part.low]
        differ = sum(part.verdict == "differs" for part in known)
        return f"{differ} of {len(known)}"

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
                }
            )
        return rows

    def capacity(self, cell: str, alphabet: int) -> str:
        """A capacity with its 95 % interval: `877 codes (727–1079)`."""
        table = self._paper.tables["capacity"]
        (_, row), *_ = table[(table["cell"] == cell) & (table["alphabet_size"] == alphabet)].iterrows()
        finding, interval = finding_words(row, "codes")
        return f"{typeset(finding)} ({interval.removeprefix('95 % interval ')})"

    def ratios(self) -> list[str]:
        """Ratios of capacities in words, one for each alphabet."""
        rows = []
        for _, row in self._paper.tables["ratios"].iterrows():
            finding, interval = finding_words(row, value="ratio")
            rows.append(
                f"{typeset(finding)} ({interval.removeprefix('95 % interval ')}) over {row['alphabet_size']} symbols"
            )
        return rows

    def rho_rows(self, section: str, clock: str = "budget") -> list[dict[str, str]]:
        """Rho at every level of a section on a clock, with what was memorized."""
        table, levels = self._paper.tables[f"{section}-rho"], self._paper.tables[f"{section}-levels"]
        rows = []
        for _, row in table[table["clock"] == clock].iterrows():
            same = levels[(levels[[*Group._fields, "level"]] == row[[*Group._fields, "level"]]).all(axis=1)]
            done = {str(found["cell"]): f"{found['memorized']} of {found['runs']}" for _, found in same.iterrows()}
            rows.append(
                {
                    "what": (row["design"] or row["source"]).removeprefix("paper-").removeprefix(f"{section}-"),
                    "alphabet": f"{row['alphabet_size']}",
                    "level": f"{row['measure'].upper()} {row['level']}".replace("PERIOD", "period"),
                    "budget": str(row["budget"]),
                    "rho": f"{_short(row['rho'])} [{_short(row['low'])}, {_short(row['high'])}]",
                    "strings": f"{row['strings']}",
                    "gru": done.get("gru", "–"),
                    "lstm": done.get("lstm", "–"),
                }
            )
        return rows

    def memorized(self, section: str) -> list[dict[str, str]]:
        """What was memorized at every level of a section, by cell."""
        levels = self._paper.tables[f"{section}-levels"]
        return [
            {
                "what": (row["design"] or row["source"]).removeprefix("paper-").removeprefix(f"{section}-"),
                "level": f"{row['level']}",
                "cell": row["cell"].upper(),
                "memorized": f"{row['memorized']} of {row['runs']}",
                "stored": f"{row['best_stored_fraction']:.2f}",
            }
            for _, row in levels.iterrows()
        ]

    def figure(self, stem: str) -> str:
        """Path of a figure's PNG, which must have been written."""
        found = [file for built in self._paper.figures for file in built.files if file.name == f"{stem}.png"]
        if not found:
            raise KeyError(stem)
        return f"{FIGURES}/{found[0].name}"

    def _part(self, claim: str, name: str) -> Part:
        verdict = self._paper.verdicts[claim]
        for part in (*verdict.parts, *verdict.against_itself):
            if part.name == name:
                return part
        raise KeyError(f"{claim} has no part {name!r}")


def _words(part: Part) -> str:
    name = part.name.removesuffix(f": {part.quantity}")
    if part.estimate != part.estimate:
        return f"{name}: {part.quantity}: none"
    interval = "" if part.low != part.low else f" [{_short(part.low)}, {_short(part.high)}]"
    return f"{name}: {part.quantity} {_short(part.estimate)}{interval}"


def _itself(parts: tuple[Part, ...]) -> str:
    known = [part for part in parts if part.low == part.low]
    if not known:
        return "–"
    return "; ".join(
        f"{part.name.removesuffix(' against itself').rsplit(', ', 1)[-1].upper()} {part.verdict}:"
        f" {_short(part.estimate)} [{_short(part.low)}, {_short(part.high)}]"
        for part in known
    )


def _short(value: float) -> str:
    """Two digits after the point below 10 in size, none above 100; a real minus sign.

    Examples
    --------
    >>> _short(-0.6284), _short(12.34), _short(877.3), _short(float("nan"))
    ('−0.63', '12.3', '877', '–')
    """
    if value != value:
        return "–"
    size = abs(value)
    text = f"{size:.2f}" if size < 10 else f"{size:.1f}" if size < 100 else f"{size:.0f}"
    return f"−{text}" if value < 0 and float(text) else text
