"""How each page of the gallery shows its figure: a text, the code and the command."""

from typing import NamedTuple

# Folders that the code of the pages reads, relative to the current one.
READ = ("results", "analysis")


class Example(NamedTuple):
    """How a page shows a figure.

    Attributes
    ----------
    text : str
        What the figure shows and how to read it.
    code : str
        The Python code. It makes ``figure``, or the ``files`` of a figure.
    command : str
        The shell commands that write the figure; empty if there are none.
    """

    text: str
    code: str
    command: str


def _shown(name: str, text: str, *folders: str) -> Example:
    """Return the example of a figure of sweeps in some folders."""
    lines = "".join(f'    "{folder}",\n' for folder in folders)
    given = (
        (f'"{folders[0]}"', "") if len(folders) == 1 else ("folders", f"folders = [\n{lines}]\n")
    )
    return Example(
        text,
        f'from seqmem import analysis\n\n{given[1]}figure = analysis.show("{name}", {given[0]})\n',
        f"seqmem figures {' '.join(folders)} --only {name} --out figures\n",
    )


def _of_study(name: str, text: str, *parts: str) -> Example:
    """Return the example of a figure of some parts of study 1."""
    return _shown(name, text, *(f"results/study-1/paper-{part}" for part in parts))


def _of_memorizer(name: str, text: str) -> Example:
    """Return the example of a figure of one trained memorizer."""
    return Example(
        text,
        f"""\
from seqmem import analysis, generators, study

string = generators.generate("iid", alphabet_size=4, measure="period", target=60, seed=1)
config = study.RunConfig(
    string=string, cell="gru", depth=2, units=32, learning_rate=0.01, batch=8, budget="400 steps"
)
figure = analysis.show_memorizer("{name}", study.train(config))
""",
        """\
seqmem train --string ABRACADABRA --cell gru --budget "400 steps" --plot recall_map.png
"""
        if name == "recall_map"
        else "",
    )


