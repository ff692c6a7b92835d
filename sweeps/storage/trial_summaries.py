"""A sweep's trials without their records: a few numbers of each, read by one query each.

The tables are those of Optuna's storage. Only a database can leave the records, by far the most of it, unread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from optuna.trial import TrialState
from sqlalchemy import Connection, Engine, Join, column, func, select, table
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.expression import ColumnElement, cast

STUDIES_TABLE = table("studies", column("study_id"), column("study_name"))
TRIALS_TABLE = table(
    "trials", column("trial_id"), column("number"), column("study_id"), column("state")
)
VALUES_TABLE = table("trial_values", column("trial_id"), column("value"))
ATTRIBUTES_TABLE = table(
    "trial_user_attributes", column("trial_id"), column("key"), column("value_json")
)
RUN_PREFIX, SLOT = "run:", "slot"
STUDIES_AT_A_TIME = 1_000
FIELDS = ("memorized", "train_cpu_seconds", "train_wall_seconds", "evaluation_seconds")


class RunSummary(NamedTuple):
    """What one stored run came to; a failed one took no seconds that are known."""

    failed: bool
    memorized: bool
    train_cpu_seconds: float
    train_wall_seconds: float
    evaluation_seconds: float

    @property
    def wall_seconds(self) -> float:
        """Wall time of the run, evaluation included."""
        return self.train_wall_seconds + self.evaluation_seconds


@dataclass
class TrialSummary:
    """What one trial came to."""

    state: TrialState
    value: float | None
    slot: tuple[int, int] = (0, 0)
    runs: list[RunSummary] = field(default_factory=list)


def read_trial_summaries(engine: Engine, studies: Sequence[str]) -> dict[str, list[TrialSummary]]:
    """Return the trials of Optuna studies by name, one for each slot, in order: all as they were at one moment."""
    found: dict[str, list[TrialSummary]] = {}
    for names in _batches(studies):
        with engine.connect() as connection:
            _hold_still(connection)
            found |= _read(connection, STUDIES_TABLE.c.study_name.in_(names))
    return found


def _batches(studies: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many names as fit into one query."""
    for start in range(0, len(studies), STUDIES_AT_A_TIME):
        yield studies[start : start + STUDIES_AT_A_TIME]


def _hold_still(connection: Connection) -> None:
    """Let all queries of a connection see the same moment, whatever is written meanwhile."""
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
        TRIALS_TABLE.c.state,
        VALUES_TABLE.c.value,
    ).select_from(joined)
    names: dict[int, str] = {}
    trials: dict[int, TrialSummary] = {}
    rows = connection.execute(query.where(wanted).order_by(TRIALS_TABLE.c.trial_id)).all()
    for name, number, state, value in rows:
        names[number] = name
        trials[number] = TrialSummary(TrialState[state], value)
    for number, slot in _slots(connection, wanted):
        trials[number].slot = slot
    for number, run in _runs(connection, wanted):
        trials[number].runs.append(run)
    found: dict[str, dict[tuple[int, int], TrialSummary]] = {}
    for number, trial in trials.items():
        found.setdefault(names[number], {}).setdefault(trial.slot, trial)
    return {name: list(slots.values()) for name, slots in found.items()}


def _slots(
    connection: Connection, wanted: ColumnElement[bool]
) -> Iterator[tuple[int, tuple[int, int]]]:
    query = select(ATTRIBUTES_TABLE.c.trial_id, ATTRIBUTES_TABLE.c.value_json).select_from(
        _attributes()
    )
    # All rows at once: a row at a time takes twice as long.
    for number, text in connection.execute(
        query.where(wanted, ATTRIBUTES_TABLE.c.key == SLOT)
    ).all():
        # A slot is a list of two numbers, which is cut sooner than parsed.
        generation, _, index = text.strip("[]").partition(",")
        yield number, (int(generation), int(index))


def _runs(connection: Connection, wanted: ColumnElement[bool]) -> Iterator[tuple[int, RunSummary]]:
    fields = [_field(name, connection.dialect.name) for name in FIELDS]
    query = select(ATTRIBUTES_TABLE.c.trial_id, *fields).select_from(_attributes())
    rows = connection.execute(
        query.where(wanted, ATTRIBUTES_TABLE.c.key.startswith(RUN_PREFIX))
    ).all()
    for number, memorized, cpu, wall, evaluation in rows:
        yield (
            number,
            RunSummary(
                memorized is None,
                memorized in (1, "true"),
                float(cpu or 0),
                float(wall or 0),
                float(evaluation or 0),
            ),
        )


def _attributes() -> Join:
    joined = ATTRIBUTES_TABLE.join(
        TRIALS_TABLE, ATTRIBUTES_TABLE.c.trial_id == TRIALS_TABLE.c.trial_id
    )
    return joined.join(STUDIES_TABLE, TRIALS_TABLE.c.study_id == STUDIES_TABLE.c.study_id)


def _field(name: str, dialect: str) -> ColumnElement[Any]:
    """Return a field of a stored record as the database finds it."""
    if dialect == "sqlite":
        return func.json_extract(ATTRIBUTES_TABLE.c.value_json, f"$.record.{name}")
    found: ColumnElement[Any] = cast(ATTRIBUTES_TABLE.c.value_json, JSON)[("record", name)].astext
    return found
