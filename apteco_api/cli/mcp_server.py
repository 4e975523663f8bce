"""`apteco-api mcp`: a Model Context Protocol server on standard input and output, for language models.

Each public method of `Reading` is a tool; `--allow-changes` adds those of `Changing`. A method's docstring is
the description that the client's model reads: it says what the tool is for and how its arguments are written.
"""

from __future__ import annotations

import functools
import logging
import threading
from argparse import Namespace
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..frames.extras import need
from .output import plain
from .query import conditions

if TYPE_CHECKING:
    from ..query.requests import Queryable
    from ..session.session import Session

MOST_ROWS = 1_000
"""Most rows, codes, cells or other items that a tool returns: a model reads all of them."""

ABOUT = """\
Tools to analyse a marketing database of Apteco FastStats. Tables form a tree (such as Households > People >
Bookings). Variables belong to tables; selector variables have codes with descriptions. Begin with list_tables
and list_variables or search. Never guess the name of a variable or code: look it up.

Conditions (`where`) are texts: "Destination=France,Germany" (any of these), "Destination!=France",
"Cost>=500", "Cost=500..700" (both included), "Surname~smi" (contains), "Booking Date>=2021-01-01", "Cost="
(missing). All conditions must hold; conditions on variables of one table must hold for the same record."""


def serve(session: Session, options: Namespace) -> None:
    """Serve the tools until the client closes the connection."""
    make_server(session, options.allow_changes).run("stdio")


def make_server(session: Session, allow_changes: bool = False) -> Any:
    """Return the server with its tools.

    Args:
        session: the session that the tools use.
        allow_changes: whether tools that change the server are there.

    Raises:
        MissingExtra: the package `mcp` is not installed.
    """
    hints = need("mcp.types", "mcp").ToolAnnotations
    server = need("mcp.server", "mcp").MCPServer("apteco-api", instructions=ABOUT, version=__version__)
    kinds: list[type[Reading] | type[Changing]] = [Reading, *([Changing] if allow_changes else [])]
    for kind in kinds:
        tools = kind(session)
        for name in (name for name in vars(kind) if not name.startswith("_")):
            reads = kind is Reading
            server.tool(name=name, annotations=hints(read_only_hint=reads, open_world_hint=False))(
                _told(getattr(tools, name), session)
            )
    return server


def _told(tool: Callable[..., Any], session: Session) -> Callable[..., Any]:
    """Wrap a tool: an error becomes one line that says what to do, and warnings of the session are returned
    as `left_out`. The list of audiences is read again for each call, as other users may have changed it.
    """
    error_class: Any = need("mcp.server.mcpserver.exceptions", "mcp").ToolError

    @functools.wraps(tool)
    def told(*args: Any, **kwargs: Any) -> Any:
        from .__main__ import error_message
        from .status import status_of

        session.audiences.refresh()
        try:
            with _warnings(session) as left_out:
                answer = tool(*args, **kwargs)
        except Exception as error:
            if status_of(error) < 0:
                raise
            raise error_class(error_message(error)) from error
        return {**answer, "left_out": left_out} if left_out else answer

    return told


@contextmanager
def _warnings(session: Session) -> Generator[list[str]]:
    """Collect the warnings that the session logs in this thread."""
    found: list[str] = []
    here = threading.get_ident()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                found.append(record.getMessage())

    handler, logger = Collector(logging.WARNING), session.client.configuration.logger["package_logger"]
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)


