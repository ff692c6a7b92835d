"""The command ``generate``: strings of controlled complexity, as CSV."""

from collections.abc import Mapping
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
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.generators.records import whole_records
from seqmem.generators.sources import choose_alphabet
from seqmem.generators.targeting import generate

DEFAULT_MEASURE = "lzw"
_SOURCE_HELP = source_help(
    "Source of the symbols, one of these:", "Set its parameters with --param."
)
_MEASURE_HELP = target_measure_help(
    "Complexity measure that each string is grown by, one of these:",
    f"The string ends where the measure reaches the target. Default: {DEFAULT_MEASURE}.",
)


def generate_command(
    *,
    source: Annotated[str, Parameter(help=_SOURCE_HELP)] = "iid",
    alphabet: WholeNumber | None = None,
    measure: Annotated[str | None, Parameter(help=_MEASURE_HELP)] = None,
    target: WholeNumber | None = None,
    count: WholeNumber | None = None,
    seed: WholeNumber | None = None,
    param: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
) -> None:
    """Make strings of controlled complexity, as CSV.

    Parameters
    ----------
    alphabet
        Number of different symbols. Default: the source chooses it. Most sources choose 2 or 4;
        the source corpus takes the number of symbols in the data.
    target
        Value of the measure. Default: every record as a whole, which only the source corpus can
        give. Then measure, count and seed are not used, and are refused.
    count
        Number of strings. They are made from the seeds seed, seed + 1, … Default: 1.
    seed
        A whole number from 0 on. The same seed gives the same string. Default: 0.
    param
        A parameter of the source, as key=value. Values other than texts are in JSON. May be
        repeated. An unknown key lists the valid keys with their defaults. A default of null means
        that the seed or the data choose the value, or that the parameter is not used.
    out
        File to write. Default: print the CSV.
    """
    check_strings_output(out)
    if target is None:
        _check_whole_records(source, {"measure": measure, "count": count, "seed": seed})
    count = 1 if count is None else count
    if count < 1:
        raise InputError(f"--count {count}: at least 1 is needed")
    parameters = parse_parameters(source, param)
    with naming_parameters("--param "):
        say_readings(source, alphabet, parameters)
    if target is None:
        records = whole_records(parameters, choose_alphabet(source, alphabet, parameters))
        write_or_print(records, out, "record")
        return
    measure = measure or DEFAULT_MEASURE
    strings = [
        generate(
            source,
            alphabet_size=alphabet,
            measure=measure,
            target=target,
            seed=(seed or 0) + offset,
            parameters=parameters,
        )
        for offset in range(count)
    ]
    write_or_print(strings, out, kind=f" of {measure} {target}")


def _check_whole_records(source: str, given: Mapping[str, Any]) -> None:
    """Raise `InputError` if options do not fit the output of whole records."""
    if source != "corpus":
        raise InputError("--target is not given; only source 'corpus' goes without it")
    for name, value in given.items():
        if value is not None:
            raise InputError(
                f"--{name} {value}: without --target every record is given as a whole; "
                f"give --target, or leave --{name} out"
            )
