"""The command ``match``: strings of different sources with the same complexity."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.string_arguments import (
    check_strings_output,
    parse_parameters,
    say_readings,
    source_help,
    target_measure_help,
    write_or_print,
)
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.structured_text import parse_json_object
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.generators.matching import match
from seqmem.generators.sources import SOURCES

_SOURCE_HELP = source_help(
    "A source, one of these:",
    "Give its parameters as NAME:key=value,key=value or as NAME:{JSON}. Repeat the option for "
    "every source.",
)
_MEASURE_HELP = target_measure_help(
    "Complexity measure that all strings have in common, one of these:",
    "It is grown to the target.",
)
_DIALS = ", ".join(f"{name}: {source.dial}" for name, source in SOURCES.items() if source.dial)
_LENGTH_HELP = (
    f"Number of symbols that every string must have. Some sources have a dial ({_DIALS}). "
    "If you do not set the dial, it is turned until the strings fit."
)


def match_command(
    *,
    source: Annotated[tuple[str, ...], Parameter(negative=(), help=_SOURCE_HELP)],
    alphabet: WholeNumber | None = None,
    measure: Annotated[str, Parameter(help=_MEASURE_HELP)] = "lzw",
    target: WholeNumber,
    length: Annotated[WholeNumber | None, Parameter(help=_LENGTH_HELP)] = None,
    seed: WholeNumber = 0,
    out: Path | None = None,
) -> None:
    """Make one string of every source, all with the same value of a measure, as CSV.

    Parameters
    ----------
    alphabet
        Number of different symbols of all strings. Default: the first source chooses it.
    target
        Value of the measure.
    seed
        A whole number from 0 on. The same seed gives the same strings.
    out
        File to write. Default: print the CSV.
    """
    check_strings_output(out)
    requests = [_request(text) for text in source]
    with naming_parameters():
        for name, parameters in requests:
            say_readings(name, alphabet, parameters)
    strings = match(
        requests, alphabet_size=alphabet, measure=measure, target=target, seed=seed, length=length
    )
    write_or_print(strings, out, kind=f" of {measure} {strings[0].complexity(measure)}")


def _request(text: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the parameters of a source as it is given on the command line."""
    name, _, given = text.partition(":")
    if given.startswith("{"):
        return name, parse_json_object(given, f"--source {name}")
    items = [item for item in given.split(",") if item]
    for item in items:
        if "=" not in item:
            example = f'{name}:{{"probabilities": [0.9, 0.1]}}'
            raise InputError(
                f"--source {text!r}: {item!r} is not key=value; commas separate parameters, "
                f"so give lists in JSON, as {example}"
            )
    return name, parse_parameters(name, items)
