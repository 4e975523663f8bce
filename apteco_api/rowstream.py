"""The rows of an export as they arrive: a JSON answer of any size, never held as a whole.

An answer is one object, `{..., "rows": [{"codes": "…", "descriptions": "…"}, …], ...}`. The part before the
rows and the part after them are small and are read as they are. In between, the text is cut where one row
ends and the next begins, and each piece is decoded as a list of its own. A cut that fell into a string leaves
an open quotation mark,
so that the piece is no JSON: the text is then scanned for the right place.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import msgspec

from .columns import ExportColumn, arrow_schema, arrow_table
from .extras import need
from .frames import Rows, opened
from .runtime.exceptions import ApiDecodeError

PIECE = 512 * 1024
"""Bytes that are gathered before a piece is cut off and decoded."""
LONGEST = 64 * 1024 * 1024
"""Bytes without a place to cut after which the answer is given up: no row is that long."""

_ROWS = re.compile(rb'"rows"\s*:\s*\[')
# A string (perhaps cut off by the end of the text), or a bracket that is in none.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\]]', re.DOTALL)


class _Row(msgspec.Struct, gc=False):
    codes: str
    descriptions: str


class _Head(msgspec.Struct):
    ran_successfully: bool | None = msgspec.field(default=None, name="ranSuccessfully")
    rows: list[_Row] | None = None
    messages: list[dict[str, Any]] | None = None


_decode_rows = msgspec.json.Decoder(list[_Row]).decode
_decode_head = msgspec.json.Decoder(_Head).decode


def read_rows(chunks: Iterable[bytes]) -> Iterator[list[_Row]]:
    """The rows of an export's JSON, some at a time.

    Raises:
        ApiDecodeError: the text is not such JSON, ends too early, or says that the export failed.
    """
    source = iter(chunks)
    head, buffer = _until_rows(source)
    if buffer is None:  # no list of rows: the object is whole
        found = _whole(head)
        if found:
            yield found
        return
    enough = PIECE
    for chunk in source:
        buffer += chunk
        if len(buffer) >= enough:
            cut = _cut(buffer)
            enough = PIECE if cut is not None else 2 * len(buffer)  # a long row is not scanned for each chunk
            if cut is not None:
                rows, start = cut
                yield rows
                del buffer[:start]
            elif len(buffer) > LONGEST:
                raise _wrong("no row ends within 64 MiB", bytes(buffer[:200]))
    rows, tail = _last(bytes(buffer))
    if rows:
        yield rows
    _whole(head + tail)


def _until_rows(source: Iterator[bytes]) -> tuple[bytes, bytearray | None]:
    """What comes before the first row, up to and with the bracket; and the beginning of the rows."""
    buffer = bytearray()
    for chunk in source:
        buffer += chunk
        for match in _ROWS.finditer(buffer):
            head = bytes(buffer[: match.end()])
            try:
                _decode_head(head + b"]}")  # only at the top level does this close the object
            except msgspec.DecodeError:
                continue
            return head, buffer[match.end() :]
        if len(buffer) > LONGEST:
            raise _wrong("no rows within 64 MiB", bytes(buffer[:200]))
    return bytes(buffer), None


def _cut(buffer: bytearray) -> tuple[list[_Row], int] | None:
    """The rows up to the last place where one ends and another begins, and where that one begins."""
    place = buffer.rfind(
        b"},{"
    )  # a guess, that is right unless it fell into a string or the answer has blanks
    rows = _list(bytes(buffer[: place + 1])) if place >= 0 else None
    if rows is not None:
        return rows, place + 2
    ends, _ = _scan(buffer)
    if not ends:
        return None
    end, following = ends[-1]
    rows = _list(bytes(buffer[:end]))
    if rows is None:
        raise _wrong("the rows are no such list", bytes(buffer[:200]))
    return rows, following


def _scan(text: bytes | bytearray) -> tuple[list[tuple[int, int]], int]:
    """Where rows end and the next ones begin, and where the list's bracket is (-1: not in this text)."""
    depth, end = 0, -1
    ends: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        token = match[0][:1]
        if token == b"{":
            depth += 1
            if depth == 1 and end >= 0:
                ends.append((end, match.start()))
        elif token == b"}":
            depth -= 1
            end = match.end()
        elif token == b"]" and depth == 0:
            return ends, match.start()
    return ends, -1


