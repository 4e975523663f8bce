"""Every error that leaves this package, as one tree.

    OpenApiException
    ├── ApiReadError (OSError)              a local file can't be read
    ├── ApiWriteError (OSError)             a local file can't be written; the old one is unchanged
    │   ├── ApiFolderNotFound (FileNotFoundError)
    │   ├── ApiFileExists (FileExistsError)     something is there that is not replaced
    │   └── ApiWriteDenied (PermissionError)    no permission, or another program has it open
    ├── PageLimit                           a paged list with more pages than allowed
    ├── JobError                            a long-running job without a result (`token` resumes it)
    │   ├── JobFailed                       the job ended without a result
    │   ├── JobCancelled                    the job was cancelled
    │   ├── JobLost                         the server no longer knows the job
    │   └── JobTimeout                      the job did not end in time; it goes on
    └── ApiException                        the call did not give a result
        ├── ApiTypeError (TypeError)        an argument of the wrong kind, an unknown keyword
        ├── ApiValueError (ValueError)      an argument with a value that can't be sent
        ├── ApiKeyError (KeyError)
        ├── ApiStatusError                  the server answered, with a status that is not a success
        │   ├── ApiRedirect                 3xx that was not followed
        │   ├── ApiClientError              4xx
        │   │   ├── ApiBadRequest           400
        │   │   ├── ApiUnauthorized         401
        │   │   ├── ApiForbidden            403
        │   │   ├── ApiNotFound             404
        │   │   ├── ApiConflict             409
        │   │   └── ApiRateLimited          429
        │   └── ApiServerError              5xx
        │       └── ApiUnavailable          502, 503, 504
        ├── ApiNotReady                     the server accepted the request, no result yet (`retry_after`)
        ├── ApiTransportError               no complete answer
        │   ├── ApiConnectionError          nothing was sent: refused, unknown host, TLS, proxy (`sent=False`)
        │   │   └── ApiSettingError         a proxy, CA file, certificate that can't be used (ValueError)
        │   ├── ApiTimeout                  the call's time is over; `phase` says where
        │   ├── ApiInterrupted              sent, outcome unknown: the connection broke (`sent="unknown"`)
        │   ├── ApiProtocolError            the answer is not HTTP
        │   └── ApiCancelled                the caller cancelled the call
        └── ApiResponseError                a complete answer that can't be used
            ├── ApiDecodeError              not the JSON that the operation declares
            ├── ResponseTooLarge            over the limit on body or decompressed size
            └── ApiFileError                a download could not be stored

`sent` tells whether a retry is safe: False, nothing reached the server; "unknown", the server may have
executed the request; True, the server answered. Every error can be pickled, and none contains a credential.
`list_errors` has the errors of paged lists and jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .codec.texts import render_path, told, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class OpenApiException(Exception):
    """The base of every error that this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class ApiException(OpenApiException):
    """A call without a result.

    Args:
        status: HTTP status; 0 without an answer.
        reason: HTTP reason, or what happened.
        http_resp: a response to take status, reason, body and headers from.

    Attributes:
        status, reason, body, headers: from the answer; body is text, or None without an answer.
        operation: id of the operation, if the call came from one.
        attempts: one line for each attempt, in order.
        elapsed: seconds from the call to the error.
        request_id: the server's id for the request, if it sent one.
        sent: False, "unknown" or True (see the module's text).
        retry_after: seconds that the server asked to wait, if it did.
        hint: what to do next.
        details: the body, decoded to the type that the spec declares for this status, or None.
    """

    status: int | None = None
    reason: str | None = None
    body: str | None = None
    headers: Any = None
    retry_after: float | None = None
    sent: bool | str = True
    hint = ""
    details: Any = None
    operation: str = ""
    attempts: tuple[str, ...] = ()
    elapsed: float = 0.0
    request_id: str = ""

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: Any = None,
        *,
        body: str | None = None,
        headers: Any = None,
        retry_after: float | None = None,
        hint: str | None = None,
        **details: Any,
    ) -> None:
        if http_resp is not None:
            status, reason, body = http_resp.status, http_resp.reason, http_resp.data
            body = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
            headers = http_resp.getheaders() if hasattr(http_resp, "getheaders") else http_resp.headers
        self.args = (status, reason)
        self.status = status
        self.reason = reason
        self.body = body
        self.headers = headers
        if retry_after is not None:
            self.retry_after = retry_after
        if hint is not None:
            self.hint = hint
        if details:
            self.__dict__.update(details)

    @property
    def message(self) -> str:
        """What happened, in one line; the server's message if it refused the request with one."""
        return self.reason or type(self).__name__

    def __str__(self) -> str:
        return told(self)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(status={self.status!r}, reason={self.reason!r}, operation={self.operation!r})"


