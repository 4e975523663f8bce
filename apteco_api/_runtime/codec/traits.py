"""Facts about a class of models that its methods need often, kept because computing them is slow."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from .checks import EXTRAS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCALARS = frozenset((str, int, float, bool, type(None)))
"""Types of values that `to_dict` does not convert."""


class Traits(NamedTuple):
    """The facts about a class of models.

    Attributes:
        names: the fields.
        values: a function that returns an object's values in the order of `names`; more may follow.
        checked: the fields that refuse some values, each with values that need no further check.
    """

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    checked: Mapping[str, tuple[Any, ...]]


traits: dict[type[Any], Traits] = {}
"""The traits of the classes that have needed them."""


def note_traits(kind: Any) -> Traits:
    """Compute the traits of a class and keep them."""
    names = tuple(kind.attribute_map)
    checked = {name: () if many else values for name, (values, many) in kind._allowed.items()}
    if kind._open:
        checked[EXTRAS] = ()
    # attrgetter returns a tuple only for two or more names, so the first name is given twice.
    values: Callable[[Any], tuple[Any, ...]] = attrgetter(*names, names[0]) if names else _no_values
    found = traits[kind] = Traits(names, values, checked)
    return found


def _no_values(made: Any) -> tuple[Any, ...]:
    return ()
