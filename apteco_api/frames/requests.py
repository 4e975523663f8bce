"""From the columns that a user asks for to the `Export` model, and from answers to counts and rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from pathlib import Path
from typing import Any, NamedTuple, cast

from .. import models
from .._runtime.exceptions import ApiResponseError, ApiValueError
from ..query.catalogue import Catalogue, Facts, ancestors
from ..query.requests import Named, table_of
from .columns import ExportColumn
from .rows import Rows

EVERY_ROW = 2**31 - 1
"""The number of rows that is asked for when the caller wants all of them."""


def count_of(result: models.QueryResult) -> dict[str, int]:
    """Table to count, the selection's own table first. Raises `ApiResponseError` if the count failed."""
    check_ran(result.ran_successfully, result, "count")
    counts = {each.table_name: each.count_value for each in result.counts or ()}
    if not counts:
        raise ApiResponseError(200, "the answer to a count has no counts")
    return counts


def export_columns(
    columns: Iterable[str | Named] | Mapping[str, str | Named], catalogue: Catalogue
) -> list[ExportColumn]:
    """The columns for an export: variables by name or description, or heading to variable.

    Without headings the descriptions are used; two of the same description get their names behind it.
    """
    given: Iterable[tuple[str, str | Named]]
    columns = [columns] if isinstance(columns, str) else columns  # one name is a list of one
    if isinstance(columns, Mapping):
        given = cast("Mapping[str, str | Named]", columns).items()
    else:
        given = (("", column) for column in columns)
    found: list[tuple[str, Facts]] = []
    for header, column in given:
        facts = catalogue.facts(column if isinstance(column, str) else column.name)
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


def check_reach(columns: Sequence[ExportColumn], table: str, catalogue: Catalogue) -> None:
    """Raises `ValueError` for a column that is neither on the exported table nor on one above it."""
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
    """The plain `Export` model; rows come back in the answer. Raises `ValueError` for a wrong limit."""
    try:
        most = EVERY_ROW if limit is None else index(limit)
    except TypeError:
        most = -1
    if most < 0:
        raise ApiValueError(f"limit is a number of rows, and {limit!r} is none")
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
    """What an export sends, and the columns that read its answer."""

    columns: Sequence[ExportColumn]
    request: models.Export

    def rows(self, result: models.ExportResult) -> Rows:
        """Return the rows of an answer. Raises `ApiResponseError` if the export failed."""
        return rows_of(result, self.columns)


def plan_export(
    query: models.Query,
    columns: Iterable[str | Named] | Mapping[str, str | Named],
    catalogue: Catalogue,
    limit: int | None = None,
) -> ExportPlan:
    """Return the plan of an export of the query's own table.

    Raises:
        UnknownName: a column that the system does not have.
        ValueError: a column that the table does not reach, or a wrong limit.
    """
    table = table_of(query)
    wanted = export_columns(columns, catalogue)
    check_reach(wanted, table, catalogue)
    return ExportPlan(wanted, export_request(query, table, wanted, limit))


def rows_of(result: models.ExportResult, columns: Sequence[ExportColumn]) -> Rows:
    """The rows of an answer. Raises `ApiResponseError` if the export failed."""
    rows = check_export(result).rows or []
    return Rows(columns, [row.descriptions for row in rows], [row.codes for row in rows])


def file_kind(path: str | Path) -> str:
    """The ending of the file that an export goes to. Raises `ValueError` for one that can't be written."""
    kind = Path(path).suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise ApiValueError(f"{path}: the name must end in .parquet or .csv")
    return kind


def check_export(result: models.ExportResult) -> models.ExportResult:
    """The same result. Raises `ApiResponseError` if the export failed."""
    check_ran(result.ran_successfully, result, "export")
    return result


def check_ran(ok: bool | None, result: Any, what: str) -> None:
    if ok is False:
        said = "; ".join(str(each.text) for each in getattr(result, "messages", None) or ())
        raise ApiResponseError(200, f"the {what} failed on the server: {said or 'no reason given'}")


def arguments(operation: Any, **given: Any) -> tuple[Any, ...]:
    """The values of an operation's parameters, in order, from some of them by name."""
    return tuple(given.get(parameter.name) for parameter in operation.parameters)
