"""Every error that leaves this package, as one tree.

    OpenApiException
    ├── ApiWriteError (OSError)             a file on this machine can't be written; the old one is whole
    │   ├── ApiFolderNotFound (FileNotFoundError)
    │   ├── ApiFileExists (FileExistsError)     something is there that is not replaced
    │   └── ApiWriteDenied (PermissionError)    no right to, or another program holds it open
    ├── PageLimit                           a paged list with more pages than allowed
    ├── JobError                            a long-running job without a result (`token`, to come back to it)
    │   ├── JobFailed                       it ended without one
    │   ├── JobCancelled                    it was cancelled
    │   ├── JobLost                         the server no longer knows it
    │   └── JobTimeout                      it has not ended in the time given; it goes on
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
        ├── ApiNotReady                     the server took the request but has no result yet (`retry_after`)
        ├── ApiTransportError               no complete answer
        │   ├── ApiConnectionError          nothing was sent: refused, unknown host, TLS, proxy (`sent=False`)
        │   │   └── ApiSettingError         a proxy, CA file, certificate that can't be used (ValueError)
        │   ├── ApiTimeout                  the call's time is over; `phase` says where
        │   ├── ApiInterrupted              sent, outcome unknown: the connection broke (`sent="unknown"`)
        │   ├── ApiProtocolError            what came back is not HTTP
        │   └── ApiCancelled                given up by the caller
        └── ApiResponseError                a complete answer that can't be used
            ├── ApiDecodeError              not the JSON that the operation promises
            ├── ResponseTooLarge            over the cap on body or decompressed size
            └── ApiFileError                a download could not be stored

`sent` says what matters for trying again: False, nothing reached the server; "unknown", it may have been
done; True, the server answered. Every error pickles, and none holds a credential.
`list_errors` has those of paged lists and jobs.
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
    """A call that gave no result.

    Args:
        status: HTTP status; 0 when there was no answer.
        reason: HTTP reason, or what happened.
        http_resp: a response to take status, reason, body and headers from.

    Attributes:
        status, reason, body, headers: of the answer; body is text, None if there was no answer.
        operation: id of the operation, if the call came from one.
        attempts: one line for each try, in order.
        elapsed: seconds from the call to the error.
        request_id: the server's id for the request, if it sent one.
        sent: False, "unknown" or True (see the module's text).
        retry_after: seconds that the server asked to wait, if it did.
        hint: what to do next.
        details: the body as the object that the spec declares for this failure, or None.
    """

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
        self.retry_after = retry_after
        if hint is not None:
            self.hint = hint
        if details:
            self.__dict__.update(details)

    @property
    def message(self) -> str:
        """What happened, in one line; the server's own words where it refused and its answer has any."""
        return self.reason or type(self).__name__

    def __str__(self) -> str:
        return told(self)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(status={self.status!r}, reason={self.reason!r}, operation={self.operation!r})"


class _ArgumentError(ApiException):
    """An argument that can't be sent; nothing was.

    Args:
        msg: what is wrong.
        path_to_item: keys and indices that lead to the value.
    """

    sent: bool | str = False

    def __init__(self, msg: str, path_to_item: Iterable[Any] | None = None) -> None:
        text = f"{msg} at {render_path(path_to_item)}" if path_to_item else msg
        super().__init__(None, text)
        self.args = (text,)
        self.path_to_item = path_to_item

    def __str__(self) -> str:
        return str(self.reason)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.reason!r})"


class ApiTypeError(_ArgumentError, TypeError):
    """An argument of the wrong kind, or one that the method doesn't have.

    Args:
        valid_classes: the classes accepted there.
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
    """A key that isn't there."""


class ApiStatusError(ApiException):
    """The server answered with a status that is not a success."""

    @property
    def message(self) -> str:
        """What happened, in the server's own words where its answer has any."""
        return words_of(self.body) or super().message


class ApiRedirect(ApiStatusError):
    """A redirect that was not followed: to another origin, to plain http, or one too many."""

    hint = "The answer points elsewhere; credentials never go to another origin. Check the host setting."


