"""Figures of one trained memorizer: their numbers, and that they are drawn the same twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqmem import study
from seqmem.analysis import show_memorizer
from seqmem.analysis.figures import ATLASES, FIGURES
from seqmem.analysis.figures.memorizer import MEMORIZER_FIGURES, write_memorizer_figure
from seqmem.analysis.figures.memorizer.hidden_states import principal_components, state_components
from seqmem.analysis.figures.memorizer.recall_map import compute, recall_trace
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.generators.complexity.entropy import (
    floor_order,
    floor_probabilities,
    ngram_bits,
)
from seqmem.study.trained import TrainedMemorizer

STRING = "ABRACADABRA"


@pytest.fixture(scope="module")
def trained() -> TrainedMemorizer:
    return study.train(study.RunConfig(string=STRING, cell="lstm", depth=2, budget="400 steps"))


def test_names_are_those_of_no_other_figure() -> None:
    assert MEMORIZER_FIGURES.keys() & (FIGURES.keys() | ATLASES.keys()) == set()
    assert all(name == figure.name for name, (figure, _) in MEMORIZER_FIGURES.items())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "recall_map" else [pytest.mark.slow])
        for name in MEMORIZER_FIGURES
    ],
)
def test_a_figure_is_the_same_twice(name: str, trained: TrainedMemorizer, tmp_path: Path) -> None:
    for kind in ("png", "svg", "pdf"):
        first, again = tmp_path / f"a.{kind}", tmp_path / f"b.{kind}"
        write_memorizer_figure(name, trained, first)
        write_memorizer_figure(name, trained, again)
        assert first.read_bytes() == again.read_bytes()
    shown = show_memorizer(name, trained)
    assert "11 symbols" in repr(shown)
    assert shown.png.startswith(b"\x89PNG")


def test_the_map_has_a_row_per_checkpoint_that_gives_its_code_length(
    trained: TrainedMemorizer,
) -> None:
    data = show_memorizer("recall_map", trained).data
    bits = (-np.log2(data["probability"])).groupby(data["step"]).sum()
    assert bits.index.tolist() == trained.record.checkpoint_steps
    assert bits.to_numpy() == pytest.approx(trained.record.checkpoint_nll_bits, rel=1e-5)
    known = data[data["step"] == data["step"].max()].set_index("position")["probability"]
    assert (known > 0.5).all()


def test_the_floor_is_the_model_of_the_floor_bits() -> None:
    rng = np.random.default_rng(5)
    for symbols in (rng.integers(3, size=40), np.arange(64) % 2, rng.integers(2, size=500)):
        order = floor_order(symbols, 3)
        bits = -np.log2(floor_probabilities(symbols, 3)).sum()
        penalty = 0.5 * 3**order * 2 * np.log2(len(symbols))
        assert bits + penalty == pytest.approx(ngram_bits(symbols, 3, order))
    assert floor_probabilities(np.arange(64) % 2, 2).tolist() == [1.0] * 64


def test_a_checkpoint_that_is_not_finite_is_left_out(trained: TrainedMemorizer) -> None:
    frame = recall_trace(trained)
    first = frame["step"].min()
    frame.loc[(frame["step"] == first) & (frame["position"] == 3), "probability"] = np.nan
    assert compute(frame)["step"].min() > first


def test_a_diverged_memorizer_has_no_states_to_show() -> None:
    config = study.RunConfig(string=STRING, cell="gru", learning_rate=1e30, budget="20 steps")
    kept = study.train(config)
    for tensor in kept.network.parameters():
        tensor.data.fill_(np.nan)
    with pytest.raises(InputError, match=r"^hidden_states: needs finite hidden states$"):
        show_memorizer("hidden_states", kept)


def test_components_are_those_of_the_states_of_one_period(trained: TrainedMemorizer) -> None:
    frame = state_components(trained)
    assert frame.groupby("layer").size().to_dict() == {1: 11, 2: 11}
    states = trained.states(STRING * 40)[1][-11:].astype(float)
    variances = np.linalg.eigvalsh(np.cov(states.T))[::-1]
    second = frame[frame["layer"] == 2]
    assert second["first"].var() == pytest.approx(variances[0], rel=1e-3)
    assert second["second"].var() == pytest.approx(variances[1], rel=1e-3)
    assert second["first_share"].iloc[0] == pytest.approx(variances[0] / variances.sum(), rel=1e-3)


def test_a_single_unit_has_one_component() -> None:
    table = principal_components(np.array([[1.0], [2.0], [3.0]]))
    assert table["first"].tolist() == pytest.approx([-1, 0, 1])
    assert table["second"].tolist() == [0, 0, 0]
    assert isinstance(table, pd.DataFrame)


@pytest.mark.slow
def test_the_commands_draw_the_same_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, first, again = (str(tmp_path / name) for name in ("m.safetensors", "a.png", "b.PNG"))
    options = ["--string", STRING, "--cell", "gru", "--budget", "100 steps"]
    assert main(["train", *options, "--save", model, "--plot", first]) == DONE
    assert main(["recall", model, "--plot", again]) == DONE
    assert Path(first).read_bytes() == Path(again).read_bytes()
    outlines, text = (tmp_path / name for name in ("outlines.svg", "text.svg"))
    assert main(["recall", model, "--plot", str(outlines)]) == DONE
    assert main(["train", *options, "--plot", str(text), "--editable-text"]) == DONE
    assert "<text" not in outlines.read_text("utf-8")
    content = text.read_bytes()
    assert b"<text" in content
    assert main(["recall", model, "--plot", str(text), "--editable-text"]) == DONE
    assert text.read_bytes() == content
    capsys.readouterr()
    for arguments in (["train", *options], ["recall", model]):
        assert main([*arguments, "--editable-text"]) == BAD_INPUT
        assert "--editable-text: is about the text of a plot" in capsys.readouterr().err
    for plot, message in {
        str(tmp_path / "map.bmp"): "give a name that ends in one of .pdf, .png, .svg",
        str(tmp_path / "no" / "map.png"): f"no folder {tmp_path / 'no'}; make it first",
    }.items():
        for arguments in (["train", *options], ["recall", model]):
            assert main([*arguments, "--plot", plot]) == BAD_INPUT
            assert capsys.readouterr().err == f"seqmem: error: --plot {plot}: {message}\n"


def test_another_name_is_refused(trained: TrainedMemorizer) -> None:
    with pytest.raises(InputError, match="unknown figure 'recall_mop'; did you mean"):
        show_memorizer("recall_mop", trained)
