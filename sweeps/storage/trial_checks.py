"""Checks of stored trials and outcomes, which a fault or another program may have changed."""

import math
import re
from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, Engine, column, select, table

from seqmem.core.damage import DAMAGE_ERRORS, Damages, described
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.space import distributions
from seqmem.sweeps.search.suggestions import generation_sizes
from seqmem.sweeps.storage.courses import EARLIER, are_costs
from seqmem.sweeps.storage.trial_summaries import (
    SLOT_ATTRIBUTE,
    STORAGE_REMEDY,
    TRIALS_TABLE,
    is_json,
    place_of_trial,
)

RUN_NAME = re.compile(r"(\d{1,9}):(\d{1,9})", re.ASCII)
# Tables of a trial's parts: the kind of part, its name and its JSON.
JSON_PARTS = (
    ("attribute", "trial_user_attributes", "key", "value_json"),
    ("attribute", "trial_system_attributes", "key", "value_json"),
    ("parameter", "trial_params", "param_name", "distribution_json"),
)


def refusing_damages() -> Damages:
    """Return what refuses damaged trials where none may be left out."""
    return Damages(remedy=STORAGE_REMEDY)


def slot_problem(trial: FrozenTrial) -> str:
    """Return what is wrong with the slot of a trial; empty if nothing is.

    Parameters
    ----------
    trial : FrozenTrial
        A stored trial.
    """
    if SLOT_ATTRIBUTE not in trial.user_attrs:
        return f"attribute {SLOT_ATTRIBUTE!r} is missing"
    slot = trial.user_attrs[SLOT_ATTRIBUTE]
    if isinstance(slot, list) and len(slot) == 2 and all(map(_is_count, slot)):
        return ""
    return f"attribute {SLOT_ATTRIBUTE!r}: {slot!r} is not a generation and an index"


class TrialChecks:
    """Checks of the trials of one cell of a sweep at one level.

    Parameters
    ----------
    config : SweepConfig
        The configuration of the sweep at the level.
    cell : str
        Name of the cell, which may have its own ranges.
    """

    def __init__(self, config: SweepConfig, cell: str) -> None:
        search = config.search_of(cell)
        self._sizes = {"tune": generation_sizes(search)}
        self._derived = [search.trials]
        self._space = distributions(search)
        self._rungs = search.rungs

    def problem(self, role: str, trial: FrozenTrial) -> str:
        """Return what is wrong with a trial whose slot is valid; empty if nothing is.

        Parameters
        ----------
        role : {"tune", "select", "confirm"}
            Role of the trial.
        trial : FrozenTrial
            The trial.
        """
        generation, index = trial.user_attrs[SLOT_ATTRIBUTE]
        sizes = self._sizes.get(role, self._derived)
        if generation >= len(sizes) or index >= sizes[generation]:
            return f"attribute {SLOT_ATTRIBUTE!r}: [{generation}, {index}] is no slot of the search"
        if role != "tune" and not _is_count(trial.user_attrs.get("tune_trial")):
            return f"attribute 'tune_trial': {trial.user_attrs.get('tune_trial')!r} is no trial"
        has_value = trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
        if has_value and not _is_value(trial.values):
            return f"value {trial.values!r} is not one finite number"
        if problem := self._rung_problem(trial):
            return problem
        return _parameter_problem(self._space, trial.params)

    def _rung_problem(self, trial: FrozenTrial) -> str:
        scores = trial.intermediate_values
        passed = range(len(scores))
        if sorted(scores) != [*passed] or len(scores) > len(self._rungs):
            return f"intermediate values at {sorted(scores)} are not at the rungs of the search"
        broken = [scores[rung] for rung in passed if not math.isfinite(scores[rung])]
        if broken:
            return f"intermediate value {broken[0]!r} is not finite"
        if trial.state == TrialState.PRUNED and not scores:
            return "it is pruned but has no score at a rung"
        return ""


