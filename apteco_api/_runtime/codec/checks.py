"""The checks when a caller builds or changes a model: required fields, and values of enum fields."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from ..configuration import Configuration
from ..exceptions import ApiValueError
from .fields import ANYTHING, is_unset, literals, presence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONFIG = "local_vars_configuration"
EXTRAS = "additional_properties"
HIDDEN = (CONFIG, EXTRAS)  # fields that are not part of the schema
DEFAULT = Configuration()


def hints(model: type[Any]) -> dict[str, Any]:
    """Return the resolved annotations of a model's fields, by Python name."""
    return {field: hint for field, hint in model._hints.items() if field not in HIDDEN}


def checker(namespace: Mapping[str, Any], annotations: Mapping[str, Any]) -> Callable[[Any], None] | None:
    """Return the function that runs after each construction by a caller, or None without a check."""
    names: tuple[str, ...] = namespace["_required"]
    enums = [field for field, text in annotations.items() if "Literal[" in str(text)]
    present = presence(names, _check_all) if names else None
    if not enums:
        return present
    # attrgetter returns a tuple only for two or more names, so the first name is given twice.
    choices: Callable[[Any], tuple[Any, ...]] = attrgetter(*enums, enums[0])

    def check_enums(self: Any) -> None:
        if present is not None:
            present(self)
        for value, allowed in zip(choices(self), _choices(cast("Any", type(self)), enums), strict=False):
            if value is not None and value not in allowed and not is_unset(value):
                _check_all(self)

    return check_enums


def opener(check: Callable[[Any], None] | None) -> Callable[[Any], None]:
    """Return the function that runs after each construction of an open model: it adopts a dict of extras."""

    def post(self: Any) -> None:
        self.additional_properties = self.additional_properties
        if check:
            check(self)

    return post


def _choices(cls: type[Any], enums: list[str]) -> tuple[tuple[Any, ...], ...]:
    found: tuple[tuple[Any, ...], ...] | None = cls.__dict__.get("_choices")
    if found is None:
        found = tuple(cls._allowed.get(field, ANYTHING)[0] for field in enums)
        type.__setattr__(cls, "_choices", found)
    return found


def _check_all(self: Any) -> None:
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
