"""Claims on synthetic records with a known truth: each verdict its rule can give, honest words for the rest."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS
from analysis.claims.evidence import Evidence
from analysis.claims.table import claims_json, claims_table, parts_table, verdict_lines, verdicts
from analysis.claims.verdict import VERDICTS, Part, conjunction, judge
from analysis.contrasts import BONFERRONI
from analysis.gru_lstm import self_table

SEARCH = {
    "depth": {"low": 1, "high": 4},
    "units": {"low": 8, "high": 128},
    "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
}


def both_alphabets(make_frame, ratio: float, levels=(16, 64), centre: float = 60.0, seed: int = 3, **fields):
    """GRU with `ratio` times the LSTM's capacity, in two sweeps of 2 and 4 symbols."""
    cells = (("gru", centre * ratio**0.5), ("lstm", centre / ratio**0.5))
    plan = {"searches": 3, "confirm": 8, "tau": 0.05, "spread": 0.05, "budget": "2 cal-s"} | fields
    frames = []
    for k in (2, 4):
        frame = make_frame(levels=levels, capacities=cells, sweep=f"{plan['budget']}-k{k}", seed=seed + k, **plan)
        frames.append(frame.assign(alphabet_size=k))
    return pd.concat(frames, ignore_index=True)


def verdict(name: str, frame: pd.DataFrame, configs=None, timings=None):
    return CLAIMS[name].test(Evidence(frame, configs or {}, timings))


def configured(frame: pd.DataFrame, **search):
    return {sweep: {"search": SEARCH | search} for sweep in frame["sweep"].unique()}


# --- The rules themselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.2, 0.3, ("supported", "")),
        (0.1, 0.3, ("inconclusive", "")),
        (-0.3, 0.1, ("refuted", "")),
        (-0.1, 0.1, ("refuted", "equivalent")),
        (-0.3, -0.2, ("refuted", "opposite")),
        (-0.3, 0.3, ("inconclusive", "")),
    ],
)
def test_one_interval_gives_one_verdict(low, high, expected):
    assert judge(low, high, 0.15) == expected


def test_a_conjunction_is_refuted_by_one_part_and_supported_by_all():
    def part(verdict: str, tag: str = "") -> Part:
        return Part("x", "y", 0, 0, 0, 0, 0, 0, verdict, tag)

    assert conjunction([part("supported"), part("supported")]) == ("supported", "")
    assert conjunction([part("supported"), part("refuted", "opposite")]) == ("refuted", "opposite")
    assert conjunction([part("supported"), part("inconclusive")]) == ("inconclusive", "")
    assert conjunction([]) == ("inconclusive", "")


def test_bonferroni_is_over_the_eight_comparative_claims():
    assert pytest.approx(0.99375) == BONFERRONI


# --- C1 and C2 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "expected"), [(2.0, "supported"), (0.5, "refuted (opposite)"), (1.0, "refuted (equivalent)")]
)
def test_c1_finds_the_ratio_of_times(make_frame, ratio, expected):
    found = verdict("C1", both_alphabets(make_frame, ratio))
    assert found.words() == expected
    main = found.parts[0]
    assert main.low < main.plain_low < main.estimate < main.plain_high < main.high
    assert main.estimate == pytest.approx(math.log2(ratio), abs=0.06)
    assert found.setting == "2 cal-s"
    assert "12 clusters of 4 strata; 8 degrees of freedom" in main.basis


def test_c2_is_oriented_the_other_way_and_needs_the_bits_too(make_frame):
    frame = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    found = verdict("C2", frame)
    assert found.verdict == "supported"
    assert [part.name for part in found.parts[:2]] == ["in calibrated time", "stored bits"]
    assert found.parts[1].estimate == pytest.approx(0.6, abs=0.05)  # the curve is time to the power of 0.6
    assert "crossing of GRU and LSTM: none in 16–2048" in found.notes
    barred = verdict("C2", frame.assign(given_bits=0.2 * frame["reference_bits"]))
    assert barred.verdict == "inconclusive"


def test_a_crossing_is_said_only_where_both_claims_are_supported(make_frame):
    low, high = both_alphabets(make_frame, 2.0), both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    both = pd.concat([low, high], ignore_index=True)
    assert "crossing of GRU and LSTM: between LZW 64 and 512" in verdict("C2", both).notes


