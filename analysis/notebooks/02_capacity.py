# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Capacity
#
# The capacity of a cell under a budget is the level that it memorizes with probability 1/2. It comes with an interval
# from a posterior on a grid, in which each search has luck of its own.

# %%
from pathlib import Path

import numpy as np

from seqmem import analysis

frame = analysis.load_sources([Path("data")]).frame
analysis.capacity_table(frame)[
    ["cell", "capacity", "low", "high", "relation", "memorized", "runs", "searches"]
].round(1)

# %%
figure = analysis.show("capacity_curve", frame)
print(figure.caption)
figure

# %% [markdown]
# The same by hand, for one cell: arrays in, a posterior out.

# %%
runs = analysis.confirmed(frame).query("cell == 'gru'")
gru = analysis.estimate_capacity(runs["level"], runs["search"].tolist(), runs["memorized"])
print(f"{gru.median:.0f} codes, 95 % interval {gru.low:.0f} to {gru.high:.0f} ({gru.relation})")
print(f"probability that it is over 64 codes: {1 - gru.posterior.below(np.log2(64)):.2f}")

# %% [markdown]
# Is one cell's larger? The ratio of two capacities; its interval ignores the pairing by string, so it is conservative.

# %%
analysis.ratio_table(frame)[["numerator", "denominator", "ratio", "low", "high"]].round(2)

# %% [markdown]
# Where levels do not bracket a capacity, only a bound is reported. With the two easiest levels alone:

# %%
easy = frame[frame["level"] <= 32]
print("\n".join(analysis.capacity_lines(easy)))

# %% [markdown]
# What would a smaller budget have bought? Checkpoints say what these winners had by then, and they were not tuned for
# that: this is no claim about smaller budgets.

# %%
analysis.show("capacity_by_budget", frame)
