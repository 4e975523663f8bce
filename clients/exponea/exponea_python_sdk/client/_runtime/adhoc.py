"""Requests that no generated method makes, as operations made on the spot."""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exceptions import ApiValueError
from .operation import Operation, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Pairs = list[tuple[str, Any]]


def free_operation(
    method: str,
    path: str,
    arguments: Mapping[str, Iterable[tuple[str, Any]]],
    *,
    content_type: str | None = None,
    result: str = "",
    security: Sequence[str] = (),
) -> tuple[Operation, list[Any]]:
    """Return an operation that no spec has, and the values of its parameters.

    Args:
        method: HTTP verb.
        path: path template.
        arguments: location (`path`, `query`, `form`, `file`, `body`) to pairs of name and value.
        content_type: type of the body, if not JSON.
        result: type expression of the result of any success.
        security: names of the security schemes to use.

    Raises:
        ApiValueError: the path holds a character that no URL has.
    """
    if any(ord(c) <= 32 or ord(c) > 126 for c in path):
        raise ApiValueError(f"the path of a {method} request holds a blank, a control character or non-ASCII")
    pairs = [(place, name, value) for place, given in arguments.items() for name, value in given]
    operation = Operation(
        id=f"{method} {path.partition('?')[0]}",
        method=method.upper(),
        path=path,
        parameters=tuple(Parameter(name, name, place, required=place == "path") for place, name, _ in pairs),
        responses=dict.fromkeys(range(200, 300), result),
        consumes=(content_type,) if content_type else (),
        security=tuple(security),
    )
    return operation, [value for _, _, value in pairs]


def pairs_of(params: Any, formats: Mapping[str, str] | None = None) -> Pairs:
    """Return a mapping or pairs as pairs, lists joined as the formats (`csv`, `multi`, …) say."""
    found: Pairs = []
    separators = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
    for name, value in params.items() if isinstance(params, dict) else params or ():
        form = (formats or {}).get(name)
        if form == "multi":
            found.extend((name, item) for item in value)
        elif form is not None:
            found.append((name, separators.get(form, ",").join(str(item) for item in value)))
        else:
            found.append((name, value))
    return found


def form_arguments(pairs: Pairs) -> dict[str, Pairs]:
    """Return form fields by location: tuples, bytes and file objects are files."""
    files = [pair for pair in pairs if isinstance(pair[1], tuple | bytes) or hasattr(pair[1], "read")]
    return {"form": [pair for pair in pairs if pair not in files], "file": files}
