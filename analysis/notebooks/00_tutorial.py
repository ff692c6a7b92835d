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
# # Tutorial: half an hour
#
# How complex a string can a recurrent network memorize within a fixed training budget? This
# notebook goes from one string to a verdict. It trains small networks for less than a minute. Try
# to answer each question before you unfold its answer. To experiment, change a number and run all
# cells again.

# %% [markdown]
# ## 1. One string
#
# A **string** is a sequence of symbols. This one is random, over four symbols. It was grown until
# its **complexity** reached a target: an LZW compressor needs 32 codes for it.

# %%
import warnings

from seqmem import analysis, generators, study, sweeps

# Optuna looks for a progress bar that is not used here.
warnings.filterwarnings("ignore", message="IProgress not found")

string = generators.generate("iid", alphabet_size=4, measure="lzw", target=32, seed=1)
print(string.text)
print(len(string.symbols), "symbols,", string.complexity("lzw"), "LZW codes")
print(f"{string.reference_bits:.0f} bits in an ideal code")

# %% [markdown]
# A string with a pattern needs fewer codes than a random one of the same length:

# %%
pattern = generators.from_text("ABCD" * 20)
print(len(pattern.symbols), "symbols,", pattern.complexity("lzw"), "LZW codes")

# %% [markdown]
# **Question 1.** How many bits does the ideal code spend on each symbol of the random string, and
# why?
#
# <details>
# <summary>Answer</summary>
#
# Two. All four symbols are equally likely, and nothing before a symbol helps to guess it. So each
# one costs log2(4) = 2 bits. A network that has stored the whole string has stored all these bits.
#
# </details>

# %% [markdown]
# ## 2. One run
#
# A **run** trains one network on one string that is repeated without end. The **budget** says how
# much training is allowed. Here it is 200 steps of the optimizer.

# %%
config = study.RunConfig(
    string=string, cell="gru", units=32, learning_rate=0.02, budget="200 steps", seed=0
)
trained = study.train(config)
record = trained.record
print(f"status: {record.status} after {record.steps} steps, {record.parameters} parameters")
print(f"exact prefix: {record.exact_prefix} of {record.period} symbols")

# %% [markdown]
# What does **recall** mean? The network reads the string as a prompt, up to its end. Then it goes
# on alone, and each prediction becomes its next input. A string counts as **memorized** if every
# symbol of a whole period is predicted without an error.

# %%
recalled = trained.recall(symbols=string.period)
print("string  ", string.text)
print("recalled", recalled)

# %% [markdown]
# The map shows how it came about. Each row is a checkpoint, the last one at the top. Dark cells are
# positions whose right symbol was still improbable.

# %%
figure = analysis.show_memorizer("recall_map", trained)
figure

# %% [markdown]
# The same network with a tenth of the budget:

# %%
short = study.run(
    study.RunConfig(
        string=string, cell="gru", units=32, learning_rate=0.02, budget="20 steps", seed=0
    )
)
print(f"status: {short.status}, exact prefix: {short.exact_prefix} of {short.period} symbols")
print(f"right predictions: {short.symbol_accuracy:.0%}, stored bits: {short.stored_fraction:.0%}")

# %% [markdown]
# **Question 2.** A network predicts 99 of 100 symbols of a string. Is the string memorized?
#
# <details>
# <summary>Answer</summary>
#
# No. Recall feeds each prediction back, so one error can spoil all that follows. The rule asks for
# a whole period without an error. The columns `symbol_accuracy` and `stored_fraction` show what
# was stored short of that.
#
# </details>

# %% [markdown]
# ## 3. A small sweep
#
# One run depends on luck and on its learning rate. A **sweep** tunes each cell with equal effort at
# several **levels** of complexity. It is described by a file, and `seqmem sweep first.toml` would
# run it too.

# %%
from pathlib import Path
from tempfile import mkdtemp

