"""Model files: tensors and one JSON text in a safetensors file, which runs no code when read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError, one_line
from seqmem.core.structured_text import parse_json_object

if TYPE_CHECKING:
    from torch import Tensor

# Raised when a reader of an older version would misread the file.
FORMAT = 1
# One entry, because the order of several would change from file to file.
ENTRY = "seqmem"


class ModelFile(NamedTuple):
    """The content of a model file.

    Attributes
    ----------
    values : mapping of str to value
        Plain JSON values.
    tensors : mapping of str to Tensor
    """

    values: Mapping[str, Any]
    tensors: Mapping[str, "Tensor"]

    def part(self, name: str, where: str) -> Mapping[str, Any]:
        """Return a part of the values.

        Parameters
        ----------
        name : str
        where : str
            Where the content comes from, for messages.

        Raises
        ------
        InputError
            If it is missing or not a JSON object.
        """
        part = self.values.get(name)
        if not isinstance(part, dict):
            raise InputError(f"{where}: its {name} is missing; save the memorizer again")
        return part


def check_model_target(path: Path | str, where: str = "") -> None:
    """Raise `InputError` unless a model file can be written there.

    Parameters
    ----------
    path : path
        A new file, or a model file, which is replaced.
    where : str
        The option that names the file, for messages.

    Raises
    ------
    InputError
        If the folder does not exist, or the file is not a model file.
    """
    target = Path(path)
    place = f"{where} {target}".strip()
    if target.is_dir():
        raise InputError(f"{place}: is a folder; name a file")
    if not target.parent.is_dir():
        raise InputError(f"{place}: no folder {target.parent}; make it first")
    if target.is_file() and not _is_model_file(target):
        raise InputError(
            f"{place}: is a file that seqmem did not write; remove it or choose another name"
        )


def write_model(path: Path | str, content: ModelFile) -> None:
    """Write a model file, as a whole or not at all.

    The same content gives the same bytes.

    Parameters
    ----------
    path : path
        A new file, or a model file, which is replaced.
    content : ModelFile

    Raises
    ------
    InputError
        As for `check_model_target`, or if the file cannot be written.
    """
    check_model_target(path)
    values = {"format": FORMAT, **content.values}
    tensors = {name: tensor.detach().cpu() for name, tensor in content.tensors.items()}
    data = save(tensors, {ENTRY: json.dumps(values, allow_nan=False)})
    with replace_file(path, "wb") as file:
        file.write(data)


def read_model(path: Path | str) -> ModelFile:
    """Return the content of a model file, whose values and tensors are still to be checked.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, or another program or version wrote it.
    """
    if Path(path).exists() and not Path(path).is_file():
        raise InputError(f"{path}: is not a file; give one of `seqmem train --save`")
    try:
        # Opened first, because the library's own error does not say why.
        with Path(path).open("rb"):
            pass
        with safe_open(path, framework="pt") as file:
            entry = (file.metadata() or {}).get(ENTRY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or one_line(error)}") from None
    except (SafetensorError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{path}: not a complete model file ({one_line(error)}); save the memorizer again"
        ) from None
    if entry is None:
        raise InputError(
            f"{path}: seqmem did not write this file; give one of `seqmem train --save`"
        )
    values = parse_json_object(entry, str(path))
    if values.get("format") != FORMAT:
        raise InputError(
            f"{path}: model format {values.get('format')!r}, this version reads format {FORMAT}; "
            "use the version of seqmem that wrote the file"
        )
    return ModelFile(values, tensors)


def _is_model_file(path: Path) -> bool:
    try:
        with safe_open(path, framework="pt") as file:
            return ENTRY in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False
