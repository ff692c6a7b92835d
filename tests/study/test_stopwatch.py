"""The stopwatch on a clock that is not the machine's."""

from seqmem.study.config import RunConfig
from seqmem.study.runner import one_thread
from seqmem.study.stopwatch import inference_pass, seconds_in_turn, training_step


def test_blocks_are_taken_there_and_back() -> None:
    order = []
    now = [0.0]

    def work(name: str, seconds: float) -> None:
        order.append(name)
        now[0] += seconds

    works = [lambda: work("a", 2**-8), lambda: work("b", 2**-9)]
    assert seconds_in_turn(works, 2, lambda: now[0]) == [2**-8, 2**-9]
    # Two calls of each to begin with; then blocks of at least 2 ms.
    assert "".join(order) == "aabb" + "abbbba" * 2


def test_the_median_is_not_moved_by_a_disturbance() -> None:
    times = iter([1.0] * 7 + [50.0] + [1.0] * 20)
    now = [0.0]

    def work() -> None:
        now[0] += next(times)

    assert seconds_in_turn([work], 3, lambda: now[0]) == [1.0]


def test_what_is_timed_is_training_and_inference() -> None:
    config = RunConfig(
        string="ABRACADABRA", cell="gru", units=4, batch=3, length=30, budget="1 steps"
    )
    with one_thread():
        step = training_step(config)
        losses = [step().loss for _ in range(30)]
        logits, state = inference_pass(config)()
    assert losses[-1] < losses[0]
    assert logits.shape == (30, 3, 5)
    assert not logits.requires_grad
    assert state[0].shape == (1, 3, 4)
