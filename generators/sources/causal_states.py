"""Causal states of a source whose machine is known, and its exact complexities."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from seqmem.core.python_arguments import argument_kinds
from seqmem.generators.sources.machine import Machine, row_entropies

MOST_STATES = 2_000
MOST_BELIEFS = 2_000
# Probabilities that differ by less are equal.
_DIGITS = 10


class CausalStates(NamedTuple):
    """Exact complexities of a source, in bits.

    Attributes
    ----------
    states : int
        Causal states that the source visits again and again.
    entropy_rate : float
        Entropy of the next symbol, given the whole past.
    statistical_complexity : float
        Entropy of the causal state: the memory of the smallest machine that predicts optimally.
    excess_entropy : float or None
        Information about the future that the past holds; None if the future leaves the causal
        state open in more ways than can be listed, as for most random automata.
    """

    states: int
    entropy_rate: float
    statistical_complexity: float
    excess_entropy: float | None


@argument_kinds()
def causal_states(machine: Machine) -> CausalStates | None:
    """Return the complexities of a machine (Crutchfield and Young 1989).

    States with the same future are one causal state. Their probabilities are long-run shares of a
    stream that starts in state 0. The excess entropy is that of the causal states, less what the
    whole future leaves open about them (Crutchfield, Ellison and Mahoney 2009).

    Parameters
    ----------
    machine : Machine
        A machine whose output determines its state.

    Returns
    -------
    CausalStates or None
        The complexities; None if the machine can reach more than 2,000 states.

    Examples
    --------
    In the golden mean process, 0 is always followed by 1 and 1 by either with equal probability:

    >>> golden = Machine(np.array([[1, 0], [0, 0]]), np.array([[0.5, 0.5], [0.0, 1.0]]))
    >>> [round(value, 4) for value in causal_states(golden)]
    [2, 0.6667, 0.9183, 0.2516]
    """
    reached = _reached(machine)
    if len(reached) > MOST_STATES:
        return None
    shares = _long_run_shares(_transitions(machine)[np.ix_(reached, reached)])
    visited = reached[shares > 0]
    weights = shares[shares > 0]
    classes = _same_future(machine, visited)
    causal = np.bincount(classes, weights)
    # One state of each class stands for it. The successors of visited states are visited.
    standing = visited[np.unique(classes, return_index=True)[1]]
    probabilities = machine.probabilities[standing]
    class_of = np.zeros(len(machine.successors), dtype=np.int64)
    class_of[visited] = classes
    successors = class_of[machine.successors[standing]]
    memory = float(row_entropies(causal[None])[0])
    open_bits = _open_given_future(causal, successors, probabilities)
    excess = None if open_bits is None else max(memory - open_bits, 0.0)
    rate = float(causal @ row_entropies(probabilities))
    return CausalStates(len(causal), rate, memory, excess)


def _transitions(machine: Machine) -> csr_array:
    states, size = machine.successors.shape
    rows = np.repeat(np.arange(states), size)
    values = (machine.probabilities.ravel(), (rows, machine.successors.ravel()))
    matrix = csr_array(values, shape=(states, states))
    matrix.eliminate_zeros()
    return matrix


def _reached(machine: Machine) -> np.ndarray:
    """Return the states that can be reached from state 0, in ascending order."""
    order = breadth_first_order(_transitions(machine), 0, return_predecessors=False)
    reached: np.ndarray = np.sort(order)
    return reached


def _long_run_shares(transitions: csr_array) -> np.ndarray:
    """Return the long-run share of each state of a chain that starts in state 0."""
    matrix = transitions.toarray()
    matrix /= matrix.sum(axis=1, keepdims=True)
    _, component = connected_components(transitions, directed=True, connection="strong")
    rows, columns = np.nonzero(matrix)
    left = np.unique(component[rows[component[rows] != component[columns]]])
    transient = np.isin(component, left)
    entered = np.zeros(len(matrix))
    entered[0] = 1.0
    if transient[0]:
        inside = matrix[np.ix_(transient, transient)]
        visits = np.linalg.solve(np.eye(len(inside)) - inside.T, entered[transient])
        entered = np.where(transient, 0.0, visits @ matrix[transient])
    shares = np.zeros(len(matrix))
    for number in np.unique(component[~transient]):
        members = np.flatnonzero(component == number)
        shares[members] = entered[members].sum() * _stationary(matrix[np.ix_(members, members)])
    return shares


def _stationary(matrix: np.ndarray) -> np.ndarray:
    """Return the stationary distribution of an irreducible chain."""
    equations = matrix.T - np.eye(len(matrix))
    # One equation follows from the others. The shares have the sum one instead.
    equations[-1] = 1.0
    solution = np.abs(np.linalg.solve(equations, np.eye(len(matrix))[-1]))
    stationary: np.ndarray = solution / solution.sum()
    return stationary


def _same_future(machine: Machine, states: np.ndarray) -> np.ndarray:
    """Return the class of each state: states of one class emit the same words as often.

    Classes are split until the successors of equal states are equal (Moore 1956).
    """
    probabilities = machine.probabilities[states].round(_DIGITS)
    position = np.zeros(len(machine.successors), dtype=np.int64)
    position[states] = np.arange(len(states))
    successors = position[machine.successors[states]]
    classes = np.unique(probabilities, axis=0, return_inverse=True)[1].ravel()
    while True:
        after = np.where(probabilities > 0, classes[successors], -1)
        rows = np.column_stack([classes, after])
        finer = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
        if finer.max() == classes.max():
            return classes
        classes = finer


def _open_given_future(
    causal: np.ndarray, successors: np.ndarray, probabilities: np.ndarray
) -> float | None:
    """Return the entropy of the causal state, given the whole future, in bits.

    The future is read backward. What is known of the state is a belief, a distribution over states.
    Each earlier symbol changes it to one of k others. The beliefs form a chain with its own
    long-run shares. None if there are too many beliefs.
    """
    beliefs = [causal]
    numbers = {_key(causal): 0}
    rows: list[int] = []
    columns: list[int] = []
    chances: list[float] = []
    current = 0
    while current < len(beliefs):
        seen = beliefs[current][successors] / causal[successors]
        joint = causal[:, None] * probabilities * seen
        for belief, chance in zip(joint.T, joint.sum(axis=0), strict=True):
            if chance <= 0.1**_DIGITS:
                continue
            earlier = belief / chance
            number = numbers.setdefault(_key(earlier), len(beliefs))
            if number == len(beliefs):
                beliefs.append(earlier)
            rows.append(current)
            columns.append(number)
            chances.append(chance)
        current += 1
        if len(beliefs) > MOST_BELIEFS:
            return None
    size = len(beliefs)
    shares = _long_run_shares(csr_array((chances, (rows, columns)), shape=(size, size)))
    return float(shares @ row_entropies(np.array(beliefs)))


def _key(belief: np.ndarray) -> bytes:
    # Zero is added because -0.0 and 0.0 differ as bytes.
    return (belief.round(_DIGITS) + 0.0).tobytes()
