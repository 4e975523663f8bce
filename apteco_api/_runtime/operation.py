"""Operations as data. Generated sections have tables of operations, which the runtime reads.

Nothing here sends anything. A table of 250 operations takes a few hundred microseconds to build.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from .exceptions import ApiTypeError

if TYPE_CHECKING:
    from os import PathLike
    from typing import IO

    FileContent = str | PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | IO[str]
    FileInput = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]
    """A file to upload: a path, bytes or a file object; or `(file name, one of these[, media type])`."""


class Parameter(NamedTuple):
    """One parameter of an operation and its place in the request.

    Args:
        name: Python name, as in the method's signature.
        wire_name: name in the request; empty for a body and for a whole query.
        location: `path`, `query`, `header`, `cookie`, `form`, `file` or `body`.
        type: type expression: `str`, `int`, `float`, `bool`, `date`, `datetime`, `object`, `file`, `bytes`,
            a model's name, `list[X]`, `dict(str, X)`; `path` for a path value that may contain slashes.
        required: whether None is refused.
        minimum: smallest accepted number.
        maximum: largest accepted number.
        enum: documented values. Other values are also sent, as a newer server may have more.
        style: the form of a list or mapping: `form` (default for query and cookie), `simple` (path and
            header), `spaceDelimited`, `pipeDelimited`, `deepObject`, `label` and `matrix` (path); `cookie`
            for a cookie that is not quoted; `json` for a value in JSON.
        explode: whether the name is repeated for each item (`a=1&a=2`); None: OpenAPI's default of the style.
        nullable: whether a body may be null: None is then sent as null, and `UNSET` is not sent.
        media_type: content type of a part of a multipart form; empty: text, JSON or bytes, by its value.
    """

    name: str
    wire_name: str
    location: str
    type: str = "str"
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[Any, ...] = ()
    style: str = ""
    explode: bool | None = None
    nullable: bool = False
    media_type: str = ""


class PageRule(NamedTuple):
    """The rule for the next page of a list.

    Args:
        style: `offset`, `page`, `cursor` or `link`.
        offset: argument for the number of items to skip.
        page: argument for the number of the page.
        size: argument for the number of items on a page.
        cursor: argument that takes the cursor; `body.NAME` for a property of the body.
        next: path of the next cursor or URL; for `link` without it, the Link header is used.
        more: path of a value that is false on the last page.
        items: path of the list of items; `$` is the answer itself.
        total: path of the number of all items.
        pages: path of the number of all pages.
        first: number of the first page.
    """

    style: str
    offset: str = ""
    page: str = ""
    size: str = ""
    cursor: str = ""
    next: str = ""
    more: str = ""
    items: str = "$"
    total: str = ""
    pages: str = ""
    first: int = 1


class JobStep(NamedTuple):
    """The role of an operation in a family of long-running jobs.

    Args:
        family: name shared by the operations of one family.
        step: `create`, `poll`, `cancel` or `results` (the results of several jobs at once).
        result: wire name of the property with the finished job's result.
        id, status, progress: wire names of these properties; by default those of the Apteco API.
        done, failed, cancelled: values of the status that mean that the job has ended.
    """

    family: str
    step: str
    result: str = ""
    id: str = ""
    status: str = ""
    progress: str = ""
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


class OAuthFlow(NamedTuple):
    """One way to get a token of a scheme, such as `clientCredentials` or `authorizationCode`."""

    name: str
    token_url: str = ""
    refresh_url: str = ""


class SecurityScheme(NamedTuple):
    """The place of one kind of credential in a request.

    Args:
        type: `apiKey`, `basic` or `bearer`.
        location: `header`, `query` or `cookie`.
        name: name of the header, query field or cookie.
        flows: the sources of OAuth 2 tokens.
    """

    type: str
    location: str = "header"
    name: str = "Authorization"
    flows: tuple[OAuthFlow, ...] = ()


class PackageInfo(NamedTuple):
    """Facts about the client that the runtime belongs to.

    `decimals_as_text`: some fields are texts with decimal numbers, so decimals are written as texts.
    `python_booleans`: booleans are sent as `True` and `False`, as a published client does; else as `true` and
    `false`.
    """

    distribution: str
    version: str
    import_name: str
    default_host: str
    env_prefix: str
    title: str = ""
    spec_version: str = ""
    servers: tuple[Mapping[str, Any], ...] = ()
    security: Mapping[str, SecurityScheme] = {}
    python_booleans: bool = False
    decimals_as_text: bool = False


class CallOptions(TypedDict, total=False):
    """Keyword options that every generated method takes beside its own arguments.

    The first four are those of the published client; the others are ours.
    """

    async_req: bool
    """Return at once with a result object (`.get()`, `.wait()`, `.ready()`); the call runs in a thread."""
    _preload_content: bool
    """False: return the raw urllib3 response, body unread, without decoding."""
    _request_timeout: float | tuple[float, float] | None
    """Seconds for the whole call; or a pair: seconds to connect, and for each wait while reading."""
    _return_http_data_only: bool
    """False: return `(data, status, headers)`, as the `_with_http_info` methods do."""
    _headers: Mapping[str, str]
    """Headers for this call only."""
    _idempotency_key: str
    """Sent as `Idempotency-Key`, the same in each attempt; makes a POST safe to retry."""
    _retries: int
    """Retries for this call, instead of the configured number; 0 turns them off."""
    _save_to: str | PathLike[str]
    """Downloads: write to this file, or into this folder with a safe form of the server's name."""
    _progress: Callable[[int, int | None], object]
    """Downloads and uploads: called with the number of bytes so far and the total, if known."""
    _resume: bool
    """Downloads: continue an earlier, unfinished download if the server allows it."""


