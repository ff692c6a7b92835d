"""Summaries of a sweep's trials, read directly from the tables of Optuna's storage.

Records are by far the largest part of a storage. Queries leave them unread, which Optuna cannot.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from optuna.trial import TrialState
from sqlalchemy import Connection, Engine, Join, column, func, select, table
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.expression import ColumnElement, cast

from seqmem.core.damage import DAMAGE_ERRORS, DamagedError, described
from seqmem.study.options import WHOLE_BUDGET
from seqmem.sweeps.storage.courses import COURSES, EARLIER, are_costs

STUDIES_TABLE = table("studies", column("study_id"), column("study_name"))
TRIALS_TABLE = table(
    "trials", column("trial_id"), column("number"), column("study_id"), column("state")
)
VALUES_TABLE = table("trial_values", column("trial_id"), column("value"))
ATTRIBUTES_TABLE = table(
    "trial_user_attributes", column("trial_id"), column("key"), column("value_json")
)
RUN_PREFIX = "run:"
SLOT_ATTRIBUTE = "slot"
STUDIES_AT_A_TIME = 1_000
NO_COSTS: Mapping[str, float] = MappingProxyType({})
STORAGE_REMEDY = "the storage is damaged; `seqmem export --skip-damaged` reads the rest"
FIELDS = ("memorized", "train_cpu_seconds", "train_wall_seconds", "evaluation_seconds", "until")


class RunSummary(NamedTuple):
    """Summary of one stored run.

    Parameters
    ----------
    failed : bool
        Whether the run raised an error. Its times are unknown and set to 0.
    memorized : bool
        Whether the string was memorized.
    train_cpu_seconds, train_wall_seconds : float
        CPU and wall time of training.
    evaluation_seconds : float
        Wall time of evaluation.
    until : float
        Fraction of the budget at which its last course was cut; 1 if it was not.
    earlier : mapping of {str : float}
        Costs of its earlier courses, see `seqmem.sweeps.storage.courses`; empty if it has none.
    """

    failed: bool
    memorized: bool
    train_cpu_seconds: float
    train_wall_seconds: float
    evaluation_seconds: float
    until: float = WHOLE_BUDGET
    earlier: Mapping[str, float] = NO_COSTS

    @property
    def wall_seconds(self) -> float:
        """Wall time of training and evaluation of its last course."""
        return self.train_wall_seconds + self.evaluation_seconds

    @property
    def is_cut(self) -> bool:
        """Whether its last course was cut."""
        return self.until < WHOLE_BUDGET

    @property
    def courses(self) -> int:
        """Number of its courses."""
        return 1 + int(self.earlier.get(COURSES, 0))

    def earlier_seconds(self, *names: str) -> float:
        """Return the sum of some costs of its earlier courses."""
        return sum(self.earlier.get(name, 0.0) for name in names)


@dataclass
class TrialSummary:
    """Summary of one trial.

    Parameters
    ----------
    state : TrialState
        Optuna's state.
    value : float or None
        Score of the trial, if it is complete.
    slot : tuple of (int, int)
        Generation and index in it.
    runs : list of RunSummary
        Its stored runs.
    """

    state: TrialState
    value: float | None
    slot: tuple[int, int] = (0, 0)
    runs: list[RunSummary] = field(default_factory=list)


def read_trial_summaries(engine: Engine, studies: Sequence[str]) -> dict[str, list[TrialSummary]]:
    """Return the trials of Optuna studies, one per slot, in order.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Engine of the storage.
    studies : sequence of str
        Names of Optuna studies. Names that the storage does not have are ignored.

    Returns
    -------
    dict of {str : list of TrialSummary}
        By name. All trials of a batch of studies are read at the same moment.
    """
    summaries: dict[str, list[TrialSummary]] = {}
    for names in _batches(studies):
        with engine.connect() as connection:
            _freeze_view(connection)
            summaries |= _read(connection, STUDIES_TABLE.c.study_name.in_(names))
    return summaries


def _batches(studies: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many names as fit into one query."""
    for start in range(0, len(studies), STUDIES_AT_A_TIME):
        yield studies[start : start + STUDIES_AT_A_TIME]


