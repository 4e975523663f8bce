"""The operations of the API by name, found without loading more sections than needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .._runtime.operation import Operation
from ..query.catalogue import unknown


class Found(NamedTuple):
    """One operation: its controller's class, the method's name, the operation."""

    controller: type[Any]
    method: str
    operation: Operation


def every_operation() -> Iterator[Found]:
    """Yield all operations, section by section, in the spec's order."""
    from .. import api

    for name in sorted(api.__all__):
        controller: Any = getattr(api, name)
        for method, operation in controller.operations.items():
            yield Found(controller, method, operation)


def find_operation(name: str) -> Found:
    """Return the operation with this method name or id, in any case.

    Raises:
        UnknownName: the API has no such operation.
    """
    wanted = name.replace("-", "_").casefold()
    for found in _likely(wanted):
        if wanted in (found.method, found.operation.id.casefold()):
            return found
    raise unknown("operation", name, (found.method for found in every_operation()))


def _likely(name: str) -> Iterator[Found]:
    """Yield first the operations of sections with whose name `name` begins, then all others."""
    from .. import api

    flat = name.replace("_", "")
    names = sorted(api.__all__)
    near = [each for each in names if flat.startswith(each.removesuffix("Api").casefold())]
    for each in sorted(near, key=len, reverse=True):
        controller: Any = getattr(api, each)
        for method, operation in controller.operations.items():
            yield Found(controller, method, operation)
    yield from every_operation()


def summary(found: Found) -> str:
    """Return the first sentence of the method's documentation."""
    text = getattr(found.controller, found.method).__doc__ or ""
    return " ".join(text.split("\n\n")[0].split())


def description(found: Found) -> str:
    """Return the method's documentation up to its example, without the arguments, which the help lists
    itself.
    """
    import inspect

    text = inspect.cleandoc(getattr(found.controller, found.method).__doc__ or "")
    for mark in ("\nArgs:", "\nReturns:", "\nRaises:", "\nExample:"):
        text = text.partition(mark)[0]
    return text.strip()


def argument_texts(found: Found) -> dict[str, str]:
    """Return the description of each argument, from the method's documentation."""
    import inspect
    import re

    text = inspect.cleandoc(getattr(found.controller, found.method).__doc__ or "")
    block = text.partition("\nArgs:\n")[2]
    block = re.split(r"\n(?=\S)|\n    \*\*options", block)[0]
    parts = re.split(r"^    (\w+)(?: \([^)]*\))?: ", block, flags=re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in zip(parts[1::2], parts[2::2], strict=True)}
