"""The section ``[strings]`` of a sweep file: what is learned, and how many strings of each role."""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, model_validator

from seqmem.core.errors import InputError
from seqmem.core.validation import is_stored, one_of
from seqmem.generators.complexity import COUNTERS
from seqmem.generators.sources import SOURCES, choose_alphabet, make_source, stored_parameters
from seqmem.generators.targeting import LARGEST_ALPHABET, check_target
from seqmem.sweeps.config.record_strings import RecordPieces
from seqmem.sweeps.config.section import ConfigSection


class Strings(ConfigSection):
    """The strings that are learned, and how many of each role a search uses.

    Parameters
    ----------
    source : str
        Name of the source.
    parameters : dict
        Parameters of the source.
    alphabet_size : int
        Number of symbols.
    measure : str
        Complexity measure to which strings are grown.
    levels : tuple of int
        Values of the measure, all distinct.
    tune, select, confirm : int
        Strings of each role in a search.
    fresh : bool
        Give every tuning trial new strings, the same for all cells. Scores then vary with the
        strings as they do in use. This is for questions about hyper-parameters, in which trials
        are sampled points rather than competitors.
    pieces : RecordPieces, optional
        Use records of the user's data, or disjoint pieces of them, instead of strings that are
        grown to a level.
    """

    source: Annotated[str, one_of("source", SOURCES)] = "iid"
    parameters: dict[str, Any] = Field(default_factory=dict)
    alphabet_size: int = Field(4, ge=2, le=LARGEST_ALPHABET)
    measure: Annotated[str, one_of("measure to target", COUNTERS)] = "lzw"
    levels: tuple[int, ...] = Field(min_length=1)
    tune: int = Field(2, ge=1)
    select: int = Field(2, ge=1)
    confirm: int = Field(4, ge=1)
    fresh: bool = False
    pieces: RecordPieces | None = None

    @property
    def per_search(self) -> int:
        """Strings that a search uses for each trial, for selection and for confirmation."""
        return self.tune + self.select + self.confirm

    @property
    def data(self) -> dict[str, Any]:
        """What was read from files, and a digest of it. Empty for sources that read nothing.

        Sources of plug-ins may give no digest. Then there is only ``readings``.
        """
        source = make_source(self.source, self.alphabet_size, self.parameters)
        if not source.readings:
            return {}
        digest = source.data_digest
        return {"readings": source.readings} | ({"digest": digest} if digest else {})

    @property
    def identity(self) -> dict[str, Any]:
        """The parameters of the source, as they enter names and seeds.

        With ``pieces``, the digest of the data replaces the name of the file.
        """
        if self.pieces is None:
            return self.parameters
        return {**self.parameters, "path": self.pieces.data}

    @model_validator(mode="before")
    @classmethod
    def _store_parameters(cls, data: Any) -> Any:
        """Give parameters the names by which they are stored."""
        parameters = data.get("parameters") if isinstance(data, dict) else None
        if not isinstance(parameters, dict) or data.get("source") not in SOURCES:
            return data
        return data | {"parameters": stored_parameters(data["source"], parameters)}

    @model_validator(mode="after")
    def _check_levels(self, info: ValidationInfo) -> "Strings":
        if len(set(self.levels)) < len(self.levels):
            raise InputError("levels must be distinct")
        is_known = self.source in SOURCES and self.measure in COUNTERS
        if not is_known and is_stored(info):
            # The source or the measure of a plug-in, without which records can be read.
            return self
        choose_alphabet(self.source, self.alphabet_size, self.parameters)
        if self.pieces is not None:
            if self.source != "corpus" or len(self.levels) > 1:
                raise InputError(
                    "pieces need the source 'corpus' and one level, which only describes them"
                )
            if self.fresh:
                raise InputError(
                    "fresh = true needs strings that are grown; there are too few pieces of data"
                )
            return self
        for level in self.levels:
            check_target(self.measure, level, self.alphabet_size, name="level")
        return self
