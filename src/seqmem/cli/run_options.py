"""The options of a run as options of a command, from their one declaration."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.study.declaration import DeclaredOption, declared_options
from seqmem.study.options import RunOptions

Text = Annotated[str, Parameter(allow_leading_hyphen=True)]
# Cyclopts alone would round 3.5.
ARGUMENT_TYPES: dict[Any, Any] = {int: WholeNumber, int | None: WholeNumber | None}


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the ``**options`` of a command by the declared options of a run.

    A command gets only the options that were given. None of them is required by the parser; see
    `check_required`.
    """
    signature = inspect.signature(command)
    own = [item for item in signature.parameters.values() if item.kind is not item.VAR_KEYWORD]
    options = map(_argument, declared_options(RunOptions).values())
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*own, *options]
    )
    return command


def _argument(declared: DeclaredOption) -> inspect.Parameter:
    """Return an option of a run as a parameter of a command."""
    kind: Any = declared.option.argument or declared.field.annotation
    kind = Text if declared.option.is_text else ARGUMENT_TYPES.get(kind, kind)
    default = None if declared.is_required else declared.default
    if declared.is_required:
        kind = kind | None
    if declared.option.is_text and not declared.is_required:
        default = str(default)
    parameter = Parameter(
        name=flag_of(declared.name),
        help=f"{declared.help} Required without --from." if declared.is_required else declared.help,
        negative=() if default in (False, ()) else None,
        show_default=default not in (None, ()),
    )
    return inspect.Parameter(
        declared.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, parameter],
    )


def check_required(given: Mapping[str, Any], command: str) -> None:
    """Raise `InputError` if a required option of a run is missing.

    Parameters
    ----------
    given : mapping of str to value
        The options of the run that were given.
    command : str
        Name of the command, for the message.
    """
    for name, declared in declared_options(RunOptions).items():
        if declared.is_required and given.get(name) is None:
            raise InputError(f"{command} needs {flag_of(name)}; see seqmem {command} --help")


def flag_of(name: str) -> str:
    """Return an option of a run as the command line spells it.

    Examples
    --------
    >>> flag_of("learning_rate"), flag_of("probes")
    ('--learning-rate', '--probe')
    """
    return f"--{(declared_options(RunOptions)[name].option.flag or name).replace('_', '-')}"
