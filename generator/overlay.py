"""OpenAPI Overlay 1.0: named corrections, applied to a document.

Targets may use these parts of JSONPath: ``$``, ``.name``, ``['name']``, ``[0]``, ``.*`` and ``[*]``.
An action with ``x-optional: true`` may match nothing.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from .diagnostics import SpecError
from .document import Document, Node
from .jsonvalues import is_list, is_object

_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*) | \[\s*'(?P<single>(?:[^'\\]|\\.)*)'\s*\]
      | \[\s*"(?P<double>(?:[^"\\]|\\.)*)"\s*\] | \[\s*(?P<index>\d+)\s*\] | (?P<all>\.\*|\[\s*\*\s*\])""",
    re.VERBOSE,
)


def apply(document: Document, overlay: Document, *, strict: bool = True) -> Document:
    """Return a new document: ``document`` with every action of ``overlay`` applied in order.

    With ``strict``, as for our own specs, each action needs a name and a reason, and must match something.
    """
    root = overlay.root
    if not root.text("overlay").startswith("1."):
        raise root.fail("unknown-version", "an overlay document must declare `overlay: 1.0.0`")
    value = copy.deepcopy(document.value)
    names: set[str] = set()
    for action in root.need("actions").elements():
        name = action.text("x-name")
        if strict and not (name and action.text("description")):
            action.error(
                "unnamed-correction", "every action needs an `x-name` and a `description` that says why"
            )
        if name and name in names:
            action.error("duplicate-name", f"another action is called {name!r} too")
        names.add(name)
        value, matched = _act(value, action)
        if not matched and not action.flag("x-optional"):
            report = action.error if strict else action.note
            whose = f"the target of {name!r}" if name else "the target"
            report("no-match", f"{whose} matches nothing", action.text("target"))
    return Document(value, document.source, document.problems)


def _act(value: Any, action: Node) -> tuple[Any, bool]:
    path = steps(action)
    remove = action.flag("remove")
    update = action.get("update")
    if not remove and update is None:
        action.error("empty-action", "an action needs `update` or `remove`")
    if not path:
        if remove:
            raise action.fail("unsupported", "the whole document can't be removed")
        return _merged(value, update.value if update else {}), True
    *parents, last = path
    matched = False
    for holder in _selected(value, parents):
        for key in _keys(holder, last):
            matched = True
            if not remove and update is not None:
                holder[key] = _merged(holder[key], update.value)
            elif is_object(holder):
                del holder[key]
            else:
                holder[key] = _REMOVED
        if is_list(holder):
            holder[:] = [item for item in holder if item is not _REMOVED]
    return value, matched


_REMOVED = object()
_EVERY = object()


def steps(action: Node) -> list[Any]:
    """Return the steps of an action's JSONPath target: names, indexes, and a mark for "every member"."""
    target = action.text("target")
    if not target.startswith("$"):
        raise action.fail("bad-target", f"the target {target!r} does not begin with $")
    position = 1
    result: list[Any] = []
    while position < len(target):
        match = _STEP.match(target, position)
        if match is None:
            raise _unsupported(action, target, position)
        position = match.end()
        quoted = match["single"] if match["single"] is not None else match["double"]
        if match["all"]:
            result.append(_EVERY)
        elif match["index"] is not None:
            result.append(int(match["index"]))
        elif quoted is not None:
            result.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            result.append(match["name"])
    return result


def _unsupported(action: Node, target: str, position: int) -> SpecError:
    return action.fail(
        "bad-target",
        f"the target {target!r} can't be read from position {position}",
        "names, ['names'], [indexes] and * are supported; filters and .. are not",
    )


def _selected(value: Any, path: list[Any]) -> list[Any]:
    found = [value]
    for step in path:
        found = [holder[key] for holder in found for key in _keys(holder, step)]
    return found


def _keys(holder: Any, step: Any) -> list[Any]:
    if is_object(holder):
        return list(holder) if step is _EVERY else [step] if step in holder else []
    if is_list(holder):
        if step is _EVERY:
            return list(range(len(holder)))
        return [step] if isinstance(step, int) and step < len(holder) else []
    return []


def _merged(old: Any, new: Any) -> Any:
    """Return ``old`` with ``new`` merged in: objects by key, lists by appending, other values replaced."""
    if is_object(old) and is_object(new):
        result = dict(old)
        for key, value in new.items():
            result[key] = _merged(result[key], value) if key in result else copy.deepcopy(value)
        return result
    if is_list(old):
        return [*old, *copy.deepcopy(new)] if is_list(new) else [*old, copy.deepcopy(new)]
    return copy.deepcopy(new)
