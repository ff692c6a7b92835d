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
# # Look inside a memorizer
#
# How does a network memorize a string? This notebook trains an LSTM, a GRU, a minGRU and a
# Transformer on one random string of 60 symbols. It takes some seconds. Then it shows when each
# position became known, and how the hidden states move along the string.

# %%
import pandas as pd

from seqmem import analysis, generators, study

string = generators.generate("iid", alphabet_size=4, measure="period", target=60, seed=1)
string.text

# %% [markdown]
# All four have two layers of 32 units, and at most 400 steps. One bare layer of a minGRU would not
# do: its gates do not see its state. The learning rates are from the middle of the range of each
# cell; the Transformer warms up its rate for 100 steps. This is no comparison, because the cells
# are not tuned. `seqmem compare` tunes each with equal effort.

# %%
learning_rates = {"lstm": 1e-2, "gru": 1e-2, "mingru": 1e-2, "transformer": 3e-3}
trained = {
    cell: study.train(
        study.RunConfig(
            string=string,
            cell=cell,
            depth=2,
            units=32,
            learning_rate=learning_rate,
            batch=8,
            budget="400 steps",
            seed=0,
        )
    )
    for cell, learning_rate in learning_rates.items()
}
rows = {cell: one.record.to_row() for cell, one in trained.items()}
columns = ["status", "steps", "parameters", "exact_prefix", "stored_fraction"]
pd.DataFrame(rows).T[columns]

# %% [markdown]
# ## When each position became known
#
# Each row of a map is a checkpoint. It shows the probability of the right symbol at each position
# of the string, teacher forced. The strip above is the best model of at most three symbols of
# context, which memorizes nothing. Where it is light, the next symbol is easy to guess. A position
# that stays dark longest needs the most context, or has a twin elsewhere in the string with another
# next symbol.

# %%
analysis.show_memorizer("recall_map", trained["lstm"])

# %%
analysis.show_memorizer("recall_map", trained["gru"])

# %%
analysis.show_memorizer("recall_map", trained["mingru"])

# %%
analysis.show_memorizer("recall_map", trained["transformer"])

# %% [markdown]
# The same in numbers: the share of positions whose right symbol has a probability above one half.

# %%
known = {
    cell: analysis.show_memorizer("recall_map", one)
    .data.assign(known=lambda data: data["probability"] > 0.5)
    .groupby("step")["known"]
    .mean()
    for cell, one in trained.items()
}
pd.DataFrame(known).round(2)

# %% [markdown]
# ## How the hidden states move
#
# The string is repeated, and the states along one period are shown in their first two principal
# components, for each layer. A network that has memorized a string visits one state per position
# and returns to the first. The colour is the position. The LSTM, the GRU and the minGRU carry these
# states along. The Transformer carries nothing: its states are those of the block that it reads
# again at every step.

# %%
analysis.show_memorizer("hidden_states", trained["lstm"])

# %%
analysis.show_memorizer("hidden_states", trained["gru"])

# %%
analysis.show_memorizer("hidden_states", trained["mingru"])

# %%
analysis.show_memorizer("hidden_states", trained["transformer"])

# %% [markdown]
# A trained memorizer can be kept and looked at later:
#
# ```bash
# seqmem train --string ABRACADABRA --cell gru --budget "400 steps" --save m.safetensors
# seqmem recall m.safetensors
# ```
