"""What the sections of a study file have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from seqmem.core.errors import InputError, unknown


class ConfigSection(BaseModel):
    """Base of all sections: frozen, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        validate_default=True,
        allow_inf_nan=False,
    )


def registered(kind: str, valid: Any) -> Any:
    """Return a validator of one name, or of a list of different ones, that a registry must hold."""

    def check(value: Any) -> Any:
        names = value if isinstance(value, list | tuple) else [value]
        for name in names:
            if not isinstance(name, str) or name not in valid:
                raise unknown(kind, name, valid)
        if len(set(names)) < len(names):
            raise InputError(f"a {kind} is named twice")
        return tuple(names) if isinstance(value, list | tuple) else value

    return check