def test_a_verdict_needs_the_same_sign_in_flops(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    frame.loc[frame["cell"] == "gru", "flops"] *= 8
    found = verdict("C1", frame)
    assert found.words() == "inconclusive (depends on the clock)"


def test_much_luck_of_searches_leaves_it_inconclusive(make_frame):
    assert verdict("C1", both_alphabets(make_frame, 1.3, tau=0.5)).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame[frame["alphabet_size"] == 4], "2 alphabets (there is 1)"),
        (lambda frame: frame[frame["level"] == 16], "level 64"),
        (lambda frame: frame[frame["search"] < 2], "3 independent searches per level"),
        (lambda frame: frame[frame["replicate"] < 5], "8 confirmation strings per search"),
        (lambda frame: frame[frame["cell"] == "gru"], "confirmation runs of LSTM"),
        (lambda frame: frame.assign(budget_unit="GF"), "a budget in cal-s"),
        (lambda frame: frame.assign(source="markov"), "i.i.d. strings of LZW 16 and 64"),
        (lambda frame: frame.assign(restore_best_weights=True), "runs that did not fail"),
        (lambda frame: frame.assign(status="failed"), "runs that did not fail"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(make_frame, change, words):
    found = verdict("C1", change(both_alphabets(make_frame, 2.0)))
    assert found.verdict == "not tested"
    assert found.words().startswith("not tested: needs ")
    assert words in found.words()


def test_failed_runs_shrink_the_data_and_not_the_design(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    some = frame.index[(frame["role"] == "confirm") & (frame["replicate"] == 3) & (frame["cell"] == "gru")][:2]
    frame.loc[some, "status"] = "failed"
    found = verdict("C1", frame)
    assert found.verdict == "supported"
    assert found.parts[0].basis.startswith("94 pairs in 12 clusters")


def test_winners_at_an_edge_make_it_inconclusive(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    fine, narrow = configured(frame), configured(frame, units={"low": 40, "high": 256})
    assert verdict("C1", frame, fine).verdict == "supported"
    found = verdict("C1", frame, narrow)
    assert found.words() == "inconclusive (the search is in doubt)"
    assert "the winners of 24 of 24 searches lie at an edge of the range of units" in found.notes


def test_trials_that_still_help_make_it_inconclusive(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    late = (frame["role"] == "tune") & (frame["trial"] == 1)
    assert verdict("C1", frame.assign(score=frame["score"].mask(late, 0.9).mask(frame["trial"] == 0, 0.1))).tag == (
        "the search is in doubt"
    )


def test_controls_stand_beside_and_decide_nothing(make_frame):
    control = both_alphabets(make_frame, 0.5, seed=20).assign(batch=8)
    control["sweep"] = "small-" + control["sweep"]
    found = verdict("C1", pd.concat([both_alphabets(make_frame, 2.0), control], ignore_index=True))
    assert found.verdict == "supported"
    beside = next(part for part in found.parts if part.name == "control: batch 8")
    assert beside.name in found.aside
    assert beside.estimate < 0
    assert "the control was not run: batch 8" in verdict("C1", both_alphabets(make_frame, 2.0)).notes


# --- C3 -------------------------------------------------------------------------------------------------------------


def depth_sweeps(make_frame, gains: dict[str, float], matched: bool = True):
    """Sweeps with depth 1 to 4 fixed, at 8 and 2 cal-s; depth multiplies the capacity by 2^(gain * (depth - 1))."""
    frames, configs = [], {}
    for design in ("plain", "matched") if matched else ("plain",):
        for depth in (1, 2, 3, 4):
            if design == "matched" and depth == 1:
                continue
            for budget, gain in gains.items():
                capacity = 100.0 * 2 ** (gain * (depth - 1))
                sweep = f"{design}-{depth}-{budget}"
                frame = make_frame(
                    levels=(256, 512), capacities=(("gru", capacity), ("lstm", capacity)), searches=3, confirm=4,
                    tau=0.01, spread=0.01, budget=budget, sweep=sweep, seed=depth,
                ).assign(depth=depth)  # fmt: skip
                frame["string_id"] = frame["string_id"].str.removeprefix(sweep)
                frames.append(frame)
                units = {"low": 8, "high": 128} if design == "plain" else {"low": 4, "high": 128 // depth}
                configs[sweep] = {"search": {"units": units}}
    return pd.concat(frames, ignore_index=True), configs


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({"8 cal-s": 0.0, "2 cal-s": 0.0}, "supported"),
        ({"8 cal-s": 0.5, "2 cal-s": -0.3}, "supported"),
        ({"8 cal-s": 0.5, "2 cal-s": 0.5}, "refuted"),
    ],
)
def test_c3_says_whether_depth_gains(make_frame, gains, expected):
    found = verdict("C3", *depth_sweeps(make_frame, gains))
    assert found.verdict == expected
    assert len(found.parts) == 2 * 2 * 3
    assert found.setting == "8 cal-s and 2 cal-s"
    slope = next(note for note in found.notes if "per doubling of the budget" in note)
    assert float(slope.split("changes by ")[1].split()[0]) == pytest.approx(
        0.0 if gains["8 cal-s"] == gains["2 cal-s"] else 0.2, abs=0.12
    )
    if gains["2 cal-s"] < 0:
        assert any("no depth gains 0.03 at 2 cal-s" in note for note in found.notes)


def test_c3_names_the_designs_and_budgets_it_lacks(make_frame):
    plain = verdict("C3", *depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0}, matched=False))
    assert plain.words() == "not tested: needs sweeps with depth 2, 3, 4 fixed (parameters matched)"
    other = verdict("C3", *depth_sweeps(make_frame, {"8 cal-s": 0.0, "3 cal-s": 0.0}))
    assert "the same budget B and B/4" in other.words()
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    searched = frame.assign(depth=frame["depth"].mask((frame["role"] == "tune") & (frame["trial"] == 1), 2))
    assert "depth 1, 3, 4 fixed" in verdict("C3", searched, configs).words()
    frame["string_id"] = frame["sweep"] + frame["string_id"]
    assert "the same strings at every depth" in verdict("C3", frame, configs).words()


# --- C4 -------------------------------------------------------------------------------------------------------------


def sobol_records(weights: dict[str, float], noise: float = 0.02, points: int = 256, cells=("gru", "lstm")):
    """One trial per point, each on its own string; the score is a weighted sum of inputs in [0, 1]."""
    rng = np.random.default_rng(5)
    names = "depth units learning_rate batch length gradient_clip weight_decay".split()
    frames = []
    for cell in cells:
        inputs = rng.random((points, len(names)))
        score = sum(weights.get(name, 0.0) * column for name, column in zip(names, inputs.T, strict=True))
        frame = pd.DataFrame(inputs, columns=names).assign(score=score + noise * rng.normal(size=points))
        frames.append(frame.assign(cell=cell, trial=range(points), string_id=[f"{cell}{i}" for i in range(points)]))
    records = pd.concat(frames, ignore_index=True).assign(
        sweep="sobol", condition="c", search=0, role="tune", status="budget_spent", generation=0, level=128,
        source="iid", alphabet_size=4, measure="lzw", protocol="stream", budget="1 cal-s", budget_unit="cal-s",
        budget_amount=1.0,
    )  # fmt: skip
    return records.assign(condition=records["cell"])


@pytest.fixture
def few_refits(monkeypatch):
    """Enough of them for a share, few enough for a fast test."""
    import analysis.claims.c4_importance as module

    original = module.sobol_indices
    monkeypatch.setattr(module, "sobol_indices", lambda points: original(points, 8))


@pytest.mark.usefixtures("few_refits")
@pytest.mark.parametrize(
    ("weights", "noise", "expected"),
    [
        ({"learning_rate": 1.0, "units": 0.7, "depth": 0.2}, 0.02, "supported"),
        ({"learning_rate": 1.0, "batch": 0.7, "depth": 0.6, "length": 0.5}, 0.02, "refuted"),
        ({"learning_rate": 1.0, "units": 0.7}, 2.0, "inconclusive (the forest explains too little)"),
    ],
)
def test_c4_says_whether_both_are_among_the_first_three(weights, noise, expected):
    found = verdict("C4", sobol_records(weights, noise))
    assert found.words() == expected
    assert len(found.parts) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame[frame["trial"] < 100],
        lambda frame: frame[frame["cell"] == "gru"],
        lambda frame: frame.assign(string_id="one"),
        lambda frame: frame.assign(depth=1),
        lambda frame: frame.assign(generation=1),
        lambda frame: frame.assign(score=0.5),
        lambda frame: frame.assign(status="failed"),
    ],
)
@pytest.mark.usefixtures("few_refits")
def test_c4_needs_its_own_design(change):
    found = verdict("C4", change(sobol_records({"learning_rate": 1.0, "units": 0.5})))
    assert found.words().startswith("not tested: needs 256 Sobol points over 7 hyper-parameters")


