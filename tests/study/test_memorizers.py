"""What every registered memorizer must do, with each of its own options."""

import math
from dataclasses import asdict, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from seqmem import generators, study
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.cells import CELLS, cells_with
from seqmem.study.memorizers.cells.cell import CANDIDATES, Cell, States
from seqmem.study.memorizers.contract import ForgetGate, NetworkShape, Operations
from seqmem.study.memorizers.cost import layer_flops, work_per_symbol
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.recall import closed_loop, teacher_forced
from seqmem.study.record import TIMES
from seqmem.study.runner import TRAINERS, build, make_batches
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.plan import run_config
from tests.cells import BUILT_IN, WINDOWS, engines_of, only_way
from tests.properties import at_most

STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)
SHAPE = NetworkShape(alphabet_size=4, depth=2, units=8)


def variants_of(cell: str) -> list[dict[str, object]]:
    """Return the options with which a family is tested: its defaults, and each of its own."""
    options = CELLS[cell].options
    candidates = [{"candidate": name} for name in CANDIDATES if name != "linear"]
    return [
        {},
        *(candidates if "candidate" in options else []),
        *([{"block": True}] if "block" in options else []),
        *([{"heads": 2}] if "heads" in options else []),
    ]


CASES = [
    pytest.param(cell, variant, id=" ".join([cell, *(f"{k}={v}" for k, v in variant.items())]))
    for cell in CELLS
    for variant in variants_of(cell)
]
every_case = pytest.mark.parametrize(("cell", "variant"), CASES)
# A law that takes long is checked for one of several similar cases, and in the slow tests for all.
KEPT = {"gru", "minlstm block=True", "transformer"}
some_cases = pytest.mark.parametrize(
    ("cell", "variant"),
    [
        pytest.param(
            *case.values,
            id=case.id,
            marks=[pytest.mark.slow] if case.values[0] in BUILT_IN and case.id not in KEPT else [],
        )
        for case in CASES
    ],
)
# Those that carry a state, and those whose outputs are at every symbol.
every_carrying_case, every_causal_case = (
    pytest.mark.parametrize(("cell", "variant"), [case for case in CASES if law(case.values[0])])
    for law in (lambda cell: CELLS[cell].states, lambda cell: CELLS[cell].protocols is None)
)


def memorizer_of(cell: str, variant: dict, seed: int = 0, shape: NetworkShape = SHAPE) -> Memorizer:
    """Return an initialized memorizer in float64."""
    made = Memorizer(cell, **asdict(replace(shape, **variant)))
    return initialize(made, seed).double()


