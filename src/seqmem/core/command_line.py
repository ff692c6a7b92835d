"""Running a command line.

Bad input ends in one line on stderr and an exit code, never in a traceback.
"""

from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnknownCommandError

from seqmem.core.argument_errors import argument_error_line
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.core.interruption import ended_by_signals, ending
from seqmem.core.messages import print_message
from seqmem.core.streams import flush_output, secure_streams
from seqmem.core.suggestions import did_you_mean


def run_app(app: App, program: str, arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    Bad input prints one line on stderr, without a traceback and without a box. A signal ends the
    command with one line.

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
        The result of the command if it is a number. Otherwise the code for done, bad input or the
        signal that ended the command.
    """
    short = program.split()[-1]
    secure_streams()
    try:
        with ended_by_signals():
            return _run(app, program, list(arguments))
    except KeyboardInterrupt as error:
        what, code = ending(error)
        print_message(f"{short}: {what}")
        return code
    except (BrokenPipeError, SystemExit):
        # Nobody reads the output, as after `| head`. Rich then raises SystemExit in help texts.
        return DONE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(short, f"{where}{error.strerror or error}")
    except InputError as error:
        return _refuse(short, error)


def _run(app: App, program: str, tokens: list[str]) -> int:
    """Run a command line. Errors that are not about the arguments are raised."""
    names = [name for name in app if not name.startswith("-")]
    short = program.split()[-1]
    for token in tokens:
        _check_encoding(token)
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        flush_output()
        return result if isinstance(result, int) else DONE
    except UnknownCommandError:
        hint = did_you_mean(tokens[0], names)
        return _refuse(short, f"unknown command {tokens[0]!r}; {hint}valid: {', '.join(names)}")
    except CycloptsError as error:
        command = tokens[0] if tokens and tokens[0] in names else ""
        line = argument_error_line(error, command or program, tokens)
        return _refuse(short, f"{line}; see {' '.join(filter(None, (program, command)))} --help")


def _check_encoding(token: str) -> None:
    try:
        token.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"argument {token!r}: has bytes that are not UTF-8; rename the file or retype it"
        ) from None


def _refuse(program: str, message: object) -> int:
    print_message(f"{program}: error: {message}")
    return BAD_INPUT
