"""The output of a command: a table for people; CSV, JSON, Parquet or Excel for programs and files."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

from .._runtime.files import replacing, replacing_text
from ..frames.extras import need
from .streams import can_write, clean, raw_terminal, terminal_safe, write_error

T = TypeVar("T")
Record = Mapping[str, Any]
_ENDINGS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".xlsx": "xlsx", ".txt": "table"}
_GAP = 2
"""Spaces between two columns of a table."""
_LEAST = 12
"""The fewest characters of a text that a narrow table shows."""


def chosen_format(options: Namespace) -> str:
    """Return the output format: that of `--format`, of the file's ending, or the default of standard output.

    Raises:
        ValueError: the file's ending names no format, or Parquet would go to a terminal.
    """
    form: str | None = options.format
    if form is None and options.output:
        form = _ENDINGS.get(Path(options.output).suffix.lower())
        if form is None:
            endings = ", ".join(_ENDINGS)
            raise ValueError(
                f"{options.output}: its ending names no format. Give --format, or end the name in {endings}"
            )
    form = form or ("table" if sys.stdout.isatty() else "csv")
    if form in ("parquet", "xlsx") and not options.output and sys.stdout.isatty():
        name = {"parquet": "Parquet", "xlsx": "An Excel workbook"}[form]
        raise ValueError(f"{name} can't be shown in a terminal: use --output FILE")
    return form


@contextmanager
def text_output(options: Namespace) -> Generator[TextIO]:
    """Open the place where text goes: the file of `--output`, else standard output."""
    if options.output:
        with replacing_text(options.output) as file:
            yield file
    else:
        yield terminal_safe(sys.stdout)


@contextmanager
def binary_output(options: Namespace) -> Generator[BinaryIO]:
    """Open the place where bytes go: the file of `--output`, else standard output."""
    if options.output:
        with replacing(options.output) as file:
            yield file
    else:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


@contextmanager
def whole_file(options: Namespace, ending: str) -> Generator[Path | str]:
    """Yield the path to write a format to that can't be written into a pipe.

    The path is `--output`, or else a temporary file, which is copied to standard output at the end.
    """
    if options.output:
        yield options.output
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"rows.{ending}")
        yield path
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
    sys.stdout.buffer.flush()


def write_bytes(content: bytes) -> None:
    """Write bytes to standard output; to a terminal as text, without control characters."""
    if sys.stdout.isatty():
        terminal_safe(sys.stdout).write(content.decode("utf-8", "replace"))
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def show(records: Iterable[Record], headers: Sequence[str], options: Namespace) -> None:
    """Print records of plain values.

    Args:
        records: heading to value.
        headers: the headings, in order; also printed where there are no records.
        options: with `format` and `output`, and `sort` and `columns` if the command has them.
    """
    rows = ([record.get(name) for name in headers] for record in records)
    show_rows(rows, headers, options)


def show_rows(rows: Iterable[Sequence[Any]], headers: Sequence[str], options: Namespace) -> None:
    """Print rows of plain values; see `show`."""
    form = chosen_format(options)
    rows, headers = arranged(rows, headers, getattr(options, "sort", None), getattr(options, "columns", None))
    if form == "parquet":
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(headers)
        pa = need("pyarrow", "arrow")
        arrays = [pa.array(list(column)) for column in columns]
        with binary_output(options) as sink:
            need("pyarrow.parquet", "arrow").write_table(
                pa.Table.from_arrays(arrays, names=list(headers)), sink
            )
        return
    if form == "xlsx":
        from ..frames.excel import write_workbook

        every = [[_excel(value) for value in row] for row in rows]
        with whole_file(options, form) as path:
            write_workbook(path, headers, [_excel_kind(column) for column in zip(*every, strict=True)], every)
        return
    rows = begun(rows)  # so that an error in the first row is raised before a file or a heading is written
    with text_output(options) as out:
        if form == "json":
            write_json((dict(zip(headers, row, strict=True)) for row in rows), out)
        elif form == "csv":
            from ..frames.csv_text import csv_line

            out.write(csv_line(headers))
            out.writelines(csv_line(["" if cell is None else str(cell) for cell in row]) for row in rows)
        else:
            write_table(list(rows), headers, out)


def _excel(value: Any) -> Any:
    """Convert a value to one that a worksheet can hold."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value if isinstance(value, (dt.date, int, float, str, type(None))) else str(value)


def _excel_kind(column: Sequence[Any]) -> str:
    """Return the number format of a column, by its values."""
    kinds: set[type[Any]] = {type(value) for value in column if value is not None}
    if kinds == {dt.datetime}:
        return "datetime"
    if kinds == {dt.date}:
        return "date"
    return "count" if kinds == {int} else "amount" if kinds and kinds <= {int, float} else ""


def arranged(
    rows: Iterable[Sequence[Any]], headers: Sequence[str], sort: str | None, columns: str | None
) -> tuple[Iterable[Sequence[Any]], Sequence[str]]:
    """Sort rows and choose columns. Rows without a value come last, whatever the direction.

    Args:
        rows: the rows.
        headers: their headings.
        sort: a heading, `-` before it for descending order; None keeps the order.
        columns: headings with commas between them; None keeps all.

    Raises:
        ValueError: a column does not exist.
    """
    if sort is not None:
        place, down = _place(sort.removeprefix("-"), headers), sort.startswith("-")
        every = list(rows)
        known = [row for row in every if row[place] is not None]
        known.sort(key=lambda row: _key(row[place]), reverse=down)
        rows = known + [row for row in every if row[place] is None]
    if columns is not None:
        places = [_place(name, headers) for name in columns.split(",")]
        rows = ([row[place] for place in places] for row in rows)
        headers = [headers[place] for place in places]
    return rows, headers


