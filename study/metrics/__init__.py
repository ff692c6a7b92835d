"""Similarity of a recalled sequence to the string, in [0, 1]; 1 means equal. One line each.

The two Damerau–Levenshtein distances differ by whether a transposed pair may be edited again:
d("ca", "abc") is 3 restricted (optimal string alignment) and 2 unrestricted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA, DamerauLevenshtein, JaroWinkler


@dataclass(frozen=True)
class RecallMetric:
    """A similarity of two symbol sequences.

    Parameters
    ----------
    function : callable
        Takes two sequences of symbols and returns their similarity, a float in [0, 1].
    help : str
        One line about the metric, for help texts and tables.
    """

    function: Callable[[Sequence[int], Sequence[int]], float]
    help: str

    def __call__(self, predicted: Sequence[int], target: Sequence[int]) -> float:
        """Return the similarity of two sequences of symbols."""
        return self.function(predicted, target)


# Each name is a column of the record.
METRICS: dict[str, RecallMetric] = {
    "osa_similarity": RecallMetric(
        OSA.normalized_similarity,
        "restricted Damerau–Levenshtein similarity (optimal string alignment)",
    ),
    "damerau_levenshtein_similarity": RecallMetric(
        DamerauLevenshtein.normalized_similarity, "unrestricted Damerau–Levenshtein similarity"
    ),
    "jaro_winkler_similarity": RecallMetric(
        JaroWinkler.normalized_similarity, "Jaro–Winkler similarity"
    ),
}
