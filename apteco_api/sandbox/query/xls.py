"""Excel workbooks of the kind before 2007: BIFF8 records in a compound file (MS-XLS, MS-CFB)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .errors import WRONG_VALUE
from .exports import Plan, batches
from .node import Node
from .sql import Statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS_OF_A_SHEET = 65_536
_COLUMNS_OF_A_SHEET = 256
_LONGEST_TEXT = 255
_SECTOR = 512
_SMALLEST = 4096  # a shorter stream would have to be in the file's second set of sectors, which are smaller
_FREE, _END, _TABLE, _MASTER = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_PER_SECTOR = _SECTOR // 4
_IN_HEADER = 109


def write(cursor: DuckDBPyConnection, planned: Plan, node: Node) -> Iterator[bytes]:
    """Yield the workbook of an export: a row of headers, then a row for each record; numbers are numbers."""
    if len(planned.columns) > _COLUMNS_OF_A_SHEET:
        node.fail(WRONG_VALUE, f"a sheet of the format XLS has {_COLUMNS_OF_A_SHEET} columns at most")
    statement = Statement()
    select = "SELECT " + ", ".join(item.shown(statement) for item in planned.columns)
    numeric = [item.numeric for item in planned.columns]
    cells = [_row(node, 0, [item.header for item in planned.columns], [False] * len(numeric))]
    written = 1
    for rows in batches(cursor, planned, select, statement):
        if written + len(rows) > _ROWS_OF_A_SHEET:
            node.fail(WRONG_VALUE, f"a sheet of the format XLS has {_ROWS_OF_A_SHEET} rows at most")
        cells += [_row(node, place, row, numeric) for place, row in enumerate(rows, written)]
        written += len(rows)
    yield from _compound(_workbook(b"".join(cells), written, len(numeric)))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _row(node: Node, place: int, values: Sequence[str], numeric: list[bool]) -> bytes:
    made: list[bytes] = []
    for index, (value, number) in enumerate(zip(values, numeric, strict=True)):
        if not value:
            continue
        where = struct.pack("<HHH", place, index, 15)  # 15 is the format of ordinary cells
        if number:
            made.append(_record(0x0203, where + struct.pack("<d", float(value))))
        else:
            made.append(_record(0x0204, where + _text(node, value)))
    return b"".join(made)


def _text(node: Node, value: str) -> bytes:
    data = value.encode("utf-16-le")
    if len(data) > 2 * _LONGEST_TEXT:
        node.fail(WRONG_VALUE, f"a cell of the format XLS has {_LONGEST_TEXT} letters at most", value=value)
    return struct.pack("<HB", len(data) // 2, 1) + data


def _workbook(cells: bytes, rows: int, columns: int) -> bytes:
    """Return the records of a workbook with one sheet: the globals, then the sheet."""
    name = "Export"
    font = _record(0x0031, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0)
                   + struct.pack("<BB", 5, 0) + b"Arial")  # fmt: skip
    style = _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0xF4, 0, 0, 0x20C0))
    ordinary = _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    before = b"".join(
        [
            _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)),
            _record(0x0042, struct.pack("<H", 1200)),
            _record(0x003D, struct.pack("<9H", 0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 600)),
            font * 4,
            style * 15,
            ordinary,
            _record(0x0293, struct.pack("<HBB", 0x8000, 0, 0xFF)),
        ]
    )
    sheet = b"".join(
        [
            _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)),
            _record(0x0200, struct.pack("<IIHHH", 0, rows, 0, columns, 0)),
            cells,
            _record(0x023E, struct.pack("<HHHIHHI", 0x06B6, 0, 0, 64, 0, 0, 0)),
            _record(0x000A),
        ]
    )
    title = struct.pack("<BB", len(name), 0) + name.encode()
    start = len(before) + len(_record(0x0085, bytes(6) + title)) + len(_record(0x000A))
    return before + _record(0x0085, struct.pack("<IH", start, 0) + title) + _record(0x000A) + sheet


def _compound(stream: bytes) -> Iterator[bytes]:
    """Yield a compound file with one stream, `Workbook`.

    The sectors are, in this order: the stream, the directory, the allocation table, and the part of the list
    of the table's sectors that does not fit into the header.
    """
    size = max(len(stream), _SMALLEST)
    data = -(-size // _SECTOR)
    tables = lists = 0
    while tables * _PER_SECTOR < data + 1 + tables + lists:
        tables += 1
        lists = max(0, -(-(tables - _IN_HEADER) // (_PER_SECTOR - 1)))
    first_table, first_list = data + 1, data + 1 + tables
    places = list(range(first_table, first_list))
    yield struct.pack("<8s16xHHHHH6x", bytes.fromhex("D0CF11E0A1B11AE1"), 0x3E, 3, 0xFFFE, 9, 6)
    listed = first_list if lists else _END
    yield struct.pack("<9I", 0, tables, data, 0, _SMALLEST, _END, 0, listed, lists)
    yield _numbers(places[:_IN_HEADER], _IN_HEADER)
    yield stream.ljust(data * _SECTOR, b"\0")
    yield _entry("Root Entry", 5, child=1, start=_END, size=0) + _entry("Workbook", 2, start=0, size=size)
    yield _entry("", 0, start=0, size=0) * 2
    allocated = [*range(1, data), _END, _END, *[_TABLE] * tables, *[_MASTER] * lists]
    yield _numbers(allocated, tables * _PER_SECTOR)
    for number in range(lists):
        start = _IN_HEADER + number * (_PER_SECTOR - 1)
        yield _numbers(places[start : start + _PER_SECTOR - 1], _PER_SECTOR - 1)
        yield struct.pack("<I", first_list + number + 1 if number + 1 < lists else _END)


def _numbers(values: list[int], room: int) -> bytes:
    return struct.pack(f"<{room}I", *values, *[_FREE] * (room - len(values)))


def _entry(name: str, kind: int, *, start: int, size: int, child: int = _FREE) -> bytes:
    """Return one of the four entries of a directory sector."""
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return struct.pack(
        "<64sHBBIII16sIQQIQ", text, length, kind, 1, _FREE, _FREE, child, b"", 0, 0, 0, start, size
    )
