"""A tree of settings: nested objects, addressed by a path of keys."""

from __future__ import annotations

from typing import cast

from .files import parts_of
from .problem import missing
from .schema import Json


def branch(tree: Json, path: str) -> Json:
    """Return the object at a path, or the whole tree for an empty path; 404 if there is no object."""
    found = tree
    for name in parts_of(path) if path else ():
        inside = found.get(name)
        if not isinstance(inside, dict):
            raise missing("setting", path)
        found = cast(Json, inside)
    return found


def with_branch(tree: Json, path: str, value: Json | None) -> Json:
    """Return a copy of the tree in which the object at a path is replaced, or deleted for None."""
    if not path:
        return value or {}
    name, *rest = parts_of(path)
    copy = dict(tree)
    if rest:
        inside = copy.get(name)
        copy[name] = with_branch(
            cast(Json, inside) if isinstance(inside, dict) else {}, "/".join(rest), value
        )
    elif value is None:
        copy.pop(name, None)
    else:
        copy[name] = value
    return copy
