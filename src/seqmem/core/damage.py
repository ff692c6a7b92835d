"""Data that something has damaged: refused by name, or left out and counted."""

from seqmem.core.errors import InputError, one_line

# What Python and its libraries raise at values of a wrong kind.
DAMAGE_ERRORS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)


class DamagedError(InputError):
    """Data do not fit together. The message names their place."""


class Damages:
    """What to do with damaged data: refuse them, or leave them out and count them.

    Parameters
    ----------
    skip : bool
        Leave them out.
    remedy : str
        What a refusal advises.

    Examples
    --------
    >>> damages = Damages(skip=True)
    >>> damages.meet("trial 3", "attribute 'slot' is missing")
    >>> damages.line
    "1 left out, because it is damaged: trial 3: attribute 'slot' is missing"
    """

    def __init__(self, skip: bool = False, remedy: str = "`--skip-damaged` reads the rest") -> None:
        self.count = 0
        self.first = ""
        self._skip = skip
        self._remedy = remedy

    def meet(self, place: str, problem: object) -> None:
        """Count damaged data, or refuse them.

        Parameters
        ----------
        place : str
            Where they are.
        problem : object
            What is wrong with them: a text or an error.

        Raises
        ------
        DamagedError
            Unless damaged data are left out.
        """
        reason = described(problem) if isinstance(problem, Exception) else str(problem)
        if not self._skip:
            raise DamagedError(f"{place}: {reason}; {self._remedy}")
        self.count += 1
        self.first = self.first or f"{place}: {reason}"

    @property
    def line(self) -> str:
        """What was left out, as one line; empty if nothing was."""
        if not self.count:
            return ""
        whose = "it is" if self.count == 1 else "they are"
        first = "" if self.count == 1 else "the first is "
        return f"{self.count} left out, because {whose} damaged: {first}{self.first}"


def described(error: BaseException) -> str:
    """Return an error of `DAMAGE_ERRORS` in words.

    Examples
    --------
    >>> described(KeyError("slot")), described(ValueError("no number"))
    ("'slot' is missing", 'no number')
    """
    if isinstance(error, KeyError):
        return f"{one_line(error)} is missing"
    return "nested too deeply" if isinstance(error, RecursionError) else one_line(error)
