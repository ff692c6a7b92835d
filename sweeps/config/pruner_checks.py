"""Whether the pruner of a search fits its sampler and its numbers of trials."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seqmem.core.errors import InputError
from seqmem.study.budget import check_cut

if TYPE_CHECKING:
    from seqmem.sweeps.config.search_section import Search

# By pruner: the samplers that it works with.
PRUNERS: dict[str, tuple[str, ...]] = {
    "halving": ("sobol", "random", "grid"),
    "median": ("tpe",),
}
# Under the median every rung that a trial passes costs a course, so there is one.
DEFAULT_RUNGS: dict[str, tuple[float, ...]] = {"halving": (0.125, 0.5), "median": (0.25,)}


def check_pruner(search: Search) -> None:
    """Raise `InputError` if the pruner of a search does not fit the rest of it.

    Parameters
    ----------
    search : Search
        The section. Its rungs are filled in if they were not given.

    Raises
    ------
    InputError
        If there are rungs without a pruner or rungs at which no run can be cut, the sampler is
        another, nothing could be pruned, or fewer points than finalists might be left.
    """
    pruner = search.pruner
    if pruner is None:
        if search.rungs:
            raise InputError(
                f"rungs: without a pruner there are none; give pruner = {' or '.join(PRUNERS)}, "
                "or leave rungs out"
            )
        return
    search.fill("rungs", DEFAULT_RUNGS[pruner])
    _check_rungs(search.rungs)
    samplers = PRUNERS[pruner]
    if search.sampler not in samplers:
        fitting = [name for name, others in PRUNERS.items() if search.sampler in others]
        remedy = f"give pruner = {fitting[0]!r}" if fitting else "leave pruner out"
        raise InputError(
            f"pruner {pruner!r} works with the sampler {' or '.join(samplers)}, not with "
            f"{search.sampler!r}; {remedy} or choose another sampler"
        )
    if pruner == "median" and search.trials == search.first_generation:
        raise InputError(
            f"pruner 'median' prunes no startup trial, and all {search.trials} trials are; "
            "give more trials or a smaller startup"
        )
    left = fewest_left(search)
    if left < search.finalists:
        raise InputError(
            f"pruner {pruner!r} may leave {left} of {search.trials} trials, fewer than finalists "
            f"{search.finalists}; give more trials, fewer rungs or fewer finalists"
        )


def fewest_left(search: Search) -> int:
    """Return the smallest number of trials of a search that the pruner may leave.

    Parameters
    ----------
    search : Search
        The section, with its rungs filled in.
    """
    if search.pruner is None:
        return search.trials
    if search.pruner == "median":
        return search.first_generation
    left = search.trials
    for _ in search.rungs:
        left = better_half(left)
    return left


def better_half(points: int) -> int:
    """Return how many of some points make up their better half.

    Examples
    --------
    >>> better_half(8), better_half(5)
    (4, 3)
    """
    return (points + 1) // 2


def _check_rungs(rungs: tuple[float, ...]) -> None:
    if not rungs:
        raise InputError("rungs: at least one is needed; example: rungs = [0.25]")
    for rung in rungs:
        try:
            check_cut(rung)
        except InputError as error:
            raise InputError(f"rungs: {error}") from None
    if any(first >= second for first, second in pairwise(rungs)):
        listed = ", ".join(f"{rung:g}" for rung in sorted(set(rungs)))
        raise InputError(f"rungs must ascend and be distinct; did you mean [{listed}]?")
