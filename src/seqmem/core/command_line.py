"""Run a command line: bad input ends in one line on stderr and a named exit code, never in a traceback."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnknownCommandError

from seqmem.core.exit_codes import BAD_INPUT, DONE, INTERRUPTED


def run_app(app: App, program: str, arguments: Sequence[str]) -> int:
    """Run a command line and return the exit code: never a traceback for bad input, never a box.

    Parameters
    ----------
    program : how it is called, for the messages.
    """
    tokens, names = list(arguments), [name for name in app if not name.startswith("-")]
    short = program.split()[-1]
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else DONE
    except UnknownCommandError:
        return _refuse(short, f"unknown command {tokens[0]!r}; valid: {', '.join(names)}")
    except CycloptsError as error:
        from seqmem.core.errors import one_line

        command = f"{tokens[0]} " if tokens and tokens[0] in names else ""
        return _refuse(short, f"{one_line(error)}; see {program} {command}--help")
    except KeyboardInterrupt:
        print(f"{short}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(short, f"{where}{error.strerror or error}")
    except ValueError as error:
        # Imported late: a bare --help needs nothing of the packages.
        from seqmem.core.errors import InputError

        if not isinstance(error, InputError):
            raise
        return _refuse(short, str(error))


def _refuse(program: str, message: str) -> int:
    print(f"{program}: error: {message}", file=sys.stderr)
    return BAD_INPUT
