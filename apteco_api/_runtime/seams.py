"""The places where programs hook into the published client, and checks whether a program does.

Scripts and tools replace or wrap functions that a call of the published client goes through:
`ApiClient.call_api` and `request`, the methods of `rest_client`, urllib3's pools, `http.client` (mocks,
vcrpy, pook, tracers). The fast path skips most of these. If one was replaced, the call goes through it:

- `call_api`: the controller calls it with the published arguments (`call_by_call_api`);
- `request`, `rest_client`, and helpers such as `deserialize` and `update_params_for_auth`: the client calls
  them with the published arguments (`call_by_request`);
- `<name>_with_http_info` of a controller: the controller calls it (`call_by_twin`);
- urllib3 and `http.client`: the pipeline sends through `plain` instead of `transport`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from operator import attrgetter
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from .adhoc import verb_of
from .answers import explain, promised
from .exceptions import ApiException, ApiUnauthorized
from .operation import Operation, call_headers
from .policies import apply_credentials
from .request import is_given
from .response import Response
from .values import path_value, query_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .client import ApiClient
    from .request import Request

_REST = f"{__package__}.rest"


class _Known:
    """The classes between urllib3's managers and the socket, and their functions as they were found."""

    def __init__(self) -> None:
        import http.client

        import urllib3.connection
        import urllib3.connectionpool
        import urllib3.util.connection

        self.urllib3: Any = urllib3
        self.sockets: Any = urllib3.util.connection
        self.classes: tuple[Any, ...] = (
            http.client.HTTPConnection,
            urllib3.connection.HTTPConnection,
            urllib3.connectionpool.HTTPConnectionPool,
            urllib3.connectionpool.HTTPSConnectionPool,
            urllib3.PoolManager,
            urllib3.ProxyManager,
        )
        self.originals: tuple[Any, ...] = ()
        self.tapped: tuple[Any, ...] = ()  # as they were found last, one of them not the original


_known = cache(_Known)


def is_tapped() -> bool:
    """Return True if a function on urllib3's way to the socket is not the original one."""
    known = _known()
    base, connection, pool, secure, manager, proxied = known.classes
    found = (
        base.putrequest, base.putheader, base.endheaders, base.send, base.getresponse,
        connection.request, connection.putrequest, connection.getresponse, connection._new_conn,
        known.sockets.create_connection,
        pool.urlopen, pool._make_request, pool.ConnectionCls, secure.ConnectionCls,
        manager.request, manager.urlopen, proxied.urlopen,
    )  # fmt: skip
    if found == known.originals:
        return known.urllib3.PoolManager is not manager  # a mock replaces the class
    if found != known.tapped:
        if all(map(is_original, found)):
            known.originals, known.tapped = found, ()
            return False
        known.tapped = found
    return True


def is_original(found: Any) -> bool:
    """Return True for a function or class that is still the one that its module defines."""
    module = vars(sys.modules.get(getattr(found, "__module__", ""), SimpleNamespace()))
    if isinstance(found, FunctionType):  # a wrapper may copy a function's name, but not its globals
        return found.__globals__ is module and module.get("__name__", "").split(".")[0] in ("http", "urllib3")
    return isinstance(found, type) and found.__module__.startswith("urllib3.")


def is_rest_replaced(rest: Any) -> bool:
    """Return True if a sending method of `RESTClientObject` was replaced.

    Args:
        rest: the `rest_client` of an `ApiClient`; None if it was not used yet.
    """
    module = sys.modules.get(_REST)  # a module that was not imported can't have been patched
    return module is not None and module.is_replaced(rest)


_METHODS = (
    "request", "deserialize", "files_parameters", "parameters_to_tuples", "sanitize_for_serialization",
    "select_header_accept", "select_header_content_type", "update_params_for_auth",
)  # fmt: skip
"""Methods of `ApiClient` that each call of the published client goes through, below `call_api`."""
_methods, _names = attrgetter(*_METHODS), frozenset(_METHODS)
_published: list[tuple[Any, ...]] = []  # these methods as they were found first; `client` fills it


def remember(client_class: type[Any]) -> None:
    """Store the methods of `ApiClient` that programs may replace, as they are now."""
    _published.append(_methods(client_class))


def is_sending_replaced(client: Any, rest: Any) -> bool:
    """Return True if a method was replaced that a call of this client, or of its `rest_client`, uses."""
    if _methods(type(client)) != _published[0] or not _names.isdisjoint(client.__dict__):
        return True
    return is_rest_replaced(rest)


