"""Make operations for requests that no generated method sends."""

# Pyright would report every value here: callers pass values of any type.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exceptions import ApiValueError
from .operation import Operation, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Pairs = list[tuple[str, Any]]
VERBS = ("GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE")
"""The verbs that the published client sends."""


def adhoc_operation(
    method: str,
    path: str,
    arguments: Mapping[str, Iterable[tuple[str, Any]]],
    *,
    id: str = "",
    result: str = "",
    consumes: Sequence[str] = (),
    produces: Sequence[str] = (),
    security: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
) -> tuple[Operation, list[Any]]:
    """Return an operation that is not in the spec, and the values of its parameters.

    Args:
        method: HTTP verb.
        path: path template: `/{dataViewName}/Things`.
        arguments: pairs of name and value for each location (`path`, `query`, `form`, `file`, `body`).
        id: the name in errors and logs; by default verb and path.
        result: type expression of the result of any success.
        consumes, produces, security: see `Operation`.
        types: type expressions of parameters that are not plain text, by name.

    Raises:
        ApiValueError: the path has a character that a URL can't contain.
    """
    if any(ord(c) <= 32 or ord(c) > 126 for c in path):
        raise ApiValueError(f"the path of a {method} request holds a blank, a control character or non-ASCII")
    given = [(place, name, value) for place, pairs in arguments.items() for name, value in pairs]
    operation = Operation(
        id=id or f"{method} {path.partition('?')[0]}",
        method=method.upper(),
        path=path,
        parameters=tuple(
            Parameter(name, name, place, (types or {}).get(name, "str"), required=place == "path")
            for place, name, _ in given
        ),
        responses=dict.fromkeys(range(200, 300), result),
        consumes=tuple(consumes),
        produces=tuple(produces),
        security=tuple(security),
    )
    return operation, [value for _, _, value in given]


def published_operation(
    method: str,
    path: str,
    path_params: Any = None,
    query_params: Any = None,
    header_params: Any = None,
    body: Any = None,
    post_params: Any = None,
    files: Mapping[str, Any] | None = None,
    result: str | None = None,
    security: Sequence[str] | None = None,
    formats: Mapping[str, str] | None = None,
) -> tuple[Operation, list[Any], dict[str, str]]:
    """Return operation, values and headers for the arguments of the published `call_api` and `request`.

    Args:
        method, path: verb and path template.
        path_params, query_params, header_params: mappings or pairs.
        body: anything that can be written as JSON, bytes, or None.
        post_params: form fields; tuples, bytes and file objects are files.
        files: file or files for each form name.
        result, security: as for `adhoc_operation`.
        formats: `csv`, `ssv`, `tsv`, `pipes` or `multi` for each parameter name.

    Raises:
        ApiValueError: the published client does not support this verb, or both a form and a body are given.
    """
    verb_of(method)
    headers = {name: str(value) for name, value in pairs_of(header_params, formats)}
    form = pairs_of(post_params, formats)
    if body and (form or files):
        raise ApiValueError("body parameter cannot be used with post_params parameter.")
    in_form = [pair for pair in form if isinstance(pair[1], tuple | bytes) or hasattr(pair[1], "read")]
    sent_files = [*in_form, *((name, item) for name, item in (files or {}).items() if item)]
    named = next((name for name in headers if name.lower() == "content-type"), None)
    media = headers[named] if named else None
    if named and (sent_files or media == "multipart/form-data"):
        del headers[named]  # the form adds its boundary
    arguments = {
        "path": pairs_of(path_params, formats),
        "query": pairs_of(query_params, formats),
        "form": [pair for pair in form if pair not in in_form],
        "file": sent_files,
        "body": [] if body is None else [("body", body)],
    }
    operation, values = adhoc_operation(
        method,
        path,
        arguments,
        result=result or "",
        consumes=(media,) if media else (),
        security=security or (),
    )
    return operation, values, headers


def verb_of(method: object) -> str:
    """Return the name of an HTTP method in capitals. Raise `ApiValueError` for one that is not supported."""
    verb = method.upper() if isinstance(method, str) else ""
    if verb not in VERBS:
        raise ApiValueError(f"http method must be one of {', '.join(VERBS)}, not {method!r}")
    return verb


_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}


def pairs_of(params: Any, formats: Mapping[str, str] | None = None) -> Pairs:
    """Convert a mapping or pairs to pairs; join lists by the formats (`csv`, `multi`, …)."""
    pairs = params.items() if isinstance(params, dict) else params or ()
    if not formats:
        return [(name, value) for name, value in pairs]
    found: Pairs = []
    for name, value in pairs:
        if name not in formats:
            found.append((name, value))
        elif (form := formats[name]) == "multi":
            found += [(name, item) for item in value]
        else:
            found.append((name, _SEPARATORS.get(form, ",").join([str(item) for item in value])))
    return found


def file_pairs(files: Mapping[str, Any]) -> Pairs:
    """Return `(form name, (file name, bytes, media type))` for each path, bytes or file object."""
    from .uploads import file_part

    each = [(name, item) for name, many in files.items() for item in _listed(many) if item]
    parts = [(name, file_part(item, name)) for name, item in each]
    return [(name, (part.filename, b"".join(part.pieces()), part.media_type)) for name, part in parts]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
