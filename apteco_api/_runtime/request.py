"""Build the request for a call: method, URL, headers, body. Pure: nothing is sent, only uploads are read.

All errors in arguments are found here, before a connection is opened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from .codec.fields import is_unset
from .codec.shapes import is_list
from .exceptions import ApiTypeError, ApiValueError
from .headers import (
    header_name,
    header_value,
    known_as,
    put_header,
    select_accept,
    select_content_type,
    sendable,
)
from .origin import Origin, origin_of
from .values import body_bytes, joined, path_value, query_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .configuration import Configuration
    from .operation import Operation, Parameter
    from .uploads import Multipart

MAX_TARGET = 64 * 1024
"""Longest path and query that is sent, in bytes."""

JSON = re.compile(r"application/(?:[^;]*\+)?json|text/json", re.IGNORECASE)
_COOKIE = "!#$%&'()*+/:<=>?@[]^`{|}"
"""What a cookie may hold, letters and digits aside (RFC 6265): sent unquoted in the style `cookie`."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Request:
    """A request without its credential, which `policies.auth` adds in each attempt.

    Attributes:
        method: HTTP verb.
        origin: the server.
        target: path and query, ASCII.
        headers: names and values as text.
        body: bytes, a rewindable upload, or None.
        operation: the operation, or None for a request without one.
    """

    __slots__ = ("body", "headers", "idempotent", "method", "operation", "origin", "secure", "target")

    def __init__(
        self,
        method: str,
        origin: Origin,
        target: str,
        headers: dict[str, str],
        body: bytes | Multipart | None = None,
        operation: Operation | None = None,
        secure: tuple[str | tuple[str, ...], ...] = (),
        idempotent: bool | None = None,
    ) -> None:
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body
        self.operation = operation
        self.secure = secure
        self.idempotent = method in IDEMPOTENT if idempotent is None else idempotent

    @property
    def url(self) -> str:
        """The full URL, including the query."""
        return f"{self.origin.scheme}://{self.origin.netloc}{self.target}"

    @property
    def label(self) -> str:
        """The name in errors and logs: the operation's id, never a value."""
        return self.operation.id if self.operation is not None else self.method

    def rewind(self) -> bool:
        """Return True if the body can be sent again, from its beginning."""
        return self.body is None or isinstance(self.body, bytes) or self.body.rewind()

    def copy(self, **changes: Any) -> Request:
        """Return a request with some attributes changed."""
        made = Request.__new__(Request)
        for name in Request.__slots__:
            setattr(made, name, changes.get(name, getattr(self, name)))
        return made


IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "QUERY"))
"""Verbs for which sending twice has the effect of sending once."""


def build(
    operation: Operation,
    values: Sequence[Any],
    config: Configuration,
    defaults: Mapping[str, str],
    *,
    name: str = "",
    validate: bool = True,
    extra: Mapping[str, str] | None = None,
    cookie: str | None = None,
    host: str | None = None,
) -> Request:
    """Return the request for one call of an operation.

    Args:
        operation: the operation.
        values: its arguments, in the order of its parameters; None means not given.
        config: host and quoting.
        defaults: headers of every request of this client.
        name: Python name of the method, for messages.
        validate: whether required arguments and ranges are checked.
        extra: headers of this call.
        cookie: value of the Cookie header.
        host: base URL instead of the configured one.

    Raises:
        ApiValueError, ApiTypeError: an argument can't be sent; the message names it.
    """
    name = name or operation.id
    places = _Places(sendable(defaults), cookie)
    for parameter, value in zip(operation.parameters, values, strict=True):
        if parameter.nullable:
            value = b"null" if value is None else None if is_unset(value) else value
        if is_given(parameter, value, name, validate):
            places.put(parameter, value, config.safe_chars_for_path_param, name)
    origin = origin_of(host or base_url(operation, config))
    target = origin.base + places.target(operation.path, name)
    headers = places.headers
    if accept := select_accept(operation.produces):
        headers.setdefault(known_as(headers, "Accept") or "Accept", accept)
    payload = _payload(operation, places, headers, name)
    if places.cookie:
        put_header(headers, "Cookie", header_value("cookie", places.cookie))
    for key, value in (extra or {}).items():
        put_header(headers, header_name(key), header_value(key, value))
    return Request(
        operation.method, origin, target, headers, payload, operation, operation.security,
        True if operation.idempotent or "Idempotency-Key" in headers else None,
    )  # fmt: skip


