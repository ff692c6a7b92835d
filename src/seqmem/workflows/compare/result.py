"""Conclude from the records of a finished comparison, and write `comparison.json`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.records.comparison_result import write_result
from seqmem.analysis.records.loading import load
from seqmem.analysis.records.sweep_files import (
    load_stored_config,
)
from seqmem.workflows.compare.conclusion import Conclusion, conclude
from seqmem.workflows.compare.differences import Difference
from seqmem.workflows.compare.prepared import Prepared


def finish(prepared: Prepared, folder: Path) -> Conclusion:
    """Conclude from the records of a finished sweep, and write `comparison.json` into its folder.

    Parameters
    ----------
    prepared : Prepared
        The comparison.
    folder : Path
        The folder of its sweep.

    Returns
    -------
    Conclusion
        Differences, cell, configuration and lines.
    """
    conclusion = conclude(
        load(folder, require_confirm=False),
        {prepared.config.name: load_stored_config(folder)},
        prepared.config.memorizer.cells,
    )
    content = {
        "lines": [*conclusion.verdict, *conclusion.findings, *prepared.lines],
        "cell": conclusion.cell,
        "difference_found": conclusion.difference_found,
        "decision": conclusion.choice.decision,
        "configuration": conclusion.configuration,
        "design": asdict(prepared.design),
        "complexity": [asdict(measured) for measured in prepared.complexity],
        "differences": [_plain_difference(difference) for difference in conclusion.differences],
    }
    write_result(folder, content)
    return conclusion


def _plain_difference(difference: Difference) -> dict[str, Any]:
    contrasts = {
        "bits": difference.bits,
        "fraction": difference.fraction,
        "rho": difference.rho,
        "rho_at_equal_flops": difference.flops,
    }
    return {
        "first": difference.first,
        "second": difference.second,
        "memorizes_more": difference.more,
        "sooner": difference.sooner,
        "confidence": difference.confidence,
        "pairs": difference.strings,
        "uninformative": difference.uninformative,
        **{
            name: _plain_contrast(contrast, difference.confidence)
            for name, contrast in contrasts.items()
        },
    }


def _plain_contrast(contrast: Contrast, confidence: float) -> dict[str, Any]:
    low, high = contrast.interval(confidence)
    return {
        "estimate": contrast.estimate,
        "low": low,
        "high": high,
        "searches": contrast.clusters,
        "freedom": contrast.freedom,
    }