OPTIONS = frozenset(CallOptions.__annotations__)


_OPTION_KINDS: tuple[tuple[str, Any, str], ...] = (
    ("_headers", Mapping, "a mapping of names to values"),
    ("_retries", int, "a whole number"),
    ("_save_to", (str, os.PathLike), "a path"),
)
"""Options of a call, the types of their values, and the words for the types in messages."""


def call_headers(options: Mapping[str, Any], name: str) -> Mapping[str, str] | None:
    """Check the options of a call, and return its headers.

    Args:
        options: see `CallOptions`.
        name: name of the method, for messages.

    Raises:
        ApiTypeError: the option does not exist, or its value has another type.
    """
    for key in options:
        if key not in OPTIONS:
            raise ApiTypeError(f"Got an unexpected keyword argument '{key}' to method {name}")
    for key, kind, words in _OPTION_KINDS:
        value = options.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise ApiTypeError(f"`{key}` of {name} must be {words}, not {type(value).__name__}")
    if (progress := options.get("_progress")) is not None and not callable(progress):
        raise ApiTypeError(f"`_progress` of {name} must be a function, not {type(progress).__name__}")
    extra: Mapping[str, str] | None = options.get("_headers")
    if (token := options.get("_idempotency_key")) is not None:
        extra = {**(extra or {}), "Idempotency-Key": token}
    return extra


class Operation(NamedTuple):
    """One operation of the API: its path, parameters and responses.

    Args:
        id: the operation's id in the spec, used in errors and logs.
        method: HTTP verb in capitals.
        path: path template, relative to the host: `/{dataViewName}/Tables`.
        parameters: in the order of the Python signature.
        responses: type expression for each status (2 and 3: any of that family); an empty string: no body.
        errors: type expression for each documented error status (4 and 5: any of that family, 0: any other);
            the body is decoded to `error.details`.
        consumes: media types of the request body, preferred first.
        produces: media types of the response.
        security: the alternatives; each is the name of a scheme in `PackageInfo.security`, or several names
            that are needed together; empty for an open operation.
        not_ready: statuses that mean "accepted, ask again later"; they raise `ApiNotReady`.
        paging: True if it takes `offset` and `count` and returns one page of a list; or the rule for pages.
        idempotent: whether a POST changes nothing, as for a count, and is safe to send twice.
        job: its role in a job family.
        role: role that a user needs, or empty.
        server: base URL of this operation, if it has its own.
        needs_body: whether the body or a field of the form must be given.
        since: first version of the server with this operation; empty for the first documented version.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    responses: Mapping[int, str] = {}
    errors: Mapping[int, str] = {}
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    security: tuple[str | tuple[str, ...], ...] = ()
    not_ready: tuple[int, ...] = ()
    paging: bool | PageRule = False
    idempotent: bool = False
    job: JobStep | None = None
    role: str = ""
    server: str = ""
    needs_body: bool = False
    since: str = ""

    def __repr__(self) -> str:
        return f"Operation({self.id}: {self.method} {self.path})"

    @property
    def result_type(self) -> str:
        """The type expression of the body of the first success with a body; "" without one."""
        return next((text for status, text in sorted(self.responses.items()) if status < 300 and text), "")


def is_stream(expression: object) -> bool:
    """Return whether a type expression means a stream of items: `events(X)` or `lines(X)`."""
    return isinstance(expression, str) and expression.startswith(("events(", "lines("))
