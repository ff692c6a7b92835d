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
# # Importance of hyper-parameters
#
# Which hyper-parameters matter? Evaluators disagree, so each one is named. Only Sobol points are
# used, because they cover the space evenly. Here these are the 24 startup points of each of 3
# searches. Points that a sampler chose are never used.

# %%
from pathlib import Path

from seqmem import analysis
from seqmem.analysis.estimators.forest_indices import out_of_fold_r_squared, sobol_indices
from seqmem.analysis.estimators.importance_points import enough_points

sources = analysis.load_sources([Path("data")])
points = {
    (level, cell): some for _, level, cell, some in enough_points(sources.frame, sources.configs)
}
{key: some.inputs.shape for key, some in points.items()}

# %% [markdown]
# Take a level of middle difficulty. If everything or nothing is memorized, there is little to
# explain. The out-of-fold R² is the share of the scores' variance that a forest explains on points
# that it has not seen:

# %%
level = 64
for cell in ("gru", "lstm"):
    print(f"{cell}: out-of-fold R² {out_of_fold_r_squared(points[level, cell]):.2f}")

# %% [markdown]
# The total Sobol index of the forest, with its range over refits on resampled points (20 here, 200
# in reports):

# %%
for cell in ("gru", "lstm"):
    indices = sobol_indices(points[level, cell], refits=20)
    low = indices.refits.min(axis=0)
    high = indices.refits.max(axis=0)
    for name, value, below, above in zip(
        points[level, cell].names, indices.total, low, high, strict=True
    ):
        print(f"{cell} {name:15} {value:.2f}  ({below:.2f} to {above:.2f})")

# %% [markdown]
# All evaluators, as in the report, at the level whose scores differ most:

# %%
figure = analysis.show("importance", analysis.ReportData.of(sources))
print(figure.caption)
figure

# %%
table = figure.data[figure.data["evaluator"] != "interaction (forest)"]
table.pivot_table(
    index=["cell", "hyper_parameter"], columns="evaluator", values="importance"
).round(2)