EXAMPLES: dict[str, Example] = {
    "capacity_curve": _of_study(
        "capacity_curve",
        "How likely is a string to be memorized, given its complexity? The curve of each cell"
        " falls from 1 to 0. The level at which it passes 1/2 is the capacity, with its interval."
        " Here the two curves nearly agree.",
        "complexity-k4",
    ),
    "capacity_by_budget": _of_study(
        "capacity_by_budget",
        "How does the capacity grow with the training budget? Each run has checkpoints, so one"
        " sweep answers every smaller budget too. At smaller budgets the configurations are those"
        " that were tuned for the full one. An arrow is a limit: the levels of this sweep are too"
        " complex for the smallest budgets.",
        "complexity-k4",
    ),
    "gru_against_lstm": _of_study(
        "gru_against_lstm",
        "Which cell stores the same part of the same string sooner? Above 0 it is the GRU, below 0"
        " the LSTM. Each panel has another clock: calibrated time, FLOPs, symbols or steps. A"
        " conclusion that holds on every clock does not depend on the cost of a step.",
        "complexity-k4",
    ),
    "depth_at_budgets": _of_study(
        "depth_at_budgets",
        "Do more layers help if the budget is fixed? Each point is the capacity of networks with"
        " that many layers, tuned separately. Triangles are limits: the levels bound those"
        " capacities on one side only.",
        *("depth-d1", "depth-d2", "depth-d3", "depth-d4"),
    ),
    "winners_by_budget": _of_study(
        "winners_by_budget",
        "Which settings win a search? Each mark is a winner, the dash is their mean, and the grey"
        " bar is the range that was searched. Winners at the end of a bar call for a wider range."
        " Here the larger budget, with its harder strings, is won by more units and a smaller"
        " learning rate.",
        *("complexity-k4", "complexity-k4-low"),
    ),
    "landscape": _of_study(
        "landscape",
        "Which learning rates and numbers of units work? Each mark is a trial of a search, and its"
        " colour is its score. If good trials lie at the edge of a panel, the searched range was"
        " too narrow.",
        "complexity-k2",
    ),
    "importance": _shown(
        "importance",
        "Which hyper-parameters decide the score? Several evaluators answer, because they measure"
        " different things and disagree. Trust a ranking on which they agree: here, that the"
        " learning rate comes first.",
        "analysis/notebooks/data",
    ),
    "stored_bits": _of_study(
        "stored_bits",
        "How many bits does a network store when it is offered more and more? The plateau on the"
        " left is its capacity in bits per parameter. The panel on the right shows how the stored"
        " bits grow with the number of parameters.",
        *(
            f"capacity-{cell}-{units}-load-{load}"
            for cell in ("lstm", "gru")
            for units in (4, 8, 16, 32)
            for load in (3, 8)
        ),
    ),
    "time_by_bits": _of_study(
        "time_by_bits",
        "How does the time to store a string grow with its bits? On these axes a power law is a"
        " line, and its slope is the exponent. The grey guides have slope 1 and 2. Open marks are"
        " lower bounds, because many runs spent their budget before they got there. They are not"
        " fitted.",
        *("complexity-k4", "complexity-k4-low"),
    ),
    "time_by_context": Example(
        "Is a string hard because of its bits, or because of the context that it takes to know the"
        " next symbol? The strings of one panel have about the same bits. A line that rises says"
        " that context costs time. Here it costs little, because few symbols of these strings need"
        " it. Such strings come from the source `bounded_context`, so the code runs four small"
        " sweeps first.",
        """\
from seqmem import analysis, sweeps

folders = []
for context in (5, 10, 20, 40):
    copied = 0 if context == 5 else 0.5
    config = sweeps.load_config(
        "smoke",
        (
            f"name=context-{context}",
            "strings.source=bounded_context",
            f"strings.parameters={{context = {context}, copied = {copied}}}",
            "strings.alphabet_size=4",
            "strings.measure=period",
            "strings.levels=[300]",
            "strings.confirm=3",
            "memorizer.cells=['gru']",
            "training.budget='600 steps'",
            "training.stop_on_memorized=false",
            "search.sampler=sobol",
            "search.trials=2",
            "search.searches=2",
            "search.depth=1",
            "search.units=24",
            "search.learning_rate={low = 0.02, high = 0.04, log = true}",
        ),
    )
    folders.append(f"runs/{config.name}")
    sweeps.run_sweep(config, folders[-1])
figure = analysis.show("time_by_context", folders)
""",
        "",
    ),
    "bits_by_exposure": Example(
        "How many bits does a parameter hold, and does it still fill? Each line is a network, and"
        " each mark a run with its own decay of the learning rate. If lines still rise at their"
        " right ends, the networks have room left. The code runs such networks first.",
        """\
from seqmem import analysis, sweeps

folders = []
for units, symbols in ((4, 400), (8, 1200)):
    for steps in (400, 800, 1600):
        config = sweeps.load_config(
            "smoke",
            (
                f"name=units-{units}-steps-{steps}",
                "strings.measure=period",
                f"strings.levels=[{symbols}]",
                "strings.confirm=3",
                "memorizer.cells=['lstm']",
                f"training.budget='{steps} steps'",
                f"training.learning_rate_schedule='linear {steps} steps'",
                "training.stop_on_memorized=false",
                "search.sampler=sobol",
                "search.trials=1",
                "search.finalists=1",
                "search.depth=1",
                f"search.units={units}",
                "search.learning_rate=0.02",
            ),
        )
        folders.append(f"runs/{config.name}")
        sweeps.run_sweep(config, folders[-1])
figure = analysis.show("bits_by_exposure", folders)
""",
        "",
    ),
    "time_to_memorize": _of_study(
        "time_to_memorize",
        "What part of the strings is memorized by each time? Runs that end before they memorize"
        " their string count as censored, so they are not left out.",
        "complexity-k4",
    ),
    "anytime": _of_study(
        "anytime",
        "What is stored at each smaller budget? The curves are means of the checkpoints of the"
        " confirmation runs. Two cells may cross: one learns faster at first, and the other stores"
        " more in the end.",
        "complexity-k4",
    ),
    "tuning_curve": Example(
        "How much does the result depend on the effort of tuning? A curve gives the expected best"
        " of n points of a search. If it still rises at the right edge, more points would have"
        " found a better configuration. The panel of rho shows whether the contrast of two cells"
        " depends on the effort. It needs points that depend on no result, so the code runs a"
        " small sweep of Sobol points first.",
        """\
from seqmem import analysis, sweeps

config = sweeps.load_config(
    "quick",
    (
        "name=effort",
        "search.sampler=sobol",
        "search.trials=8",
        "search.searches=4",
        "strings.levels=[45]",
    ),
)
sweeps.run_sweep(config, "runs/effort")
figure = analysis.show("tuning_curve", "runs/effort")
""",
        """\
seqmem sweep quick --set name=effort --set search.sampler=sobol --set search.trials=8 \
--set search.searches=4 --set strings.levels="[45]"
seqmem figures runs/effort --only tuning_curve --out figures
""",
    ),
    "learning_curves": _of_study(
        "learning_curves",
        "How does the training loss fall? Each line is the median over runs, and the band holds the"
        " middle half of them. At 1 the network guesses. The lower the loss, the better it knows"
        " the string.",
        "curves-own",
    ),
    "loss_volatility": _of_study(
        "loss_volatility",
        "How much does the loss jump about its trend? Each small mark is a run. The learning rate"
        " affects it, so compare cells at equal learning rates before you conclude.",
        "curves-own",
    ),
    "gradient_by_lag": _of_study(
        "gradient_by_lag",
        "How far back does the gradient reach? The curves fall with the distance between a state"
        " and the loss. The slower the fall, the further back a cell can learn from. Training"
        " changes it: here, all cells reach further after training.",
        "gradients-default",
    ),
    "cost_by_units": Example(
        "What does a symbol cost in training and in inference? Where a curve is flat, overhead"
        " dominates. Where it rises, arithmetic does. The timings come from `seqmem time`.",
        """\
import pandas as pd

from seqmem import analysis

timings = pd.read_parquet("results/study-1/paper-cost/timings.parquet")
figure = analysis.show("cost_by_units", analysis.ReportData(pd.DataFrame(), timings=timings))
""",
        "",
    ),
    "contrast_forest": Example(
        "How large is the difference between two settings? Each row is a group, with its intervals"
        " and a verdict. The grey band is the margin within which a difference does not count. Here"
        " the settings are the two cells of a sweep.",
        """\
from seqmem import analysis

sources = analysis.load_sources("analysis/notebooks/data")
result = analysis.contrast(sources, a="cell=gru", b="cell=lstm", by="level")
figure = analysis.show("contrast_forest", result)
""",
        """\
seqmem contrast analysis/notebooks/data --a cell=gru --b cell=lstm --by level --plot forest.png
""",
    ),
    "complexity_atlas": Example(
        "How do the sources differ in two measures at once? Each mark is a string of 2,047 symbols"
        " over an alphabet of 2. Sources far apart in one direction and close in the other separate"
        " the two measures.",
        """\
from seqmem.analysis.figures import build_atlas

files = build_atlas("complexity_atlas", "figures")
""",
        "seqmem figures --only complexity_atlas --out figures\n",
    ),
    "recall_map": _of_memorizer(
        "recall_map",
        "When did the network learn each position of its string? Each row is a checkpoint. A"
        " position that stays dark longest needs the most context, or has a twin elsewhere in the"
        " string that another symbol follows.",
    ),
    "hidden_states": _of_memorizer(
        "hidden_states",
        "How do the hidden states move along the string? A network that has memorized its string"
        " visits one state per position and returns to the first.",
    ),
}
