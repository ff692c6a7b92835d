"""Bidirectional cells: whole windows, both directions, and recall that reads windows."""

import numpy as np
import pytest
import torch
from torch import nn

from seqmem import generators, study
from seqmem.study.block_reading import block_logits
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.recall import teacher_forced
from seqmem.study.runner import build

STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)
MODULES = {"bigru": nn.GRU, "bilstm": nn.LSTM}
WINDOWS = {"protocol": "window", "total_length": 300, "length": 8, "recall": "window"}
both = pytest.mark.parametrize("cell", MODULES)


def config(cell: str, **changes: object) -> RunConfig:
    fields = {"string": STRING, "cell": cell, "units": 8, "budget": "10 steps", "batch": 16}
    return RunConfig(**(fields | WINDOWS | changes))


@both
@pytest.mark.parametrize("depth", [1, 3])
def test_it_is_that_of_torch(cell: str, depth: int) -> None:
    units, k = 5, 4
    memorizer = initialize(Memorizer(cell, k, depth, units), 0)
    reference = MODULES[cell](k, units, depth, bidirectional=True)
    reference.load_state_dict(memorizer.recurrence.state_dict())
    tokens = torch.randint(k, (6, 9), generator=torch.Generator().manual_seed(0))
    outputs, _ = reference(nn.functional.one_hot(tokens.t(), k).float())
    expected = torch.cat([outputs[-1, :, :units], outputs[0, :, units:]], 1)
    read, state = memorizer.recurrence(tokens)
    torch.testing.assert_close(read, expected[None])
    assert state == ()


@both
def test_its_parameters_are_those_of_both_directions(cell: str) -> None:
    gates = {"bigru": 3, "bilstm": 4}[cell]
    k, u = 4, 7
    one, above = (gates * u * (inputs + u + 2) for inputs in (k, 2 * u))
    assert study.parameter_count(cell, k, 3, u) == 2 * (one + 2 * above) + k * (2 * u + 1)


@both
def test_streams_are_refused_in_one_line_that_says_why(cell: str) -> None:
    with pytest.raises(ValueError, match="its backward pass would read the symbols that") as caught:
        RunConfig(string="ABRACADABRA", cell=cell, budget="1 steps")
    assert "\n" not in str(caught.value)
    assert "valid: window" in str(caught.value)


@both
def test_recall_in_windows_is_required(cell: str) -> None:
    with pytest.raises(ValueError, match="use recall = 'window'"):
        config(cell, recall="teacher_forced")


def test_recall_in_windows_is_refused_under_streams() -> None:
    with pytest.raises(ValueError, match=r"recall window: only protocol 'window' has it"):
        RunConfig(string="ABRACADABRA", cell="lstm", budget="1 steps", recall="window")


@both
def test_every_symbol_of_a_window_matters_and_no_other(cell: str) -> None:
    memorizer = build(config(cell))
    symbols = torch.as_tensor(STRING.symbols.astype(np.int64))
    target = torch.tensor([STRING.period - 1])
    blocks = config(cell).windows

    def logits(changed: int | None = None) -> torch.Tensor:
        read = symbols.clone()
        if changed is not None:
            read[changed] = (read[changed] + 1) % 3
        return block_logits(memorizer, blocks, read, target, 1)

    before = STRING.period - 1 - blocks.context
    assert before > 0
    for place in range(STRING.period):
        is_read = before <= place < STRING.period - 1
        assert torch.equal(logits(place), logits()) != is_read, place


@pytest.mark.parametrize("cell", ["lstm", "bilstm", "transformer"])
def test_recall_reads_each_window_from_the_zero_state(cell: str) -> None:
    chosen = config(cell)
    memorizer = build(chosen)
    recall = teacher_forced(memorizer, STRING, chosen.blocks)
    bits, wrong = 0.0, []
    for index, symbol in enumerate(STRING.symbols):
        window = np.roll(STRING.symbols, -index)[-8:].astype(np.int64)
        chances = memorizer(torch.as_tensor(window)[None])[0][-1, 0].log_softmax(0)
        bits -= chances[int(symbol)].item() / np.log(2)
        wrong.append(chances.argmax().item() != symbol)
    assert recall.nll_bits == pytest.approx(bits, rel=1e-5)
    assert recall.exact_prefix == wrong.index(True)
    assert recall.correct == STRING.period - sum(wrong)


def test_stop_and_checkpoints_come_from_the_reading() -> None:
    common = {"units": 16, "budget": "400 steps", "learning_rate": 0.03, "length": 10}
    records = {
        recall: study.run(config("lstm", recall=recall, **common))
        for recall in ("teacher_forced", "window")
    }
    in_windows = records["window"]
    assert in_windows.status == "memorized"
    assert in_windows.window_memorized
    assert in_windows.checkpoint_exact_prefixes[-1] == STRING.period
    assert in_windows.checkpoint_nll_bits[-1] == in_windows.window_nll_bits
    assert records["teacher_forced"].window_nll_bits != records["teacher_forced"].nll_bits
    stored = [records[recall].to_row().get("recall") for recall in records]
    assert stored == [None, "window"]