class _ArgumentError(ApiException):
    """An argument that can't be sent; nothing was sent.

    Args:
        msg: what is wrong.
        path_to_item: keys and indices on the path to the value.
    """

    sent: bool | str = False

    def __init__(self, msg: str, path_to_item: Iterable[Any] | None = None) -> None:
        self.reason = f"{msg} at {render_path(path_to_item)}" if path_to_item else msg
        self.args = (self.reason,)
        self.path_to_item = path_to_item

    def __str__(self) -> str:
        return str(self.reason)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.reason!r})"


class ApiTypeError(_ArgumentError, TypeError):
    """An argument of the wrong kind, or one that the method doesn't have.

    Args:
        valid_classes: the accepted classes.
        key_type: True if the value is a key of a mapping.
    """

    def __init__(
        self,
        msg: str,
        path_to_item: Iterable[Any] | None = None,
        valid_classes: tuple[type, ...] | None = None,
        key_type: bool | None = None,
    ) -> None:
        self.valid_classes = valid_classes
        self.key_type = key_type
        super().__init__(msg, path_to_item)


class ApiValueError(_ArgumentError, ValueError):
    """An argument with a value that can't be sent."""


class ApiKeyError(_ArgumentError, KeyError):
    """A key that does not exist."""


class ApiStatusError(ApiException):
    """The server answered with a status that is not a success."""

    @property
    def message(self) -> str:
        """What happened, in the server's message if its answer has one."""
        return words_of(self.body) or super().message


class ApiRedirect(ApiStatusError):
    """A redirect that was not followed: to another origin, to plain http, or one too many."""

    hint = "The answer points elsewhere; credentials never go to another origin. Check the host setting."


class ApiClientError(ApiStatusError):
    """4xx: the request is at fault."""


class ApiBadRequest(ApiClientError):
    """400: the server could not understand the request."""

    hint = "The body says which value the server refuses."


class ApiUnauthorized(ApiClientError):
    """401: there is no session, or it has ended."""

    hint = "Log in again, or give the client a way to (Configuration.refresh_access_token)."


class ApiForbidden(ApiClientError):
    """403: the session is valid, but its user may not do this."""

    hint = "Ask an administrator for the role or licence that this operation needs."


class ApiNotFound(ApiClientError):
    """404: the item does not exist, or is not visible to this user."""

    hint = "Check the names in the path, from the first to the last, and that the host is the API's."


class ApiConflict(ApiClientError):
    """409: the item exists already, or another user has changed it."""

    hint = "Read the item again and repeat the change on its current state."


class ApiRateLimited(ApiClientError):
    """429: too many requests; `retry_after` says how long to wait, if the server did."""

    hint = "Wait (retry_after seconds) and send fewer requests at a time."


class ApiServerError(ApiStatusError):
    """5xx: the server is at fault."""

    hint = "The server failed; quote the request id to its administrator."


class ApiUnavailable(ApiServerError):
    """502, 503 or 504: the server, or a proxy in front of it, is down or overloaded."""

    hint = "Try again later; the retries of this call are used up."


class ApiNotReady(ApiException):
    """The server accepted the request but has no result yet; call again after `retry_after` seconds."""

    hint = "The server is still preparing the answer: call again after `retry_after` seconds."


class ApiTransportError(ApiException):
    """No complete answer was received. A `lasting` error would occur again, so the call is not retried."""

    sent: bool | str = "unknown"
    lasting = False


