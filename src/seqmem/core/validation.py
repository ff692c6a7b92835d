"""Validation by pydantic: names in registries, and one line for all errors of a model."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from seqmem.core.argument_kinds import kind_of_annotation
from seqmem.core.errors import InputError, unknown
from seqmem.core.suggestions import did_you_mean, initials

# Names of types as a TOML file has them, by the kind of error that pydantic reports.
TYPE_NAMES = {
    "tuple_type": "a list",
    "too_short": "a list of at least one",
    "model_type": "a section",
    "dict_type": "a section",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
}

_STORED = "stored"

Model = TypeVar("Model", bound=BaseModel)


class ValidatedModel(BaseModel):
    """Base of models whose errors are one line, also for values that are given in Python.

    Examples
    --------
    >>> class Search(ValidatedModel):
    ...     trials: int
    >>> Search(trials="many")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: trials: 'many' given; input should be a valid integer, ...
    """

    def __init__(self, /, **data: Any) -> None:
        _check_types(type(self), data)
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InputError(_explained(type(self), error)) from None

    # Nested models are then validated without a call of this function, as with pydantic's own.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true or false, also in a list, where a file must give a number."""
        annotation = cls.model_fields[str(info.field_name)].annotation
        is_list = isinstance(value, list | tuple) and get_origin(annotation) in (list, tuple)
        flags = [one for one in (value if is_list else (value,)) if isinstance(one, bool)]
        if flags:
            kind = kind_of_annotation(get_args(annotation)[0] if is_list else annotation, {})
            if kind is not None and not kind.fits(flags[0]):
                raise InputError(f"{flags[0]!r} given; must be {kind.words}")
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except ValidationError:
            raise InputError(
                f"{name}: a {type(self).__name__} does not change; make another one"
            ) from None


def _check_types(model: type[BaseModel], data: Mapping[str, Any]) -> None:
    """Raise `InputError` for values given in Python that pydantic would convert or choke on.

    They are True for a number, and what is neither a number nor a text. Texts and numbers are left
    to pydantic, which has a message of its own.
    """
    for name, field in model.model_fields.items():
        value = data.get(name)
        is_plain = isinstance(value, str | int | float | None) and not isinstance(value, bool)
        kind = None if is_plain else kind_of_annotation(field.annotation, {})
        if kind is not None and not kind.fits(value):
            raise kind.refusal(name, value)


def validate(
    model: type[Model], data: Mapping[str, Any], where: str = "", *, stored: bool = False
) -> Model:
    """Return the validated model.

    Parameters
    ----------
    model : type
        A pydantic model.
    data : mapping
        Its values.
    where : str, optional
        Where the data come from, for example a file. It stands before the message.
    stored : bool
        The data were valid when they were stored. Names that are not registered in this process,
        such as those of plug-ins, are accepted.

    Raises
    ------
    InputError
        If a value is not valid. The message joins the errors of all keys by ``;``.
    """
    try:
        return model.model_validate(dict(data), context={_STORED: stored})
    except ValidationError as error:
        prefix = f"{where}: " if where else ""
        raise InputError(prefix + _explained(model, error)) from None


def is_stored(info: ValidationInfo) -> bool:
    """Return whether the data that are validated were valid when they were stored.

    Parameters
    ----------
    info : ValidationInfo
        What pydantic passes to a validator.
    """
    return bool((info.context or {}).get(_STORED))


def one_of(
    kind: str, registry: Collection[str], *, several: bool = False, optional: bool = False
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
    seqmem.core.errors.InputError: unknown cell 'lstn'; did you mean 'lstm'? valid: gru, lstm
    """

    def check_name(name: Any, info: ValidationInfo) -> None:
        if not isinstance(name, str) or not (is_stored(info) or name in registry):
            raise unknown(kind, name, registry)

    def check(value: Any, info: ValidationInfo) -> Any:
        if optional and value is None:
            return None
        if not several or not isinstance(value, list | tuple):
            check_name(value, info)
            return value
        for name in value:
            check_name(name, info)
        if len(set(value)) < len(value):
            raise InputError(f"a {kind} is named twice")
        return tuple(value)

    return BeforeValidator(check)


def _explained(model: type[BaseModel], error: ValidationError) -> str:
    return "; ".join(_explain(model, item) for item in error.errors())


def _explain(model: type[BaseModel], error: Any) -> str:
    """Return the message for one error of pydantic."""
    path = [str(part) for part in error["loc"]]
    name = ".".join(path)
    if error["type"] == "extra_forbidden":
        valid = _fields_at(model, path[:-1])
        home = _home_of(model, path[-1])
        hint = f"did you mean {home!r}? " if home else did_you_mean(path[-1], valid)
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


def _home_of(model: type[BaseModel], name: str) -> str:
    """Return where a section of a model has a field of this name or initials; empty if none has."""
    for section in model.model_fields:
        for field in _fields_at(model, [section]):
            if name in (field, initials(field)):
                return f"{section}.{field}"
    return ""


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


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
