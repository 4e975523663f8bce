"""The results of the client's methods: an answer of the server, both as data and as a response.

An answer with an object *is* a dict, and an answer with an array *is* a list, so that ``answer["id"]``,
``for`` loops and ``json.dumps(answer)`` work. Each also has the attributes of a response: ``status_code``,
``text``, ``json()`` and so on.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .client._runtime.codec.decode import decode
from .client._runtime.exceptions import ApiDecodeError

if TYPE_CHECKING:
    import pandas
    import polars

_Made = TypeVar("_Made", bound="Result")


class Result:
    """An answer of the server. ``Result.make`` picks the class that fits its content.

    Attributes:
        status_code: HTTP status, 200 to 299.
        headers: headers of the answer; their names in any case.
        content: the bytes of the body.
        url: the address of the request, without a key.
        elapsed: duration of the call.
        model_name: the class of ``client.models`` that the spec names for the answer; empty for none.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    elapsed: datetime.timedelta
    model_name: str = ""

    @staticmethod
    def make(
        status: int,
        headers: Mapping[str, str],
        content: bytes,
        url: str = "",
        seconds: float = 0.0,
        model: str = "",
    ) -> Result:
        """Return the answer as an object of the class that fits.

        That is ``ResultObject`` for an object, ``ResultArray`` for an array, else ``Result``.

        Raises:
            ValueError: the answer is not the JSON that its content type says.
        """
        result = Result()
        if "json" in headers.get("content-type", ""):
            value = _decoded(content)
            if isinstance(value, dict):
                result = ResultObject(value)  # pyright: ignore[reportUnknownArgumentType]
            elif isinstance(value, list):
                result = ResultArray(value)  # pyright: ignore[reportUnknownArgumentType]
        result.model_name = model
        return result._set(status, headers, content, url, seconds)

    def _set(
        self: _Made, status: int, headers: Mapping[str, str], content: bytes, url: str, seconds: float
    ) -> _Made:
        self.status_code = status
        self.headers = headers
        self.content = content
        self.url = url
        self.elapsed = datetime.timedelta(seconds=seconds)
        return self

    # ---- as a response

    @property
    def ok(self) -> bool:
        """Always True: failures raise an error."""
        return True

    @property
    def reason(self) -> str:
        """The reason phrase of the status."""
        from http import HTTPStatus

        return HTTPStatus(self.status_code).phrase

    @property
    def encoding(self) -> str:
        """The encoding of ``text``."""
        return "utf-8"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as plain Python objects, a new copy with each call; None for an empty body.

        Raises:
            ValueError: it isn't JSON.
        """
        return _decoded(self.content)

    def model(self) -> Any:
        """Return the answer as the model of ``client.models`` that the spec names for it.

        Raises:
            TypeError: the spec names no model: the address is not in the spec, or the answer is a file.
        """
        if not self.model_name or self.model_name in ("file", "bytes", "object"):
            raise TypeError(f"the spec names no model for {self!r}")
        return decode(self.content, self.model_name)

    def raise_for_status(self) -> None:
        """Do nothing: failures have raised an error before."""

    def iter_content(self, chunk_size: int = 65536) -> Iterator[bytes]:
        """Yield the bytes in chunks."""
        for start in range(0, len(self.content), chunk_size):
            yield self.content[start : start + chunk_size]

    def iter_lines(self) -> Iterator[bytes]:
        """Yield the lines of the body, without line ends."""
        yield from self.content.splitlines()

    def close(self) -> None:
        """Do nothing: the body is read already."""

    def __repr__(self) -> str:
        return (
            f"<Result [{self.status_code}] {self.headers.get('content-type', '')} {len(self.content)} bytes>"
        )

    # ---- as data

    def __getitem__(self, key: Any) -> Any:
        """Return a member of the object or array; other answers (null, files) have none."""
        raise TypeError(f"{self!r} has neither an object nor an array")

    # ---- as the result of a query

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a query's result."""
        rows: list[dict[str, Any]] = self._data()["rows"]
        return rows

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The columns of a query's result: name, friendly_name, type."""
        columns: list[dict[str, Any]] = self._data()["columns"]
        return columns

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas frame, typed by column. Needs the extra ``pandas``."""
        from .frames import to_pandas

        return to_pandas(self.columns, self.rows)

    def to_polars(self) -> polars.DataFrame:
        """Return the rows as a polars frame, typed by column. Needs the extra ``polars``."""
        from .frames import to_polars

        return to_polars(self.columns, self.rows)

    def to_arrow(self) -> Any:
        """Return the rows as an Arrow table, typed by column. Needs the extra ``arrow``."""
        from .frames import to_arrow

        return to_arrow(self.columns, self.rows)

    def _data(self) -> dict[str, Any]:
        raise TypeError("this answer is not the result of a query")


class ResultObject(dict[str, Any], Result):
    """An answer with an object, as a dict."""

    def _data(self) -> dict[str, Any]:
        try:
            data: dict[str, Any] = self["query_result"]["data"]
        except (KeyError, TypeError):
            return super()._data()
        return data


class ResultArray(list[Any], Result):
    """An answer with an array, as a list."""


def _decoded(content: bytes) -> Any:
    try:
        return decode(content, "object") if content.strip() else None
    except ApiDecodeError as error:
        raise ValueError(error.reason) from error


def member(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object in an answer; an empty one when it is missing or null."""
    found: dict[str, Any] = answer.get(name) or {}
    return found


def members(answer: Mapping[str, Any], name: str) -> list[Any]:
    """Return an array in an answer; an empty one when it is missing or null."""
    found: list[Any] = answer.get(name) or []
    return found
