"""Make the `Export` model from the columns that a user names, and counts and rows from answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from typing import Any, NamedTuple, TypeAlias, cast

from .. import models
from .._runtime.exceptions import ApiResponseError, ApiTypeError, ApiValueError
from ..query.catalogue import Catalogue, Facts, Named, UnknownName, ancestors, is_single, name_of
from ..query.record_count import RecordCount
from ..query.requests import table_of
from .columns import ExportColumn
from .rows import Rows

EVERY_ROW = 2**31 - 1
"""The number of rows to request if the caller wants all rows."""


def count_of(result: models.QueryResult) -> dict[str, RecordCount]:
    """Return the count of each table, the selection's own table first.

    Raises `ApiResponseError` if the count failed.
    """
    check_ran(result.ran_successfully, result, "count")
    counts = {each.table_name: RecordCount(each.count_value, each.table_name) for each in result.counts or ()}
    if not counts:
        raise ApiResponseError(200, "the answer to a count has no counts")
    return counts


Columns: TypeAlias = "Iterable[str | Named] | Mapping[str, str | Named]"
"""The columns of an export: variables by name or description, or a mapping of headings to variables."""

EVERY_COLUMN = "*"
"""The word for all variables of the exported table."""


def export_columns(columns: Columns | None, table: str, catalogue: Catalogue) -> list[ExportColumn]:
    """Return the columns of an export.

    Without headings, descriptions become headings; if variables share a description, their names are added to
    it. None and `"*"` mean all variables of the table.
    """
    given: list[tuple[str, str | Named]] = []
    wanted: Any = EVERY_COLUMN if columns is None else columns
    wanted = [wanted] if is_single(wanted) else wanted
    if not hasattr(wanted, "__iter__"):
        raise ApiTypeError(f"columns come in a list or a mapping, not as {wanted!r:.80}")
    if isinstance(wanted, Mapping):
        given = list(cast("Mapping[str, str | Named]", wanted).items())
        _check_direction(given, catalogue)
    else:
        for column in cast("Iterable[str | Named]", wanted):
            if isinstance(column, str) and column == EVERY_COLUMN:
                given += [("", each.name) for each in catalogue.variables_of(table)]
            else:
                given.append(("", column))
    found: list[tuple[str, Facts]] = []
    for header, column in given:
        facts = catalogue.facts(name_of(column))
        found.append((header or facts.description or facts.name, facts))
    if not found:
        raise ApiValueError("an export needs at least one column")
    headers = [header for header, _ in found]
    made: dict[str, ExportColumn] = {}
    for header, facts in found:
        unique = base = f"{header} ({facts.name})" if headers.count(header) > 1 else header
        while unique in made:
            unique = f"{base} {len(made) + 1}"
        made[unique] = ExportColumn(unique, facts)
    return list(made.values())


def _check_direction(given: Sequence[tuple[str, str | Named]], catalogue: Catalogue) -> None:
    """Raise `UnknownName` for a mapping of variables to headings: an export takes headings to variables."""
    for header, column in given:
        try:
            if isinstance(column, str):
                catalogue.facts(column)
        except UnknownName:
            try:
                catalogue.facts(header)
            except LookupError:
                continue
            raise UnknownName(
                f"columns are written the other way round, heading to variable: {{{column!r}: {header!r}}}"
            ) from None


def check_reach(columns: Sequence[ExportColumn], table: str, catalogue: Catalogue) -> None:
    """Raise `ValueError` for a column that is neither on the exported table nor on one above it."""
    reach = [table, *ancestors(catalogue.parents(), table)]
    for column in columns:
        if column.facts.table not in reach:
            raise ApiValueError(
                f"{column.facts.name!r} is on {column.facts.table}, and an export of {table} shows "
                f"{' and '.join(reach)} only: give table={column.facts.table!r} to export its records"
            )


def export_request(
    query: models.Query, table: str, columns: Sequence[ExportColumn], limit: int | None = None
) -> models.Export:
    """Return the `Export` model, which asks for rows in the answer.

    Raises `ValueError` for a wrong limit.
    """
    try:
        most = EVERY_ROW if limit is None else index(limit)
    except TypeError:
        most = -1
    if most < 0 or isinstance(limit, bool):
        raise ApiValueError(f"limit must be a number of rows, not {limit!r}")
    return models.Export(
        base_query=query,
        resolve_table_name=table,
        maximum_number_of_rows_to_browse=most,
        return_browse_rows=True,
        columns=[
            models.Column(id=str(number), variable_name=each.facts.name, column_header=each.header)
            for number, each in enumerate(columns)
        ],
    )


class ExportPlan(NamedTuple):
    """The request of an export, and the columns that convert its answer."""

    columns: Sequence[ExportColumn]
    request: models.Export
    order: Sequence[tuple[int, bool]] = ()
    limit: int | None = None

    def ordered(self, rows: Rows) -> Rows:
        """Sort the rows of an answer by `order_by`, and cut them at `limit`."""
        return rows.sorted(self.order)[: self.limit] if self.order else rows


def plan_export(
    query: models.Query,
    columns: Columns | None,
    catalogue: Catalogue,
    limit: int | None = None,
    order_by: str | Sequence[str] | None = None,
) -> ExportPlan:
    """Return the plan of an export of the query's own table.

    With `order_by`, all rows are requested: the server can't sort, so the client sorts before it applies the
    limit.

    Raises:
        UnknownName: a column does not exist in the system.
        ValueError: a column is not on the table or a table above it, or the limit is wrong.
    """
    table = table_of(query)
    wanted = export_columns(columns, table, catalogue)
    check_reach(wanted, table, catalogue)
    order = order_of(wanted, order_by, catalogue)
    request = export_request(query, table, wanted, limit)
    if order:
        request.maximum_number_of_rows_to_browse = EVERY_ROW
    return ExportPlan(wanted, request, order, limit)


def with_categories(plan: ExportPlan, catalogue: Catalogue) -> ExportPlan:
    """Return the plan with the whole code list of each selector, for frames in memory."""
    columns = [
        each._replace(categories=tuple(catalogue.codes(each.facts.name).values()))
        if each.kind == "selector"
        else each
        for each in plan.columns
    ]
    return plan._replace(columns=columns)


def order_of(
    columns: Sequence[ExportColumn],
    order_by: str | Sequence[str] | None,
    catalogue: Catalogue,
    what: str = "order_by",
) -> Sequence[tuple[int, bool]]:
    """Return the positions of the columns to sort by, each with True for descending order.

    Raises `ValueError` for a name that is not among the columns; `what` is the argument for messages.
    """
    found: list[tuple[int, bool]] = []
    for text in [order_by] if isinstance(order_by, str) else order_by or ():
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped callers
            raise ApiTypeError(f"{what} takes names of columns, not {text!r}")
        name = text.removeprefix("-")
        places = [place for place, each in enumerate(columns) if name in (each.header, each.facts.name)]
        if not places:
            facts = catalogue.facts(name)
            places = [place for place, each in enumerate(columns) if each.facts.name == facts.name]
        if not places:
            raise ApiValueError(f"{what} {text!r} is not one of the exported columns: add it to them")
        found.append((places[0], text.startswith("-")))
    return found


def check_export(result: models.ExportResult) -> models.ExportResult:
    """Return the result. Raises `ApiResponseError` if the export failed."""
    check_ran(result.ran_successfully, result, "export")
    return result


def check_ran(ok: bool | None, result: Any, what: str) -> None:
    if ok is False:
        said = "; ".join(str(each.text) for each in getattr(result, "messages", None) or ())
        raise ApiResponseError(200, f"the {what} failed on the server: {said or 'no reason given'}")


def arguments(operation: Any, **given: Any) -> tuple[Any, ...]:
    """Return values for all parameters of an operation, in order, from the values that are given by name."""
    return tuple(given.get(parameter.name) for parameter in operation.parameters)
