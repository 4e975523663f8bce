"""What an operation is, as data. Generated sections hold tables of these; the runtime reads them.

Nothing here sends anything: a table of 250 operations costs a few hundred microseconds to build.
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
    """One argument of an operation and its place in the request.

    Args:
        name: Python name, as in the method's signature.
        wire_name: name in the request; empty for a body and for a whole query.
        location: `path`, `query`, `header`, `cookie`, `form`, `file` or `body`.
        type: type expression: `str`, `int`, `float`, `bool`, `date`, `datetime`, `object`, `file`, `bytes`,
            a model's name, `list[X]`, `dict(str, X)`; `path` for a path value that may hold slashes.
        required: refused when None.
        minimum: smallest number accepted.
        maximum: largest number accepted.
        enum: values the server documents. Others are sent too: a newer server may know more.
        style: how a list or mapping is written: `form` (default for query and cookie), `simple` (path and
            header), `spaceDelimited`, `pipeDelimited`, `deepObject`, `label` and `matrix` (path); `cookie`
            for a cookie that is not quoted; `json` for a value in JSON.
        explode: repeat the name for each item (`a=1&a=2`); None means what OpenAPI says for the style.
        nullable: a body that may be null: None is sent as null, `UNSET` is not sent.
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


class PageRule(NamedTuple):
    """How the pages of a list follow each other.

    Args:
        style: `offset`, `page`, `cursor` or `link`.
        offset: argument that says how many items to skip.
        page: argument that holds the number of the page.
        size: argument that says how many items a page has.
        cursor: argument that takes the cursor; `body.NAME` for a property of the body.
        next: path of the next cursor or URL; for `link` without it, the Link header counts.
        more: path of what is false on the last page.
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
    """The part an operation plays in a family of long-running jobs.

    Args:
        family: name shared by the operations of one family.
        step: `create`, `poll`, `cancel` or `results` (the results of several jobs at once).
        result: wire name of the property that holds the finished job's result.
        id, status, progress: wire names of the properties that hold them; the Apteco API's if not given.
        done, failed, cancelled: values of the status by which a job has ended.
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
    """How one kind of credential travels.

    Args:
        type: `apiKey`, `basic` or `bearer`.
        location: `header`, `query` or `cookie`.
        name: name of the header, query field or cookie.
        flows: where OAuth 2 tokens come from.
    """

    type: str
    location: str = "header"
    name: str = "Authorization"
    flows: tuple[OAuthFlow, ...] = ()


class PackageInfo(NamedTuple):
    """What the runtime must know about the client that it was copied into.

    `decimals_as_text`: some fields are texts that hold decimal numbers, so decimals are written as texts.
    `python_booleans`: True and False are sent as `True` and `False`, as a published client does; else as
    `true` and `false`.
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
    """Seconds for the whole call; or a pair: seconds to connect, seconds of silence while reading."""
    _return_http_data_only: bool
    """False: return `(data, status, headers)`, as the `_with_http_info` methods do."""
    _headers: Mapping[str, str]
    """Headers for this call only."""
    _idempotency_key: str
    """Sent as `Idempotency-Key`, the same on each try; makes a POST safe to retry."""
    _retries: int
    """Retries for this call, instead of the configured number; 0 turns them off."""
    _save_to: str | PathLike[str]
    """Downloads: write to this file, or into this folder under the server's (made safe) name."""
    _progress: Callable[[int, int | None], object]
    """Downloads and uploads: called with bytes so far and the total, if known."""
    _resume: bool
    """Downloads: continue a part file left by an earlier try where the server allows it."""


OPTIONS = frozenset(CallOptions.__annotations__)


_OPTION_KINDS: tuple[tuple[str, Any, str], ...] = (
    ("_headers", Mapping, "a mapping of names to values"),
    ("_retries", int, "a whole number"),
    ("_save_to", (str, os.PathLike), "a path"),
)
"""Options of a call, the types of their values, and the words for these in messages."""


def call_headers(options: Mapping[str, Any], name: str) -> Mapping[str, str] | None:
    """Return the headers that a call's options ask for.

    Args:
        options: as in `CallOptions`.
        name: of the method, for messages.

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
    """One operation of the API: where it goes, what it takes, what comes back.

    Args:
        id: the operation's id in the spec, used in errors and logs.
        method: HTTP verb in capitals.
        path: path template, relative to the host: `/{dataViewName}/Tables`.
        parameters: in the order of the Python signature.
        responses: status (2 and 3: any of that family) to type expression; an empty string means no body.
        errors: documented failures, status (4 and 5: any of that family, 0: any other) to type expression;
            the body is decoded as `error.details`.
        consumes: media types of the request body, preferred first.
        produces: media types of the response.
        security: the alternatives, each the name of a scheme in `PackageInfo.security` or several that are
            needed together; empty for an open operation.
        not_ready: statuses that mean "accepted, ask again later"; they raise `ApiNotReady`.
        paging: True: takes `offset` and `count` and answers one page of a list; or how its pages follow.
        idempotent: a POST that changes nothing, such as a count: safe to send twice.
        job: the part it plays in a job family.
        role: role that a user needs, or empty.
        server: base URL of this operation, where it has one of its own.
        needs_body: the body or a field of the form must be given.
        since: first version of the server that has it; empty for what the first documented version has.
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
        """The type expression of the operation's body, of the first success that has one; "" if none has."""
        return next((text for status, text in sorted(self.responses.items()) if status < 300 and text), "")


def is_stream(expression: object) -> bool:
    """Return whether a type expression stands for a stream of items: `events(X)` or `lines(X)`."""
    return isinstance(expression, str) and expression.startswith(("events(", "lines("))
