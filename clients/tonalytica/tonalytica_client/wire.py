"""Connect the client to its generated part: an operation and its arguments become a ``Result``.

The runtime's ``ApiClient`` opens the connections, with its limits, retries and redirects. Operations return
their body as bytes: ``Result`` keeps the bytes, and the runtime's codec decodes them. So callers get an
answer as the server sent it, with members that the spec does not have, and also as the model that the spec
names. The key is one of the client's own headers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from .client._runtime.adhoc import adhoc_operation
from .client._runtime.client import ApiClient
from .client._runtime.exceptions import (
    ApiDecodeError,
    ApiException,
    ApiFileError,
    ApiStatusError,
    ApiTimeout,
    ApiTransportError,
    ApiTypeError,
    ApiValueError,
)
from .client._runtime.operation import CallOptions, Operation
from .errors import NoAnswerError, RequestTimeoutError, TonalyticaError, UnexpectedAnswerError, refused
from .results import Result

if TYPE_CHECKING:
    from .client._runtime.budget import Call
    from .client._runtime.request import Request
    from .client._runtime.response import Response

_AS_BYTES = dict.fromkeys(range(200, 300), "bytes")
Timeout = float | tuple[float, float] | None


class Connection(ApiClient):
    """The runtime's client that refuses web pages: Redash sends one with status 200 for unknown addresses."""

    def result(
        self,
        request: Request,
        call: Call,
        response: Response,
        operation: Operation,
        options: Mapping[str, Any],
    ) -> Any:
        """Return the result of a call; a web page is an error, even where a file is expected."""
        if 200 <= response.status < 300 and "html" in (response.header("content-type") or ""):
            response.discard()
            reason = "the answer is a web page; the server does not have this address, or it is another host"
            raise call.finish(ApiDecodeError(response.status, reason), request)
        return super().result(request, call, response, operation, options)


class Wire:
    """Caller of operations.

    Args:
        api_client: the runtime's client.
        headers: sent with every call; may change between calls.
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
        values, path = _filled(operation, body, arguments)
        return self._send(_as_bytes(operation), values, path, None, timeout, operation.result_type)

    def download(
        self,
        operations: Mapping[str, Operation],
        name: str,
        save_to: str | Path,
        timeout: Timeout = None,
        **arguments: Any,
    ) -> Path:
        """Call a generated operation that answers with a file, and write that while it arrives.

        Args:
            operations: the table of its section.
            name: the method it belongs to.
            save_to: the file, which is complete or missing; or a folder, for a file with the server's name.
            timeout: seconds for the whole call.
            arguments: its arguments by their Python names.

        Returns:
            The file.
        """
        operation = operations[name]._replace(security=())
        values, path = _filled(operation, None, arguments)
        options: CallOptions = {"_headers": self._headers, "_save_to": save_to}
        if timeout is not None:
            options["_request_timeout"] = timeout
        return Path(self._call(operation, values, options, path))

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
            uri: the address after ``/api/``: `queries/5`; it may have a query (`queries?q=ton`).
            params: more of the query; a list repeats its name, None is left out.
            body: what to send as JSON; None for nothing.
            headers: headers of this call.
            timeout: seconds for the whole call, or a pair: to connect, and to wait for the next bytes.
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
        model: str = "",
    ) -> Result:
        options: CallOptions = {
            "_return_http_data_only": False,
            "_headers": {**self._headers, **(headers or {})},
        }
        if timeout is not None:
            options["_request_timeout"] = timeout
        started = time.monotonic()
        data, status, answered = self._call(operation, values, options, path)
        url = self.api_client.configuration.host + path
        try:
            return Result.make(status, answered, data or b"", url, time.monotonic() - started, model)
        except ValueError as error:
            text = f"[{operation.method}] {path} ({status}): the answer is not JSON"
            raise UnexpectedAnswerError(text) from error

    def _call(self, operation: Operation, values: tuple[Any, ...], options: CallOptions, path: str) -> Any:
        """Call the runtime's client; raise its errors as errors of this package."""
        verb = operation.method
        try:
            return self.api_client.call(operation, values, options)
        except ApiStatusError as error:
            raise refused(verb, path, error.status or 0, error.body) from error
        except ApiTransportError as error:
            kind = RequestTimeoutError if isinstance(error, ApiTimeout) else NoAnswerError
            raise kind(f"[{verb}] {path}: {error.reason}") from error
        except ApiFileError as error:
            raise TonalyticaError(f"[{verb}] {path}: {error.reason}") from error
        except (ApiTypeError, ApiValueError):
            raise  # an argument that can't be sent is not an error of the server
        except ApiException as error:
            raise UnexpectedAnswerError(f"[{verb}] {path} ({error.status}): {error.reason}") from error


def _filled(operation: Operation, body: object, arguments: Mapping[str, Any]) -> tuple[tuple[Any, ...], str]:
    """Return the values of an operation's parameters, and its path for error messages."""
    values = [body if each.location == "body" else arguments.get(each.name) for each in operation.parameters]
    path = operation.path
    for each in operation.parameters:
        if each.location == "path":
            path = path.replace("{" + each.wire_name + "}", str(arguments.get(each.name)))
    return tuple(values), path


def _as_bytes(operation: Operation) -> Operation:
    """Return the same operation with its body undecoded; its key is in the client's headers."""
    return operation._replace(responses=_AS_BYTES, security=())