# --- C5 and C9 ------------------------------------------------------------------------------------------------------


def timings(ratio: float, spread: float = 0.01, processes: int = 8, torch_ratio: float | None = None):
    rng = np.random.default_rng(3)
    rows = []
    for process in range(processes):
        for engine in ("fused", "torch"):
            factor = (torch_ratio if engine == "torch" and torch_ratio else ratio) * np.exp(spread * rng.normal())
            for work in ("train", "inference"):
                for depth in (1, 2):
                    for units in (16, 64, 128):
                        for batch in (1, 64):
                            shape = {"depth": depth, "units": units, "batch": batch, "length": 64, "alphabet_size": 4}
                            where = {"process": process, "engine": engine, "work": work} | shape
                            rows.append(where | {"cell": "lstm", "seconds_per_symbol": 1e-6})
                            rows.append(where | {"cell": "gru", "seconds_per_symbol": factor * 1e-6})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", ["C5", "C9"])
@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (timings(0.76), "supported"),
        (timings(1.3), "refuted (opposite)"),
        (timings(1.0), "refuted (equivalent)"),
        (timings(0.98), "inconclusive"),
        (timings(0.76, torch_ratio=2.0), "supported (torch.nn: refuted)"),
    ],
)
def test_times_are_judged_on_the_fused_engine(make_frame, name, measured, expected):
    found = verdict(name, make_frame(), timings=measured)
    assert found.words() == expected
    assert {part.name.split(", ")[1] for part in found.parts if part.name != "parameters"} == {
        "engine fused", "engine torch",
    }  # fmt: skip


