"""Attributes that a user sets on a model beside its fields: msgspec's untracked objects have no `__dict__`.

They are stored in the field of the settings, so that a model without such attributes has no cost.
"""

from __future__ import annotations

from typing import Any, cast

from .checks import CONFIG


class Attached:
    """The settings of one model, and the attributes that its user has given it.

    Args:
        config: the settings.
        attributes: the attributes by name.
    """

    def __init__(self, config: Any, attributes: dict[str, Any]) -> None:
        self.config = config
        self.attributes = attributes


class Settings:
    """The descriptor `local_vars_configuration` of a model: the settings, without attached attributes.

    Args:
        slot: msgspec's descriptor, which returns the content of the field.
    """

    def __init__(self, slot: Any) -> None:
        self.slot = slot

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return self.slot
        held = self.slot.__get__(instance, owner)
        return held.config if isinstance(held, Attached) else held

    def __set__(self, instance: Any, value: Any) -> None:
        held = self.slot.__get__(instance, type(instance))
        if isinstance(held, Attached) and not isinstance(value, Attached):
            value = Attached(value, held.attributes)
        self.slot.__set__(instance, value)


def hold_settings(made: type[Any]) -> None:
    """Give a class of models that has an own field of the settings the descriptor for it."""
    if CONFIG in made.__dict__:  # a subclass inherits it
        type.__setattr__(made, CONFIG, Settings(made.__dict__[CONFIG]))


def held(model: Any) -> Any:
    """Return the content of the field of the settings: settings, or settings with attributes."""
    return getattr(cast("Any", type(model)), CONFIG).__get__(model)


def attributes_of(model: Any) -> dict[str, Any]:
    """Return the attributes that a user has given to a model, by name."""
    found = held(model)
    return found.attributes if isinstance(found, Attached) else {}


def attach(model: Any, attributes: dict[str, Any]) -> None:
    """Replace the attributes of a model that are not fields."""
    setattr(model, CONFIG, Attached(getattr(model, CONFIG), attributes))
