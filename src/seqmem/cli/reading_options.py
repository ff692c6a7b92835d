"""The options of commands that read a file of the user, from their one declaration."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from cyclopts import Group, Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.generators.data.read_options import READ_OPTIONS, ReadOptions
from seqmem.generators.sources.corpus import DEFAULT_BINS

_BINS_HELP = f"Number of symbols that numbers become. Default: {DEFAULT_BINS}."
# A file, or - for the standard input.
FileArgument = Annotated[Path, Parameter(allow_leading_hyphen=True)]
_HEADER = "header"
_GROUP = Group("Reading the file", sort_key=1)


def with_reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replace the ``**reading`` of a command by the options of `ReadOptions`, and ``bins``."""
    signature = inspect.signature(command)
    own = [item for item in signature.parameters.values() if item.kind is not item.VAR_KEYWORD]
    hints = get_type_hints(ReadOptions)
    options = [
        _argument(name, hints[item.name], item.default, item.metadata["help"])
        for name, item in READ_OPTIONS.items()
    ]
    options.append(_argument("bins", int | None, None, _BINS_HELP))
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*own, *options]
    )
    return command


def _argument(name: str, kind: Any, default: Any, help_text: str) -> inspect.Parameter:
    """Return an option of reading as a parameter of a command."""
    # Cyclopts alone would round 3.5.
    kind = {int: WholeNumber, int | None: WholeNumber | None}.get(kind, kind)
    parameter = Parameter(
        name=f"--{name.replace('_', '-')}",
        help=help_text,
        negative=None if name == _HEADER else (),
        show_default=default not in (None, False, ""),
        allow_leading_hyphen=True,
        group=_GROUP,
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, parameter]
    )
