"""The checks when a caller builds or changes a model: required fields, and values of enum fields."""

from __future__ import annotations

from typing import Any, cast

from ..configuration import Configuration
from ..exceptions import ApiValueError
from .fields import is_unset, literals

CONFIG = "local_vars_configuration"
EXTRAS = "additional_properties"
HIDDEN = (CONFIG, EXTRAS)  # fields that are not part of the schema
DEFAULT = Configuration()


def hints(model: type[Any]) -> dict[str, Any]:
    """Return the resolved annotations of a model's fields, by Python name."""
    return {field: hint for field, hint in model._hints.items() if field not in HIDDEN}


def check_all(self: Any) -> None:
    """Raise the published ValueError if a field of a new object must not hold its value."""
    cls = cast("Any", type(self))._model
    for field in cls._required:
        if getattr(self, field) is None:
            check_field(self, field, None)
    for field in cls._allowed:
        check_field(self, field, getattr(self, field))


def check_field(self: Any, field: str, value: Any) -> None:
    """Raise the published ValueError if a field must not have a value."""
    cls = cast("Any", type(self))._model
    if value is None:
        if field in cls._required and _checks(self):
            raise ApiValueError(f"Invalid value for `{field}`, must not be `None`")
        return
    if (allowed := cls._allowed.get(field)) is None or (is_unset(value) and field in cls._unset):
        return
    values, many = allowed
    if many:
        if isinstance(value, list | tuple | set) and all(item in values for item in cast("list[Any]", value)):
            return
        if _checks(self):
            given: list[Any] = [value] if isinstance(value, str) else list(cast("Any", value))
            wrong = ", ".join(str(item) for item in given if item not in values)
            raise ApiValueError(
                f"Invalid values for `{field}` [{wrong}], must be a subset of [{', '.join(map(str, values))}]"
            )
    elif value not in values and _checks(self):
        raise ApiValueError(f"Invalid value for `{field}` ({value}), must be one of {list(values)}")


def _checks(self: Any) -> bool:
    config = self.local_vars_configuration
    if config is DEFAULT:
        config = Configuration.get_default() or DEFAULT
    return bool(config.client_side_validation)


def allowed(cls: type[Any]) -> dict[str, tuple[tuple[Any, ...], bool]]:
    found = {field: literals(hint) for field, hint in hints(cls).items()}
    return {field: allowed for field, allowed in found.items() if allowed is not None}


class Checked:
    """The attribute `_checked` of a class of models, made on first use.

    Its keys are the fields that refuse some values, besides None; its values need no further check.
    """

    def __get__(self, instance: object, cls: Any) -> dict[str, tuple[Any, ...]]:
        found = {field: () if many else values for field, (values, many) in cls._allowed.items()}
        if cls._open:
            found[EXTRAS] = ()
        type.__setattr__(cls, "_checked", found)
        return found


CHECKED = Checked()
