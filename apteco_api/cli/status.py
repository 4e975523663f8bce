"""Exit statuses: what a script can tell from how a command ended. They do not change between versions."""

from __future__ import annotations

STATUSES = {
    0: "done",
    1: "a local failure, such as a file that can't be written or a library that is not installed",
    2: "the command line, a query or a value in it can't be used",
    3: "not logged in: credentials are missing, or the server refuses them (401, 403)",
    4: "something with that name does not exist (404)",
    5: "the server refuses the request (other 4xx)",
    6: "the server failed (5xx), or its answer can't be used",
    7: "no answer: no connection, or a timeout",
    8: "a job ended without a result, or did not end in time",
    130: "interrupted (Ctrl+C)",
}
"""Exit statuses and what they mean."""


def status_of(error: BaseException) -> int:
    """Return the exit status for an error; -1 for an error that shows a bug in this program."""
    from .. import exceptions as api
    from ..query.catalogue import UnknownName
    from ..session.credentials import CredentialsError

    for kinds, status in (
        (KeyboardInterrupt, 130),
        (CredentialsError, 3),
        (UnknownName, 4),
        ((api.ApiUnauthorized, api.ApiForbidden), 3),
        (api.ApiNotFound, 4),
        (api.ApiClientError, 5),
        (api.JobError, 8),
        (api.ApiFileError, 1),
        (api.ApiTransportError, 7),
        ((api.ApiTypeError, api.ApiValueError, api.ApiKeyError), 2),
        ((api.ApiException, api.PageLimit), 6),
        ((OSError, ImportError), 1),
        ((ValueError, TypeError, LookupError), 2),
    ):
        if isinstance(error, kinds):
            return status
    return -1