def test_c5_counts_parameters_and_judges_the_published_figure(make_frame):
    found = verdict("C5", make_frame(), timings=timings(0.76))
    parameters = found.parts[0]
    assert 0.75 < parameters.low <= parameters.estimate <= parameters.high < 0.77
    assert "3.84 % faster, train, engine fused: refuted" in found.notes[0]
    same = verdict("C5", make_frame(), timings=timings(0.9616))
    assert same.notes[0] == "3.84 % faster, train, engine fused: not refuted"


def test_timings_that_lack_something_are_not_judged(make_frame):
    assert "seqmem time" in verdict("C5", make_frame()).words()
    assert "8 processes (there are 5)" in verdict("C9", make_frame(), timings=timings(0.8, processes=5)).words()
    one = timings(0.8)
    assert "on the torch engine" in verdict("C5", make_frame(), timings=one[one["engine"] == "fused"]).words()
    assert "batch 64" in verdict("C9", make_frame(), timings=one[one["batch"] == 1]).words()
    assert "12 shapes (there are 6)" in verdict("C5", make_frame(), timings=one[one["depth"] == 1]).words()


# --- C6 and C7 ------------------------------------------------------------------------------------------------------


def long_runs(make_frame, effects: dict[str, float], column: str, base: float, noise: float = 0.02):
    """Sweeps that go on after memorizing; LSTM's log of the column is above the GRU's by the effect of its sweep."""
    rng = np.random.default_rng(11)
    frames = []
    for name, effect in effects.items():
        frame = make_frame(sweep=name, levels=(64, 128), searches=3, confirm=4, budget="1709 steps", seed=len(frames))
        values = base + effect * (frame["cell"] == "lstm") + noise * rng.normal(size=len(frame))
        frame = frame.assign(**{column: np.exp(values)}, stop_on_memorized=False)
        if name != "own":
            frame = frame.assign(learning_rate=float(name), trial=0)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


C6 = "probe_loss_after_steps_1709_nll_bits_per_symbol"
C7 = "probe_loss_volatility_log_loss_sd"


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ({"own": 0.7, "0.01": 0.7}, "supported"),
        ({"own": 0.7, "0.01": 0.0}, "refuted (equivalent)"),
        ({"own": -0.7, "0.01": -0.7}, "refuted (opposite)"),
    ],
)
def test_c6_compares_final_losses_in_decades(make_frame, effects, expected):
    found = verdict("C6", long_runs(make_frame, effects, C6, -2.0))
    assert found.words() == expected
    own = next(part for part in found.parts if part.name == "own learning rates")
    assert own.estimate == pytest.approx(effects["own"] / math.log(10), abs=0.02)
    fixed = next(part for part in found.parts if part.name == "learning rate 0.01")
    assert "24 pairs in 24 clusters of 2 strata" in fixed.basis  # nothing was searched: the unit is the string
    assert "24 pairs in 6 clusters of 2 strata" in own.basis


