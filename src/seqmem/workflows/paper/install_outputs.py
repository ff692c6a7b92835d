"""Put what was built in its place, and say what changed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from seqmem.analysis.records.result_files import write_bytes, write_csv
from seqmem.workflows.compare.curves import SHIPPED, bounded_capacities
from seqmem.workflows.paper.build import Paper, build_paper
from seqmem.workflows.paper.results import README, write_results


def rebuild(records: Path, report: Path, root: Path) -> tuple[Paper, list[str], int]:
    """Build everything aside, then make the folder `report` and the pages in `root` equal to it.

    Parameters
    ----------
    records : folder of the records.
    report : of the report's files, below `root`; what is there and was not built is removed.

    Returns
    -------
    What was built, a line for every file that changed, the number of files.
    """
    capacities = Path("src/seqmem/workflows/compare") / SHIPPED
    with TemporaryDirectory() as folder:
        made = Path(folder)
        write_bytes(made / README, (root / README).read_bytes())
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
