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
# A sweep is a table: one row per run. Here it is the small one in `data`, made by `seqmem sweep` from
# `data/study.toml`; put the folder of your own in its place. Nothing here trains anything.

# %%
from pathlib import Path

from seqmem import analysis

sources = analysis.load_sources([Path("data")])
frame = sources.frame
frame.shape

# %% [markdown]
# Every run has a **role**: strings to *tune* on, further ones to *select* among the best trials, and fresh ones to
# *confirm* the winner. Only the last enter any inference.

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
# What fraction of the fresh strings was memorized, by level of complexity?

# %%
confirmed.pivot_table(index="cell", columns="level", values="memorized").round(2)

# %% [markdown]
# What did the searches find? Each row of confirmation runs carries the configuration that won its search.

# %%
winners = confirmed.drop_duplicates(["condition", "search"])
winners.groupby("cell")[["depth", "units", "learning_rate", "gradient_clip"]].median().round(4)

# %% [markdown]
# How did they get there? Every trial at the level whose scores differ most:

# %%
figure = analysis.show("landscape", frame)
print(figure.caption)
figure

# %% [markdown]
# A run's checkpoints answer every smaller budget. Time to memorize, by level:

# %%
figure = analysis.show("time_to_memorize", frame)
print(figure.caption)
figure

# %% [markdown]
# A figure is its numbers first: `figure.data` is a plain frame.

# %%
figure.data[["level", "cell", "spent", "memorized", "low", "high"]].tail()
