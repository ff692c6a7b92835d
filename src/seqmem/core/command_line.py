"""Running a command line.

Bad input ends in one line on stderr and an exit code, never in a traceback.
"""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnknownCommandError

from seqmem.core.argument_errors import argument_error_line
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE, INTERRUPTED
from seqmem.core.suggestions import did_you_mean


def run_app(app: App, program: str, arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    Bad input prints one line on stderr, without a traceback and without a box.

    Parameters
    ----------
    app : cyclopts.App
    program : str
        How the program is called, for the messages.
    arguments : sequence of str
        The command and its options.

    Returns
    -------
    int
        The result of the command if it is a number. Otherwise the code for done, bad input or
        interrupted.
    """
    tokens = list(arguments)
    names = [name for name in app if not name.startswith("-")]
    short = program.split()[-1]
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else DONE
    except UnknownCommandError:
        hint = did_you_mean(tokens[0], names)
        return _refuse(short, f"unknown command {tokens[0]!r}; {hint}valid: {', '.join(names)}")
    except CycloptsError as error:
        command = tokens[0] if tokens and tokens[0] in names else ""
        line = argument_error_line(error, command or program, tokens)
        return _refuse(short, f"{line}; see {' '.join(filter(None, (program, command)))} --help")
    except KeyboardInterrupt:
        print(f"{short}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(short, f"{where}{error.strerror or error}")
    except InputError as error:
        return _refuse(short, str(error))


def _refuse(program: str, message: str) -> int:
    print(f"{program}: error: {message}", file=sys.stderr)
    return BAD_INPUT
