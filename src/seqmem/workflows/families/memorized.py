"""How many of ten random strings each family memorizes, after a search of 16 points."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.analysis.records.loading import confirmed
from seqmem.core.number_formats import counted
from seqmem.workflows.families.records import families


def memorized_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what each family memorizes, and the configuration that won its search.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of the preset ``families``.

    Returns
    -------
    pandas.DataFrame
        One row per family: `family`, `protocol`, `memorized`, `strings`, `depth`, `units`,
        `learning_rate`, and `steps`, the median over the strings that were memorized.
    """
    runs = confirmed(frame)
    runs = runs.assign(done=memorized_by_budget(runs))
    rows = []
    for family, *_ in families(runs):
        own = runs[runs["family"] == family]
        first = own.iloc[0]
        rows.append(
            {
                "family": family,
                "protocol": first["protocol"],
                "memorized": int(own["done"].sum()),
                "strings": len(own),
                "depth": int(first["depth"]),
                "units": int(first["units"]),
                "learning_rate": float(first["learning_rate"]),
                "steps": own.loc[own["done"], "steps"].median(),
            }
        )
    return pd.DataFrame(rows)


def memorized_lines(table: pd.DataFrame) -> str:
    """Return the table as Markdown."""
    lines = [
        "| family | protocol | memorized | winner of the search | median steps |",
        "|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        winner = (
            f"{counted(row['depth'], 'layer')} of {row['units']} units, "
            f"learning rate {row['learning_rate']:.2g}"
        )
        lines.append(
            f"| {row['family']} | {row['protocol']} | {row['memorized']} of {row['strings']} "
            f"| {winner} | {row['steps']:,.0f} |"
        )
    return "\n".join(lines)
