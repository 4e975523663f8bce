"""`apteco-api count`, `export`, `cube`: figures and rows."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..frames.extras import need
from ..session.progress import Progress, progress_bar
from .output import binary_output, chosen_format, note, show, show_rows, text_output, write_json, write_table
from .query import asked_query
from .streams import say

if TYPE_CHECKING:
    from ..frames.rows import Rows
    from ..frames.stream import RowStream
    from ..session.session import Session

FIRST_ROWS = 50
"""Rows of an export that a terminal shows if not told otherwise."""


def count(session: Session, options: Namespace) -> None:
    """Print a count: the bare number where a program reads it."""
    query = asked_query(session, options)
    if options.ancestors:
        counts = session.counts(query, table=options.table or "")
    else:
        from ..query.requests import table_of

        query = session.query(query, table=options.table or "")
        found, counted = session.count(query), table_of(query)
        if not options.format and not options.output:
            say(f"{found:,} {counted}" if sys.stdout.isatty() else found)
            return
        counts = {counted: found}
    show(({"table": table, "count": number} for table, number in counts.items()), ("table", "count"), options)


def export(session: Session, options: Namespace) -> None:
    """Print or write rows, as they arrive."""
    form = chosen_format(options)
    if options.codes and form != "csv":
        raise ValueError("--codes goes with --format csv")
    query = asked_query(session, options)
    limit = options.limit
    if limit is None and form == "table" and not options.output:
        limit = FIRST_ROWS
    # rows that go to a terminal one by one show by themselves how far they are: a bar would stand among them
    watched = sys.stderr.isatty() and (form == "table" or bool(options.output) or not sys.stdout.isatty())
    # the answer says only at its end how many rows it has: where somebody watches, they are counted first
    total = session.count(query, table=options.table) if watched else 0
    bar = progress_bar("export", watched)
    try:
        with session.stream_export(query, options.columns, table=options.table, limit=limit) as stream:
            _write(stream, form, Watch(bar, min(total, limit or total)), options)
    finally:
        bar.close()


class Watch:
    """Batches of rows on their way, shown as a progress bar.

    Args:
        bar: the bar.
        total: how many rows will come.
    """

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._total = total

    def over(self, stream: RowStream) -> Iterator[Rows]:
        """The batches of a stream."""
        done = 0
        for rows in stream:
            done += len(rows)
            self.show(done)
            yield rows

    def show(self, done: int) -> None:
        """That many rows are through."""
        self._bar.update(done, self._total, f"{done:,} rows")

    def close(self) -> None:
        """All rows are through: wipe the bar."""
        self._bar.close()


def _write(stream: RowStream, form: str, watch: Watch, options: Namespace) -> None:
    headers = [column.header for column in stream.columns]
    if form == "parquet":
        _parquet(stream, watch, options)
        return
    with text_output(options) as out:
        if form == "csv":
            stream.to_csv(out, codes=options.codes, progress=watch.show)
        elif form == "json":
            write_json((record for rows in watch.over(stream) for record in rows.records()), out)
        else:
            every = [row for rows in watch.over(stream) for row in rows]
            watch.close()
            write_table(every, headers, out)
            if len(every) == FIRST_ROWS and options.limit is None and not options.output:
                note(f"the first {FIRST_ROWS} rows; --limit shows more, --output writes all")


def _parquet(stream: RowStream, watch: Watch, options: Namespace) -> None:
    if options.output:
        stream.to_parquet(options.output, progress=watch.show)
        return
    with tempfile.TemporaryDirectory() as folder:  # the format is written from its end: not into a pipe
        path = Path(folder, "rows.parquet")
        stream.to_parquet(path, progress=watch.show)
        with binary_output(options) as sink, path.open("rb") as file:
            while piece := file.read(1 << 20):
                sink.write(piece)


def cube(session: Session, options: Namespace) -> None:
    """Print or draw a cube."""
    query = asked_query(session, options)
    frame = session.cube(query, options.dimensions, options.measure or ["Count"], table=options.table)
    if options.plot is not None:
        from .plot import bars, picture

        if options.plot:
            picture(frame, options.plot)
            note(f"drawn into {options.plot}")
            if not options.format and not options.output:
                return
        elif not options.format and not options.output:
            with text_output(options) as out:
                bars(frame, out)
            return
    if chosen_format(options) == "parquet":
        table = frame.to_arrow(totals=options.totals, unclassified=options.unclassified)
        with binary_output(options) as sink:
            need("pyarrow.parquet", "arrow").write_table(table, sink)
        return
    rows = frame.rows(totals=options.totals, unclassified=options.unclassified)
    show_rows(rows, frame.headers, options)
