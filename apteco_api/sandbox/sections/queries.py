"""Queries, Exports and Cubes: count, list and cross-tabulate the data."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from .. import clock, holidays, query
from ..call import Answer, Call, handles
from ..data_rights import require_data
from ..listing import page
from ..problem import Problem, missing, refused
from ..query import xml
from ..rights import RUN_FILE, path_levels
from ..store import Row


def details(call: Call) -> Row:
    """Return the details of a run that every result contains."""
    return {
        "systemName": call.world.settings.system,
        "systemLoadDate": holidays.SYSTEM["fastStatsBuildDate"],
        "userName": call.user["username"],
        "runDate": clock.now(),
    }


def run(call: Call, kind: str, request: Row) -> Row:
    """Run a Query, Export or Cube on the engine, within the call's time limit."""
    require_data(call, request)
    compute = {"Count": query.count, "Export": query.export, "Cube": query.cube}[kind]

    def work(cursor: duckdb.DuckDBPyConnection) -> Row:
        return compute(cursor, request, files=StoredFiles(call))

    return call.world.data.run(kind, call.user, work, call.query.get("timeoutInSeconds"), request)


def browse(call: Call, request: Row) -> tuple[Row, Iterator[list[Row]]]:
    """Run an Export on the engine; return the result without rows, and an iterator of batches of rows."""
    require_data(call, request)

    def work(cursor: duckdb.DuckDBPyConnection) -> Iterator[Row]:
        return query.browse(cursor, request, files=StoredFiles(call))

    seconds = call.query.get("timeoutInSeconds")
    pieces = call.world.data.run_in_pieces("Export", call.user, work, seconds, request)
    return next(pieces), (piece["rows"] for piece in pieces)


def described(call: Call, result: Row, request: Row, definition: str) -> Row:
    """Return the engine's result with the run's details, and with the request if the call asks for it."""
    asked = {definition: request} if call.query.get("returnDefinition") else {}
    return {**details(call), **result, **asked}


def answer(call: Call, kind: str, request: Row, definition: str) -> Answer:
    """Return the answer to a Query or Cube."""
    return Answer(described(call, run(call, kind, request), request, definition), shaped=True)


@handles("Queries_PerformQueryCountSynchronously")
def count(call: Call) -> Answer:
    """Count a query."""
    return answer(call, "Count", call.body, "query")


@handles("Queries_PerformQueryFileCountSynchronously")
def count_file(call: Call) -> Answer:
    """Count the query in a file."""
    return answer(call, "Count", _query_to_run(call, call.body["path"]), "query")


@handles("Queries_PerformGetQueryFileDefinitionSynchronously")
def read_file(call: Call) -> Row:
    """Read the query in a file without counting it."""
    return {"ranSuccessfully": True, **details(call), "query": read_query(call, call.body["path"])}


@handles("Queries_PerformSaveQueryFileDefinitionSynchronously")
def save_file(call: Call) -> None:
    """Save a query to a file."""
    body = call.body
    if "selection" not in body["query"]:
        raise refused("A query without a selection can't be saved.", where="saveQueryFile.query.selection")
    call.world.files.write(body["path"], xml.write(body["query"]).encode(), call.user)


_OUTPUTS = {"number": ("Double", "Integer"), "text": ("String", "Selector"), "date": ("Date", "DateTime")}


@handles("Queries_ValidateExpressionSynchronously")
def validate_expression(call: Call) -> Row:
    """Return whether an expression can be computed, or the reason why not. Nothing is computed."""
    wanted = call.body.get("outputType")
    shown = {"expression": call.body} if call.query.get("returnDefinition") else {}
    result = {"systemName": call.world.settings.system, "messages": list[Row](), **shown}
    require_data(call, call.body)
    try:
        kind = query.validate_expression(call.body, files=StoredFiles(call))
    except query.QueryError as error:
        return {**result, "valid": False, "invalidReason": error.message}
    if wanted and wanted not in _OUTPUTS.get(kind, (wanted,)):
        reason = f"The expression gives a {kind}, which does not fit the outputType {wanted}."
        return {**result, "valid": False, "invalidReason": reason}
    return {**result, "valid": True}


@handles("Exports_PerformExportSynchronously")
def export(call: Call) -> Answer:
    """Export rows to the answer, to a file, or both."""
    request: Row = call.body
    result, rows = browse(call, request)
    path = request.get("pathToExportTo")
    if path:
        rows = iter(list(rows))  # the file is written next, with the same cursor
        write_export(call, path, request)
    return Answer(described(call, result, request, "export"), shaped=True, rows=rows)


@handles("Cubes_CalculateCubeSynchronously")
def cube(call: Call) -> Answer:
    """Calculate a cube."""
    return answer(call, "Cube", call.body, "cube")


@handles("Exports_GetExportSystems")
def export_systems(call: Call) -> Answer:
    """List the systems with the formats they can export."""
    return page(call, [_export_system(call)])


@handles("Exports_GetExportSystem")
def export_system(call: Call) -> Row:
    """Return the formats of the system."""
    return _export_system(call)


def check(call: Call, request: Row) -> None:
    """Raise 400 for a query that the engine would not count. Nothing is counted."""
    try:
        query.validate(request, files=StoredFiles(call))
    except query.QueryError as error:
        raise Problem(error.status, error.message, parameters=dict(error.parameters)) from None


def read_query(call: Call, path: str) -> Row:
    """Return the query in a file of the file store; 400 if the file does not contain a query."""
    try:
        data = call.world.files.read(path, call.user)
    except Problem as problem:
        raise (missing("query file", path) if problem.status == 404 else problem) from None
    try:
        return xml.read(data.decode("utf-8-sig"))
    except (ValueError, query.QueryError) as error:
        raise refused(f"'{path}' does not hold a query: {error}", path=path) from None


class StoredFiles:
    """The file store for the engine: queries by path, and texts for record sets."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __call__(self, path: str) -> Row:
        """Return the query in a file."""
        return _query_to_run(self._call, path)

    def text(self, path: str) -> str:
        """Return the text of a file; 400 if it is not UTF-8."""
        try:
            return self._call.world.files.read(path, self._call.user).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise refused(f"'{path}' is not a text file.", path=path) from None


def _query_to_run(call: Call, path: str) -> Row:
    """Return the query in a file; raise if the caller may not run it or use the items in it."""
    call.world.rights.require(call.user, RUN_FILE, path_levels(path))
    found = read_query(call, path)
    require_data(call, found)
    return found


def write_export(call: Call, path: str, request: Row) -> None:
    """Write all rows of an export to the file store, in the format of its `output`."""
    call.world.files.write(path, export_bytes(call, request), call.user)


def export_bytes(call: Call, request: Row) -> bytes:
    """Return all rows of an export as a file, in the format of its `output`."""
    require_data(call, request)

    def work(cursor: duckdb.DuckDBPyConnection) -> bytes:
        return b"".join(query.export_file(cursor, request, files=StoredFiles(call)))

    seconds = call.query.get("timeoutInSeconds")
    return call.world.data.run("ExportFile", call.user, work, seconds, request)


def _export_system(call: Call) -> Row:
    types = [{"name": name, "format": name} for name in query.FORMATS]
    return {"name": call.world.settings.system, "isVelocityEnabled": False, "outputTypes": types}
