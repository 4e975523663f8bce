"""`apteco-api count`, `export`, `cube`: figures and rows."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..frames.extras import need
from ..frames.remote import is_url
from ..session.progress import Progress, progress_bar
from .output import (
    binary_output,
    chosen_format,
    note,
    show,
    show_rows,
    text_output,
    whole_file,
    write_json,
    write_table,
)
from .query import asked_query
from .streams import say

if TYPE_CHECKING:
    from ..frames.rows import Rows
    from ..frames.stream import RowStream
    from ..query.requests import Queryable
    from ..session.session import Session

FIRST_ROWS = 50
"""Rows of an export that a terminal shows without `--limit`."""


def count(session: Session, options: Namespace) -> None:
    """Print a count; for a program, only the number."""
    query = asked_query(session, options)
    if options.ancestors:
        counts = session.counts(query, table=options.table or "")
    else:
        found = session.count(query, table=options.table or "")
        if not options.format and not options.output:
            say(f"{found:,} {found.table}" if sys.stdout.isatty() else int(found))
            return
        counts = {found.table: found}
    show(({"table": table, "count": number} for table, number in counts.items()), ("table", "count"), options)


def export(session: Session, options: Namespace) -> None:
    """Print or write rows as they arrive."""
    write_export(session, asked_query(session, options), options.table, options)


def write_export(session: Session, query: Queryable, table: str, options: Namespace) -> None:
    """Export what a query selects, as the options say.

    Args:
        session: the session.
        query: what to export.
        table: the table to export; empty for the query's own.
        options: with `columns`, `limit`, `codes`, `sort`, `partition_by`, `format` and `output`.
    """
    if options.partition_by or is_url(options.output or ""):
        _write_elsewhere(session, query, table, options)
        return
    form = chosen_format(options)
    if options.codes and form != "csv":
        raise ValueError("--codes needs --format csv")
    if options.codes and options.sort:
        raise ValueError("--codes and --sort exclude each other")
    columns, limit = options.columns or None, options.limit
    if limit is None and form == "table" and not options.output:
        limit = FIRST_ROWS
    if options.sort:
        rows = session.export(query, columns, table=table, limit=limit, order_by=options.sort)
        _write_sorted(rows, form, options)
        return
    # Rows that a terminal prints one by one need no progress bar; it would appear among them.
    watched = sys.stderr.isatty() and (form == "table" or bool(options.output) or not sys.stdout.isatty())
    # The server sends the number of rows last, so a progress bar needs a count first.
    total = session.count(query, table=table) if watched else 0
    bar = progress_bar("export", watched)
    try:
        with session.stream_export(query, columns, table=table, limit=limit) as stream:
            _write(stream, form, Watch(bar, min(total, limit or total)), options)
    finally:
        bar.close()


def _write_elsewhere(session: Session, query: Queryable, table: str, options: Namespace) -> None:
    """Write a dataset, or a file behind a URL."""
    if not options.output:
        raise ValueError("--partition-by needs --output FOLDER")
    if options.format or options.codes:
        wrong = "--format" if options.format else "--codes"
        raise ValueError(
            f"{wrong} is only for a local file: a URL's ending decides its format, and a dataset is Parquet"
        )
    session.export_to(
        options.output,
        query,
        options.columns or None,
        table=table,
        limit=options.limit,
        order_by=options.sort,
        partition_by=options.partition_by,
    )


def _write_sorted(rows: Rows, form: str, options: Namespace) -> None:
    """Write sorted rows, which are all in memory."""
    if form in ("parquet", "xlsx"):
        with whole_file(options, form) as path:
            {"parquet": rows.to_parquet, "xlsx": rows.to_excel}[form](path)
        return
    with text_output(options) as out:
        if form == "csv":
            rows.to_csv(out)
        elif form == "json":
            write_json(rows.records(), out)
        else:
            write_table(list(rows), rows.headers, out)


class Watch:
    """A progress bar over batches of rows as they arrive.

    Args:
        bar: the bar.
        total: how many rows will come.
    """

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._total = total

    def over(self, stream: RowStream) -> Iterator[Rows]:
        """Yield the batches of a stream."""
        done = 0
        for rows in stream:
            done += len(rows)
            self.show(done)
            yield rows

    def show(self, done: int) -> None:
        """Show that this many rows were written."""
        self._bar.update(done, self._total, f"{done:,} rows")

    def close(self) -> None:
        """Remove the bar after the last row."""
        self._bar.close()


def _write(stream: RowStream, form: str, watch: Watch, options: Namespace) -> None:
    headers = [column.header for column in stream.columns]
    if form in ("parquet", "xlsx"):
        with whole_file(options, form) as path:
            if form == "parquet":
                stream.to_parquet(path, progress=watch.show)
            else:
                stream.to_excel(path)
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
    form = chosen_format(options)
    if form == "parquet":
        table = frame.to_arrow(totals=options.totals, unclassified=options.unclassified)
        with binary_output(options) as sink:
            need("pyarrow.parquet", "arrow").write_table(table, sink)
        return
    rows = frame.rows(totals=options.totals, unclassified=options.unclassified)
    show_rows(rows, frame.headers, options)
