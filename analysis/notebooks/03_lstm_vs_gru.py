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
# # LSTM against GRU
#
# Differences of stored fractions vanish if everything or nothing is stored. The ratio of times does
# not. For each string, it is the number of octaves by which the GRU stores sooner what both cells
# store. It is paired by string, and the independent unit is the search, not the string.

# %%
from pathlib import Path

from seqmem import analysis

sources = analysis.load_sources([Path("data")])
frame = sources.frame
rho = analysis.rho_table(frame)
rho.query("clock == 'budget'")[
    ["level", "rho", "low", "high", "searches", "strings", "uninformative"]
].round(2)

# %% [markdown]
# The same on every clock. Three gates instead of four already give log2(4/3) = 0.415 octaves in
# time:

# %%
rho.pivot(index="level", columns="clock", values="rho").round(2)

# %%
figure = analysis.show("gru_against_lstm", frame)
print(figure.caption)
figure

# %% [markdown]
# One contrast over all levels. Each level has the same weight, and the variance is pooled within
# levels:

# %%
from seqmem.analysis.claims.rules.evidence import pair_cells
from seqmem.analysis.estimators.time_ratios import time_ratios

evidence = analysis.Evidence(frame, sources.configs)
pairs = pair_cells(evidence.runs, "gru", "lstm")
ratios = time_ratios(evidence.curves.take(pairs.first), evidence.curves.take(pairs.second))
contrast = analysis.clustered_contrast(ratios.rho, pairs.strata, pairs.clusters)
low, high = contrast.interval()
print(f"GRU sooner by {contrast.estimate:.2f} octaves, 95 % interval {low:.2f} to {high:.2f}")
print(f"from {contrast.clusters} searches at {contrast.strata} levels")

# %% [markdown]
# A negative control: each cell against itself, in independent searches. There is no difference to
# find.

# %%
analysis.self_table(frame)[["levels", "searches", "rho", "low", "high", "verdict"]].round(2)

# %% [markdown]
# The claims need larger designs than this small sweep, so none is tested:

# %%
table = analysis.claims_table(analysis.verdicts(evidence))
for row in table.itertuples():
    print(f"{row.claim}: {row.verdict}")
