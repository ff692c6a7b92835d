"""Declarations of a run's options, and the columns, help texts and checks that follow from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seqmem.core.errors import InputError
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.core.registries import help_lines, help_with_choices
from seqmem.study.bounds import Bounds, bounds_of

OptionValue: TypeAlias = str | int | float | None


class Column(NamedTuple):
    """A column of the record that an option fills.

    Parameters
    ----------
    name : str
    kind : type
        Type of the stored value.
    stored : callable
        Takes the option's value and returns the stored value.
    bounds : Bounds, optional
        Bounds of the stored value. By default those of the option.
    """

    name: str
    kind: Any
    stored: Callable[[Any], OptionValue]
    bounds: Bounds | None = None


@dataclass(frozen=True)
class OnlyWith:
    """A condition for an option: another option must have one of some values.

    Parameters
    ----------
    option : str
        Name of the other option.
    values : callable
        Returns the values of the other option that have this one.
    """

    option: str
    values: Callable[[], Iterable[str]]

    def __str__(self) -> str:
        return f"{self.option} {' or '.join(repr(value) for value in self.values())}"


@dataclass(frozen=True)
class Option:
    """The part of an option's declaration beside its type, bounds and default.

    Parameters
    ----------
    help : str
        One line about the option, for help texts and tables.
    choices : mapping, optional
        The registry that holds the valid names.
    below_choices : str
        A sentence below the list of the choices in help texts.
    only_with : tuple of OnlyWith
        Which protocol, engine, optimizer or cell has the option: all conditions must hold.
        Elsewhere only its default is valid.
    added : bool
        Whether the option came after the first stored records. Its default then enters neither
        run ids nor stored configurations and records; readers fill it in.
    hashed_at_default : bool
        Whether the default of an original option enters run ids.
    is_text : bool
        Whether the value is given and stored as text, although its type is another.
    resolved : str
        Name of the property of `RunConfig` that holds the value with an absent one worked out.
    hashed : callable
        Takes the value and returns the value that enters the run id.
    columns : tuple of Column, optional
        The columns of the record. By default one column with the option's name, type and value.
    column_after : str
        Name of the option whose columns come just before. By default the columns follow the order
        of declaration.
    argument : type, optional
        Type of the value on the command line, if it is not the field's.
    flag : str
        Name of the option on the command line, if it is not the field's.
    """

    help: str
    choices: Mapping[str, Any] | None = None
    below_choices: str = "Give one of these names."
    only_with: tuple[OnlyWith, ...] = ()
    added: bool = False
    hashed_at_default: bool = True
    is_text: bool = False
    resolved: str = ""
    hashed: Callable[[Any], Any] = lambda value: value
    columns: tuple[Column, ...] | None = None
    column_after: str = ""
    argument: Any = None
    flag: str = ""


@dataclass(frozen=True)
class DeclaredOption:
    """An option as a model declares it: its field and its `Option`.

    Parameters
    ----------
    name : str
    field : pydantic.fields.FieldInfo
    option : Option
    """

    name: str
    field: FieldInfo
    option: Option

    @property
    def is_required(self) -> bool:
        """Whether the option has no default."""
        return self.field.is_required()

    @property
    def default(self) -> Any:
        """The default value; `PydanticUndefined` if there is none."""
        return self.field.get_default(call_default_factory=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the record that the option fills."""
        if self.option.columns is not None:
            return self.option.columns
        kind, stored = (str, str) if self.option.is_text else (self.field.annotation, _unchanged)
        return (Column(self.name, kind, stored),)

    @property
    def conditions(self) -> str:
        """What the option is only for, as text; empty if every run has it."""
        return " and ".join(map(str, self.option.only_with))

    @property
    def help(self) -> str:
        """The help text, in Markdown, with the choices and the condition of the option."""
        option = self.option
        needs = f"Only with {self.conditions}." if option.only_with else ""
        if option.choices is not None:
            end = f"{option.below_choices} {needs}".strip()
            return help_with_choices(option.help, help_lines(option.choices), end)
        return f"{option.help} {needs}".strip()

    def is_default(self, options: BaseModel) -> bool:
        """Return whether a configuration holds the default."""
        return bool(getattr(options, self.name) == self.default)

    def value(self, options: BaseModel) -> Any:
        """Return the value of a configuration, with an absent one worked out."""
        return getattr(options, self.option.resolved or self.name)

    def hashed(self, options: BaseModel) -> Any:
        """Return the value that enters the run id of a configuration."""
        value = self.value(options)
        return str(value) if self.option.is_text else self.option.hashed(value)

    def enters_run_id(self, options: BaseModel) -> bool:
        """Return whether the value of a configuration enters its run id."""
        always = self.option.hashed_at_default and not self.option.added
        return always or not self.is_default(options)

    def is_stored(self, options: BaseModel) -> bool:
        """Return whether the value of a configuration is stored."""
        return not (self.option.added and self.is_default(options))

    def check(self, options: BaseModel) -> None:
        """Raise `InputError` if the option is given but its condition is not met."""
        if self.is_default(options):
            return
        for needs in self.option.only_with:
            other = getattr(options, needs.option)
            if other not in needs.values():
                value = getattr(options, self.name)
                shown = f"{value:g}" if isinstance(value, float) else value
                raise InputError(
                    f"{self.name} {shown}: only {needs} has it, not {other!r}; "
                    f"leave {self.name} out or change {needs.option}"
                )


