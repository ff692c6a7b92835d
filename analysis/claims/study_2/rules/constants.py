"""Every number in section 3 of the pre-registration of study 2, by name.

The file that freezes study 2 holds a digest of `frozen_constants`, so a change of a value, or of a
name, is noticed. Values that older code already names are imported, and so enter the digest too.
Rules name no number of their own.
"""

from __future__ import annotations

from seqmem.analysis.claims.rules import step_time_parts
from seqmem.analysis.claims.study_1 import c5_cheaper, c8_gradients, c9_inference
from seqmem.analysis.estimators import (
    box_edges,
    contrasts,
    depth_ratios,
    knees,
    saltelli,
    search_gates,
    search_quality,
    time_ratios,
)
from seqmem.analysis.records import groups
from seqmem.core.number_formats import json_value
from seqmem.study.memorizers import size_matching

# Margin of a ratio of times, in octaves.
DELTA = 0.15

# Confidence of the intervals that decide.
PLAIN_CONFIDENCE = contrasts.PLAIN
PRIMARY_CLAIMS = ("C1", "C2", "C11", "C12")
PRIMARY_CONFIDENCE = 1 - 0.05 / 4
OTHER_CLAIMS = ("C3a", "C3b", "C4", "C5", "C6", "C7", "C8", "C9", "C10")
# 99.4 %, as in study 1.
OTHER_CONFIDENCE = contrasts.BONFERRONI

# A search is in doubt if its contrast moves by more than a margin between half of its points and
# all, or if more than a share of the winners lie at an edge of the box.
SEARCH_POINTS = 32
GATE_MOVE_OCTAVES = search_gates.MOVE_MARGIN
GATE_POINTS = (16, 32)
GATE_EDGE_SHARE = search_quality.EDGE_SHARE
GATE_EDGE_OF_LOG_RATE = box_edges.EDGE
GATE_FEWEST_UNITS = box_edges.FEWEST_UNITS

# The time ratio rho.
RHO_HIGHEST_THRESHOLD = time_ratios.HIGHEST_THRESHOLD
RHO_LEAST_THRESHOLD = time_ratios.LEAST_THRESHOLD

# A claim about searches is not tested if a stratum has fewer of them.
LEAST_SEARCHES = 3

# A string counts for stored bits if its prompt gives at most this share of its bits.
GIVEN_SHARE = groups.GIVEN_SHARE

# C1 and C2: which cell is sooner.
ALPHABETS = (2, 4)
LOW_LEVELS = (16, 64)
HIGH_LEVELS = (512, 2048)
DECIDING_CLOCKS = ("budget", "flops")

# Third reading: measured over table step time.
TIMING_VISITS = 5

# C3a and C3b: depth.
DEPTHS = (1, 2, 4)
DEPTH_LEVELS = (512, 1024)
DEPTH_ALPHABET = 4
DEPTH_BUDGET_SHARES = (1.0, depth_ratios.QUARTER)

# C4: total Sobol indices.
IMPORTANCE_LEVELS = (32, 64)
IMPORTANCE_BASE_ROWS = 256
IMPORTANCE_INPUTS = 7
MOST_LOST_ROWS = 0.10
IMPORTANCE_RESAMPLES = saltelli.RESAMPLES
IMPORTANT_INPUTS = ("learning_rate", "units")
LEAST_TOTAL_INDEX = 0.10
TOP_RANKS = 3
INDEX_TIE = 0.05
OPTIMUM_WIDTH_OCTAVES = 0.15

# C5 and C9: step times, GRU over LSTM, as in study 1.
STEP_TIME_RATIO = step_time_parts.STEP_TIME_MARGIN
PUBLISHED_STEP_TIME_RATIO = c5_cheaper.PUBLISHED_RATIO
TIMED_PROCESSES = step_time_parts.TIMED_PROCESSES
TIMED_SHAPES = step_time_parts.TIMED_SHAPES
TIMED_ENGINES = step_time_parts.TIMED_ENGINES
DECIDING_ENGINE = step_time_parts.DECIDING_ENGINE
INFERENCE_BATCHES = c9_inference.INFERENCE_BATCHES

# C6 and C7: runs of fixed length at matched learning rates.
CURVE_LEVELS = (64, 256)
CURVE_RATES = 5
CURVE_STRINGS = 80
SIZE_TOLERANCE = size_matching.TOLERANCE

# C6: log10 of the best loss so far, LSTM - GRU.
LOSS_STEPS = 1709
LOSS_SYMBOLS_PER_STEP = 32 * 64
LOSS_MARGIN = 0.1
LOSS_FLOOR = 1e-4

# C7: ratio of the standard deviations of log loss about its running median.
VOLATILITY_RATIO = 1.1

# C8: half-life of the gradient, in symbols; that of LSTM and GRU over the RNN's.
HALF_LIFE_RATIO = 2.0**c8_gradients.LOG2_TWICE
LEAST_HALF_LIFE = 2.0**c8_gradients.LOG2_SIXTEEN
HALF_LIFE_BOUNDS = (c8_gradients.SHORTEST_HALF_LIFE, c8_gradients.LONGEST_HALF_LIFE)
GRADIENT_SEEDS = 48
# Half-life and ratio of the GRU and of the LSTM with both forget biases, on both kinds of strings.
GRADIENT_PARTS = 12
SHORT_CONTEXT_LEVELS = 2
LONG_CONTEXT_LEVELS = 1
LONG_CONTEXT = 32

# C10: slope of log2 stored bits on log2 identifiable parameters.
LINEAR_SLOPES = (0.9, 1.1)
SLOPE_MOVE = 0.03
SLOPE_DOUBLINGS = 2
CAPACITY_LOAD = 6
LOAD_TOLERANCE = 0.1
CAPACITY_UNITS = (8, 12, 16, 24, 32)
CAPACITY_STRINGS = 6
CAPACITY_STEPS = (7_500, 15_000, 30_000, 60_000)

# C11: context or bits.
LEAST_CONTEXT_SLOPE = 0.1
CONTEXT_OCTAVES = 4
BITS_OCTAVES = 2
CONTEXT_SPREAD = 0.20
CONTEXT_STRINGS_WITHIN = 0.75
CONTEXT_CONDITIONS = 8

# C12: equal exponents.
EXPONENT_MARGIN = 0.1
EXPONENT_ALPHABET = 4
EXPONENT_LEVELS = (64, 128, 256, 512, 1024, 1448, 2048)
STORED_SHARE = 0.90
MOST_CENSORED = 0.10
LEAST_FITTED_LEVELS = 3
BREAK_LEVELS = (256, 1448)
BREAK_TEST_LEVEL = knees.LEVEL
BREAK_POWER = knees.POWER


def frozen_constants() -> dict[str, object]:
    """Return all constants of this module by name, as plain JSON values in sorted order.

    Examples
    --------
    >>> frozen_constants()["DELTA"], frozen_constants()["LOW_LEVELS"]
    (0.15, [16, 64])
    """
    names = sorted(name for name in globals() if name.isupper())
    return {name: json_value(globals()[name]) for name in names}
