"""Connect the facade to the generated client: operations by path, answers by envelope, errors by status.

This module has no HTTP: every call is one method of a generated controller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .client import ApiClient, Configuration, exceptions
from .client._runtime.codec.decode import decode
from .client.api import HistoryApi, ReportsApi, ResourcesApi, SearchApi, SessionApi
from .exceptions import APIConnectionError, APIError, AtomxError, LoggedOutError, ModelNotFoundError
from .shapes import is_dict

LOGGED_OUT = "the session has logged out: log in again with Atomx.login, or pass another session"
Envelope = dict[str, Any]


class Reply(NamedTuple):
    """A successful answer.

    Args:
        name: the key of the payload in the envelope (the envelope's ``resource``).
        payload: the content of the answer.
        meta: the rest of the envelope, and the headers as ``_headers``.
    """

    name: str
    payload: Any
    meta: Envelope


class Wire:
    """The generated controllers of one session."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.client = ApiClient(configuration)
        self.session = SessionApi(self.client)
        self.resources = ResourcesApi(self.client)
        self.search = SearchApi(self.client)
        self.reports = ReportsApi(self.client)
        self.history = HistoryApi(self.client)

    def operation(self, verb: str, parts: int) -> Callable[..., Any]:
        """Return the method for a verb and a number of path segments after the resource."""
        found: dict[tuple[str, int], Callable[..., Any]] = {
            ("GET", 0): self.resources.list_resources_with_http_info,
            ("GET", 1): self.resources.get_resource_with_http_info,
            ("GET", 2): self.resources.get_attribute_with_http_info,
            ("GET", 3): self.resources.get_attribute_element_with_http_info,
            ("POST", 0): self.resources.create_resource_with_http_info,
            ("PUT", 0): self.resources.update_resources_with_http_info,
            ("PUT", 1): self.resources.update_resource_with_http_info,
            ("PUT", 2): self.resources.update_attribute_with_http_info,
            ("DELETE", 0): self.resources.delete_resources_with_http_info,
            ("DELETE", 1): self.resources.delete_resource_with_http_info,
            ("DELETE", 2): self.resources.delete_attribute_with_http_info,
            ("DELETE", 3): self.resources.delete_attribute_element_with_http_info,
        }
        return found[verb, parts]

    def send(
        self, verb: str, path: str, parts: list[str], query: Mapping[str, Any], body: Any = None
    ) -> Reply:
        """Send a generic request.

        Args:
            verb: GET, POST, PUT or DELETE.
            path: the resource; slashes separate its segments.
            parts: further segments; each stays one segment, whatever characters it has.
            query: query parameters, ready to send.
            body: the body of POST and PUT.
        """
        while len(parts) > (3 if verb in {"GET", "DELETE"} else 2):
            if "/" in parts[0]:
                raise ValueError(f"{parts[0]!r} can't have a slash: the path has too many parts")
            path, parts = f"{path}/{parts[0]}", parts[1:]
        arguments: list[Any] = [path, *parts]
        if verb in {"POST", "PUT"}:
            arguments.append(body)
        return unwrap(*self.call(self.operation(verb, len(parts)), *arguments, filters=dict(query) or None))

    def call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[Envelope, Any]:
        """Call a ``…_with_http_info`` method that needs a login; return the envelope and the headers.

        Raises:
            LoggedOutError: the API refuses, and the session has no token.
            APIError: the API refuses for another reason.
        """
        try:
            return self.attempt(method, *arguments, **options)
        except APIError as problem:
            if problem.status == 401 and not self.configuration.access_token:
                raise LoggedOutError(LOGGED_OUT, 401, problem.errno, problem.response) from problem
            raise

    def attempt(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[Envelope, Any]:
        """Call a ``…_with_http_info`` method; raise its errors as this package's."""
        try:
            data, _, headers = method(*arguments, **options)
        except (exceptions.ApiTypeError, exceptions.ApiValueError):
            raise  # an argument that can't be sent is not an error of the API
        except exceptions.ApiException as problem:
            raise translated(problem) from problem
        if not is_dict(data):
            to_dict = getattr(data, "to_dict", None)
            if to_dict is None:
                raise APIError(f"the answer is a {type(data).__name__}, not an object", 200)
            data = {name: value for name, value in to_dict().items() if value is not None}
        return data, headers


def unwrap(envelope: Envelope, headers: Any, key: str | None = None) -> Reply:
    """Take the payload out of its envelope.

    Args:
        key: the key of the payload; None: the one that the envelope's ``resource`` names.

    Raises:
        APIError: the envelope says that the call failed, or does not have the payload.
    """
    if envelope.get("success") is False:
        raise APIError(error_text(envelope), 200, envelope.get("errno"))
    name = str(envelope.get("resource")) if key is None else key
    if name not in envelope:
        raise APIError(f"the answer has no {name!r}", 200)
    meta = {each: value for each, value in envelope.items() if each != name}
    return Reply(name, envelope[name], {**meta, "_headers": headers})


def error_text(body: Mapping[str, Any], default: str = "the API gave no reason") -> str:
    """Return the message in an error body."""
    return str(body.get("error") or body.get("message") or default)


def translated(problem: exceptions.ApiException) -> AtomxError:
    """Return the error of this package for one of the generated client."""
    if isinstance(problem, exceptions.ApiTransportError):
        return APIConnectionError(f"{problem.reason}. {problem.hint}".strip(), None, None, problem)
    body: dict[str, Any] = {}
    try:
        found: object = decode((problem.body or "").encode(), "object")
        body = found if is_dict(found) else {}
    except exceptions.ApiDecodeError:  # such as an HTML page: its first characters are in `response.body`
        pass
    status, errno = problem.status, body.get("errno")
    text = error_text(body, f"HTTP {status} {problem.reason}: the answer is not the API's JSON")
    kind = ModelNotFoundError if status == 404 else APIError
    return kind(text, status, errno if isinstance(errno, int) else None, problem)