folder = Path(mkdtemp())
(folder / "first.toml").write_text("""
name = "first"
seed = 4

[strings]
source = "iid"
alphabet_size = 4
measure = "lzw"
levels = [16, 32, 64, 128]
tune = 1      # strings per search for every trial
select = 1    # further strings for the finalists
confirm = 4   # fresh strings for the winner

[memorizer]
cells = ["lstm", "gru"]

[training]
budget = "100 steps"
length = 32
recall_horizon = 32

[search]
searches = 3  # independent ones for each cell and level
trials = 4
startup = 4
finalists = 2
depth = 1
units = { low = 4, high = 32 }
learning_rate = { low = 3e-3, high = 1e-1, log = true }
""")
result = sweeps.run_sweep(sweeps.load_config(folder / "first.toml"), out=folder / "runs")
frame = analysis.load(result.folder)
frame.groupby(["role", "cell"]).size().unstack()

# %% [markdown]
# **Question 3.** The winner of each search is confirmed on strings that it was not tuned on. Why?
#
# <details>
# <summary>Answer</summary>
#
# The best of several trials is partly the luckiest one. On its own tuning strings it looks better
# than it is. Fresh strings show what the configuration does without that luck. Every statistic
# below uses the role `confirm` only.
#
# </details>

# %% [markdown]
# ## 4. The capacity curve
#
# The fraction of fresh strings that was memorized, by level:

# %%
analysis.confirmed(frame).pivot_table(index="cell", columns="level", values="memorized").round(2)

# %%
figure = analysis.show("capacity_curve", frame)
figure

# %% [markdown]
# The **capacity** is the level that is memorized with probability 1/2. Its interval says how well
# these few strings determine it.

# %%
print("\n".join(analysis.capacity_lines(frame)))

# %% [markdown]
# **Question 4.** With twice the budget, would the capacity be the same?
#
# <details>
# <summary>Answer</summary>
#
# Hardly. A capacity belongs to its budget, and to the strings and the search: it says how much was
# memorized in 100 steps. That is why the line names the budget. Change `budget` and run the cells
# again to see it.
#
# </details>

# %% [markdown]
# ## 5. A comparison
#
# Which cell is better? Both met the same strings, so they are compared string by string. **rho** is
# the number of octaves by which the GRU stores sooner what both cells store; 1 means in half the
# budget.

# %%
comparison = analysis.contrast(analysis.load_sources([result.folder]), "cell=gru", "cell=lstm")
columns = ["quantity", "estimate", "low_bonferroni", "high_bonferroni", "margin", "verdict"]
comparison.table[columns].round(2)

# %% [markdown]
# - `rho` is in octaves of budget. `score` is what the search maximized. `bits` are the bits of a
#   string that the GRU stored beyond those of the LSTM.
# - The interval is over independent searches, because strings of one search share their
#   configuration.
# - The **margin** is the smallest difference that counts. It was chosen before any data.
#
# The verdict answers one question: is the GRU better by more than the margin, on strings of this
# kind, under this budget and this tuning?
#
# | verdict | meaning |
# |---|---|
# | `supported` | yes, the whole interval lies beyond the margin |
# | `refuted` | no, the whole interval lies below the margin: equivalent cells, or a better LSTM |
# | `direction only` | one cell is better, but perhaps by less than the margin |
# | `inconclusive` | the interval holds several of these answers; more searches would narrow it |
#
# **Question 5.** A verdict is `inconclusive`. Does this show that both cells are equally good?
#
# <details>
# <summary>Answer</summary>
#
# No. Too little data to see a difference is not the same as no difference. Equivalence is a claim
# of its own: the whole interval has to lie within the margin. No verdict here speaks about other
# strings, other budgets, or cells that were tuned with more trials.
#
# </details>

# %% [markdown]
# ## Where to go on
#
# - The other notebooks use a larger sweep: [explore a sweep](01_explore_a_sweep.ipynb) comes next.
# - `seqmem compare` compares cells on your own strings and ends with a conclusion.
# - `seqmem sweep quick` runs a sweep of this kind from the command line, and `seqmem report` writes
#   its report.
