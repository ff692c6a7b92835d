"""Install the built pages and figures in the repository, and list the changes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from seqmem.analysis.records.result_files import write_bytes, write_csv
from seqmem.workflows.compare.curves import SHIPPED, bounded_capacities
from seqmem.workflows.paper.build import BuiltStudy, build_study
from seqmem.workflows.paper.contents import REPORT, STUDY_1
from seqmem.workflows.paper.contents_2 import STUDY_2
from seqmem.workflows.paper.results import README_PAGE, write_results
from seqmem.workflows.study_2.state import study_state


def build_pages(root: Path, made: Path) -> dict[int, BuiltStudy]:
    """Build the reports of both studies and the pages in another folder.

    Of study 2, only its state is told while its verdicts may not be computed.

    Parameters
    ----------
    root : Path
        The repository, which holds the records and a README.md.
    made : Path
        Folder that gets the files, with the paths that they have in the repository.

    Returns
    -------
    dict of int to BuiltStudy
        Built reports by number.
    """
    state = study_state(root / STUDY_2.folder)
    studies = {
        study.number: build_study(study, root / study.folder, made / study.folder / REPORT)
        for study in (STUDY_1, *([STUDY_2] if state.is_open else []))
    }
    write_bytes(made / README_PAGE, (root / README_PAGE).read_bytes())
    write_results(studies, state, made)
    return studies


def rebuild(root: Path) -> tuple[dict[int, BuiltStudy], list[str], int]:
    """Build everything in a temporary folder, then update the reports and the pages.

    Parameters
    ----------
    root : Path
        Folder of the repository. Files that were not built are removed from both reports.

    Returns
    -------
    studies : dict of int to BuiltStudy
        The built reports.
    changes : list of str
        A line for every file that changed.
    files : int
        Number of built files.
    """
    capacities = Path("src/seqmem/workflows/compare") / SHIPPED
    with TemporaryDirectory() as folder:
        made = Path(folder)
        studies = build_pages(root, made)
        write_csv(made / capacities, bounded_capacities(root / STUDY_1.folder))
        new = {
            path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()
        }
    there = {
        path.relative_to(root)
        for study in (STUDY_1, STUDY_2)
        for path in (root / study.folder / REPORT).rglob("*")
        if path.is_file()
    }
    changes = []
    for name in sorted(there - new.keys()):
        (root / name).unlink()
        changes.append(f"removed {name.as_posix()}")
    for name, content in sorted(new.items()):
        known = (root / name).read_bytes() if (root / name).is_file() else None
        if known != content:
            write_bytes(root / name, content)
            changes.append(f"{'new' if known is None else 'changed'} {name.as_posix()}")
    return studies, changes, len(new)