def _is_replaced(client: Any, name: str) -> bool:
    return getattr(getattr(client, name), "__func__", None) is not _published[0][_METHODS.index(name)]


# ---- by the published call_api


class Calling(NamedTuple):
    """The operation behind a call of `call_api`, and the options that `call_api` has no arguments for."""

    operation: Operation
    template: str
    options: Mapping[str, Any]


_calling: ContextVar[Calling | None] = ContextVar("calling", default=None)


def call_by_call_api(
    client: Any, operation: Operation, values: Sequence[Any], options: Mapping[str, Any], name: str
) -> Any:
    """Call an operation through `client.call_api`, with the arguments of the published methods.

    Args:
        client: an `ApiClient` whose `call_api` was replaced, or a replacement such as a mock.
        operation, values, options, name: as for `ApiClient.call`.
    """
    call_headers(options, name or operation.id)
    for parameter, value in zip(operation.parameters, values, strict=True):
        is_given(parameter, value, name or operation.id, bool(client.client_side_validation))
    places = _places(operation, values)
    headers = dict(places["header"])
    if operation.produces:
        headers["Accept"] = client.select_header_accept(list(operation.produces))
    if operation.consumes:
        headers["Content-Type"] = client.select_header_content_type(list(operation.consumes))
    headers.update(options.get("_headers") or {})
    template, path = _segments(operation, values)
    token = _calling.set(Calling(operation, template, options))
    try:
        return client.call_api(
            template,
            operation.method,
            path,
            places["query"],
            headers,
            body=next((value for _, value in places["body"]), None),
            post_params=places["form"],
            files=dict(places["file"]),
            response_type=operation.result_type or None,
            auth_settings=list(operation.security),
            async_req=options.get("async_req"),
            _return_http_data_only=options.get("_return_http_data_only", True),
            _preload_content=options.get("_preload_content", True),
            _request_timeout=options.get("_request_timeout"),
            collection_formats={},
        )
    finally:
        _calling.reset(token)


def behind(made: Operation) -> tuple[Operation, Mapping[str, Any]]:
    """Return the operation of the spec for one that `call_api` made, and the options of its call.

    If no controller made the call, return the operation unchanged.
    """
    calling = _calling.get()
    if calling is None or (calling.template, calling.operation.method) != (made.path, made.method):
        return made, {}
    operation = calling.operation
    known = {(each.location, each.wire_name): each for each in operation.parameters}
    known |= {(place, "body"): each for (place, _), each in known.items() if place == "body"}
    own = operation.result_type == made.result_type
    return operation._replace(
        path=made.path,
        parameters=tuple(known.get((each.location, each.wire_name), each) for each in made.parameters),
        responses=operation.responses if own else made.responses,
        security=made.security,
    ), calling.options