def test_c6_counts_ties_at_the_floor_and_runs_that_did_not_get_there(make_frame):
    frame = long_runs(make_frame, {"own": 0.0, "0.01": 0.0}, C6, -12.0)
    found = verdict("C6", frame)
    assert found.words() == "refuted (equivalent)"
    assert "24 of 24 pairs at own learning rates are ties at the floor" in found.notes
    frame.loc[(frame["role"] == "confirm") & (frame["replicate"] == 0), C6] = np.nan
    assert "6 pairs at own learning rates did not reach 1,709 steps" in verdict("C6", frame).notes


def test_c7_needs_three_matched_learning_rates(make_frame):
    rates = ("0.003", "0.01", "0.03")
    volatile = dict.fromkeys(("own", *rates), 0.3)
    assert verdict("C7", long_runs(make_frame, volatile, C7, -2.0)).verdict == "supported"
    assert verdict("C7", long_runs(make_frame, volatile | {"0.03": -0.3}, C7, -2.0)).words() == "refuted (opposite)"
    few = verdict("C7", long_runs(make_frame, {"own": 0.3, "0.01": 0.3}, C7, -2.0))
    assert few.words() == "not tested: needs 3 matched learning rates (there are 1)"
    assert "probe loss_volatility" in verdict("C7", make_frame()).words()
    stopped = long_runs(make_frame, volatile, C7, -2.0).assign(stop_on_memorized=True)
    assert verdict("C7", stopped).verdict == "not tested"


# --- C8 -------------------------------------------------------------------------------------------------------------


def gradient_runs(make_frame, decays: dict[str, float], initial: float = 0.6):
    """Runs with the probe of gradients; the LSTM once more with forget bias 1."""
    rng = np.random.default_rng(2)
    frames = []
    for name, cells in (("plain", ("gru", "lstm", "rnn")), ("open", ("lstm",))):
        frame = make_frame(
            sweep=name, levels=(64, 128), searches=1, confirm=12, budget="400 steps",
            capacities=tuple((cell, 100.0) for cell in cells),
        )  # fmt: skip
        frame["string_id"] = frame["string_id"].str.removeprefix(name)
        trained = frame["cell"].map(decays) + 0.001 * rng.normal(size=len(frame))
        frames.append(
            frame.assign(
                probe_gradient_by_lag_trained_decay_per_symbol=trained,
                probe_gradient_by_lag_initial_decay_per_symbol=initial,
                forget_bias=1.0 if name == "open" else None,
                stop_on_memorized=False,
                trial=0,
            )
        )
    return pd.concat([frame.astype({"forget_bias": float}) for frame in frames], ignore_index=True)


@pytest.mark.parametrize(
    ("decays", "expected"),
    [
        ({"rnn": 0.8, "gru": 0.98, "lstm": 0.985}, "supported"),
        ({"rnn": 0.975, "gru": 0.98, "lstm": 0.985}, "refuted"),
        ({"rnn": 0.5, "gru": 0.9, "lstm": 0.98}, "refuted"),
    ],
)
def test_c8_compares_half_lives_after_training(make_frame, decays, expected):
    found = verdict("C8", gradient_runs(make_frame, decays))
    assert found.verdict == expected
    assert found.notes[0].startswith("at initialization: refuted")
    assert len(found.parts) == 2 * (2 * 2 + 2)
    ratio = next(part for part in found.parts if part.name.startswith("trained, GRU: log2 half-life over"))
    assert ratio.estimate == pytest.approx(np.log2(np.log(decays["rnn"]) / np.log(decays["gru"])), abs=0.1)


def test_c8_needs_both_forget_biases_and_the_probe(make_frame):
    frame = gradient_runs(make_frame, {"rnn": 0.8, "gru": 0.98, "lstm": 0.985})
    assert "LSTMs with forget bias 1" in verdict("C8", frame[frame["sweep"] == "plain"]).words()
    assert "confirmation runs of RNN" in verdict("C8", frame[frame["cell"] != "rnn"]).words()
    assert "probe gradient_by_lag" in verdict("C8", make_frame()).words()


# --- C10 ------------------------------------------------------------------------------------------------------------