def is_given(parameter: Parameter, value: Any, name: str, validate: bool) -> bool:
    """Return True if an argument must be sent.

    Args:
        parameter, value: the argument.
        name: name of the method, for messages.
        validate: whether required arguments and ranges are checked.

    Raises:
        ApiValueError, ApiTypeError: the argument is required and missing, or outside its range.
    """
    if value is None:
        if parameter.required and (validate or parameter.location == "path"):
            raise ApiValueError(f"Missing the required parameter `{parameter.name}` when calling `{name}`")
        return False
    if validate and (parameter.minimum is not None or parameter.maximum is not None):
        _check(parameter, value, name)
    return True


class _Places:
    """The arguments of one call as text, by their place in the request."""

    __slots__ = ("body", "cookie", "form", "headers", "path", "query")

    def __init__(self, headers: dict[str, str], cookie: str | None) -> None:
        self.path: dict[str, str] = {}
        self.query: list[str] = []
        self.form: list[tuple[Parameter, Any]] = []
        self.body: Any = None
        self.headers = headers
        self.cookie = cookie

    def put(self, parameter: Parameter, value: Any, safe: str, name: str) -> None:
        """Put an argument in its place."""
        location = parameter.location
        if location == "path":
            self.path[parameter.wire_name] = path_value(parameter, value, safe, name)
        elif location == "query":
            self.query.extend(query_pairs(parameter, value))
        elif location == "body":
            self.body = value
        elif location == "header":
            text = header_value(parameter.name, joined(parameter, value))
            put_header(self.headers, parameter.wire_name, text)
        elif location == "cookie":
            safe = _COOKIE if parameter.style == "cookie" else ""
            pair = f"{parameter.wire_name}={quote(joined(parameter, value), safe=safe)}"
            self.cookie = f"{self.cookie}; {pair}" if self.cookie else pair
        else:
            self.form.append((parameter, value))

    def target(self, template: str, name: str) -> str:
        """Return path and query, with all placeholders of the path template filled in."""
        texts = self.path
        path = _PLACEHOLDER.sub(lambda hole: texts.get(hole[1], hole[0]), template) if texts else template
        if not path.startswith("/"):
            path = f"/{path}"
        if self.query:
            path = f"{path}{'&' if '?' in path else '?'}{'&'.join(self.query)}"
        if len(path) > MAX_TARGET:
            text = f"the arguments of `{name}` make a URL of {len(path)} bytes; at most {MAX_TARGET} are sent"
            raise ApiValueError(text)
        return path


def _payload(
    operation: Operation, places: _Places, headers: dict[str, str], name: str
) -> bytes | Multipart | None:
    """Return the body, and set its type in the headers."""
    body = places.body
    if (operation.needs_body and body is None and not places.form) or (body is not None and places.form):
        raise ApiValueError(f"`{name}` takes a body or the fields of a form: exactly one of the two")
    if body is not None:
        media = select_content_type(operation.consumes)
        put_header(headers, "Content-Type", media)
        # a text becomes JSON only if the operation takes JSON
        return body.encode() if isinstance(body, str) and not JSON.match(media) else body_bytes(body)
    if places.form or _is_form(operation):
        from .uploads import form_body

        payload, media = form_body(places.form, operation)
        put_header(headers, "Content-Type", media)
        return payload
    return None


def base_url(operation: Operation, config: Configuration) -> str:
    """Return the base URL of an operation: its own server's, or the configured host.

    A client whose host is this machine sends nothing to other machines, even if operations have own servers.
    """
    if not operation.server:
        return config.host
    host = config.host if "://" in config.host else f"http://{config.host}"
    own = urljoin(host, operation.server)
    return host if is_local(host) and not is_local(own) else own


def is_local(url: str) -> bool:
    """Return whether a URL names this machine."""
    name = urlsplit(url).hostname or ""
    return name in ("localhost", "::1") or name.startswith("127.")


def _is_form(operation: Operation) -> bool:
    """Return whether an operation takes only a form as its body."""
    places = {parameter.location for parameter in operation.parameters}
    return "body" not in places and bool(places & {"form", "file"})


def _check(parameter: Parameter, value: Any, name: str) -> None:
    """Refuse a value outside the range that the server documents."""
    wrong = f"Invalid value for parameter `{parameter.name}` when calling `{name}`"
    for item in value if is_list(value) else [value]:
        try:
            low = parameter.minimum is not None and item < parameter.minimum
            high = parameter.maximum is not None and item > parameter.maximum
        except (TypeError, ArithmeticError):  # comparing Decimal('NaN') raises
            text = f"`{parameter.name}` of `{name}` must be a number, got {type(item).__name__}"
            raise ApiTypeError(text) from None
        if low or high:
            word, limit = ("greater", parameter.minimum) if low else ("less", parameter.maximum)
            raise ApiValueError(f"{wrong}, must be a value {word} than or equal to `{limit}`")
