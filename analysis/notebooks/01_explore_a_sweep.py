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
# # Explore a sweep
#
# A sweep is a table with one row per run. This notebook uses the small sweep in `data`, which
# `seqmem sweep` made from `data/sweep.toml`. To explore your own sweep, replace the folder. Nothing
# is trained here.

# %%
from pathlib import Path

from seqmem import analysis

sources = analysis.load_sources([Path("data")])
frame = sources.frame
frame.shape

# %% [markdown]
# Every run has a **role**. A search *tunes* on some strings, *selects* among the best trials on
# others, and *confirms* the winner on fresh strings. Inference uses only the last.

# %%
frame.groupby(["role", "status"]).size().unstack(fill_value=0).loc[["tune", "select", "confirm"]]

# %%
columns = [
    "cell",
    "level",
    "search",
    "depth",
    "units",
    "learning_rate",
    "stored_fraction",
    "memorized",
]
confirmed = analysis.confirmed(frame)
confirmed[columns].head()

# %% [markdown]
# The fraction of fresh strings that was memorized, by level of complexity:

# %%
confirmed.pivot_table(index="cell", columns="level", values="memorized").round(2)

# %% [markdown]
# The winners of the searches. Each confirmation run holds the configuration that won its search.

# %%
winners = confirmed.drop_duplicates(["condition", "search"])
winners.groupby("cell")[["depth", "units", "learning_rate", "gradient_clip"]].median().round(4)

# %% [markdown]
# All trials of the searches, at the level whose scores differ most:

# %%
figure = analysis.show("landscape", frame)
print(figure.caption)
figure

# %% [markdown]
# The checkpoints of a run show its state at every smaller budget. Time to memorize, by level:

# %%
figure = analysis.show("time_to_memorize", frame)
print(figure.caption)
figure

# %% [markdown]
# The numbers of a figure are a plain frame, `figure.data`:

# %%
figure.data[["level", "cell", "spent", "memorized", "low", "high"]].tail()