def _unchanged(value: Any) -> Any:
    return value


@cache
def declared_options(model: type[BaseModel]) -> Mapping[str, DeclaredOption]:
    """Return the options that a model declares, by name, in the order of their declaration.

    Examples
    --------
    >>> from seqmem.study.options import RunOptions
    >>> list(declared_options(RunOptions))[:3]
    ['cell', 'depth', 'units']
    >>> declared_options(RunOptions)["units"].help
    'Hidden units per layer.'
    """
    return {
        name: DeclaredOption(name, field, option)
        for name, field in model.model_fields.items()
        for option in field.metadata
        if isinstance(option, Option)
    }


def option_columns(model: type[BaseModel]) -> dict[str, Any]:
    """Return names and types of the columns of the record that the options fill, in order.

    Examples
    --------
    >>> from seqmem.study.options import RunOptions
    >>> list(option_columns(RunOptions))[:3]
    ['learning_rate', 'batch', 'length']
    """
    return {
        column.name: column.kind
        for declared in _in_column_order(model)
        for column in declared.columns
    }


def option_bounds(model: type[BaseModel]) -> dict[str, Bounds]:
    """Return the bounds of those columns of options that have any.

    An option without columns here has the column of its name in another group of the record.

    Examples
    --------
    >>> from seqmem.study.options import RunOptions
    >>> bounds = option_bounds(RunOptions)
    >>> bounds["momentum"].broken, bounds["depth"].broken
    ('is not from 0 to below 1', 'is not from 1 to 64')
    """
    return {
        name: bounds
        for declared in declared_options(model).values()
        for name, own in [(column.name, column.bounds) for column in declared.columns]
        or [(declared.name, None)]
        if (bounds := own or bounds_of(declared.field.metadata))
    }


def option_choices(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Return the valid names of those columns of options that no plug-in can add to.

    Examples
    --------
    >>> from seqmem.study.options import RunOptions
    >>> option_choices(RunOptions)["device"], "cell" in option_choices(RunOptions)
    (('cpu', 'cuda'), False)
    """
    return {
        column.name: tuple(declared.option.choices)
        for declared in declared_options(model).values()
        for column in declared.columns
        if declared.option.choices is not None
        and not declared.option.is_text
        and not isinstance(declared.option.choices, PluginRegistry)
    }


def option_values(options: BaseModel) -> dict[str, OptionValue]:
    """Return the options of a run as a record stores them, by column.

    An option that was added later is left out if it holds its default.
    """
    return {
        column.name: column.stored(declared.value(options))
        for declared in _in_column_order(type(options))
        if declared.is_stored(options)
        for column in declared.columns
    }


def added_defaults(model: type[BaseModel]) -> dict[str, OptionValue]:
    """Return the values, by column, that records without options added later must be read with."""
    return {
        column.name: column.stored(declared.default)
        for declared in _in_column_order(model)
        if declared.option.added
        for column in declared.columns
    }


def _in_column_order(model: type[BaseModel]) -> Iterator[DeclaredOption]:
    """Yield the options in the order in which the first records stored them; added ones last."""
    declared = declared_options(model)
    followers: dict[str, list[str]] = {}
    for name, item in declared.items():
        followers.setdefault(item.option.column_after, []).append(name)
    waiting = followers.get("", [])[::-1]
    ordered = []
    while waiting:
        name = waiting.pop()
        ordered.append(declared[name])
        waiting.extend(followers.get(name, [])[::-1])
    yield from sorted(ordered, key=lambda item: item.option.added)
