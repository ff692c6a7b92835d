"""Whether a sweep's strings are still those of its records, if nothing else tells its data."""

from collections.abc import Iterator

from seqmem.core.errors import InputError, shorten
from seqmem.sweeps.config.conditions import SearchKey, search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.strings import ROLES, first_string, strings_of
from seqmem.sweeps.storage.folder import READING_SHOWN
from seqmem.sweeps.storage.storage import SweepStorage, runs_of
from seqmem.sweeps.storage.trial_checks import TrialChecks, outcome_problem


def check_stored_strings(config: SweepConfig, storage: SweepStorage, where: object) -> None:
    """Raise `InputError` if the strings of a sweep differ from those that it was begun with.

    The records of one search are compared, the first that has records. Sweeps that were begun
    before manifests held a digest of the data are told apart in this way.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    storage : SweepStorage
        The storage of the sweep.
    where : object
        The folder of the sweep, for the message.
    """
    present = config.strings.data
    for key in search_keys(config) if present else ():
        known = {
            (role, index): string_id
            for role in ROLES
            for index, string_id in _stored_strings(config, storage, key, role)
        }
        if known:
            break
    else:
        return
    strings = strings_of(config, key.condition.level, key.search)
    for (role, index), then in known.items():
        if index < len(strings[role]) and strings[role][index].string_id != then:
            reading = shorten("; ".join(present["readings"]), READING_SHOWN)
            raise InputError(
                f"other data than before ({role} string {index} was {then} then, "
                f"{strings[role][index].string_id} now), or they are read differently; {where} was "
                f"begun with the first; now {reading}; choose another --out"
            )


def _stored_strings(
    config: SweepConfig, storage: SweepStorage, key: SearchKey, role: str
) -> Iterator[tuple[int, object]]:
    """Yield the number among the strings of a role, and the id, of the string of every record.

    What is damaged is left out here.
    """
    config = config.at_level(key.condition.level)
    checks = TrialChecks(config, key.condition.cell)
    for trial in storage.recorded_trials(key, role):
        if checks.problem(role, trial):
            continue
        for run, outcome in runs_of(trial).items():
            if not outcome_problem(run, outcome) and "string_id" in outcome.get("record", {}):
                replicate = int(run.partition(":")[0])
                yield first_string(config, role, trial) + replicate, outcome["record"]["string_id"]