class ApiClientError(ApiStatusError):
    """4xx: the request is at fault."""


class ApiBadRequest(ApiClientError):
    """400: the server could not make sense of the request."""

    hint = "The body says which value the server refuses."


class ApiUnauthorized(ApiClientError):
    """401: no session, or one that has ended."""

    hint = "Log in again, or give the client a way to (Configuration.refresh_access_token)."


class ApiForbidden(ApiClientError):
    """403: the session is good, its user may not do this."""

    hint = "Ask an administrator for the role or licence that this operation needs."


class ApiNotFound(ApiClientError):
    """404: no such thing, or not visible to this user."""

    hint = "Check the names in the path, from the first to the last, and that the host is the API's."


class ApiConflict(ApiClientError):
    """409: the thing exists already or was changed by someone else."""

    hint = "Read it again and repeat the change on what is there now."


class ApiRateLimited(ApiClientError):
    """429: too many requests; `retry_after` says how long to wait, if the server did."""

    hint = "Wait (retry_after seconds) and send fewer requests at a time."


class ApiServerError(ApiStatusError):
    """5xx: the server is at fault."""

    hint = "The server failed; quote the request id to its administrator."


class ApiUnavailable(ApiServerError):
    """502, 503 or 504: the server, or what stands before it, is down or overloaded."""

    hint = "Try again later; the retries of this call are used up."


class ApiNotReady(ApiException):
    """The server took the request but has no result yet; ask again after `retry_after` seconds."""

    hint = "The server is still preparing the answer: call again after `retry_after` seconds."


class ApiTransportError(ApiException):
    """No complete answer came back. A `lasting` error would come again, so the call is not retried."""

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
    """The time of the call, or of one silence, is over; `phase` says where it was spent."""

    phase = ""
    hint = "Raise Configuration.timeout or pass _request_timeout=seconds if the operation needs longer."


class ApiInterrupted(ApiTransportError):
    """The connection broke after the request was sent: the server may have done it."""

    hint = "Check whether the server did it before you send it again."


class ApiProtocolError(ApiTransportError):
    """What came back is not HTTP/1.1, or breaks its limits."""

    hint = "Something other than the API answers at this host and port, or a proxy damages the answer."


class ApiCancelled(ApiTransportError):
    """The caller gave up while the call was under way."""


class ApiResponseError(ApiException):
    """A complete answer that can't be used."""


class ApiDecodeError(ApiResponseError):
    """The body is not what the operation promises; `path` is where, `body` its first characters.

    `path` is a JSON path such as `$.list[0].name`; `content_type` is as the server sent it.
    """

    path = "$"
    content_type = ""
    hint = "If the body is a web page, a proxy or login page answers instead of the API: check the host."


class ResponseTooLarge(ApiResponseError):
    """The body is over the cap: `limit` bytes."""

    limit = 0
    hint = "Raise Configuration.max_body_size, or stream the result (rows, _save_to) instead of holding it."


class ApiFileError(ApiResponseError):
    """A download could not be stored."""

    hint = "Check the folder given as _save_to, or Configuration.temp_folder_path."


class ApiWriteError(OpenApiException, OSError):
    """A file on this machine can't be written. The one that was there is as it was."""

    def __str__(self) -> str:
        if self.filename is None:
            return OSError.__str__(self)
        return f"{self.filename} can't be written: {self.strerror}"

    def __reduce__(self) -> tuple[Any, ...]:
        whole = self.args if self.filename is None else (self.errno, self.strerror, self.filename)
        return type(self), whole, self.__dict__


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
"""The class for a status; other statuses take their family's."""

FAMILY_ERRORS: Mapping[int, type[ApiStatusError]] = {3: ApiRedirect, 4: ApiClientError, 5: ApiServerError}


def error_class(status: int) -> type[ApiStatusError]:
    """Return the error class for an HTTP status that is not a success."""
    return STATUS_ERRORS.get(status) or FAMILY_ERRORS.get(status // 100, ApiStatusError)


def _rebuild(cls: type[OpenApiException], args: tuple[Any, ...], state: dict[str, Any]) -> OpenApiException:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error
