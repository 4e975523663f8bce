"""What a command prints: a table for people, CSV, JSON or Parquet for programs and files."""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import Namespace
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

from .._runtime.files import replacing, replacing_text
from ..frames.extras import need

T = TypeVar("T")
Record = Mapping[str, Any]
_ENDINGS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".txt": "table"}


def chosen_format(options: Namespace) -> str:
    """`table`, `csv`, `json` or `parquet`: as asked, by the file's ending, or what suits the place.

    Raises:
        ValueError: the file's ending says nothing, or Parquet would go to a terminal.
    """
    form: str | None = options.format
    if form is None and options.output:
        form = _ENDINGS.get(Path(options.output).suffix.lower())
        if form is None:
            raise ValueError(f"{options.output}: say --format, or end the name in .csv, .json or .parquet")
    form = form or ("table" if sys.stdout.isatty() else "csv")
    if form == "parquet" and not options.output and sys.stdout.isatty():
        raise ValueError("Parquet is nothing for a terminal: give --output FILE")
    return form


@contextmanager
def text_output(options: Namespace) -> Generator[TextIO]:
    """Where text goes: the file of `--output`, else standard output."""
    if options.output:
        with replacing_text(options.output) as file:
            yield file
    else:
        yield sys.stdout


@contextmanager
def binary_output(options: Namespace) -> Generator[BinaryIO]:
    """Where bytes go: the file of `--output`, else standard output."""
    if options.output:
        with replacing(options.output) as file:
            yield file
    else:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


def show(records: Iterable[Record], headers: Sequence[str], options: Namespace) -> None:
    """Print records of plain values.

    Args:
        records: heading to value.
        headers: the headings, in order; also printed where there are no records.
        options: with `format` and `output`.
    """
    rows = ([record.get(name) for name in headers] for record in records)
    show_rows(rows, headers, options)


def show_rows(rows: Iterable[Sequence[Any]], headers: Sequence[str], options: Namespace) -> None:
    """Print rows of plain values."""
    form = chosen_format(options)
    if form == "parquet":
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(headers)
        pa = need("pyarrow", "arrow")
        arrays = [pa.array(list(column)) for column in columns]
        with binary_output(options) as sink:
            need("pyarrow.parquet", "arrow").write_table(
                pa.Table.from_arrays(arrays, names=list(headers)), sink
            )
        return
    rows = begun(rows)  # what can't be had is an error before there is a file or a heading
    with text_output(options) as out:
        if form == "json":
            write_json((dict(zip(headers, row, strict=True)) for row in rows), out)
        elif form == "csv":
            import csv

            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(headers)
            writer.writerows(rows)
        else:
            write_table(list(rows), headers, out)


def begun(items: Iterable[T]) -> Iterator[T]:
    """The same items, the first of which has been fetched."""
    source = iter(items)
    first = list(islice(source, 1))
    return chain(first, source)


def write_json(records: Iterator[Any], out: TextIO) -> None:
    """A JSON array, an element a line, written as the elements come."""
    out.write("[")
    for number, record in enumerate(records):
        out.write(",\n " if number else "\n ")
        out.write(json.dumps(record, ensure_ascii=False, default=plain))
    out.write("\n]\n")


def plain(value: Any) -> Any:
    """JSON for what JSON has no form of."""
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def write_table(rows: Sequence[Sequence[Any]], headers: Sequence[str], out: TextIO) -> None:
    """A table for people: with rich if it is installed and this is a terminal, else plain columns."""
    texts = [[cell_text(value) for value in row] for row in rows]
    right = [
        bool(rows) and all(isinstance(row[place], (int, float, type(None))) for row in rows)
        for place in range(len(headers))
    ]
    if out.isatty():
        try:
            from rich.console import Console
            from rich.table import Table
            from rich.text import Text
        except ImportError:
            pass
        else:
            table = Table(header_style="bold", box=None, pad_edge=False)
            for name, is_right in zip(headers, right, strict=True):
                table.add_column(name, justify="right" if is_right else "left", overflow="fold")
            for line in texts:
                table.add_row(*(Text(cell) for cell in line))  # Text: a value is never taken for markup
            Console(file=out).print(table)
            return
    widths = [max(map(len, column)) for column in zip(headers, *texts, strict=True)]
    for line in (list(headers), ["-" * width for width in widths], *texts):
        cells = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        )
        out.write("  ".join(cells).rstrip() + "\n")


def cell_text(value: Any) -> str:
    """A value as a person reads it: on one line, with no control characters, which a terminal would obey."""
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
    return "".join(char if char.isprintable() else " " for char in str(value))


def note(text: str) -> None:
    """A remark for people, on standard error, in a terminal only."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