def _key(value: Any) -> tuple[bool, Any]:
    return isinstance(value, str), value.casefold() if isinstance(value, str) else value


def _place(name: str, headers: Sequence[str]) -> int:
    wanted = name.strip().casefold()
    for place, header in enumerate(headers):
        if header.casefold() == wanted:
            return place
    from .parser import nearest

    raise ValueError(f"there is no column {name.strip()!r}{nearest(name, headers)}")


def begun(items: Iterable[T]) -> Iterator[T]:
    """Fetch the first item, and return an iterator over all items."""
    source = iter(items)
    first = list(islice(source, 1))
    return chain(first, source)


def write_json(records: Iterator[Any], out: TextIO) -> None:
    """Write a JSON array, with one element on each line, as the elements arrive."""
    escape = not can_write("\xa3\u20ac\u4e00", out)  # JSON has escapes of its own, which lose nothing
    out.write("[")
    for number, record in enumerate(records):
        out.write(",\n " if number else "\n ")
        out.write(json.dumps(record, ensure_ascii=escape, default=plain))
    out.write("\n]\n")


def plain(value: Any) -> Any:
    """Convert a value that JSON can't hold to one that it can.

    Raises:
        TypeError: the value can't be written as JSON.
    """
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def write_table(rows: Sequence[Sequence[Any]], headers: Sequence[str], out: TextIO) -> None:
    """Write a table for people. A terminal gets one that fits, with bold headings if rich is installed.

    In a narrow terminal, texts are shortened and columns are left out; an ellipsis marks both. Numbers, dates
    and codes are never shortened, as a part of a number looks like another number.
    """
    texts = [[cell_text(value) for value in row] for row in rows]
    right = [
        bool(rows) and all(isinstance(row[place], (int, float, type(None))) for row in rows)
        for place in range(len(headers))
    ]
    more = "…" if can_write("…", out) else "..."
    columns = [[name, *(line[place] for line in texts)] for place, name in enumerate(map(cell_text, headers))]
    if out.isatty():
        columns = _fitted(columns, terminal_width(), more)
    widths = [max(map(text_width, column)) for column in columns]
    ways = list(zip(widths, [*right, False], strict=False))
    lines = [
        (" " * _GAP).join(padded(cell, *way) for cell, way in zip(line, ways, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    ]
    if out.isatty():
        _write_heading(lines[0] if lines else "", out)
    else:
        out.write(f"{lines[0]}\n{(' ' * _GAP).join('-' * width for width in widths)}\n")
    out.writelines(f"{line}\n" for line in lines[1:])


def terminal_width() -> int:
    """Return how many characters a line of the terminal holds; `COLUMNS` wins, 80 if unknown."""
    return max(shutil.get_terminal_size((80, 24)).columns, 1)


def _fitted(columns: list[list[str]], width: int, more: str) -> list[list[str]]:
    """Return the columns that fit into `width`, with shortened texts; `more` marks what was left out."""
    natural = [max(map(text_width, column)) for column in columns]
    least = [
        max(map(text_width, column[1:]), default=1) if _unbreakable(column) else min(most, _LEAST)
        for column, most in zip(columns, natural, strict=True)
    ]
    kept = len(columns)
    while kept > 1 and _line(least[:kept], more if kept < len(columns) else "") > width:
        kept -= 1
    given, mark = least[:kept], more if kept < len(columns) else ""
    for place in range(kept):  # give the remaining width to the columns in their order
        given[place] += max(0, min(natural[place] - given[place], width - _line(given, mark)))
    if kept == 1 and not _unbreakable(columns[0]):
        given[0] = max(1, min(given[0], width))
    shown = [[cut(cell, room, more) for cell in column] for column, room in zip(columns, given, strict=False)]
    fits = _line(given, mark) <= width
    return [*shown, [mark] * len(columns[0])] if mark and fits else shown


def _line(widths: Sequence[int], more: str) -> int:
    return sum(widths) + _GAP * (len(widths) - 1) + (_GAP + len(more) if more else 0)


def _unbreakable(column: Sequence[str]) -> bool:
    """Return whether a part of a value would look like another value: numbers, dates, codes."""
    return all(
        any(map(str.isdigit, cell)) and (" " not in cell[:24] or not any(map(str.isalpha, cell)))
        for cell in column[1:]
        if cell
    )


def text_width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int, more: str) -> str:
    """Return the text, shortened with `more` at its end if it takes more than `width` cells."""
    if text_width(text) <= width:
        return text
    kept = text
    while kept and text_width(kept) + len(more) > width:
        kept = kept[:-1]
    return kept + more[:width]


def padded(text: str, width: int, to_right: bool = False) -> str:
    """Return the text with spaces after it, or before it, so that it takes `width` cells of a terminal."""
    space = " " * (width - text_width(text))
    return space + text if to_right else text + space


def _write_heading(line: str, out: TextIO) -> None:
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        out.write(f"{line}\n")
        return
    console = Console(file=raw_terminal(out), width=text_width(line) + 1)
    console.print(Text(line, style="bold"), soft_wrap=True)


def cell_text(value: Any) -> str:
    """Return a value as text for people: on one line, without control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")[:19]
    return clean(str(value))


def note(text: str) -> None:
    """Write a remark for people to standard error, in a terminal only."""
    if sys.stderr.isatty():
        write_error(f"{clean(text)}\n")
