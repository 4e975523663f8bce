"""A call becomes a request: method, URL, headers, body. Pure: nothing is sent, nothing is read but uploads.

Everything that can be wrong with an argument is found here, before a connection is even looked for.
"""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from .exceptions import ApiTypeError, ApiValueError
from .headers import header_name, header_value, select_accept, select_content_type
from .values import CONTROL, body_bytes, joined, path_value, query_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .configuration import Configuration
    from .operation import Operation, Parameter
    from .uploads import Multipart

MAX_TARGET = 64 * 1024
"""Longest path and query that is sent, in bytes."""

JSON = re.compile(r"application/(?:[^;]*\+)?json|text/json", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin:
    """Scheme, host and port of a server, from its URL. Made once for each URL.

    Attributes:
        base: path that every target starts with, without a slash at its end.
        authority: value of the Host header.
    """

    __slots__ = ("authority", "base", "host", "port", "scheme")

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ApiValueError("the host setting is not a URL") from None
        if (
            parts.scheme.lower() not in _DEFAULT_PORTS
            or not parts.hostname
            or CONTROL.search(url)
            or " " in url
        ):
            raise ApiValueError("the host setting must be a URL such as https://server/api")
        if parts.username or parts.password:
            raise ApiValueError("the host setting holds a user or password; give credentials as settings")
        self.scheme = parts.scheme.lower()
        try:
            self.host = (
                parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
            )
        except UnicodeError:
            raise ApiValueError("the host setting is not a valid host name") from None
        self.port = port or _DEFAULT_PORTS[self.scheme]
        name = f"[{self.host}]" if ":" in self.host else self.host
        self.authority = name if self.port == _DEFAULT_PORTS[self.scheme] else f"{name}:{self.port}"
        self.base = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes two origins the same: scheme, host, port."""
        return self.scheme, self.host, self.port


_origins: dict[str, Origin] = {}


def origin_of(url: str) -> Origin:
    """Return the origin of a URL; the few that a process uses are kept."""
    found = _origins.get(url)
    if found is None:
        found = Origin(url)
        if len(_origins) < 1000:
            _origins[url] = found
    return found


class Request:
    """What is to be sent, apart from the credential, which `policies.auth` adds to each try.

    Attributes:
        method: HTTP verb.
        origin: where it goes.
        target: path and query, ASCII.
        headers: names as sent, values as text.
        body: bytes, a rewindable upload, or None.
        operation: the operation, or None for a free request.
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
        """The full URL, query included."""
        return f"{self.origin.scheme}://{self.origin.authority}{self.target}"

    @property
    def label(self) -> str:
        """What errors and logs call it: the operation's id, never a value."""
        return self.operation.id if self.operation is not None else self.method

    def copy(self, **changes: Any) -> Request:
        """Return a request with some attributes changed."""
        made = Request.__new__(Request)
        for name in Request.__slots__:
            setattr(made, name, changes.get(name, getattr(self, name)))
        return made


IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
"""Verbs that may be sent twice with the effect of once."""


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
        operation: what is called.
        values: its arguments, in the order of its parameters; None means not given.
        config: host and quoting.
        defaults: headers of every request of this client.
        name: Python name of the method, for messages.
        validate: check required, ranges and enums.
        extra: headers of this call.
        cookie: value of the Cookie header.
        host: base URL instead of the configured one.

    Raises:
        ApiValueError, ApiTypeError: an argument can't be sent; the message names it.
    """
    name = name or operation.id
    path = operation.path if operation.path.startswith("/") else f"/{operation.path}"
    query: list[str] = []
    form: list[tuple[Parameter, Any]] = []
    body: Any = None
    headers = dict(defaults)
    for parameter, value in zip(operation.parameters, values, strict=True):
        if value is None:
            if parameter.required and (validate or parameter.location == "path"):
                text = f"Missing the required parameter `{parameter.name}` when calling `{name}`"
                raise ApiValueError(text)
            continue
        if validate and (parameter.minimum is not None or parameter.maximum is not None or parameter.enum):
            _check(parameter, value, name)
        location = parameter.location
        if location == "path":
            text = path_value(parameter, value, config.safe_chars_for_path_param, name)
            path = path.replace("{" + parameter.wire_name + "}", text)
        elif location == "query":
            query.extend(query_pairs(parameter, value))
        elif location == "body":
            body = value
        elif location == "header":
            headers[parameter.wire_name] = header_value(parameter.name, joined(parameter, value))
        elif location == "cookie":
            pair = f"{parameter.wire_name}={quote(joined(parameter, value), safe='')}"
            cookie = f"{cookie}; {pair}" if cookie else pair
        else:
            form.append((parameter, value))
    origin = origin_of(host or base_url(operation, config))
    target = origin.base + path
    if query:
        target = f"{target}{'&' if '?' in path else '?'}{'&'.join(query)}"
    if len(target) > MAX_TARGET:
        text = f"the arguments of `{name}` make a URL of {len(target)} bytes; at most {MAX_TARGET} are sent"
        raise ApiValueError(text)
    if accept := select_accept(operation.produces):
        headers["Accept"] = accept
    payload: bytes | Multipart | None = None
    if (operation.needs_body and body is None and not form) or (body is not None and form):
        raise ApiValueError(f"`{name}` takes a body or the fields of a form: one of the two, and not both")
    if body is not None:
        headers["Content-Type"] = media = select_content_type(operation.consumes)
        # a text is JSON only where JSON is what the operation takes
        payload = body.encode() if isinstance(body, str) and not JSON.match(media) else body_bytes(body)
    elif form or _is_form(operation):
        from .uploads import form_body

        payload, headers["Content-Type"] = form_body(form, operation)
    if cookie:
        headers["Cookie"] = header_value("cookie", cookie)
    for key, value in (extra or {}).items():
        headers[header_name(key)] = header_value(key, value)
    return Request(
        operation.method, origin, target, headers, payload, operation, operation.security,
        True if operation.idempotent or "Idempotency-Key" in headers else None,
    )  # fmt: skip


def base_url(operation: Operation, config: Configuration) -> str:
    """Return the address that an operation's path follows: its own server's, or the configured host.

    A client whose host is this machine sends nothing to another one, whatever servers the operations have.
    """
    own = operation.server
    if not own or (_is_local(config.host) and not _is_local(urljoin(config.host, own))):
        return config.host
    return urljoin(config.host, own)


def _is_local(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    return name in ("localhost", "::1") or name.startswith("127.")


def _is_form(operation: Operation) -> bool:
    """Return whether a form is all that an operation takes as its body."""
    places = {parameter.location for parameter in operation.parameters}
    return "body" not in places and bool(places & {"form", "file"})


def _check(parameter: Parameter, value: Any, name: str) -> None:
    """Refuse a value outside the range or the enum that the server documents."""
    wrong = f"Invalid value for parameter `{parameter.name}` when calling `{name}`"
    for item in value if isinstance(value, list) else [value]:
        try:
            low = parameter.minimum is not None and item < parameter.minimum
            high = parameter.maximum is not None and item > parameter.maximum
        except TypeError:
            text = f"`{parameter.name}` of `{name}` must be a number, got {type(item).__name__}"
            raise ApiTypeError(text) from None
        if low or high:
            word, limit = ("greater", parameter.minimum) if low else ("less", parameter.maximum)
            raise ApiValueError(f"{wrong}, must be a value {word} than or equal to `{limit}`")
        plain: Any = item.value if isinstance(item, enum.Enum) else item
        if parameter.enum and plain not in parameter.enum and str(plain) not in parameter.enum:
            raise ApiValueError(f"{wrong} ({plain}), must be one of {list(parameter.enum)}")
