"""The commands ``generate`` and ``measure``."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from generators.arguments import WholeNumber
from generators.complexity import MEASURES
from generators.documents import format_of
from generators.errors import InputError
from generators.files import read_strings, write_rows, write_strings
from generators.matching import match
from generators.sources import choose_alphabet
from generators.sources.corpus import whole_records
from generators.symbols import SymbolString, from_text, shorten
from generators.targeting import generate


def generate_command(
    *,
    source: str = "iid",
    alphabet: WholeNumber | None = None,
    measure: str = "lzw",
    target: WholeNumber | None = None,
    count: WholeNumber = 1,
    seed: WholeNumber = 0,
    param: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
) -> None:
    """Make strings of controlled complexity, as CSV.

    Parameters
    ----------
    source
        Source of the symbols: iid, markov, automaton, grammar, periodic, thue_morse, period_doubling, rudin_shapiro,
        sturmian, de_bruijn, lfsr, cellular_automaton, logistic_map, noisy (around another), corpus (your own data).
    alphabet
        Number of different symbols; the source's own if not given (2 or 4, that of the data for corpus).
    measure
        Complexity measure that is grown to the target: lzw, lz78, lz76, period (the length), distinct_substrings,
        subwords_of_4, subwords_of_8, linear_complexity (prime alphabets).
    target
        Value of the measure. Source corpus without it: every record as a whole.
    count
        Number of strings, made from the seeds seed, seed + 1, …
    seed
        From 0 on; the same seed gives the same string.
    param
        A parameter of the source, key=value with the value in JSON; may be repeated. A wrong one lists the valid with
        their defaults (null: chosen by the seed, or not used).
    out
        File to write; without it the CSV is printed.
    """
    if count < 1:
        raise InputError(f"--count {count}: at least 1 is needed")
    parameters = dict(_parameter(text) for text in param)
    if target is None:
        strings, what = _records(source, alphabet, parameters), "records"
    else:
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
        what = f"strings of {measure} {target}"
    _write(strings, what, out)


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
    strings = match(requests, alphabet_size=alphabet, measure=measure, target=target, seed=seed, length=length)
    _write(strings, f"strings of {measure} {strings[0].complexity(measure)}", out)


def measure_command(
    string: str | None = None,
    /,
    *,
    file: Path | None = None,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Print every complexity measure of a string, or of every string of a file.

    Parameters
    ----------
    string
        The string; each distinct character is a symbol.
    file
        CSV file with a column "string", as `seqmem generate` writes it, or a FASTA file.
    json_output
        Print JSON instead of a table.
    """
    strings = _given(string, file)
    measured = [
        {"string": item.text, "length": len(item), "alphabet_size": item.alphabet_size}
        | {name: item.complexity(name) for name in MEASURES}
        for item in strings
    ]
    if json_output:
        print(json.dumps(measured if file else measured[0], indent=2))
        return
    if file is None:
        for name, value in measured[0].items():
            print(f"{name:<20}  {_shown(value):<40}  {MEASURES[name].title if name in MEASURES else ''}".rstrip())
        return
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerow(measured[0])
    for row in measured:
        writer.writerow([_shown(value) for value in row.values()])


def _shown(value: object) -> str:
    if isinstance(value, str):
        return shorten(value, 40)
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _given(string: str | None, file: Path | None) -> list[SymbolString]:
    if (string is None) == (file is None):
        raise InputError("give a string or --file strings.csv, one of them")
    if file is None:
        return [from_text(string or "")]
    return whole_records({"path": str(file)}) if format_of(str(file), None) == "fasta" else read_strings(file)


def _records(source: str, alphabet: int | None, parameters: dict[str, Any]) -> list[SymbolString]:
    if source != "corpus":
        raise InputError("--target is not given; only source 'corpus' goes without it")
    return whole_records(parameters, choose_alphabet(source, alphabet, parameters))


def _write(strings: list[SymbolString], what: str, out: Path | None) -> None:
    if out is None:
        write_rows(sys.stdout, strings)
        return
    write_strings(out, strings)
    lengths = sorted(len(string) for string in strings)
    print(f"{len(strings)} {what}, {lengths[0]} to {lengths[-1]} symbols: {out}")


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
        return name, dict(_parameter(item) for item in given.split(",") if item)
    try:
        return name, json.loads(given)
    except json.JSONDecodeError as error:
        raise InputError(f"--source {text!r}: not JSON ({error})") from None


def _parameter(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InputError(f"--param {text!r} is not key=value")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value
