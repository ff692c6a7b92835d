"""Environment keys as text: their environments, and the differences between two keys."""

from collections.abc import Sequence
from itertools import zip_longest

from seqmem.core.errors import InputError, shorten
from seqmem.core.structured_text import parse_json


def environments_of(key: str) -> list[dict[str, str]]:
    """Return the environments in a key, one for each of its engines.

    Raises
    ------
    InputError
        If the key is not an environment or a list of them, in JSON.

    Examples
    --------
    >>> environments_of('{"engine": "torch"}')
    [{'engine': 'torch'}]
    """
    content = parse_json(key, "environment key")
    environments = content if isinstance(content, list) else [content]
    if not all(isinstance(environment, dict) for environment in environments):
        raise InputError(f"environment key {shorten(key, 40)!r}: must hold JSON objects")
    return environments


def paired_by_engine(
    theirs: Sequence[dict[str, str]], ours: Sequence[dict[str, str]]
) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return pairs of environments of the same engine, then those that are left, in order.

    An environment without a partner is paired with an empty one.

    Examples
    --------
    >>> fused, torch = {"engine": "fused"}, {"engine": "torch"}
    >>> paired_by_engine([fused, torch], [torch])
    [({'engine': 'torch'}, {'engine': 'torch'}), ({'engine': 'fused'}, {})]
    """
    left = list(ours)
    pairs = []
    alone = []
    for before in theirs:
        same = [now for now in left if now.get("engine") == before.get("engine")]
        if same:
            left.remove(same[0])
            pairs.append((before, same[0]))
        else:
            alone.append(before)
    return [*pairs, *zip_longest(alone, left, fillvalue={})]


def environment_difference(theirs: str, ours: str) -> list[str]:
    """Return the differences between two environment keys, one short text for each.

    Environments of the same engine are compared with each other.

    Parameters
    ----------
    theirs, ours : str
        Environment keys, of one engine or of several.

    Examples
    --------
    >>> environment_difference('{"numpy": "2.3.0"}', '{"numpy": "2.4.6"}')
    ['numpy 2.3.0 -> 2.4.6']
    """
    pairs = paired_by_engine(environments_of(theirs), environments_of(ours))
    differences = [
        f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for before, after in pairs
        for name in sorted(set(before) | set(after))
        if before.get(name) != after.get(name)
    ]
    return list(dict.fromkeys(differences))