def outcome_problem(run: str, outcome: Any) -> str:
    """Return what is wrong with the form of a stored outcome; empty if nothing is.

    Parameters
    ----------
    run : str
        Its name, which should be ``"<replicate>:<repeat>"``.
    outcome : object
        It should be ``{"record": row}`` or ``{"failure": traceback}``, perhaps with the costs of
        earlier courses.
    """
    if not RUN_NAME.fullmatch(run):
        return "its name does not say replicate and repeat"
    if isinstance(outcome, dict) and EARLIER in outcome:
        if not are_costs(outcome[EARLIER]):
            return f"{EARLIER} {outcome[EARLIER]!r} is not the cost of courses"
        outcome = {name: part for name, part in outcome.items() if name != EARLIER}
    if isinstance(outcome, dict) and outcome.keys() == {"failure"}:
        is_text = isinstance(outcome["failure"], str)
        return "" if is_text else f"failure {outcome['failure']!r} is no text"
    if isinstance(outcome, dict) and outcome.keys() == {"record"}:
        is_row = isinstance(outcome["record"], dict)
        return "" if is_row else f"record {outcome['record']!r} has no columns"
    return "neither a record nor a failure"


def readable_trials(storage: Any, study_id: int, name: str, damages: Damages) -> list[FrozenTrial]:
    """Read the trials of an Optuna study one by one, because they cannot be read together.

    Parameters
    ----------
    storage : optuna.storages.RDBStorage
        The storage.
    study_id : int
        Number of the Optuna study.
    name : str
        Its name in messages.
    damages : Damages
        Meets the trials that cannot be read.
    """
    query = select(TRIALS_TABLE.c.trial_id, TRIALS_TABLE.c.number).where(
        TRIALS_TABLE.c.study_id == study_id
    )
    with storage.engine.connect() as connection:
        rows = connection.execute(query.order_by(TRIALS_TABLE.c.trial_id)).all()
    trials = []
    for trial_id, number in rows:
        try:
            trials.append(storage.get_trial(trial_id))
        except DAMAGE_ERRORS as error:
            damages.meet(
                place_of_trial(number, name),
                unreadable_part(storage.engine, trial_id) or described(error),
            )
    return trials


def unreadable_part(engine: Engine, trial_id: int) -> str:
    """Return the attribute or parameter of a trial that is not valid JSON; empty if all are."""
    with engine.connect() as connection:
        for kind, name, key, value in JSON_PARTS:
            for part, text in _rows(connection, name, key, value, "trial_id", trial_id):
                if not is_json(text):
                    return f"{kind} {part!r}: not valid JSON"
        for part, number in _rows(
            connection, "trial_params", "param_name", "param_value", "trial_id", trial_id
        ):
            if not isinstance(number, int | float):
                return f"parameter {part!r}: {number!r} is not a number"
    return ""


def unreadable_attribute(engine: Engine) -> str:
    """Return the attribute of an Optuna study that is not valid JSON; empty if all are."""
    with engine.connect() as connection:
        for part, text in _rows(connection, "study_user_attributes", "key", "value_json"):
            if not is_json(text):
                return f"attribute {part!r} of a sweep: not valid JSON"
    return ""


def _rows(
    connection: Connection, name: str, key: str, value: str, by: str = "", number: int = 0
) -> Any:
    names = [key, value, *([by] if by else [])]
    parts = table(name, *map(column, names))
    query = select(parts.c[key], parts.c[value])
    return connection.execute(query.where(parts.c[by] == number) if by else query).all()


def _parameter_problem(space: Mapping[str, BaseDistribution], given: Mapping[str, Any]) -> str:
    for name, interval in space.items():
        if name not in given:
            return f"parameter {name!r} is missing"
        if isinstance(interval, CategoricalDistribution):
            if given[name] not in interval.choices:
                return f"parameter {name!r}: {given[name]!r} is none of {list(interval.choices)}"
            continue
        low, high = interval.low, interval.high  # type: ignore[attr-defined]
        if not isinstance(given[name], int | float) or not low <= given[name] <= high:
            return f"parameter {name!r}: {given[name]!r} is not from {low} to {high}"
    return ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_value(values: Any) -> bool:
    return values is not None and len(values) == 1 and math.isfinite(values[0])
