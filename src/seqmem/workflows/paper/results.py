"""Write RESULTS.md and the first lines of README.md; every number comes from the built report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqmem.analysis.records.result_files import write_bytes
from seqmem.analysis.report.rendering import render_template
from seqmem.core.marked_pages import with_parts
from seqmem.workflows.paper.build import Paper
from seqmem.workflows.paper.findings import Findings

RESULTS_PAGE = "RESULTS.md"
README_PAGE = "README.md"
TEMPLATES = {RESULTS_PAGE: "results.md.j2", README_PAGE: "readme_results.md.j2"}


def write_results(paper: Paper, root: Path) -> None:
    """Write RESULTS.md, and the part of README.md between the marks `results`.

    Parameters
    ----------
    paper : Paper
        The built report of study 1.
    root : Path
        Folder of both pages; it holds a README.md already.
    """
    context = Findings(paper).context()
    results = render_template(TEMPLATES[RESULTS_PAGE], **context)
    write_bytes(root / RESULTS_PAGE, results.encode())
    readme = root / README_PAGE
    parts: dict[str, Callable[[], str]] = {
        "results": lambda: render_template(TEMPLATES[README_PAGE], **context)
    }
    write_bytes(readme, with_parts(readme.read_text(encoding="utf-8"), parts).encode())
