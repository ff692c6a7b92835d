"""The command ``match``: strings of different sources with the same complexity."""

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.string_arguments import parse_parameter, write_or_print
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.generators.matching import match


def match_command(
    *,
    source: Annotated[tuple[str, ...], Parameter(negative=())],
    alphabet: WholeNumber | None = None,
    measure: str = "lzw",
    target: WholeNumber,
    length: WholeNumber | None = None,
    seed: WholeNumber = 0,
    out: Path | None = None,
) -> None:
    """Make one string of every source, all with the same value of a measure, as CSV.

    Parameters
    ----------
    source
        NAME, or NAME:key=value,key=value, or NAME:{JSON}, a source with parameters; to be repeated.
    alphabet
        Number of different symbols of all strings; that of the first source if not given.
    measure
        Measure that all have in common: lzw, lz78, lz76, period, distinct_substrings, subwords_of_4, subwords_of_8,
        linear_complexity.
    target
        Its value.
    length
        Symbols that every string is to have; a source with a dial (markov: entropy_rate, noisy: probability) is
        turned until its strings fit, unless the dial is given.
    seed
        From 0 on; the same seed gives the same strings.
    out
        File to write; without it the CSV is printed.
    """
    requests = [_request(text) for text in source]
    strings = match(
        requests, alphabet_size=alphabet, measure=measure, target=target, seed=seed, length=length
    )
    write_or_print(strings, f"strings of {measure} {strings[0].complexity(measure)}", out)


def _request(text: str) -> tuple[str, dict[str, Any]]:
    name, _, given = text.partition(":")
    if not given.startswith("{"):
        wrong = [item for item in given.split(",") if item and "=" not in item]
        if wrong:
            example = f'{name}:{{"probabilities": [0.9, 0.1]}}'
            raise InputError(
                f"--source {text!r}: {wrong[0]!r} is not key=value; commas stand between parameters, and lists are "
                f"given in JSON, as {example}"
            )
        return name, dict(parse_parameter(item) for item in given.split(",") if item)
    try:
        return name, json.loads(given)
    except json.JSONDecodeError as error:
        raise InputError(f"--source {text!r}: not JSON ({error})") from None
