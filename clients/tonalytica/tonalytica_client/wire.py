"""The one door between the client and its generated part: an operation and its arguments become a ``Result``.

Nothing here opens a connection: the runtime's ``ApiClient`` does, with its limits, retries and redirects.
Operations are asked for their body as bytes, so that an answer reaches the caller as the server sent it,
members that the spec doesn't know included. The key travels with the client's own headers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from .client._runtime.adhoc import adhoc_operation
from .client._runtime.client import ApiClient
from .client._runtime.exceptions import ApiException, ApiStatusError, ApiTimeout, ApiTransportError
from .client._runtime.operation import CallOptions, Operation
from .errors import NoAnswerError, RequestTimeoutError, UnexpectedAnswerError, refused
from .results import Result

_AS_BYTES = dict.fromkeys(range(200, 300), "bytes")
Timeout = float | tuple[float, float] | None


class Wire:
    """Calls operations.

    Args:
        api_client: the runtime's client.
        headers: sent with every call; read anew for each, so that it may change.
    """

    def __init__(self, api_client: ApiClient, headers: Mapping[str, str]) -> None:
        self.api_client = api_client
        self._headers = headers

    def call(
        self,
        operations: Mapping[str, Operation],
        name: str,
        *,
        body: object = None,
        timeout: Timeout = None,
        **arguments: Any,
    ) -> Result:
        """Call a generated operation.

        Args:
            operations: the table of its section.
            name: the method it belongs to.
            body: what to send as JSON.
            timeout: seconds for the whole call.
            arguments: its other arguments by their Python names.
        """
        operation = operations[name]
        values = [
            body if each.location == "body" else arguments.get(each.name) for each in operation.parameters
        ]
        path = operation.path
        for each in operation.parameters:
            if each.location == "path":
                path = path.replace("{" + each.wire_name + "}", str(arguments.get(each.name)))
        return self._send(_as_bytes(operation), tuple(values), path, None, timeout)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | list[tuple[str, Any]] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = None,
    ) -> Result:
        """Call any address below ``/api/``.

        Args:
            method: verb in capitals.
            uri: what follows ``/api/``: `queries/5`; it may have a query (`queries?q=ton`).
            params: more of the query; a list repeats its name, None is left out.
            body: what to send as JSON; None for nothing.
            headers: headers of this call.
            timeout: seconds for the whole call, or a pair: to connect, and of silence while reading.
        """
        path, _, query = uri.lstrip("/").partition("?")
        pairs: list[tuple[str, Any]] = [*parse_qsl(query, keep_blank_values=True)]
        pairs += list(params.items() if isinstance(params, Mapping) else params or [])
        operation, values = adhoc_operation(
            method,
            "/api/{uri}",
            {
                "path": [("uri", unquote(path))],
                "query": pairs,
                "body": [] if body is None else [("body", body)],
            },
            id=f"{method} /api/{path}",
            result="bytes",
            consumes=("application/json",),
            produces=("application/json", "*/*"),
            types={"uri": "path"},
        )
        return self._send(operation, tuple(values), f"/api/{path}", headers, timeout)

    def _send(
        self,
        operation: Operation,
        values: tuple[Any, ...],
        path: str,
        headers: Mapping[str, str] | None,
        timeout: Timeout,
    ) -> Result:
        options: CallOptions = {
            "_return_http_data_only": False,
            "_headers": {**self._headers, **(headers or {})},
        }
        if timeout is not None:
            options["_request_timeout"] = timeout
        verb = operation.method
        started = time.monotonic()
        try:
            data, status, answered = self.api_client.call(operation, values, options)
        except ApiStatusError as error:
            raise refused(verb, path, error.status or 0, error.body) from error
        except ApiTransportError as error:
            kind = RequestTimeoutError if isinstance(error, ApiTimeout) else NoAnswerError
            raise kind(f"[{verb}] {path}: {error.reason}") from error
        except ApiException as error:
            raise UnexpectedAnswerError(f"[{verb}] {path} ({error.status}): {error.reason}") from error
        if "html" in answered.get("content-type", ""):
            raise UnexpectedAnswerError(
                f"[{verb}] {path} ({status}): a web page came instead of an answer; "
                "the server has no such address, or the host is another one"
            )
        url = self.api_client.configuration.host + path
        try:
            return Result.make(status, answered, data or b"", url, time.monotonic() - started)
        except ValueError as error:
            raise UnexpectedAnswerError(f"[{verb}] {path} ({status}): the answer is not JSON") from error


_made: dict[str, Operation] = {}


def _as_bytes(operation: Operation) -> Operation:
    """The same operation, with its body undecoded."""
    found = _made.get(operation.id)
    if found is None:
        found = operation._replace(responses=_AS_BYTES, security=(), not_ready=())
        _made[operation.id] = found
    return found
