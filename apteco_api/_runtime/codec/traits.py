"""What methods of a model look up so often that working it out each time would be most of their time."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from .checks import EXTRAS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCALARS = frozenset((str, int, float, bool, type(None)))
"""Types of values that `to_dict` gives as they are."""


class Traits(NamedTuple):
    """The facts about a class of models.

    Attributes:
        names: its fields.
        values: returns the values of an object in the order of `names`, and perhaps more after them.
        checked: name of a field that not every value fits, to values that certainly fit.
    """

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    checked: Mapping[str, tuple[Any, ...]]


traits: dict[type[Any], Traits] = {}
"""Those that were asked for."""


def note_traits(kind: Any) -> Traits:
    """Return the traits of a class, and keep them."""
    names = tuple(kind.attribute_map)
    checked = {name: () if many else values for name, (values, many) in kind._allowed.items()}
    if kind._open:
        checked[EXTRAS] = ()
    # attrgetter gives a tuple only for two names and more: the first is asked for twice.
    values = attrgetter(*names, names[0]) if names else lambda _: ()
    found = traits[kind] = Traits(names, values, checked)
    return found
