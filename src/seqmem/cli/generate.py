"""The command ``generate``: strings of controlled complexity, as CSV."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.string_arguments import parse_parameter, write_or_print
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.generators.sources import choose_alphabet
from seqmem.generators.sources.corpus import whole_records
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate


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
    parameters = dict(parse_parameter(text) for text in param)
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
    write_or_print(strings, what, out)


def _records(source: str, alphabet: int | None, parameters: dict[str, Any]) -> list[SymbolString]:
    if source != "corpus":
        raise InputError("--target is not given; only source 'corpus' goes without it")
    return whole_records(parameters, choose_alphabet(source, alphabet, parameters))
