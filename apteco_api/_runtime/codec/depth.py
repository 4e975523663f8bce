"""How deep an answer is nested: what was decoded can also be shown, compared, copied and pickled.

Python does all of these by recursion, so an object nested thousands of levels deep would fail far away from
the call that it came from. Only types that can hold themselves are looked through.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin

from .shapes import SCALARS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 150
"""Most levels of an answer, lists and objects both counted."""
BLOCK = 192
"""Brackets that are counted together."""
LONG = 64 * 1024
"""Bytes of an answer above which not its bytes are looked at but the part of it that can be nested deeply."""


def shallow(decode: Callable[[bytes], Any], target: Any) -> Callable[[bytes], Any]:
    """Return a decoder that refuses what is nested too deeply; the same one for a type that can't be."""
    if not _endless(target):
        return decode
    recursive = any(_is_model(part) and part in _reached(part) for part in _parts(target))
    # An export may hold the query that it answers: a small part, and mostly not there.
    inner = _followed(target) if _is_model(target) and not recursive else ()
    # Of a page of users each row can be nested deeply: then the bytes tell it sooner.
    bytewise = recursive or any(_is_list(_fields(target)[name]) for name in inner)
    again = tuple(f'"{name}"'.encode() for name in sorted(_leading_back(target)))

    def checked(data: bytes) -> Any:
        found = decode(data)
        if len(data) <= 2 * MAX_DEPTH or (inner and not any(_holds(getattr(found, name)) for name in inner)):
            return found
        unlike = len(data) > LONG and not bytewise
        if (unlike or (_has_any(data, again) and _may_be_deep(data))) and too_deep(found):
            raise ValueError("nested too deeply")  # the slow path tells the user
        return found

    return checked


def _has_any(data: bytes, names: tuple[bytes, ...]) -> bool:
    """Return False if a JSON text holds no member of these names: then no type of it holds itself.

    A user has groups, and each group may list its users, but the groups in a page of users rarely do.
    Searching for a name takes a fifth of the time of counting brackets. A backslash could hide a name:
    "\\u0067roups".
    """
    for name in names:
        if data.rfind(name) >= 0:
            return True
    return b"\\" in data


_MARKS = bytes.maketrans(b"{[}]", b"\1\1\0\0")
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"{}[]")


def _may_be_deep(data: bytes) -> bool:
    """Return False if the brackets of a JSON text show that it has at most MAX_DEPTH levels.

    Counting brackets takes a fifth of the time of decoding; walking through the objects takes twice that
    time. Brackets inside texts are counted too. An answer could hide levels with texts that close brackets
    on the way in and open them on the way out; no server writes such texts by chance.
    """
    marks = data.translate(_MARKS, _NOT_BRACKETS)
    level = 0
    for start in range(0, len(marks), BLOCK):
        opened = marks.count(1, start, start + BLOCK)
        if level + opened > MAX_DEPTH:
            return True
        level += 2 * opened - BLOCK
    return level + -len(marks) % BLOCK != 0  # the last block is shorter


def too_deep(value: Any) -> bool:
    """Return True if an object has more than MAX_DEPTH levels."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        inner: list[Any] = []
        for item in level:
            kind = cast("Any", type(item))
            if kind is list or kind is tuple:
                inner += item
            elif kind is dict:
                inner += item.values()
            elif _is_nested(kind):
                inner += [getattr(item, name) for name in _followed(kind)]
        level = [item for item in inner if _holds(item)]
    return False


def _holds(value: Any) -> bool:
    kind = cast("Any", type(value))
    return kind not in SCALARS and _is_nested(kind)


@cache
def _is_nested(kind: Any) -> bool:
    """Return True for classes whose objects can hold others."""
    return kind in (list, tuple, dict) or hasattr(kind, "attribute_map")


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
    """Return whether a type leads to one that leads to itself."""
    for part in _parts(target):
        if _is_model(part):
            models = (part, *filter(_is_model, _reached(part)))
            if any(item in _reached(item) for item in models):
                return True
    return False


def _leading_back(target: Any) -> set[str]:
    """Return the JSON names of fields without which no class in a type would lead to itself."""
    found: set[str] = set()
    done: set[Any] = set()

    def follow(model: Any, outer: frozenset[Any]) -> None:
        model = getattr(model, "_twin", model)
        if model in done:
            return
        done.add(model)
        for name, kind in _fields(model).items():
            for part in filter(_is_model, _parts(kind)):
                part = getattr(part, "_twin", part)
                if part is model or part in outer:
                    found.add(model.attribute_map[name])
                else:
                    follow(part, outer | {model})

    for part in filter(_is_model, _parts(target)):
        follow(part, frozenset())
    return found


def _is_list(kind: Any) -> bool:
    return any(get_origin(part) is list for part in (kind, *get_args(kind)))


def _is_model(kind: Any) -> bool:
    return hasattr(kind, "attribute_map") or hasattr(kind, "_twin")


def _parts(kind: Any) -> Iterator[Any]:
    """Yield the classes in a type such as `list[A] | dict[str, B]`."""
    inner = get_args(kind)
    if not inner:
        yield kind
    for item in inner:
        yield from _parts(item)
