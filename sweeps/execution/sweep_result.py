"""The result of running a sweep."""

from dataclasses import dataclass
from pathlib import Path

from seqmem.sweeps.execution.status import Status


@dataclass(frozen=True)
class SweepResult:
    """The result of a call of `run_sweep`.

    Parameters
    ----------
    folder : Path
        Folder of the sweep.
    executed : int
        Number of runs that this call executed. The others were stored before, or taken over.
    status : Status
        State of the sweep at the end.
    answered : int
        Number of runs that this call took over from other sweeps.
    left_out : int
        Number of runs of these sweeps that are none of this one. They stay where they are.
    """

    folder: Path
    executed: int
    status: Status
    answered: int = 0
    left_out: int = 0

    def __repr__(self) -> str:
        """Return the folder and the counts on one line."""
        answered = f", answered={self.answered}" if self.answered else ""
        return (
            f"SweepResult({str(self.folder)!r}, executed={self.executed}{answered}, "
            f"{self.status!r})"
        )
