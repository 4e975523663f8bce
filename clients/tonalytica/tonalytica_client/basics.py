"""The base of every part of the client: requests to any address, pages, and checks of answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from .errors import BadRequestError, NotFoundError, UnexpectedAnswerError
from .results import Result, ResultArray, ResultObject
from .wire import Timeout, Wire

MAX_PAGE_SIZE = 250
"""Most rows that the server puts on a page."""

log = logging.getLogger("tonalytica_client")


class Basics:
    """Requests to any address, and pages."""

    _wire: Wire

    def get(
        self,
        uri: str,
        *,
        params: Mapping[str, Any] | list[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = None,
    ) -> Result:
        """GET any address below ``/api/``.

        Args:
            uri: the address after ``/api/``: `queries/5/results`.
            params: the query; a list as a value repeats its name, None is left out.
            headers: headers of this call.
            timeout: seconds for the whole call, or a pair: to connect, and to wait for the next bytes.

        Raises:
            RequestError: the server refused; `[GET] /api/queries/9 (404)`.
        """
        return self._wire.request("GET", uri, params, None, headers, timeout)

    def post(
        self,
        uri: str,
        payload: dict[str, Any] | None = None,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | list[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = None,
    ) -> Result:
        """POST an object as JSON to any address below ``/api/``.

        Args:
            uri: the address after ``/api/``: `queries/5`.
            payload: the object; ``{}`` is sent for None, and (with a warning in the log) for anything that is
                not a dict.
            json: another name of ``payload``.
            params: the query of the address.
            headers: headers of this call.
            timeout: seconds for the whole call, or a pair: to connect, and to wait for the next bytes.

        Raises:
            RequestError: the server refused.
        """
        given = cast("object", json if payload is None else payload)
        body = dict(cast("Mapping[str, Any]", given)) if isinstance(given, Mapping) else {}
        if given is not None and not isinstance(given, Mapping):
            log.warning("post(%r): the payload is a %s, not a dict; {} is sent", uri, type(given).__name__)
        return self._wire.request("POST", uri, params, body, headers, timeout)

    def delete(
        self,
        uri: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = None,
    ) -> Result:
        """DELETE any address below ``/api/``: `queries/5` archives a query.

        Args:
            uri: the address after ``/api/``.
            params: the query of the address.
            headers: headers of this call.
            timeout: seconds for the whole call, or a pair: to connect, and to wait for the next bytes.

        Raises:
            RequestError: the server refused.
        """
        return self._wire.request("DELETE", uri, params, None, headers, timeout)

    # other names of the three, as another package of the same authors has them
    _get = get
    _post = post
    _delete = delete

    def paginate(
        self, resource: Callable[..., Mapping[str, Any]], page: int = 1, page_size: int = 100, **kwargs: Any
    ) -> list[Any]:
        """Return the rows of all pages of a list.

        Args:
            resource: a method that takes ``page`` and ``page_size``: `client.queries`, `client.dashboards`,
                `client.users`.
            page: the first page to read.
            page_size: rows in a request; at most 250, which is the server's limit.
            kwargs: arguments for ``resource``: `only_favorites=True`, `q="ton"`.
        """
        return list(self.iterate(resource, page, page_size, **kwargs))

    def iterate(
        self, resource: Callable[..., Mapping[str, Any]], page: int = 1, page_size: int = 100, **kwargs: Any
    ) -> Iterator[Any]:
        """Yield the rows of all pages of a list; each page is read when its first row is needed.

        The arguments are those of ``paginate``.
        """
        size = max(1, min(page_size, MAX_PAGE_SIZE))
        first = page
        while True:
            try:
                answer = resource(page=page, page_size=size, **kwargs)
            except BadRequestError as error:
                if page > first and "out of range" in error.message:
                    return  # rows were deleted while the pages were read
                raise
            rows = answer["results"]
            yield from rows
            if not rows or answer["page"] * answer["page_size"] >= answer["count"]:
                return
            page += 1

    def test_credentials(self) -> bool:
        """Return whether the key is a user's; False for the key of a query, which opens only that query."""
        try:
            self.get("session")
        except NotFoundError:
            return False
        return True


def as_object(answer: Result) -> ResultObject:
    """Return the answer, which must be an object."""
    if not isinstance(answer, ResultObject):
        raise UnexpectedAnswerError(f"expected an object, not {answer!r}")
    return answer


def as_array(answer: Result) -> ResultArray:
    """Return the answer, which must be an array."""
    if not isinstance(answer, ResultArray):
        raise UnexpectedAnswerError(f"expected an array, not {answer!r}")
    return answer


def listing(page: int, page_size: int, search: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a list: its page, and the given search arguments."""
    return {
        "page": page,
        "page_size": page_size,
        **{name: value for name, value in search.items() if value is not None},
    }