def tokens_of(batch: int, length: int, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(SHAPE.alphabet_size, (batch, length), generator=rng)


def config(cell: str, **changes: object) -> RunConfig:
    fields = {"string": STRING, "units": 8, "budget": "24 steps", "batch": 8, "length": 16}
    return RunConfig(cell=cell, **(fields | only_way(cell) | changes))


def units_for(cell: str, variant: dict, units: int) -> int:
    """Return so many units that the family can have them: the number, or a multiple of it."""
    return units * CELLS[cell].units_divisor(replace(SHAPE, **variant))


@every_case
@at_most(10)
@given(k=st.integers(2, 9), depth=st.integers(1, 4), units=st.integers(1, 12))
def test_the_parameters_are_those_of_the_network(
    cell: str, variant: dict, k: int, depth: int, units: int
) -> None:
    units = units_for(cell, variant, units)
    memorizer = Memorizer(cell, k, depth, units, **variant)
    held = sum(parameter.numel() for parameter in memorizer.parameters())
    assert study.parameter_count(cell, k, depth, units, **variant) == held


@pytest.mark.parametrize(("cell", "rows"), [("mingru", 2), ("minlstm", 3)])
def test_parameters_of_minimal_cells_are_those_of_their_definition(cell: str, rows: int) -> None:
    k, h, depth = 5, 7, 3
    layers = rows * h * (k + 1) + (depth - 1) * rows * h * (h + 1)
    assert study.parameter_count(cell, k, depth, h) == layers + k * (h + 1)
    blocks = depth * (2 * h + rows * h * (h + 1) + 8 * h * h + 5 * h)
    expected = k * h + blocks + h + k * (h + 1)
    assert study.parameter_count(cell, k, depth, h, block=True) == expected


def products_in_place(_: object, left: tuple, right: tuple, **options: object) -> int:
    """Return the FLOPs of ``addmm_``, which torch's counter leaves out."""
    return 2 * math.prod(left) * right[-1]


def differentiable_state(memorizer: Memorizer, batch: int) -> States:
    """Return a zero state that needs gradients, as the state carried within a step does."""
    size = (memorizer.shape.depth, batch, memorizer.units)
    return tuple(
        torch.zeros(size, dtype=torch.float64).requires_grad_()
        for _ in range(memorizer.family.states)
    )


@every_case
def test_flops_are_those_that_torch_counts(cell: str, variant: dict) -> None:
    """Torch counts a multiply-add as 2 FLOPs, in the pass forward and in both gradients.

    So the factor is 1 for a whole training step. It is 3 for the forward pass alone. Of attention
    torch counts the whole square of a row of n symbols, and not only its causal half. The count
    here is smaller by n (n - 1) / 2 pairs of symbols, each with 2 multiply-adds of every unit.
    """
    row = 5
    memorizer = memorizer_of(cell, variant, shape=replace(SHAPE, row=row))
    tokens = tokens_of(batch=3, length=row)
    in_place = {torch.ops.aten.addmm_: products_in_place}
    state = differentiable_state(memorizer, batch=3)
    with sdpa_kernel(SDPBackend.MATH):
        with FlopCounterMode(display=False, custom_mapping=in_place) as forward:
            logits, _ = memorizer(tokens, state)
        with FlopCounterMode(display=False, custom_mapping=in_place) as backward:
            torch.autograd.grad(logits.sum(), [*memorizer.parameters(), *state])
    is_attention = "context" in CELLS[cell].options
    acausal = row * (row - 1) // 2 * 2 * SHAPE.units * SHAPE.depth if is_attention else 0
    counted = 3 * forward.get_total_flops() - 6 * acausal * len(tokens)
    per_symbol = CELLS[cell].training_flops(memorizer.shape)
    # The mean over a row is rounded up, for a readout that is computed once for a row.
    assert 0 <= per_symbol * tokens.numel() - counted < tokens.numel()
    assert per_symbol * tokens.numel() == counted or CELLS[cell].readouts(memorizer.shape) == 1
    assert backward.get_total_flops() == 2 * forward.get_total_flops()


# Work per symbol for 4 symbols, 2 layers and 32 units, counted by hand from the equations: FLOPs,
# and three times the element-wise operations of a unit, in parentheses.
WORK = {
    # Both directions; layer 2 takes 64 inputs. The readout of a row of one symbol takes 64.
    "bigru": 6 * (2 * 3 * 32 * (32 + 96) + 2 * 128) + 3 * 2 * 64 * 18,
    "bilstm": 6 * (2 * 4 * 32 * (32 + 96) + 2 * 128) + 3 * 2 * 64 * 24,
    "gru": 6 * (3 * 32 * (32 + 64) + 128) + 3 * 64 * 18,
    "lstm": 6 * (4 * 32 * (32 + 64) + 128) + 3 * 64 * 24,
    "mingru": 6 * (2 * 32 * 32 + 128) + 3 * 64 * 8,
    "mingru candidate=positive": 6 * (2 * 32 * 32 + 128) + 3 * 64 * (8 + 6),
    # A norm has 4 operations of a unit and 6 of its root; GELU has 8, on 4 hidden units.
    "mingru block=True": 6 * (2 * 10 * 32 * 32 + 128)
    + 3 * (64 * (8 + 2 + 4 * 8) + 5 * (4 * 32 + 6)),
    "minlstm": 6 * (3 * 32 * 32 + 128) + 3 * 64 * 29,
    "minlstm candidate=positive": 6 * (3 * 32 * 32 + 128) + 3 * 64 * (29 + 6),
    "minlstm block=True": 6 * (2 * 11 * 32 * 32 + 128)
    + 3 * (64 * (29 + 2 + 4 * 8) + 5 * (4 * 32 + 6)),
    "rnn": 6 * (1 * 32 * (32 + 64) + 128) + 3 * 64 * 4,
    # LayerNorm has 7 operations of a unit and 7 of its root, rotary positions 3 for each of query
    # and key, softmax 9 for each of 4 heads and pair of symbols: 1 or (127 + 1) / 2 pairs.
    "transformer": 6 * (2 * (12 * 32 * 32 + 2 * 32) + 128)
    + 3 * (64 * (6 + 2 + 4 * 8) + 5 * (7 * 32 + 7) + 2 * 4 * 1 * 9),
    "transformer row=127": 6 * (2 * (12 * 32 * 32 + 128 * 32) + 128)
    + 3 * (64 * (6 + 2 + 4 * 8) + 5 * (7 * 32 + 7) + 2 * 4 * 64 * 9),
}
# The same numbers as literals, so that no change of a formula goes unnoticed.
WORK_LITERALS = {
    "bigru": 155904, "bilstm": 207360, "transformer": 160353, "transformer row=127": 222345,
    "gru": 59520, "lstm": 79104, "mingru": 14592, "mingru candidate=positive": 15744,
    "mingru block=True": 133722, "minlstm": 24768, "minlstm candidate=positive": 25920,
    "minlstm block=True": 150042, "rnn": 19968,
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
def test_work_is_counted_from_the_equations(name: str) -> None:
    cell, *variant = name.split()
    options: dict = {
        "candidate=positive": {"candidate": "positive"},
        "block=True": {"block": True},
        "row=127": {"row": 127},
    }
    given_options = options[variant[0]] if variant else {}
    assert work_per_symbol(cell, 4, 2, 32, **given_options) == WORK[name] == WORK_LITERALS[name]


@every_case
def test_work_is_above_the_flops_and_a_layer_costs_something(cell: str, variant: dict) -> None:
    size = (cell, 4, 2, 16)
    assert work_per_symbol(*size, **variant) > study.flops_per_symbol(*size, **variant) > 0
    assert layer_flops(cell, 16) > 0


@some_cases
def test_gradients_are_those_of_finite_differences(cell: str, variant: dict) -> None:
    units = 3 if CELLS[cell].units_divisor(SHAPE) == 1 else 4
    memorizer = memorizer_of(cell, variant, shape=replace(SHAPE, units=units))
    tokens = tokens_of(batch=2, length=4)
    names = [name for name, _ in memorizer.named_parameters()]
    state = tuple(
        torch.randn(2, 2, units, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        for _ in range(CELLS[cell].states)
    )

    def logits(*values: Tensor) -> tuple[Tensor, ...]:
        named = dict(zip(names, values, strict=False))
        outputs, final = torch.func.functional_call(
            memorizer, named, (tokens, values[len(names) :])
        )
        return outputs, *final

    values = [value.detach().clone() for value in [*memorizer.parameters(), *state]]
    assert torch.autograd.gradcheck(logits, [value.requires_grad_() for value in values])


@every_carrying_case
def test_a_carried_state_continues_the_sequence(cell: str, variant: dict) -> None:
    memorizer = memorizer_of(cell, variant)
    tokens = tokens_of(batch=3, length=90)
    whole, last = memorizer(tokens)
    first, state = memorizer(tokens[:, :70])
    second, final = memorizer(tokens[:, 70:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(final, last)


@every_causal_case
def test_no_output_depends_on_a_later_symbol(cell: str, variant: dict) -> None:
    memorizer = memorizer_of(cell, variant)
    tokens = tokens_of(batch=2, length=70)
    changed = tokens.clone()
    changed[:, 40] = (changed[:, 40] + 1) % SHAPE.alphabet_size
    before, after = memorizer(tokens)[0], memorizer(changed)[0]
    torch.testing.assert_close(before[:40], after[:40], rtol=0, atol=0)
    assert not torch.equal(before[40], after[40])


@some_cases
def test_the_closed_loop_errs_where_the_teacher_forced_pass_does(cell: str, variant: dict) -> None:
    for engine in engines_of(cell) if not variant else ["torch"]:
        chosen = config(cell, learning_rate=0.03, engine=engine, **variant)
        memorizer = build(chosen)
        trainer = TRAINERS[engine](memorizer, chosen.optimization)
        batches = make_batches(chosen)
        for _ in range(8):
            for _ in range(8):
                batches.step(trainer)
            predicted = closed_loop(memorizer, STRING, STRING.period, chosen.blocks)
            wrong = (predicted != STRING.symbols).tolist()
            first_error = wrong.index(True) if any(wrong) else STRING.period
            recall = teacher_forced(memorizer, STRING, chosen.blocks)
            assert recall.exact_prefix == first_error


@some_cases
def test_equal_configurations_give_equal_records(cell: str, variant: dict) -> None:
    first, again, other = (
        study.run(config(cell, seed=seed, **variant)).to_row() for seed in (0, 0, 1)
    )
    steady = [name for name in first if name not in TIMES]
    assert [first[name] for name in steady] == [again[name] for name in steady]
    assert first["nll_bits"] != other["nll_bits"]


@every_case
def test_gradients_by_lag_are_measured(cell: str, variant: dict) -> None:
    if not CELLS[cell].states:
        with pytest.raises(ValueError, match=r"'gradient_by_lag' needs a state that is carried"):
            config(cell, probes=["gradient_by_lag"], **variant)
        return
    record = study.run(config(cell, budget="2 steps", probes=["gradient_by_lag"], **variant))
    assert math.isfinite(record.probe_gradient_by_lag_initial_decay_per_symbol)


@some_cases
def test_it_memorizes_abracadabra(cell: str, variant: dict) -> None:
    record = study.run(
        RunConfig(
            string="ABRACADABRA",
            cell=cell,
            units=32,
            budget="400 steps",
            **only_way(cell),
            **variant,
        )
    )
    assert (record.status, record.exact_prefix) == ("memorized", 11)


@some_cases
def test_windows_are_learned_too(cell: str, variant: dict) -> None:
    options = WINDOWS | {"budget": "150 steps", "learning_rate": 0.03}
    record = study.run(config(cell, **options, **variant))
    assert record.validation_loss < 0.95 * math.log(3)
    assert record.window_nll_bits < STRING.period * math.log2(3)
    assert record.window_memorized == (record.window_exact_prefix == STRING.period)
    read_in_windows = study.run(config(cell, recall="window", **options, **variant))
    own = "exact_prefix", "nll_bits", "memorized"
    final = [getattr(read_in_windows, f"window_{name}") for name in own]
    assert [getattr(read_in_windows, name) for name in own] == final


@some_cases
def test_dropout_is_seeded_and_only_while_training(cell: str, variant: dict) -> None:
    chosen = config(cell, depth=2, dropout=0.5, **variant)
    assert chosen.engine == "torch"
    first, again = study.run(chosen), study.run(chosen)
    without = study.run(config(cell, depth=2, engine="torch", **variant))
    assert first.loss_final == again.loss_final != without.loss_final
    memorizer = build(chosen)
    inputs = make_batches(chosen).next()[0]
    with torch.no_grad():
        assert torch.equal(memorizer(inputs)[0], memorizer(inputs)[0])
    assert not torch.equal(memorizer(inputs)[0], memorizer(inputs)[0])


@every_case
def test_seeds_decide_the_initialization(cell: str, variant: dict) -> None:
    first, again, other = (memorizer_of(cell, variant, seed) for seed in (1, 1, 2))
    for (name, one), two, three in zip(
        first.named_parameters(), again.parameters(), other.parameters(), strict=True
    ):
        centre, distance, is_normal = CELLS[cell].draw(first.shape, name)
        assert torch.equal(one, two)
        assert (one - centre).abs().max() <= (5 if is_normal else 1) * distance
        assert torch.equal(one, three) == (distance == 0)


@every_case
@pytest.mark.parametrize("size", [1e2, 1e4, 1e-42])
def test_saturated_gates_leave_everything_finite(cell: str, variant: dict, size: float) -> None:
    memorizer = Memorizer(cell, **asdict(replace(SHAPE, **variant)))
    initialize(memorizer, 0)
    # Gains and matrices of queries and keys multiply: scores grow with the fourth power.
    factor = min(size, 1e2) if "context" in CELLS[cell].options else size
    with torch.no_grad():
        for parameter in memorizer.recurrence.parameters():
            parameter.mul_(factor)
    logits, _ = memorizer(tokens_of(batch=2, length=70))
    gradients = torch.autograd.grad(logits.logsumexp(2).sum(), list(memorizer.parameters()))
    assert logits.isfinite().all()
    assert all(gradient.isfinite().all() for gradient in gradients)


def forget_biases(memorizer: Memorizer) -> dict[str, Tensor]:
    gate = memorizer.family.forget_gate
    assert gate is not None
    rows = slice(gate.row * memorizer.units, (gate.row + 1) * memorizer.units)
    return {
        name: parameter[rows]
        for name, parameter in memorizer.recurrence.named_parameters()
        if name.startswith(("bias_ih", "bias_hh"))
    }


def check_forget_bias(plain: Memorizer, biased: Memorizer, value: float) -> None:
    """Check that exactly the bias of the forget gates differs, and that it is the value."""
    gate = biased.family.forget_gate
    assert gate is not None
    set_to = forget_biases(biased)
    for layer in range(biased.shape.depth):
        for end in {name.partition(f"_l{layer}")[2] for name in set_to if f"_l{layer}" in name}:
            total = sum(bias for name, bias in set_to.items() if name.endswith(f"_l{layer}{end}"))
            assert (total == gate.sign * value).all()
    with torch.no_grad():
        for own, drawn in zip(set_to.values(), forget_biases(plain).values(), strict=True):
            own.copy_(drawn)
    for one, other in zip(plain.parameters(), biased.parameters(), strict=True):
        assert torch.equal(one, other)


FORGETTING = [case for case in CASES if case.values[0] in cells_with("forget_bias")]


@pytest.mark.parametrize(("cell", "variant"), FORGETTING)
def test_a_forget_bias_changes_exactly_that_bias(cell: str, variant: dict) -> None:
    for engine in engines_of(cell) if not variant else ["torch"]:
        common = {"depth": 2, "engine": engine, **variant}
        check_forget_bias(
            build(config(cell, **common)), build(config(cell, forget_bias=1.0, **common)), 1.0
        )


@pytest.mark.parametrize("cell", cells_with("forget_bias"))
def test_a_forget_bias_of_a_sweep_changes_exactly_that_bias(cell: str) -> None:
    fields = {"depth": 2, "units": 4, "learning_rate": 0.01, "repeat": 0}
    windows = [f"training.{name}={value!r}" for name, value in only_way(cell).items()]
    cells = [f"memorizer.cells=['gru', '{cell}']", *windows]
    plain, biased = (
        build(
            run_config(load_config("smoke", (*cells, *settings)).resolved(), cell, STRING, fields)
        )
        for settings in ((), ("training.forget_bias=1",))
    )
    check_forget_bias(plain, biased, 1.0)


@pytest.mark.parametrize(
    ("cell", "variant"), [case for case in FORGETTING if CELLS[case.values[0]].states]
)
def test_a_larger_forget_bias_keeps_more(cell: str, variant: dict) -> None:
    """The derivative of the last state tensor after a step with respect to that before it."""
    kept = []
    for value in (-2.0, 0.0, 2.0):
        memorizer = Memorizer(cell, **asdict(replace(SHAPE, depth=1, **variant)))
        initialize(memorizer, 0, forget_bias=value)
        before = tuple(
            torch.zeros(1, 1, SHAPE.units).requires_grad_() for _ in range(CELLS[cell].states)
        )
        _, after = memorizer(tokens_of(batch=1, length=1), before)
        (derivative,) = torch.autograd.grad(after[-1].sum(), before[-1])
        kept.append(derivative.mean().item())
    assert kept == sorted(kept)
    assert kept[0] + 0.3 < kept[2]


def run_leaky(inputs: Tensor, states: States) -> tuple[Tensor, States]:
    """Run a cell of one's own: ``h' = sigmoid(a_f) h + a_g``."""
    forget, entering = inputs.chunk(2, dim=2)
    outputs = []
    (state,) = states
    for factor, term in zip(torch.sigmoid(forget), entering, strict=True):
        state = factor * state + term
        outputs.append(state)
    return torch.stack(outputs), (state,)


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> str:
    """Register a cell as a stranger would: its forget gate is row 0, and it has no W h."""
    family = Cell(
        "leaky integrator",
        gates=2,
        states=1,
        sequence=f"{__name__}:run_leaky",
        unit_operations=Operations(simple=2, curved=1),
        has_recurrent_weights=False,
        forget_gate=ForgetGate(row=0, sign=1),
    )
    monkeypatch.setitem(CELLS, "leaky", family)
    return "leaky"


def test_a_cell_of_ones_own(leaky: str) -> None:
    record = study.run(RunConfig(string="ABRACADABRA", cell=leaky, units=32, budget="400 steps"))
    assert (record.engine, record.status) == ("torch", "memorized")
    assert record.parameters == 64 * (5 + 1) + 33 * 5
    assert record.flops_per_symbol == 6 * 32 * 5
    test_flops_are_those_that_torch_counts(leaky, {})
    test_a_forget_bias_changes_exactly_that_bias(leaky, {})
    test_a_forget_bias_of_a_sweep_changes_exactly_that_bias(leaky)


def test_a_family_for_windows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "windowed", replace(CELLS["rnn"], protocols=("window",)))
    with pytest.raises(ValueError, match=r"protocol 'stream': cell 'windowed' cannot be"):
        config("windowed")
    windows = config("windowed", protocol="window", total_length=300)
    assert study.run(windows).steps == 24
