"""Messages about options of a command, for those who give them as parameters.

These are functions of Python, and commands that take options of reading as parameters of a source.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from seqmem.core.errors import InputError
from seqmem.generators.data.read_options import READ_OPTIONS

NO_NAMES: Mapping[str, str] = MappingProxyType({})
# An option, and its value if one follows.
_OPTION = re.compile(r"--([a-z][a-z-]*[a-z])( (?:'[^']*'|[a-zN][\w-]*(?=[,;:. ]|$)|[,.](?= )))?")


@contextmanager
def naming_parameters(prefix: str = "", names: Mapping[str, str] = NO_NAMES) -> Iterator[None]:
    """Name parameters of the source instead of options of reading in messages of bad input.

    Parameters
    ----------
    prefix : str
        What stands before a parameter, such as ``--param``.
    names : mapping of str to str
        Further options, without dashes, and their parameters.

    Raises
    ------
    InputError
        The one that is raised inside, with another message.
    """
    try:
        yield
    except InputError as error:
        # A sub-class stays what it is.
        raise type(error)(with_parameters(str(error), prefix, names)) from None


def with_parameters(message: str, prefix: str = "", names: Mapping[str, str] = NO_NAMES) -> str:
    """Return a message with parameters in place of the options of reading.

    Parameters
    ----------
    message : str
        A message that names options.
    prefix : str
        What stands before a parameter.
    names : mapping of str to str
        Further options, without dashes, and their parameters.

    Examples
    --------
    >>> with_parameters("--decimal , reads it; or give --values strings", "--param ")
    '--param decimal=, reads it; or give --param values=strings'
    >>> with_parameters("give --header or --no-header; the column by --column")
    'give header=true or header=false; the column by column=…'
    >>> with_parameters("--trials 0: at least 1 is needed", names={"trials": "trials"})
    'trials 0: at least 1 is needed'
    """
    return _OPTION.sub(lambda match: _parameter(match, prefix, names), message)


def _parameter(match: re.Match[str], prefix: str, names: Mapping[str, str]) -> str:
    option, value = match.group(1), match.group(2) or ""
    if option in names:
        return f"{prefix}{names[option]}{value}"
    name = option.removeprefix("no-").replace("-", "_")
    if name not in READ_OPTIONS:
        return match.group()
    if isinstance(READ_OPTIONS[name].default, bool) or name == "header":
        return f"{prefix}{name}={'false' if option.startswith('no-') else 'true'}{value}"
    return f"{prefix}{name}={value.strip() or '…'}"