class Reading:
    """Tools that change nothing.

    Args:
        session: the session that the tools use.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_tables(self) -> dict[str, Any]:
        """List the tables: name, parent table and number of records. The first tool to call."""
        return {
            "tables": [
                {"table": each.name, "parent": each.model.parent_table, "records": each.total_records}
                for each in self._session.tables
            ]
        }

    def list_variables(self, table: str = "", search: str = "", limit: int = 200) -> dict[str, Any]:
        """List variables: name, description, table and kind (selector, numeric, text, date …).

        Args:
            table: only variables of this table.
            search: only variables with this text in their name or description.
            limit: the most to return, from 1 to 1000.
        """
        every = self._session.tables[table].variables if table else self._session.variables
        found = every.search(search) if search else every
        return _bounded(
            "variables",
            (
                {"name": v.name, "description": v.description, "table": v.table_name, "kind": v.kind}
                for v in found
            ),
            limit,
        )

    def list_codes(self, variable: str, search: str = "", limit: int = 100) -> dict[str, Any]:
        """List the codes of a selector variable: code, description and number of records.

        Args:
            variable: name or description of the variable.
            search: only codes with this text in code or description.
            limit: the most to return, from 1 to 1000.
        """
        asked = self._session.variables[variable]
        if asked.model.selector_info is None:
            raise ValueError(f"{asked.name!r} is a {asked.kind} variable: it has no codes")
        found = asked.codes.search(search) if search else asked.codes
        return _bounded(
            "codes",
            ({"code": c.code, "description": c.description, "records": c.count} for c in found),
            limit,
        )

    def search(self, text: str) -> dict[str, Any]:
        """Find tables, variables and audiences by a part of their name or description."""
        found = self._session.search(text, "tables", "variables", "audiences")
        return {kind: [_named(each) for each in items[:MOST_ROWS]] for kind, items in found.items()}

    def count(
        self, table: str = "", where: list[str] | None = None, saved_query: str = "", audience: str = ""
    ) -> dict[str, Any]:
        """Count the selected records of a table, and the records of the tables above it that they belong to.

        Args:
            table: the table to count; by default that of the condition, the saved query or the audience.
            where: conditions, such as ["Destination=France,Germany", "Cost>=500"]; all must hold.
            saved_query: path of a saved query, in place of conditions.
            audience: title or id of an audience, in place of conditions.
        """
        counts = self._session.counts(self._asked(table, where, saved_query, audience), table=table)
        return {"counts": {name: int(number) for name, number in counts.items()}}

    def export(
        self,
        table: str,
        columns: list[str],
        where: list[str] | None = None,
        saved_query: str = "",
        audience: str = "",
        order_by: list[str] | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return some records. For questions about how many or how much, use count or cube.

        Args:
            table: the table whose records are exported.
            columns: variables of this table or of tables above it, by name or description.
            where: conditions, all of which must hold.
            saved_query: path of a saved query, in place of conditions.
            audience: title or id of an audience, in place of conditions.
            order_by: columns to sort by, "-Cost" for the largest first. Sorts all records before the limit.
            limit: the most records to return, from 1 to 1000.
        """
        most = _limit(limit)
        query = self._asked(table, where, saved_query, audience)
        rows = self._session.export(query, columns, table=table, limit=most, order_by=order_by or None)
        return {
            "columns": rows.headers,
            "rows": [[_plain(cell) for cell in row] for row in rows],
            "total": int(self._session.count(query, table=table)),
        }

    def cube(
        self,
        table: str,
        dimensions: list[str],
        measures: list[str] | None = None,
        where: list[str] | None = None,
        saved_query: str = "",
        audience: str = "",
    ) -> dict[str, Any]:
        """Return figures for each combination of the values of some variables.

        Args:
            table: the table whose records are analysed.
            dimensions: selector variables; dates with a period, such as "Booking Date by Years" (Quarters,
                Months, Days); numbers with bands, such as "Cost by 500".
            measures: "Count" (the default), a table's name, or "Sum(Cost)", "Mean(Cost)", "Median(Cost)" …
            where: conditions, all of which must hold.
            saved_query: path of a saved query, in place of conditions.
            audience: title or id of an audience, in place of conditions.
        """
        query = self._asked(table, where, saved_query, audience)
        frame = self._session.cube(query, dimensions, measures or ["Count"], table=table)
        return {
            "columns": frame.headers,
            **_bounded("rows", ([_plain(c) for c in r] for r in frame.rows()), MOST_ROWS),
        }

    def list_saved_queries(self, folder: str = "") -> dict[str, Any]:
        """List the queries that are saved on the server, by path. Use a path as `saved_query`."""
        return _bounded("queries", (entry.path for entry in self._session.queries.saved(folder)), MOST_ROWS)

    def describe_query(self, saved_query: str = "", audience: str = "") -> dict[str, Any]:
        """Tell in words what a saved query (by path) or an audience (by title or id) selects."""
        import json

        from .._runtime.codec.encode import encode
        from .query_text import query_text

        query = self._session.query(self._asked("", None, saved_query, audience))
        return {"query": query_text(json.loads(encode(query)))}

    def list_audiences(self, search: str = "") -> dict[str, Any]:
        """List the audiences that the user may see: id, title, table, records at the last calculation."""
        found = self._session.audiences.search(search) if search else self._session.audiences
        return _bounded("audiences", (_audience(each) for each in found), MOST_ROWS)

    def _asked(self, table: str, where: list[str] | None, saved_query: str, audience: str) -> Queryable:
        """Return what the arguments of a tool select.

        Raises:
            ValueError: no argument is given, or several that exclude each other.
        """
        from ..models import QueryFile
        from .audiences import find_audience

        ways = {"where": where, "saved_query": saved_query, "audience": audience}
        given = [name for name, value in ways.items() if value]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other")
        if where:
            return conditions(where, self._session.catalogue, table)
        if saved_query:
            return QueryFile(path=saved_query)
        if audience:
            return find_audience(self._session, audience)
        if not table:
            raise ValueError("give a table, conditions, a saved query or an audience")
        return table


