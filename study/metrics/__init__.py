"""Similarity of a recalled sequence to the string, in [0, 1]; 1 means equal. One line each.

The two Damerau–Levenshtein distances differ by whether a transposed pair may be edited again:
d("ca", "abc") is 3 restricted (optimal string alignment) and 2 unrestricted.
"""

from collections.abc import Callable, Sequence

from rapidfuzz.distance import OSA, DamerauLevenshtein, JaroWinkler

METRICS: dict[str, Callable[[Sequence[int], Sequence[int]], float]] = {
    "osa_similarity": OSA.normalized_similarity,
    "damerau_levenshtein_similarity": DamerauLevenshtein.normalized_similarity,
    "jaro_winkler_similarity": JaroWinkler.normalized_similarity,
}
