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
# How complex are they, where do they lie among known sources, and does a network memorize them? This one trains, for
# seconds, under budgets in steps, so that it takes as long on every machine only roughly but does the same everywhere.

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
# Measures. Codes of LZW and phrases of LZ76 count novelty; `min_context` says how far back one must look to know the
# next symbol.

# %%
measures = ["period", "lzw", "lz76", "distinct_substrings", "min_context"]
rows = {
    name: {"symbols": s.alphabet_size} | {m: s.complexity(m) for m in measures}
    for name, s in strings.items()
}
pd.DataFrame(rows).T

# %% [markdown]
# One network on each string, at the same 400 steps for both cells. That is no comparison: for one, every cell is
# tuned with equal effort on strings of its own: `seqmem compare strings.csv --budget "20 s"`, or `analysis.compare`.

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
# Bits stored of the bits that there are: right predictions are enough to memorize, certain ones would store all.

# %%
frame[
    ["name", "cell", "reference_bits", "stored_bits", "stored_fraction", "exact_prefix", "period"]
].round(2)

# %% [markdown]
# Files of your own: plain text, FASTA or a CSV column, cut to strings of equal complexity:
#
# ```
# seqmem generate --source corpus --param path=genome.fasta --param upper=true --target 300 --count 8 --out dna.csv
# ```
#
# and a study file with `source = "corpus"` sweeps over them.