class ApiConnectionError(ApiTransportError):
    """No connection: nothing was sent."""

    sent: bool | str = False
    hint = "Check host, network, proxy and certificates; nothing was sent."


class ApiSettingError(ApiConnectionError, ApiValueError):
    """A setting that makes a connection impossible: a proxy, a CA file, a client certificate."""

    lasting = True
    hint = "Correct the setting that the message names, or the environment variable."

    def __init__(self, status: int | None = None, reason: str | None = None, **details: Any) -> None:
        ApiException.__init__(self, status, reason, **details)
        self.path_to_item = None

    __str__ = ApiException.__str__
    __repr__ = ApiException.__repr__


class ApiTimeout(ApiTransportError):
    """The time of the call, or of one wait for the server, is over; `phase` says in which phase."""

    phase = ""
    hint = "Raise Configuration.timeout or pass _request_timeout=seconds if the operation needs longer."


class ApiInterrupted(ApiTransportError):
    """The connection broke after the request was sent: the server may have executed it."""

    hint = "Check whether the server has executed the request before you send it again."


class ApiProtocolError(ApiTransportError):
    """The answer is not HTTP/1.1, or breaks its limits."""

    hint = "Something other than the API answers at this host and port, or a proxy damages the answer."


class ApiCancelled(ApiTransportError):
    """The caller cancelled the running call."""


class ApiResponseError(ApiException):
    """A complete answer that can't be used."""


class ApiDecodeError(ApiResponseError):
    """The body does not have the declared type; `path` is the place, `body` has the first characters.

    `path` is a JSON path such as `$.list[0].name`; `content_type` is the server's header.
    """

    path = "$"
    content_type = ""
    hint = "If the body is a web page, a proxy or login page answers instead of the API: check the host."


class ResponseTooLarge(ApiResponseError):
    """The body is over the limit of `limit` bytes."""

    limit = 0
    hint = "Raise Configuration.max_body_size, or save the result to a file with _save_to."


class ApiFileError(ApiResponseError):
    """A download could not be stored."""

    hint = "Check the folder given as _save_to, or Configuration.temp_folder_path."


class _LocalFileError(OpenApiException, OSError):
    deed = "used"

    def __str__(self) -> str:
        if self.filename is None:
            return OSError.__str__(self)
        return f"{self.filename} can't be {self.deed}: {self.strerror}"

    def __reduce__(self) -> tuple[Any, ...]:
        whole = self.args if self.filename is None else (self.errno, self.strerror, self.filename)
        return type(self), whole, self.__dict__


class ApiReadError(_LocalFileError):
    """A local file can't be read."""

    deed = "read"


class ApiWriteError(_LocalFileError):
    """A local file can't be written. An existing file is unchanged."""

    deed = "written"


class ApiFolderNotFound(ApiWriteError, FileNotFoundError):
    """The folder that a file should be written to does not exist."""


class ApiFileExists(ApiWriteError, FileExistsError):
    """Something is there already that the package does not replace."""


class ApiWriteDenied(ApiWriteError, PermissionError):
    """The system refuses to write a file: no permission, or another program holds the file open."""


STATUS_ERRORS: Mapping[int, type[ApiStatusError]] = {
    400: ApiBadRequest, 401: ApiUnauthorized, 403: ApiForbidden, 404: ApiNotFound, 409: ApiConflict,
    429: ApiRateLimited, 502: ApiUnavailable, 503: ApiUnavailable, 504: ApiUnavailable,
}  # fmt: skip
"""The class for a status; other statuses have the class of their family."""

FAMILY_ERRORS: Mapping[int, type[ApiStatusError]] = {3: ApiRedirect, 4: ApiClientError, 5: ApiServerError}


def error_class(status: int) -> type[ApiStatusError]:
    """Return the error class for an HTTP status that is not a success."""
    return STATUS_ERRORS.get(status) or FAMILY_ERRORS.get(status // 100, ApiStatusError)


def _rebuild(cls: type[OpenApiException], args: tuple[Any, ...], state: dict[str, Any]) -> OpenApiException:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error