def plateau_runs(make_frame, exponent: float, gain: float = 0.01, light: float = 1.0):
    """Six sizes at two loads; stored bits follow parameters^exponent, and the light load stores `light` of that."""
    rng = np.random.default_rng(1)
    frames = []
    for place, units in enumerate((8, 12, 16, 24, 32, 48)):
        parameters = 10 * units**2
        for load, factor in ((3.0, light), (8.0, 1.0)):
            frame = make_frame(levels=(1000,), searches=1, confirm=3, budget="4000 steps", sweep=f"{units}-{load}")
            offered = np.full(len(frame), load * parameters)
            stored = factor * 2.0 * parameters * (parameters / 5000) ** (exponent - 1)
            stored = stored * np.exp(0.005 * rng.normal(size=len(frame)))
            curves = [[bits - s / (1 + gain), bits - s] for bits, s in zip(offered, stored, strict=True)]
            frames.append(frame.assign(
                units=units, depth=1, parameters=parameters, reference_bits=offered, given_bits=1.0, level=1000 + place,
                checkpoint_fractions=[[0.5, 1.0]] * len(frame), checkpoint_nll_bits=curves, steps=4000,
                status="budget_spent", stop_on_memorized=False, learning_rate_schedule="cosine 4000 steps",
            ))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"exponent": 1.0}, "supported"),
        ({"exponent": 0.7}, "refuted"),
        ({"exponent": 1.0, "gain": 0.1}, "inconclusive (at least: the plateau is not reached)"),
        ({"exponent": 1.0, "light": 0.8}, "inconclusive (at least: the plateau is not reached)"),
    ],
)
def test_c10_fits_the_slope_where_the_gate_is_open(make_frame, options, expected):
    found = verdict("C10", plateau_runs(make_frame, **options))
    assert found.words() == expected
    assert found.parts[0].estimate == pytest.approx(options["exponent"], abs=0.02)
    assert ("at least" in found.notes[0]) == ("plateau" in expected)
    assert "bits per parameter" in found.notes[0]


def test_c10_needs_sizes_loads_and_a_schedule(make_frame):
    frame = plateau_runs(make_frame, 1.0)
    assert "6 sizes of GRU at 3 bits" in verdict("C10", frame[frame["units"] > 8]).words()
    assert "(there are 0)" in verdict("C10", frame[frame["sweep"].str.endswith("8.0")]).words()
    assert "schedule that decays" in verdict("C10", frame.assign(learning_rate_schedule="constant")).words()
    assert "schedule that decays" in verdict("C10", make_frame()).words()
    assert "3 strings for each size" in verdict("C10", frame[frame["replicate"] < 2]).words()


# --- All together ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"capacities": (("gru", 1e6), ("lstm", 1e6))},
        {"capacities": (("gru", 1e-3), ("lstm", 1e-3))},
        {"levels": (64,), "searches": 1, "confirm": 1, "capacities": (("gru", 50.0),)},
        {"budget": "2 cal-s", "levels": (16, 64), "searches": 3, "confirm": 8},
    ],
    ids=["plain", "all memorized", "none memorized", "one string", "one alphabet"],
)
def test_whatever_the_data_every_claim_has_a_verdict_and_json_holds_it(make_frame, change):
    frame = make_frame(**change)
    found = verdicts(Evidence(frame))
    assert list(found) == list(CLAIMS) == [f"C{i}" for i in range(1, 11)]
    assert all(verdict.verdict in VERDICTS for verdict in found.values())
    content = json.loads(claims_json(found, self_table(frame)))
    assert [claim["claim"] for claim in content["claims"]] == list(CLAIMS)
    assert all(claim["needs"] for claim in content["claims"] if claim["verdict"] == "not tested")
    assert len(claims_table(found)) == len(verdict_lines(found)) == 10


@pytest.mark.parametrize("extreme", [1e6, 1e-3], ids=["all memorized", "none memorized"])
def test_degenerate_data_never_support_a_claim(make_frame, extreme):
    frames = [both_alphabets(make_frame, 1.0, levels=levels, centre=extreme) for levels in ((16, 64), (512, 2048))]
    frame = pd.concat(frames, ignore_index=True)
    found = verdicts(Evidence(frame))
    assert found["C1"].verdict != "supported"
    assert found["C2"].verdict != "supported"
    if extreme < 1:
        assert any("bias the ratio toward no difference" in note for note in found["C1"].notes)


def test_estimates_are_listed_with_their_claim(make_frame):
    table = parts_table(verdicts(Evidence(both_alphabets(make_frame, 2.0))))
    assert set(table["claim"]) == {"C1"}
    assert table["decides"].tolist() == [True, False, False, False]


def test_row_order_and_extra_columns_do_not_matter(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    shuffled = frame.sample(frac=1, random_state=1).assign(extra=1)
    first, second = (verdict("C1", rows).to_dict() for rows in (frame, shuffled))
    assert first == second