def _freeze_view(connection: Connection) -> None:
    """Let all queries of a connection see the same state, while others write."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def _read(connection: Connection, wanted: ColumnElement[bool]) -> dict[str, list[TrialSummary]]:
    joined = TRIALS_TABLE.join(
        STUDIES_TABLE, TRIALS_TABLE.c.study_id == STUDIES_TABLE.c.study_id
    ).outerjoin(VALUES_TABLE, VALUES_TABLE.c.trial_id == TRIALS_TABLE.c.trial_id)
    query = select(
        STUDIES_TABLE.c.study_name,
        TRIALS_TABLE.c.trial_id,
        TRIALS_TABLE.c.number,
        TRIALS_TABLE.c.state,
        VALUES_TABLE.c.value,
    ).select_from(joined)
    rows = connection.execute(query.where(wanted).order_by(TRIALS_TABLE.c.trial_id)).all()
    names = {trial_id: name for name, trial_id, *_ in rows}
    numbers = {trial_id: number for _, trial_id, number, *_ in rows}
    texts = _texts(connection, wanted)
    run_fields = _run_fields(connection, wanted)
    trials: dict[int, TrialSummary] = {}
    key = "state or value"
    try:
        for _, trial_id, _, state, value in rows:
            trials[trial_id] = TrialSummary(
                TrialState[state], None if value is None else _finite(value)
            )
        key = SLOT_ATTRIBUTE
        for trial_id, text in texts:
            trials[trial_id].slot = _slot(text)
        for trial_id, key, *values in run_fields:  # noqa: B007
            trials[trial_id].runs.append(_run(*values))
    except DAMAGE_ERRORS as error:
        place = place_of_trial(numbers.get(trial_id), names.get(trial_id, "?"))
        raise DamagedError(f"{place}: {key!r}: {described(error)}; {STORAGE_REMEDY}") from None
    # A slot has two trials if a server was lost before it acknowledged the first.
    by_slot: dict[str, dict[tuple[int, int], TrialSummary]] = {}
    for trial_id, trial in trials.items():
        by_slot.setdefault(names[trial_id], {}).setdefault(trial.slot, trial)
    return {name: list(slots.values()) for name, slots in by_slot.items()}


def place_of_trial(number: object, name: str) -> str:
    """Return how messages call a trial of an Optuna study.

    Examples
    --------
    >>> place_of_trial(3, "quick/gru/tune")
    'trial 3 of quick/gru/tune'
    """
    return f"trial {number} of {name}"


def _texts(connection: Connection, wanted: ColumnElement[bool]) -> Sequence[Any]:
    """Return (trial, text of its slot)."""
    query = select(ATTRIBUTES_TABLE.c.trial_id, ATTRIBUTES_TABLE.c.value_json).select_from(
        _attributes()
    )
    # Fetching all rows at once takes half the time of fetching them one by one.
    return connection.execute(query.where(wanted, ATTRIBUTES_TABLE.c.key == SLOT_ATTRIBUTE)).all()


def _slot(text: str) -> tuple[int, int]:
    # A slot is a list of two numbers; splitting it is faster than parsing JSON.
    generation, _, index = text.strip("[]").partition(",")
    try:
        return int(generation), int(index)
    except ValueError:
        raise ValueError(f"{text} is not a generation and an index") from None


def _run_fields(connection: Connection, wanted: ColumnElement[bool]) -> Sequence[Any]:
    """Return (trial, attribute, fields of `_run`) for every stored run.

    Raises
    ------
    DamagedError
        If an attribute is not valid JSON.
    """
    dialect = connection.dialect.name
    fields = [_field(dialect, "record", name) for name in FIELDS]
    fields.append(_field(dialect, EARLIER))
    query = select(ATTRIBUTES_TABLE.c.trial_id, ATTRIBUTES_TABLE.c.key, *fields).select_from(
        _attributes()
    )
    are_runs = ATTRIBUTES_TABLE.c.key.startswith(RUN_PREFIX)
    try:
        return connection.execute(query.where(wanted, are_runs)).all()
    except DatabaseError:
        _refuse_malformed(connection, wanted)
        raise


def _run(
    memorized: Any, cpu: Any, wall: Any, evaluation: Any, until: Any, earlier: Any
) -> RunSummary:
    seconds = float(cpu or 0), float(wall or 0), float(evaluation or 0)
    if min(seconds) < 0 or not math.isfinite(sum(seconds)):
        raise ValueError(f"{seconds} are no seconds")
    costs = NO_COSTS if earlier is None else json.loads(earlier)
    if earlier is not None and not are_costs(costs):
        raise ValueError(f"{EARLIER} {costs!r} is not the cost of courses")
    cut = WHOLE_BUDGET if until is None else float(until)
    return RunSummary(memorized is None, memorized in (1, "true"), *seconds, cut, costs)


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not finite")
    return number


def _refuse_malformed(connection: Connection, wanted: ColumnElement[bool]) -> None:
    """Raise `DamagedError` for the first attribute that is not valid JSON."""
    query = select(
        STUDIES_TABLE.c.study_name,
        TRIALS_TABLE.c.number,
        ATTRIBUTES_TABLE.c.key,
        ATTRIBUTES_TABLE.c.value_json,
    ).select_from(_attributes())
    for name, number, key, text in connection.execute(query.where(wanted)):
        if not is_json(text):
            place = place_of_trial(number, name)
            raise DamagedError(f"{place}: attribute {key!r}: not valid JSON; {STORAGE_REMEDY}")


def is_json(text: Any) -> bool:
    """Return whether a cell of a table holds valid JSON, as databases understand it.

    Examples
    --------
    >>> is_json("[1]"), is_json("NaN"), is_json(None)
    (True, False, False)
    """
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except DAMAGE_ERRORS:
        return False
    return True


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)


def _attributes() -> Join:
    joined = ATTRIBUTES_TABLE.join(
        TRIALS_TABLE, ATTRIBUTES_TABLE.c.trial_id == TRIALS_TABLE.c.trial_id
    )
    return joined.join(STUDIES_TABLE, TRIALS_TABLE.c.study_id == STUDIES_TABLE.c.study_id)


def _field(dialect: str, *path: str) -> ColumnElement[Any]:
    """Return the SQL expression for one value of a stored outcome."""
    if dialect == "sqlite":
        return func.json_extract(ATTRIBUTES_TABLE.c.value_json, f"$.{'.'.join(path)}")
    text: ColumnElement[Any] = cast(ATTRIBUTES_TABLE.c.value_json, JSON)[path].astext
    return text


class StoredFailure(NamedTuple):
    """A failed run as it is stored.

    Parameters
    ----------
    study : str
        Name of its Optuna study.
    trial : int
        Number of its trial in this Optuna study.
    run : str
        ``"<replicate>:<repeat>"``.
    traceback : str
        What was raised, or why the run was ended.
    """

    study: str
    trial: int
    run: str
    traceback: str


def read_failures(engine: Engine, studies: Sequence[str]) -> list[StoredFailure]:
    """Return the failed runs of Optuna studies, in the order in which their trials were added.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Engine of the storage.
    studies : sequence of str
        Names of Optuna studies. Names that the storage does not have are ignored.
    """
    failures: list[StoredFailure] = []
    for names in _batches(studies):
        with engine.connect() as connection:
            text = _field(connection.dialect.name, "failure")
            query = select(
                STUDIES_TABLE.c.study_name, TRIALS_TABLE.c.number, ATTRIBUTES_TABLE.c.key, text
            ).select_from(_attributes())
            wanted = (
                STUDIES_TABLE.c.study_name.in_(names),
                ATTRIBUTES_TABLE.c.key.startswith(RUN_PREFIX),
                text.is_not(None),
            )
            rows = connection.execute(
                query.where(*wanted).order_by(TRIALS_TABLE.c.trial_id, ATTRIBUTES_TABLE.c.key)
            ).all()
        failures += [
            StoredFailure(study, number, key.removeprefix(RUN_PREFIX), str(traceback))
            for study, number, key, traceback in rows
        ]
    return failures
