"""Validation by pydantic: names in registries, and one line for all errors of a model."""

from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from seqmem.core.errors import InputError, unknown

# Names of types as a TOML file has them, by the kind of error that pydantic reports.
TYPE_NAMES = {
    "tuple_type": "a list",
    "too_short": "a list of at least one",
    "model_type": "a section",
    "dict_type": "a section",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
}

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], data: Mapping[str, Any], where: str = "") -> Model:
    """Return the validated model.

    Parameters
    ----------
    model : type
        A pydantic model.
    data : mapping
        Its values.
    where : str, optional
        Where the data come from, for example a file. It stands before the message.

    Raises
    ------
    InputError
        If a value is not valid. The message joins the errors of all keys by ``;``.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        prefix = f"{where}: " if where else ""
        raise InputError(
            prefix + "; ".join(_explain(model, item) for item in error.errors())
        ) from None


def one_of(
    kind: str, registry: Container[str], *, several: bool = False, optional: bool = False
) -> BeforeValidator:
    """Return a validator of a name in a registry, for the annotation of a field.

    Parameters
    ----------
    kind : str
        The kind of name, for the message.
    registry : container of str
        The valid names.
    several : bool
        Accept a list of distinct names too. The validator returns it as a tuple.
    optional : bool
        Accept None too.

    Examples
    --------
    >>> from typing import Annotated
    >>> class Search(BaseModel):
    ...     cell: Annotated[str, one_of("cell", {"gru", "lstm"})]
    >>> validate(Search, {"cell": "lstn"})
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: unknown cell 'lstn'; valid: gru, lstm
    """

    def check_name(name: Any) -> None:
        if not isinstance(name, str) or name not in registry:
            raise unknown(kind, name, registry)

    def check(value: Any) -> Any:
        if optional and value is None:
            return None
        if not several or not isinstance(value, list | tuple):
            check_name(value)
            return value
        for name in value:
            check_name(name)
        if len(set(value)) < len(value):
            raise InputError(f"a {kind} is named twice")
        return tuple(value)

    return BeforeValidator(check)


def _explain(model: type[BaseModel], error: Any) -> str:
    """Return the message for one error of pydantic."""
    path = [str(part) for part in error["loc"]]
    name = ".".join(path)
    if error["type"] == "extra_forbidden":
        valid = _fields_at(model, path[:-1])
        hint = _did_you_mean(path[-1], valid)
        return f"unknown key {name!r}; {hint}valid: {', '.join(sorted(valid))}"
    if error["type"] in TYPE_NAMES:
        return f"{name}: {error['input']!r} given; must be {TYPE_NAMES[error['type']]}"
    if error["type"] == "missing":
        return f"{name}: missing"
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"])
        return (
            message
            if not name or message.startswith((name, f"unknown {name}"))
            else f"{name}: {message}"
        )
    return f"{name}: {error['input']!r} given; {_lower_first(error['msg'])}"


def _fields_at(model: type[BaseModel], path: Iterable[str]) -> list[str]:
    """Return the names of the fields of the nested model at a path."""
    current: Any = model
    for part in path:
        field = current.model_fields.get(part)
        candidates = getattr(field.annotation, "__args__", (field.annotation,)) if field else ()
        nested = [
            kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if not nested:
            return []
        current = nested[0]
    return list(current.model_fields)


def _did_you_mean(name: str, valid: list[str]) -> str:
    close = get_close_matches(name, valid, n=1)
    return f"did you mean {close[0]!r}? " if close else ""


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
