"""How deep an answer is nested: what was decoded can also be shown, compared, copied and pickled.

Python does all of these by recursion, so an object nested thousands of levels deep would fail far away from
the call that it came from. Only types that can hold themselves are looked through.
"""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 150
"""Most levels of an answer, lists and objects both counted."""


def shallow(decode: Callable[[bytes], Any], target: Any) -> Callable[[bytes], Any]:
    """Return a decoder that refuses what is nested too deeply; the same one for a type that can't be."""
    if not _endless(target):
        return decode

    def checked(data: bytes) -> Any:
        found = decode(data)
        # Counting brackets is a lot faster, and enough for most answers.
        if data.count(b"{") + data.count(b"[") > MAX_DEPTH and too_deep(found):
            raise ValueError("nested too deeply")  # the slow path tells the user
        return found

    return checked


def too_deep(value: Any) -> bool:
    """True if an object has more than MAX_DEPTH levels."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        level = [inner for item in level for inner in _inside(item)]
    return False


def _inside(value: Any) -> Iterator[Any]:
    """Yield what is nested in a value and can be nested further, values of any type included."""
    if isinstance(value, list | tuple):
        yield from (item for item in value if _holds(item))
    elif isinstance(value, dict):
        yield from (item for item in value.values() if _holds(item))
    elif hasattr(value, "attribute_map"):
        model: Any = type(value)
        for name in _followed(model):
            if _holds(item := getattr(value, name)):
                yield item


def _holds(value: Any) -> bool:
    return isinstance(value, list | tuple | dict) or hasattr(value, "attribute_map")


@cache
def _followed(model: Any) -> tuple[str, ...]:
    """Return the fields of a model that can be nested without end."""
    return tuple(name for name, kind in _fields(model).items() if _endless(kind))


def _fields(model: Any) -> dict[str, Any]:
    model = getattr(model, "_twin", model)
    return {name: model.__annotations__[name] for name in model.attribute_map}


@cache
def _reached(model: Any) -> frozenset[Any]:
    """Return the classes that the fields of a model lead to, over any number of steps."""
    found: set[Any] = set()
    waiting = [model]
    while waiting:
        for kind in _fields(waiting.pop()).values():
            for part in _parts(kind):
                if part not in found:
                    found.add(part)
                    if _is_model(part):
                        waiting.append(part)
    return frozenset(found)


def _endless(target: Any) -> bool:
    """True if a type leads to one that leads to itself."""
    for part in _parts(target):
        if _is_model(part):
            models = (part, *filter(_is_model, _reached(part)))
            if any(item in _reached(item) for item in models):
                return True
    return False


def _is_model(kind: Any) -> bool:
    return hasattr(kind, "attribute_map") or hasattr(kind, "_twin")


def _parts(kind: Any) -> Iterator[Any]:
    """Yield the classes in a type such as `list[A] | dict[str, B]`."""
    inner = get_args(kind)
    if not inner:
        yield kind
    for item in inner:
        yield from _parts(item)
