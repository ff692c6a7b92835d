"""Outputs, final states and every gradient agree with torch in float64.

A parameter's gradient is a sum over steps whose terms may cancel. With one unit it can be a
hundredth of them. A float32 sum is then exact only to a share of its terms, not of its result
(Higham 2002, section 4.2). Errors are compared with the terms where the result would be too strict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call

from seqmem.study.kernels.arrays import GATES

TOLERANCE = 1e-5  # relative, in the Euclidean norm
FAST_FLOPS = 3e8


@dataclass(frozen=True)
class Shape:
    units: int
    depth: int
    batch: int
    length: int
    alphabet: int

    def flops(self, cell: str) -> float:
        inputs = 2 * self.depth - 1
        return 6 * GATES[cell] * self.units**2 * inputs * self.batch * self.length


SHAPES = st.builds(
    Shape,
    units=st.integers(1, 300),
    depth=st.integers(1, 4),
    batch=st.integers(1, 70),
    length=st.integers(1, 130),
    alphabet=st.integers(2, 60),
)


def shrunk_to_cap(shape: Shape, cell: str) -> Shape:
    """Halve the length, then the batch, then the units until the shape is cheap enough."""
    units = shape.units
    batch = shape.batch
    length = shape.length
    while (small := Shape(units, shape.depth, batch, length, shape.alphabet)).flops(cell) > (
        FAST_FLOPS
    ):
        if length > 8:
            length //= 2
        elif batch > 8:
            batch //= 2
        else:
            units //= 2
    return small


def tensors_of(state: object) -> list[torch.Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def relative_error(computed: torch.Tensor, exact: torch.Tensor) -> float:
    return float((computed.double() - exact).norm() / (exact.norm() + 1e-9))


def run_through(
    module: Callable, tokens: torch.Tensor, state: list[torch.Tensor], weights: list[torch.Tensor]
) -> list[torch.Tensor]:
    """Outputs, final states, then gradients of a random linear function of them."""
    leaves = [s.clone().requires_grad_() for s in state]
    outputs, final = module(tokens, tuple(leaves) if len(leaves) > 1 else leaves[0])
    results = [outputs, *tensors_of(final)]
    loss_of(results, weights).backward()
    gradients = [leaf.grad for leaf in leaves] + [p.grad for p in module.parameters()]
    return [t.detach() for t in results] + gradients


def loss_of(results: list[torch.Tensor], weights: list[torch.Tensor]) -> torch.Tensor:
    """A linear function of outputs and final states."""
    return sum((r * w.to(r.dtype)).sum() for r, w in zip(results, weights, strict=True))


def sizes_of_terms(
    twin: torch.nn.Module,
    tokens: torch.Tensor,
    state: list[torch.Tensor],
    weights: list[torch.Tensor],
) -> list[float]:
    """Sum over steps of the norm of what a step adds to the gradient, for every parameter."""
    leaves = [
        {n: p.detach().clone().requires_grad_() for n, p in twin.named_parameters()}
        for _ in tokens.T
    ]
    outputs = []
    carried = tuple(state) if len(state) > 1 else state[0]
    for parameters, symbols in zip(leaves, tokens.T, strict=True):
        output, carried = functional_call(twin, parameters, (symbols[:, None], carried))
        outputs.append(output)
    loss_of([torch.cat(outputs, 1), *tensors_of(carried)], weights).backward()
    return [sum(float(parameters[name].grad.norm()) for parameters in leaves) for name in leaves[0]]


def check_agreement(
    shape: Shape,
    cell: str,
    seed: int,
    fused_network: Callable,
    torch_twin: Callable,
    candidate: str = "linear",
) -> None:
    # a tanh RNN with large weights is chaotic: rounding errors grow exponentially in time
    bound = min(1.0, 0.9 * shape.units**-0.5) if cell == "rnn" else None
    fused, _ = fused_network(cell, shape.alphabet, shape.units, shape.depth, seed, bound, candidate)
    generator = torch.Generator().manual_seed(seed + 1)
    tokens = torch.randint(0, shape.alphabet, (shape.batch, shape.length), generator=generator)
    size = (shape.depth, shape.batch, shape.units)
    states = 2 if cell == "lstm" else 1
    state = [0.5 * torch.randn(size, generator=generator) for _ in range(states)]
    weights = [torch.randn(shape.batch, shape.length, shape.units, generator=generator)]
    weights += [torch.randn(size, generator=generator) for _ in range(states)]
    computed = run_through(fused, tokens, state, weights)
    twin = torch_twin(fused)
    exact_state = [s.double() for s in state]
    exact = run_through(twin, tokens, exact_state, weights)
    sizes = [float(e.norm()) for e in exact]
    errors = [float((f.double() - e).norm()) for f, e in zip(computed, exact, strict=True)]
    if any(error >= TOLERANCE * (size + 1e-9) for error, size in zip(errors, sizes, strict=True)):
        terms = sizes_of_terms(twin, tokens, exact_state, weights)
        sizes[-len(terms) :] = terms
    assert all(
        error < TOLERANCE * (size + 1e-9) for error, size in zip(errors, sizes, strict=True)
    ), (errors, sizes)


@pytest.mark.parametrize("seed", [7028, 30440])
def test_sums_that_cancel_agree_to_a_share_of_their_terms(
    isa: str, cell: str, seed: int, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    with on_isa(isa):
        check_agreement(Shape(1, 3, 25, 101, 14), cell, seed, fused_network, torch_twin)


def test_terms_are_no_smaller_than_their_sum(
    cell: str, fused_network: Callable, torch_twin: Callable
) -> None:
    """Over one step they are equal: there is nothing to cancel."""
    fused, _ = fused_network(cell, 4, 5, 2)
    twin = torch_twin(fused)
    generator = torch.Generator().manual_seed(0)
    state = [torch.zeros(2, 3, 5, dtype=torch.float64) for _ in range(2 if cell == "lstm" else 1)]
    for length in (1, 30):
        tokens = torch.randint(0, 4, (3, length), generator=generator)
        sizes = (3, length, 5), *((2, 3, 5) for _ in state)
        weights = [torch.randn(size, generator=generator) for size in sizes]
        whole = [
            g.norm().item()
            for g in run_through(twin, tokens, state, weights)[-len(list(twin.parameters())) :]
        ]
        twin.zero_grad()
        terms = sizes_of_terms(twin, tokens, state, weights)
        if length == 1:
            assert terms == pytest.approx(whole)
        else:
            assert all(term > size for term, size in zip(terms, whole, strict=True))


@settings(max_examples=12)
@given(shape=SHAPES, seed=st.integers(0, 2**31))
def test_agrees_with_torch_in_double(
    isa: str,
    cell: str,
    shape: Shape,
    seed: int,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    with on_isa(isa):
        check_agreement(shrunk_to_cap(shape, cell), cell, seed, fused_network, torch_twin)


@pytest.mark.slow
@settings(max_examples=12)
@given(shape=SHAPES, seed=st.integers(0, 2**31))
def test_large_shapes_agree_with_torch_in_double(
    isa: str,
    cell: str,
    shape: Shape,
    seed: int,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    with on_isa(isa):
        check_agreement(shape, cell, seed, fused_network, torch_twin)


@pytest.mark.slow
@pytest.mark.parametrize(
    "shape", [Shape(300, 4, 70, 130, 60), Shape(64, 1, 16, 50, 1000), Shape(256, 2, 33, 100, 2)]
)
def test_the_largest_shapes_agree_with_torch_in_double(
    cell: str, shape: Shape, fused_network: Callable, torch_twin: Callable
) -> None:
    check_agreement(shape, cell, 5, fused_network, torch_twin)


@pytest.mark.parametrize(
    "shape",
    [
        Shape(300, 2, 3, 5, 4),
        Shape(520, 2, 2, 4, 4),
        Shape(9, 2, 401, 4, 4),
        Shape(5, 2, 1030, 3, 4),
    ],
)
def test_products_that_are_split_agree(
    isa: str,
    cell: str,
    shape: Shape,
    on_isa: Callable,
    fused_network: Callable,
    torch_twin: Callable,
) -> None:
    """Many units split the inner dimension of a product; many rows split the weight gradient."""
    with on_isa(isa):
        check_agreement(shape, cell, 6, fused_network, torch_twin)


@pytest.mark.parametrize("units", [1, 4, 5, 8, 9, 15, 16, 17, 24, 33])
def test_units_around_whole_vectors_agree(
    isa: str, cell: str, units: int, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    with on_isa(isa):
        check_agreement(Shape(units, 2, 9, 7, 4), cell, units, fused_network, torch_twin)


def test_a_large_alphabet_agrees(
    isa: str, cell: str, on_isa: Callable, fused_network: Callable, torch_twin: Callable
) -> None:
    with on_isa(isa):
        check_agreement(Shape(9, 2, 5, 12, 1000), cell, 3, fused_network, torch_twin)


def test_gradients_match_finite_differences(
    cell: str, isa: str, on_isa: Callable, fused_network: Callable
) -> None:
    """Central differences of the float32 loss, which itself is exact to about 1e-7."""
    step = 1e-2
    fused, _ = fused_network(cell, 3, 2, 2, seed=11)
    tokens = torch.tensor([[0, 2, 1]])
    with on_isa(isa):

        def loss() -> torch.Tensor:
            return fused(tokens)[0].double().sum()

        loss().backward()
        for parameter in fused.parameters():
            flat = parameter.data.view(-1)
            for index in range(flat.numel()):
                centre = flat[index].item()
                values = []
                for offset in (step, -step):
                    flat[index] = centre + offset
                    values.append(loss().item())
                flat[index] = centre
                slope = (values[0] - values[1]) / (2 * step)
                assert parameter.grad.view(-1)[index].item() == pytest.approx(slope, abs=2e-4)


def test_only_the_final_state_may_carry_the_loss(
    cell: str, fused_network: Callable, torch_twin: Callable
) -> None:
    fused, _ = fused_network(cell, 4, 5, 2)
    tokens = torch.tensor([[0, 1, 2, 3, 0]])
    twin = torch_twin(fused)
    for module in (fused, twin):
        sum(t.sum() for t in tensors_of(module(tokens)[1])).backward()
    for mine, exact in zip(fused.parameters(), twin.parameters(), strict=True):
        assert relative_error(mine.grad, exact.grad) < TOLERANCE


def test_state_dicts_are_interchangeable(
    cell: str, fused_network: Callable, torch_twin: Callable
) -> None:
    fused, _ = fused_network(cell, 4, 6, 3)
    reference = torch_twin(fused, torch.float32).inner
    assert list(fused.state_dict()) == list(reference.state_dict())
    fused.load_state_dict(reference.state_dict())
    assert [p.shape for p in fused.parameters()] == [p.shape for p in reference.parameters()]


def test_chunks_with_carried_state_equal_one_pass(cell: str, fused_network: Callable) -> None:
    fused, _ = fused_network(cell, 4, 20, 2)
    tokens = torch.randint(0, 4, (3, 30), generator=torch.Generator().manual_seed(0))
    whole, end = fused(tokens)
    first, middle = fused(tokens[:, :13])
    second, last = fused(tokens[:, 13:], middle)
    assert torch.equal(torch.cat([first, second], 1), whole)
    assert all(torch.equal(a, b) for a, b in zip(tensors_of(last), tensors_of(end), strict=True))


def test_a_second_backward_pass_is_refused(fused_network: Callable) -> None:
    fused, _ = fused_network("gru", 4, 5, 1)
    loss = fused(torch.tensor([[0, 1]]))[0].sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="already run"):
        loss.backward()
