"""RESULTS.md and the README's first lines, with every number taken from what was built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqmem.analysis.records.result_files import write_bytes
from seqmem.analysis.report.marked_pages import with_parts
from seqmem.analysis.report.rendering import render_template
from seqmem.workflows.paper.build import Paper
from seqmem.workflows.paper.findings import Findings

RESULTS, README = "RESULTS.md", "README.md"
TEMPLATES = {RESULTS: "results.md.j2", README: "readme_results.md.j2"}


def write_results(paper: Paper, root: Path) -> None:
    """Write RESULTS.md, and the part of README.md between the marks `results`, into the folder `root`."""
    context = Findings(paper).context()
    write_bytes(root / RESULTS, render_template(TEMPLATES[RESULTS], **context).encode())
    readme = root / README
    parts: dict[str, Callable[[], str]] = {
        "results": lambda: render_template(TEMPLATES[README], **context)
    }
    write_bytes(readme, with_parts(readme.read_text(encoding="utf-8"), parts).encode())
