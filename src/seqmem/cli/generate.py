"""The command ``generate``: strings of controlled complexity, as CSV."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.parameter_hints import naming_parameters
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
from seqmem.generators.records import whole_records
from seqmem.generators.sources import choose_alphabet
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate

_SOURCE_HELP = source_help(
    "Source of the symbols, one of these:", "Set its parameters with --param."
)
_MEASURE_HELP = target_measure_help(
    "Complexity measure that each string is grown by, one of these:",
    "The string ends where the measure reaches the target.",
)


def generate_command(
    *,
    source: Annotated[str, Parameter(help=_SOURCE_HELP)] = "iid",
    alphabet: WholeNumber | None = None,
    measure: Annotated[str, Parameter(help=_MEASURE_HELP)] = "lzw",
    target: WholeNumber | None = None,
    count: WholeNumber = 1,
    seed: WholeNumber = 0,
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
        give.
    count
        Number of strings. They are made from the seeds seed, seed + 1, …
    seed
        A whole number from 0 on. The same seed gives the same string.
    param
        A parameter of the source, as key=value. Values other than texts are in JSON. May be
        repeated. An unknown key lists the valid keys with their defaults. A default of null means
        that the seed or the data choose the value, or that the parameter is not used.
    out
        File to write. Default: print the CSV.
    """
    check_strings_output(out)
    if count < 1:
        raise InputError(f"--count {count}: at least 1 is needed")
    parameters = parse_parameters(source, param)
    with naming_parameters("--param "):
        say_readings(source, alphabet, parameters)
    if target is None:
        write_or_print(_records(source, alphabet, parameters), out, "record")
        return
    strings = [
        generate(
            source,
            alphabet_size=alphabet,
            measure=measure,
            target=target,
            seed=seed + offset,
            parameters=parameters,
        )
        for offset in range(count)
    ]
    write_or_print(strings, out, kind=f" of {measure} {target}")


def _records(source: str, alphabet: int | None, parameters: dict[str, Any]) -> list[SymbolString]:
    if source != "corpus":
        raise InputError("--target is not given; only source 'corpus' goes without it")
    return whole_records(parameters, choose_alphabet(source, alphabet, parameters))
