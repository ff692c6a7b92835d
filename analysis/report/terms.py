"""Words that a report uses in a sense of their own, as the glossary defines them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Term(NamedTuple):
    """An entry of the page's list of terms.

    Attributes
    ----------
    slug : str
        End of its id on the page.
    meaning : str
        Its definition.
    """

    slug: str
    meaning: str


# A test keeps the definitions equal to those of docs/glossary.md.
_MEANINGS = {
    "LZW complexity": "The number of codes that LZW compression emits for the string.",
    "target, level": "The value of a measure that a string is grown to. A level is one such value"
    " in a sweep.",
    "calibrated second (cal-s)": "As many steps as a cost table says take a second of one core. The"
    " same number on every machine.",
    "memorized": "It recalls one whole period without an error.",
    "capacity": "The level memorized with probability 1/2 under the budget.",
    "stored bits, stored fraction": "Reference bits minus the bits that the network needs to"
    " predict one period; that divided by the reference bits.",
    "condition": "String condition, cell, protocol and budget.",
    "search": "One independent Optuna study of one condition.",
    "trial": "One configuration that a search proposes, run on its tuning strings.",
    "tune, select, confirm": "The three disjoint sets of strings of a search: for every trial, for"
    " the finalists, for the winner.",
    "ρ (rho)": "Octaves by which one cell takes less time than another to the same stored fraction"
    " of the same string. ρ of GRU against LSTM is positive if the GRU is sooner: 1 means half the"
    " time, −1 twice the time, and .5 that the LSTM takes 1.41 times as long.",
    "octave": "A factor of two.",
    "interval": "A range that holds the true value in 95 % (or 99.4 %) of repetitions. It always"
    " says over what: searches, strings or processes.",
    "margin": "The smallest difference that counts, fixed before the data.",
    "negative control": "A comparison of a cell with itself, where the true difference is zero.",
}
TERMS: dict[str, Term] = {
    word: Term(re.sub(r"\W+", "-", word).strip("-").lower(), meaning)
    for word, meaning in _MEANINGS.items()
}
