"""Build an operation for a path that is not in the spec, so that it is called like any other operation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from .._runtime.adhoc import adhoc_operation, verb_of
from .._runtime.configuration import safe_url
from .._runtime.exceptions import ApiTypeError, ApiValueError
from .._runtime.operation import Operation
from .._runtime.request import is_local

_NAME = re.compile(r"\{([^{}]*)\}")
_PATH = re.compile(r"/(?!/)[^?#]*")
_JSON = ("application/json",)


def one_of(**given: Any) -> Any:
    """Return the value of the one argument that was given, among names that mean the same; None without one.

    Raises `TypeError` if two were given.
    """
    found = [name for name, value in given.items() if value is not None]
    if len(found) > 1:
        raise ApiTypeError(f"give {' or '.join(found)}, not both: they mean the same")
    return given[found[0]] if found else None


def service(operation: Operation, host: str | None, own: str) -> Operation:
    """Return the operation with the address of another service that accepts the session's token.

    Args:
        operation: from `raw_operation`.
        host: address of the service, or a path on the session's own server; None for the session's host.
        own: the session's host.

    Raises:
        ApiValueError: `host` is not the address of a service, or the token would be less safe than on its way
            to the session's host.
    """
    if host is None:
        return operation
    url = urljoin(own, host)
    parts = urlsplit(url)
    below = host.startswith("/") and not host.startswith("//")
    whole = host.startswith(("http://", "https://")) and urlsplit(host).hostname and "@" not in parts.netloc
    if not (below or whole) or parts.query or parts.fragment:
        raise ApiValueError(
            f"host must be the address of a service (https://server/OrbitConnect) or a path on the session's "
            f"server (/OrbitConnect), not {safe_url(host)!r}"
        )
    if own.startswith("https:") and parts.scheme == "http":
        raise ApiValueError(f"the session's token travels by https only, and {safe_url(host)!r} is http")
    if is_local(own) and not is_local(url):
        raise ApiValueError(
            f"a session on this machine does not send its token elsewhere: {safe_url(host)!r}"
        )
    return operation._replace(server=url.rstrip("/"))


def raw_operation(
    method: str,
    path: str,
    query: Mapping[str, Any],
    body: Any,
    returns: str,
    filled: Mapping[str, Any],
    values: Mapping[str, Any],
) -> tuple[Operation, list[Any]]:
    """Return the operation and the values of its parameters.

    Args:
        method, path, query, body, returns: see `Session.request`.
        filled: values for names in the path that the session fills in.
        values: the caller's values for names in the path.

    Raises:
        TypeError: a value for a name that is not in the path.
        ApiValueError: the verb is not supported, the path does not begin with one slash or has a query, or a
            name in it has no value.
    """
    if not _PATH.fullmatch(path if isinstance(path, str) else ""):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ApiValueError(
            f"a path begins with one slash and has no query, as in /{{dataViewName}}/Things, not {path!r:.80}"
        )
    names = list(dict.fromkeys(_NAME.findall(path)))
    for name in values:
        if name not in names:
            raise ApiTypeError(
                f"request() has no argument {name!r}, and the path has no {{{name}}}: query fields go into "
                "query= (or params=), a JSON body into body= (or json=)"
            )
    known = {**filled, **values}
    for name in names:
        if name not in known:
            raise ApiValueError(
                f"the path has {{{name}}}, but no value was given for it: pass it as a keyword"
            )
    return adhoc_operation(
        verb_of(method),
        path,
        {
            "path": [(name, known[name]) for name in names],
            "query": query.items(),
            "body": [] if body is None else [("body", body)],
        },
        result=returns,
        consumes=_JSON if body is not None else (),
        produces=_JSON if returns else (),
        security=("faststats_auth",),
    )