def _last(text: bytes) -> tuple[list[_Row], bytes]:
    """The rows that are left, and what comes after the list, from its bracket on."""
    _, bracket = _scan(text)
    rows = _list(text[:bracket]) if bracket >= 0 else None
    if rows is None:
        raise _wrong("the list of rows is no such list, or has no end", text[:200])
    return rows, text[bracket:]


def _list(text: bytes) -> list[_Row] | None:
    try:
        return _decode_rows(b"[" + text + b"]")
    except msgspec.DecodeError:
        return None


def _whole(text: bytes) -> list[_Row]:
    """Check the object without its rows, and return the rows that are in it."""
    try:
        found = _decode_head(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"the answer is no export: {error}", text[:200]) from None
    if found.ran_successfully is False:
        said = "; ".join(str(each.get("text", "")) for each in found.messages or ())
        raise _wrong(f"the export failed on the server: {said or 'no reason given'}", text[:200])
    return found.rows or []


def _wrong(reason: str, text: bytes) -> ApiDecodeError:
    return ApiDecodeError(200, reason, body=text.decode("utf-8", "replace"))


class RowStream(Iterable[Rows]):
    """An export on its way: batches of rows, to be gone through once.

    Close it, or use it in a `with` statement, if it is not read to the end.

    Args:
        columns: what the columns are.
        chunks: the body of the answer.
        close: gives the connection back.
        batch_size: rows in a batch.
    """

    def __init__(
        self,
        columns: Sequence[ExportColumn],
        chunks: Iterable[bytes],
        close: Callable[[], object],
        batch_size: int = 50_000,
    ) -> None:
        self.columns = tuple(columns)
        """What the columns are."""
        self._source = read_rows(chunks)
        self._close = close
        self._size = batch_size

    def __iter__(self) -> Iterator[Rows]:
        texts: list[str] = []
        codes: list[str] = []
        try:
            for rows in self._source:
                texts += [row.descriptions for row in rows]
                codes += [row.codes for row in rows]
                while len(texts) >= self._size:
                    yield Rows(self.columns, texts[: self._size], codes[: self._size])
                    del texts[: self._size], codes[: self._size]
            if texts:
                yield Rows(self.columns, texts, codes)
        finally:
            self.close()

    def close(self) -> None:
        """Stop reading and give the connection back. May be called more than once."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def arrow_batches(self) -> Iterator[Any]:
        """Arrow tables, one a batch, all of one schema.

        Numbers are always `double` here: whether all of a column's are whole is known only at the end.
        """
        whole = [False] * len(self.columns)
        for rows in self:
            yield arrow_table(self.columns, rows.descriptions, whole)

    def to_parquet(self, path: str | Path) -> int:
        """Write a Parquet file, a row group a batch; how many rows. No file is left behind by a failure."""
        parquet = need("pyarrow.parquet", "arrow")
        schema = arrow_schema(self.columns, [False] * len(self.columns))
        count = 0
        with _replacing(path) as temporary, parquet.ParquetWriter(temporary, schema) as writer:
            for table in self.arrow_batches():
                writer.write_table(table)
                count += table.num_rows
        return count

    def to_csv(self, path: str | Path | TextIO, *, codes: bool = False) -> int:
        """Write CSV, as `Rows.to_csv` does; how many rows."""
        count = 0
        if isinstance(path, (str, Path)):
            with _replacing(path) as temporary, opened(temporary) as file:
                return self.to_csv(file, codes=codes)
        csv.writer(path, lineterminator="\n").writerow([column.header for column in self.columns])
        for rows in self:
            rows.write_csv_rows(path, codes=codes)
            count += len(rows)
        return count


class _replacing:
    """A file beside the wanted one, which takes its place when all went well and goes away when not."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._temporary = self._path.with_name(f".{self._path.name}.part")

    def __enter__(self) -> Path:
        return self._temporary

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._temporary.replace(self._path)
        else:
            self._temporary.unlink(missing_ok=True)
