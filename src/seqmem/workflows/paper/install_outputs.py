"""Install the built pages and figures in the repository, and list the changes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from seqmem.analysis.records.result_files import write_bytes, write_csv
from seqmem.workflows.compare.curves import SHIPPED, bounded_capacities
from seqmem.workflows.paper.build import Paper, build_paper
from seqmem.workflows.paper.results import README_PAGE, write_results


def rebuild(records: Path, report: Path, root: Path) -> tuple[Paper, list[str], int]:
    """Build everything in a temporary folder, then update the report and the pages.

    Parameters
    ----------
    records : Path
        Folder of the records of study 1.
    report : Path
        Folder of the report, relative to `root`. Files that were not built are removed from it.
    root : Path
        Folder of the repository.

    Returns
    -------
    paper : Paper
        The built report.
    changes : list of str
        A line for every file that changed.
    files : int
        Number of built files.
    """
    capacities = Path("src/seqmem/workflows/compare") / SHIPPED
    with TemporaryDirectory() as folder:
        made = Path(folder)
        write_bytes(made / README_PAGE, (root / README_PAGE).read_bytes())
        paper = build_paper(records, made / report)
        write_results(paper, made)
        write_csv(made / capacities, bounded_capacities(records))
        new = {
            path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()
        }
    there = {path.relative_to(root) for path in (root / report).rglob("*") if path.is_file()}
    changes = []
    for name in sorted(there - new.keys()):
        (root / name).unlink()
        changes.append(f"removed {name.as_posix()}")
    for name, content in sorted(new.items()):
        known = (root / name).read_bytes() if (root / name).is_file() else None
        if known != content:
            write_bytes(root / name, content)
            changes.append(f"{'new' if known is None else 'changed'} {name.as_posix()}")
    return paper, changes, len(new)
