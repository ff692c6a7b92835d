"""Runs that are cut: their steps, records and scores are those of the whole run up to there."""

import pytest

from seqmem import RunConfig, run
from seqmem.core.errors import InputError
from seqmem.generators.targeting import generate
from seqmem.study.budget import CUTS
from seqmem.study.duration import expected_seconds
from seqmem.study.record import TIMES
from seqmem.sweeps.search.score import score_run, score_run_at

STRING = generate("iid", alphabet_size=2, measure="lzw", target=12, seed=3)
# Measured over the steps up to the end of the run.
LISTS = ("fractions", "steps", "spent", "losses", "nll_bits", "exact_prefixes")
RUNS = {
    "memorizes late": {"units": 16, "learning_rate": 0.03, "budget": "120 steps"},
    "memorizes early": {"units": 32, "learning_rate": 0.03, "budget": "2000 steps"},
    "goes on": {"units": 32, "learning_rate": 0.03, "budget": "600 steps"}
    | {"stop_on_memorized": False},
    "ends badly": {"units": 8, "learning_rate": 30.0, "budget": "100 steps"},
    "learns nothing": {"units": 8, "learning_rate": 1e-6, "budget": "33 steps"},
    "few steps": {"units": 8, "budget": "3 steps"},
    "decays": {"units": 16, "budget": "80 steps", "learning_rate_schedule": "cosine 50 steps"},
    "many checkpoints": {"units": 16, "budget": "70 steps", "checkpoints_per_octave": 5},
    "calibrated": {"units": 16, "budget": "0.04 cal-s", "length": 16},
    "windows": {"units": 8, "budget": "60 steps", "protocol": "window", "total_length": 200}
    | {"recall_horizon": 20, "patience": 3, "restore_best_weights": True},
}


def config(**options: object) -> RunConfig:
    defaults = {"string": STRING, "cell": "gru", "batch": 8, "length": 16}
    return RunConfig(**(defaults | options))


@pytest.mark.parametrize("name", RUNS)
def test_a_cut_run_is_the_beginning_of_the_whole_run(name: str) -> None:
    whole = config(**RUNS[name])
    record = run(whole).to_row()
    for until in (0.125, 0.5):
        cut = run(whole.model_copy(update={"until": until})).to_row()
        assert score_run_at(record, until) == score_run_at(cut, until) == score_run(cut)
        if cut["status"] != "pruned":
            assert cut.keys() == record.keys()
            assert {key for key in cut if cut[key] != record[key]} <= {*TIMES}
            continue
        assert cut["until"] == until
        assert "until" not in record
        assert cut["run_id"] != record["run_id"]
        assert cut["spent"] >= until * whole.budget.amount
        for column in LISTS:
            values = cut[f"checkpoint_{column}"]
            assert record[f"checkpoint_{column}"][: len(values)] == values
        assert cut["checkpoint_fractions"][-1] <= until < 1
        assert cut["loss_first"] == record["loss_first"]


def test_the_cases_end_in_every_way() -> None:
    ends = {name: run(config(**options, until=0.5)).status for name, options in RUNS.items()}
    assert ends == {
        "memorizes late": "pruned",
        "memorizes early": "memorized",
        "goes on": "pruned",
        "ends badly": "pruned",
        "learns nothing": "pruned",
        "few steps": "pruned",
        "decays": "pruned",
        "many checkpoints": "pruned",
        "calibrated": "memorized",
        "windows": "pruned",
    }


def test_a_loss_that_is_not_finite_ends_a_run_before_its_cut() -> None:
    wild = config(units=8, learning_rate=3e38, budget="200 steps")
    record = run(wild)
    cut = run(wild.model_copy(update={"until": 0.5}))
    assert (record.status, cut.status) == ("diverged", "diverged")
    assert cut.run_id == record.run_id
    assert score_run_at(cut.to_row(), 0.5) == -1


def test_a_run_that_ends_badly_may_recover_after_its_cut() -> None:
    whole = config(**RUNS["ends badly"])
    assert run(whole).status == "diverged"
    assert run(whole.model_copy(update={"until": 0.25})).status == "pruned"


@pytest.mark.parametrize("until", [0.3, 0.0, 2.0, float("nan"), "half"])
def test_runs_are_cut_at_whole_octaves_only(until: object) -> None:
    with pytest.raises(InputError, match="no fraction of the budget at which a run can be cut"):
        config(budget="10 steps", until=until)


def test_a_cut_run_takes_its_part_of_the_time() -> None:
    whole = config(budget="100 steps")
    for until in CUTS:
        cut = whole.model_copy(update={"until": until})
        assert expected_seconds(cut) == pytest.approx(until * expected_seconds(whole))


def test_ids_of_whole_runs_do_not_know_the_option() -> None:
    assert config(budget="10 steps", until=1.0).run_id == config(budget="10 steps").run_id