class Changing:
    """Tools that change what is stored on the server.

    Args:
        session: the session that the tools use.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def save_query(self, path: str, where: list[str], table: str = "") -> dict[str, Any]:
        """Save conditions as a query on the server; an existing file is replaced.

        Args:
            path: where to save it, such as "Private/To France.xml".
            where: conditions, all of which must hold.
            table: the table that it selects; by default that of the first condition.
        """
        self._session.queries.save(path, conditions(where, self._session.catalogue, table), table=table)
        return {"path": path}

    def create_audience(
        self, title: str, where: list[str], table: str = "", description: str = ""
    ) -> dict[str, Any]:
        """Create an audience from conditions; calculate_audience then counts it.

        Args:
            title: its title.
            where: conditions, all of which must hold.
            table: the table that it selects; by default that of the first condition.
            description: what it is for.
        """
        query = conditions(where, self._session.catalogue, table)
        return _audience(self._session.audiences.create(title, query, description=description))

    def calculate_audience(self, audience: str) -> dict[str, Any]:
        """Calculate an audience, by title or id, and return its number of records."""
        from .audiences import find_audience

        found = find_audience(self._session, audience)
        found.calculate()
        return _audience(found)


def _bounded(name: str, items: Iterator[Any], limit: int) -> dict[str, Any]:
    """Return at most `limit` items, and whether there are more."""
    most = _limit(limit)
    found = list(islice(items, most + 1))
    return {name: found[:most], "more": len(found) > most}


def _limit(asked: int) -> int:
    if not 1 <= asked <= MOST_ROWS:
        raise ValueError(f"limit must be from 1 to {MOST_ROWS}, not {asked}")
    return asked


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else plain(value)


def _named(item: Any) -> dict[str, Any]:
    """Return the facts of a table, a variable or an audience."""
    if hasattr(item, "title"):
        return _audience(item)
    if hasattr(item, "kind"):
        return {
            "name": item.name,
            "description": item.description,
            "table": item.table_name,
            "kind": item.kind,
        }
    return {"name": item.name, "records": item.total_records}


def _audience(audience: Any) -> dict[str, Any]:
    table, records = audience.model.resolve_table_name, audience.count
    return {"id": audience.id, "title": audience.title, "table": table, "records": records}
