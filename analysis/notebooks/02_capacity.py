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
# The capacity of a cell under a budget is the level that it memorizes with probability 1/2. Its
# interval is from a posterior on a grid. The model has a random effect for each search. The
# capacity belongs to its relation: `>= 392` is a lower bound.

# %%
from pathlib import Path

import numpy as np

from seqmem import analysis

frame = analysis.load_sources([Path("data")]).frame
analysis.capacity_table(frame)[
    ["cell", "relation", "capacity", "low", "high", "memorized", "runs", "searches"]
].round(1)

# %%
figure = analysis.show("capacity_curve", frame)
print(figure.caption)
figure

# %% [markdown]
# The same for one cell, from arrays:

# %%
runs = analysis.confirmed(frame).query("cell == 'gru'")
gru = analysis.estimate_capacity(runs["level"], runs["search"].tolist(), runs["memorized"])
print(f"{gru.relation} {gru.stated:.0f} codes, 95 % interval {gru.low:.0f} to {gru.high:.0f}")
print(f"probability that it is over 64 codes: {1 - gru.posterior.below(np.log2(64)):.2f}")

# %% [markdown]
# The ratio of the two capacities. Its interval ignores that both cells have the same strings, so it
# is conservative.

# %%
analysis.ratio_table(frame)[["numerator", "denominator", "relation", "ratio", "low", "high"]].round(
    2
)

# %% [markdown]
# If the levels do not bracket a capacity, only a bound is reported. This happens with the two
# easiest levels alone:

# %%
easy = frame[frame["level"] <= 32]
print("\n".join(analysis.capacity_lines(easy)))

# %% [markdown]
# Capacity at smaller budgets. The checkpoints show what these winners had memorized by then. The
# winners were not tuned for smaller budgets, so this is no claim about them.

# %%
analysis.show("capacity_by_budget", frame)