def call_by_twin(twin: Any, operation: Operation, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call a `<name>_with_http_info` that was replaced, as the published method `<name>` does."""
    given = list(zip(operation.parameters, values, strict=True))
    needed = [value for parameter, value in given if parameter.required]
    further = {each.name: value for each, value in given if not each.required and value is not None}
    return twin(*needed, **further, **options, _return_http_data_only=True)


# ---- by the published request


def call_by_request(
    client: ApiClient,
    operation: Operation,
    values: Sequence[Any],
    options: Mapping[str, Any],
    name: str,
    host: str | None,
) -> Any:
    """Call an operation through `client.request`, which calls `client.rest_client`, as published."""
    request, call = client.prepare(operation, values, options, name, host)
    config = client.configuration

    def send() -> Any:
        try:
            return _requested(client, request, operation, values, options)
        except ApiException as error:
            error.operation = operation.id
            explain(error, operation)
            raise

    seen = apply_credentials(config, request).text
    try:
        answer = send()
    except ApiUnauthorized:
        renewable = request.secure and seen and config.refresh_access_token is not None
        if not renewable or not client.pipeline.renewal.renew(call, seen):
            raise
        answer = send()
    if options.get("_preload_content") is False:
        return answer
    response = adopted(answer, operation.method)
    own = _is_replaced(client, "deserialize")
    if own or not call.stream:
        response.read(call.config.max_body_size)
    if own and operation.result_type and promised(operation, response, call) is not None:
        data = _deserialized(client, response, operation.result_type)
        client.pipeline.remember(response, data)
        plain = options.get("_return_http_data_only") is not False
        return data if plain else (data, response.status, response.headers)
    return client.result(request, call, response, operation, options)


def _deserialized(client: ApiClient, response: Response, kind: str) -> Any:
    """Return what the replaced `client.deserialize` makes of a response."""
    from .rest import RESTResponse, answer_of

    answer = RESTResponse(response) if kind in ("file", "bytes") else answer_of(response, None, None)
    return client.deserialize(answer, kind)


def _requested(
    client: ApiClient,
    request: Request,
    operation: Operation,
    values: Sequence[Any],
    options: Mapping[str, Any],
) -> Any:
    places = _places(operation, values, flat=True)
    headers = dict(request.headers)
    if request.body is not None and not isinstance(request.body, bytes):
        headers["Content-Type"] = "multipart/form-data"  # the sender adds the boundary of its form
    if _is_replaced(client, "select_header_accept"):
        headers["Accept"] = client.select_header_accept(list(operation.produces)) or ""
    if operation.consumes and _is_replaced(client, "select_header_content_type"):
        headers["Content-Type"] = client.select_header_content_type(list(operation.consumes))
    query = client.parameters_to_tuples(places["query"], {})
    client.update_params_for_auth(headers, query, list(operation.security))
    return client.request(
        operation.method,
        request.url.partition("?")[0],
        query_params=query,
        headers=headers,
        post_params=[*places["form"], *client.files_parameters(dict(places["file"]))],
        body=client.sanitize_for_serialization(next((value for _, value in places["body"]), None)),
        _preload_content=options.get("_preload_content", True),
        _request_timeout=options.get("_request_timeout"),
    )


def send_by_verb(
    rest: Any,
    method: str,
    url: str,
    query_params: Any,
    headers: Any,
    post_params: Any,
    body: Any,
    **options: Any,
) -> Any:
    """Call the method of a `rest_client` for a verb, with the arguments that the method accepts.

    Raises:
        ApiValueError: the published client does not support this verb.
    """
    verb = verb_of(method)
    given: dict[str, Any] = {"query_params": query_params, "headers": headers, **options}
    if verb in ("POST", "PUT", "PATCH"):
        given["post_params"] = post_params
    if verb in ("POST", "PUT", "PATCH", "DELETE"):
        given["body"] = body
    return getattr(rest, verb)(url, **given)


def adopted(answer: Any, method: str) -> Response:
    """Return our response for a `RESTResponse`, urllib3's response, or a mock with such attributes."""
    inner = getattr(answer, "urllib3_response", None)
    if isinstance(inner, Response):
        response = inner
    else:
        response = Response(int(answer.status), str(answer.reason or ""), _header_pairs(answer), method)
        response.pairs = [pair for pair in response.pairs if pair[0].lower() != "content-encoding"]
    data = answer.data
    data = data.encode() if isinstance(data, str) else bytes(data or b"")
    response.attach(iter((data,)), lambda _: None)
    return response


def _header_pairs(answer: Any) -> list[tuple[str, str]]:
    headers: Any = getattr(answer, "headers", None)
    if not _is_mapping(headers) and callable(getattr(answer, "getheaders", None)):
        headers = answer.getheaders()
    return [(str(name), str(value)) for name, value in headers.items()] if _is_mapping(headers) else []


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


# ---- arguments as published


def _places(
    operation: Operation, values: Sequence[Any], *, flat: bool = False
) -> dict[str, list[tuple[str, Any]]]:
    """Return the given arguments by location, with their wire names.

    Args:
        operation, values: the call.
        flat: whether lists and mappings in the query are expanded to pairs.
    """
    found: dict[str, list[tuple[str, Any]]] = {
        place: [] for place in ("path", "query", "header", "cookie", "form", "file", "body")
    }
    for parameter, value in zip(operation.parameters, values, strict=True):
        if value is None:
            continue
        pairs = [(parameter.wire_name, value)]
        if flat and parameter.location == "query" and isinstance(value, list | tuple | dict):
            pairs = parse_qsl("&".join(query_pairs(parameter, value)), keep_blank_values=True)
        found[parameter.location] += pairs
    return found


def _segments(operation: Operation, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """Return path template and values, with a placeholder for each part of a path, as published."""
    template = operation.path
    found: dict[str, Any] = {}
    for parameter, value in zip(operation.parameters, values, strict=True):
        if parameter.location != "path" or value is None:
            continue
        name = parameter.wire_name
        if parameter.type != "path":
            found[name] = value
            continue
        path_value(parameter, value, "", operation.id)  # refuses `..`
        parts = {f"{name}{place}": part for place, part in enumerate(str(value).split("/"))}
        found.update({place: part for place, part in parts.items() if part})
        holes = "/".join(f"{{{place}}}" if part else "" for place, part in parts.items())
        template = template.replace(f"{{{name}}}", holes)
    return template, found
