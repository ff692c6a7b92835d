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
# # Your own strings
#
# How complex are your strings, and does a network memorize them? This notebook trains for some
# seconds. The budgets are in steps, so the work is the same on every machine, but the time differs.

# %%
import pandas as pd

from seqmem import generators, study

texts = {
    "rhyme": "humpty dumpty sat on a wall humpty dumpty had a great fall",
    "gene": "ATGGCCATTGTAATGGGCCGCTGAAAGGGTGCCCGATAGATGGCCATTGTCATGGGC",
    "chance": generators.generate("iid", alphabet_size=4, measure="period", target=58, seed=1).text,
    "period": "ABCD" * 14 + "AB",
}
strings = {name: generators.from_text(text) for name, text in texts.items()}

# %% [markdown]
# Complexity measures. LZW codes and LZ76 phrases count new substrings. `min_context` is the number
# of preceding symbols that determine the next symbol.

# %%
measures = ["period", "lzw", "lz76", "distinct_substrings", "min_context"]
rows = {
    name: {"symbols": s.alphabet_size} | {m: s.complexity(m) for m in measures}
    for name, s in strings.items()
}
pd.DataFrame(rows).T

# %% [markdown]
# One network per string and cell, with 400 steps each. This is no fair comparison, because the
# cells are not tuned. `seqmem compare strings.csv --budget "20 s"` or `seqmem.compare` tunes
# every cell with equal effort on separate strings.

# %%
records = [
    study.run(
        study.RunConfig(
            string=string,
            cell=cell,
            depth=1,
            units=32,
            learning_rate=1e-2,
            budget="400 steps",
            seed=0,
        )
    ).to_row()
    | {"name": name}
    for name, string in strings.items()
    for cell in ("lstm", "gru")
]
frame = pd.DataFrame(records)
frame.pivot(index="name", columns="cell", values=["memorized", "steps"])

# %% [markdown]
# Stored bits of all bits. Right predictions are enough to memorize a string; only certain
# predictions store all bits.

# %%
frame[
    ["name", "cell", "reference_bits", "stored_bits", "stored_fraction", "exact_prefix", "period"]
].round(2)

# %% [markdown]
# Your own files can be plain text, FASTA or a CSV column. This command cuts strings of equal
# complexity from a file:
#
# ```bash
# seqmem generate --source corpus --param path=genome.fasta --param upper=true \
#     --target 300 --count 8 --out dna.csv
# ```
#
# A sweep file with `source = "corpus"` runs a sweep over such strings.
