"""Every error of this package, as one tree.

    AtomxError
    ├── APIError                            the API refused, or its answer can't be used
    │   ├── ModelNotFoundError              the object does not exist (404), or has no id
    │   ├── AttributeNotLoadedError         (also an AttributeError) an attribute could not be fetched
    │   └── APIConnectionError              no answer: network, timeout, TLS
    ├── InvalidCredentials                  wrong email, password or one-time code
    │   └── TOTPRequired                    the account needs a one-time code and none was given
    ├── MissingArgumentError                an argument is missing
    ├── NoPandasInstalledError              `Report.pandas` without pandas
    └── NoSessionError                      a model or report needs a session, and has none
        └── LoggedOutError                  (also an APIError) its session has logged out

None of them holds a password or a token, and all of them can be pickled.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "APIConnectionError",
    "APIError",
    "AtomxError",
    "AttributeNotLoadedError",
    "InvalidCredentials",
    "LoggedOutError",
    "MissingArgumentError",
    "ModelNotFoundError",
    "NoPandasInstalledError",
    "NoSessionError",
    "TOTPRequired",
]


class AtomxError(Exception):
    """The base of every error of this package."""


class APIError(AtomxError):
    """The API returned an error that has no class of its own.

    Args:
        message: the API's message; ``str(error)``.
        status: HTTP status of the answer; None when there was no answer.
        errno: the API's own number for this kind of failure, if it sent one.
        response: the error of the generated client with headers, body, attempts and a hint
            (``atomx.client.exceptions.ApiException``); None when the status of the answer was a success.
    """

    def __init__(
        self, message: str = "", status: int | None = None, errno: int | None = None, response: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errno = errno
        self.response = response

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.status, self.errno, self.response)


class ModelNotFoundError(APIError):
    """The object does not exist in the API, or the model has no id."""


class AttributeNotLoadedError(APIError, AttributeError):
    """An attribute is not in the model, and the API did not give it either."""


class APIConnectionError(APIError):
    """There was no answer; ``response`` says whether anything was sent."""


class InvalidCredentials(AtomxError):
    """Wrong email, password or one-time code."""


class TOTPRequired(InvalidCredentials):
    """The account asks for a one-time code: pass ``totp="123456"``, or a function that returns one."""


class MissingArgumentError(AtomxError):
    """An argument is missing."""


class NoPandasInstalledError(AtomxError):
    """`Report.pandas` needs pandas: ``pip install atomx[report]``."""


class NoSessionError(AtomxError):
    """A model needs an `Atomx` session for a request, and has none: pass one to the method."""


class LoggedOutError(NoSessionError, APIError):
    """The session has logged out and has no token. Log in again with `Atomx.login`."""
