"""Messages of one line for a terminal: bounded, and without control characters."""

import sys

LONGEST_MESSAGE = 300
# Share of a shortened message that is its beginning. Its end says what is valid.
HEAD_SHARE = 0.6
CUT = " … "


def message_line(text: object, longest: int = LONGEST_MESSAGE) -> str:
    r"""Return a message on one line that a terminal can show.

    Characters that cannot be printed are written as escapes: line ends, control characters,
    undecodable bytes, marks that change the direction of writing. A long text loses its middle.

    Parameters
    ----------
    text : object
        The message, for example an error. An error without a message is named by its class.
    longest : int
        Largest number of characters.

    Examples
    --------
    >>> message_line("no file 'a\nb'")
    "no file 'a\\nb'"
    >>> message_line("x" * 500, 20)
    'xxxxxxxxxx … xxxxxxx'
    """
    whole = str(text).strip() or type(text).__name__
    # Only the ends of a huge text are escaped.
    ends = whole if len(whole) <= 2 * longest else whole[:longest] + CUT + whole[-longest:]
    line = "".join(map(_printable, ends))
    if len(line) <= longest:
        return line
    head = int((longest - len(CUT)) * HEAD_SHARE)
    return f"{line[:head]}{CUT}{line[len(line) - (longest - len(CUT) - head) :]}"


def print_message(line: object) -> None:
    """Print a message on stderr as one line of at most `LONGEST_MESSAGE` characters.

    Parameters
    ----------
    line : object
        The message with the name of the program.
    """
    print(message_line(line), file=sys.stderr, flush=True)


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
