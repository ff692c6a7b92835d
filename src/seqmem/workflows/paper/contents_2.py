"""Study 2: what the paper shows of its sweeps, as far as they ship."""

from __future__ import annotations

from seqmem.workflows.paper.sections import Section, Study

SECTIONS = (
    Section(
        "scaling",
        "scaling",
        ("study2-scaling*",),
        ("time_by_bits", "winners_by_budget", "tuning_curve"),
        (
            "capacity",
            "ratios",
            "levels",
            "winners",
            "rho",
            "self",
            "tuning",
            "winner_values",
            "variance",
        ),
    ),
    Section("aa", "the GRU against itself", ("study2-aa*",), (), ("arms",)),
    Section("sources", "sources", ("study2-sources*",), ("time_by_context",), ("levels", "rho")),
    Section("depth", "depth fixed", ("study2-depth*",), (), ("levels", "winners")),
    # The middle one of the matched rates; verdicts use all of them.
    Section(
        "curves",
        "curves",
        ("study2-curves-*-0.01",),
        ("learning_curves", "loss_volatility"),
    ),
    Section("gradients", "gradients", ("study2-gradients*",), ("gradient_by_lag",)),
    Section("importance", "importance", ("study2-importance*",), (), ("saltelli",)),
    Section("capacity", "sizes", ("study2-capacity*",), ("bits_by_exposure",)),
    Section("controls", "controls", ("study2-controls*",), (), ("levels", "rho")),
    Section("cost", "seconds a symbol", (), ("cost_by_units",)),
)
STUDY_2 = Study(number=2, sections=SECTIONS, pilots="study2-pilot*", timings="study2-cost")
