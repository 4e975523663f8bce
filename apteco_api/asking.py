"""From what a user asks for to the models that are sent, and from the answers to what a user gets. Pure.

The session and the asynchronous session both go through here; what they add is sending.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from operator import index
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from . import models
from .catalogue import Catalogue, Facts, UnknownName, unknown
from .catalogue import ancestors as above
from .columns import ExportColumn
from .comparing import Where
from .conditions import Condition, carry
from .frames import Rows
from .runtime.exceptions import ApiResponseError

EVERY_ROW = 2**31 - 1
"""The number of rows that is asked for when the caller wants all of them."""


@runtime_checkable
class Selects(Protocol):
    """A selection of py-apteco: anything that can make a `Selection` model of itself."""

    def _to_model_selection(self) -> models.Selection: ...


@runtime_checkable
class Named(Protocol):
    """A table or a variable, ours or py-apteco's."""

    @property
    def name(self) -> str: ...


Written: TypeAlias = "models.Query | models.QueryFile | models.Selection | models.Rule | models.Clause"
"""The models that select records."""

Queryable: TypeAlias = "str | Condition | Written | Selects | Named"
"""What selects records: a table (all its records), a condition, a saved query, a model, or a selection of
py-apteco.
"""


def as_query(
    asked: Queryable, catalogue: Catalogue, table: str = "", *, ancestors: bool = False
) -> models.Query:
    """The `Query` model for what a user asked for.

    Args:
        asked: a table's name, a condition, a `Query`, `Selection`, `Rule` or `Clause`, a selection of
            py-apteco. (A saved query is read by the session before.)
        catalogue: where names are looked up.
        table: carry the selection over to this table.
        ancestors: ask for the counts of the tables above as well.

    Raises:
        UnknownName: a name that the system does not have.
        TypeError: nothing that selects records.
    """
    selection = _selection(asked, catalogue, table)
    if ancestors and not selection.ancestor_counts:
        selection = copy.copy(selection)
        selection.ancestor_counts = True
    if isinstance(asked, models.Query) and selection is asked.selection:
        return asked
    moment = asked.today_at if isinstance(asked, models.Query) else None
    return models.Query(selection=selection, today_at=moment)


def _selection(asked: Queryable, catalogue: Catalogue, table: str) -> models.Selection:
    if isinstance(asked, Condition):
        return asked.to_selection(catalogue, table)
    if isinstance(asked, str):
        if asked not in catalogue.parents():
            if any(sign in asked for sign in "=<>~"):
                raise UnknownName(f"there is no table {asked!r}; a condition is aa.where(variable) == value")
            if "/" in asked or asked.lower().endswith(".xml"):
                raise UnknownName(f"there is no table {asked!r}; a saved query is aa.QueryFile({asked!r})")
            raise unknown("table", asked, catalogue.parents())
        found = models.Selection(table_name=asked)
    elif isinstance(asked, models.Query):
        found = asked.selection or models.Selection(table_name=table)
    elif isinstance(asked, models.Selection):
        found = asked
    elif isinstance(asked, models.Rule):
        found = models.Selection(table_name=_table_of(asked.clause), rule=asked)
    elif isinstance(asked, models.Clause):
        found = models.Selection(table_name=_table_of(asked), rule=models.Rule(clause=asked))
    elif isinstance(asked, Selects):
        found = asked._to_model_selection()  # pyright: ignore[reportPrivateUsage]  # it has no other way
    elif isinstance(asked, Where) or isinstance(getattr(asked, "facts", None), Facts):
        raise TypeError(f"{asked!r} selects no records: compare it, as in aa.where(variable) == value")
    elif not isinstance(asked, models.QueryFile) and isinstance(getattr(asked, "name", None), str):
        return _selection(asked.name, catalogue, table)
    else:
        raise TypeError(
            f"{type(asked).__name__} selects no records: give a table's name, a condition or a query"
        )
    if not table or found.table_name == table:
        return found
    inner = models.Clause(sub_selection=models.SubSelection(selection=found))
    return models.Selection(
        table_name=table, rule=models.Rule(clause=carry(inner, found.table_name, table, catalogue))
    )


def _table_of(clause: models.Clause | None) -> str:
    for part in ("logic", "criteria"):
        found = getattr(clause, part, None)
        if found is not None:
            return str(found.table_name)
    sub = getattr(clause, "sub_selection", None)
    selection = getattr(sub, "selection", None)
    if selection is None:
        raise ValueError("the clause names no table")
    return str(selection.table_name)


def count_of(result: models.QueryResult) -> dict[str, int]:
    """Table to count, the selection's own table first. Raises `ApiResponseError` if the count failed."""
    _ran(result.ran_successfully, result, "count")
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
        raise ValueError("an export needs at least one column")
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
    reach = [table, *above(catalogue.parents(), table)]
    for column in columns:
        if column.facts.table not in reach:
            raise ValueError(
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
        raise ValueError(f"limit is a number of rows, and {limit!r} is none")
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


def rows_of(result: models.ExportResult, columns: Sequence[ExportColumn]) -> Rows:
    """The rows of an answer. Raises `ApiResponseError` if the export failed."""
    rows = check_export(result).rows or []
    return Rows(columns, [row.descriptions for row in rows], [row.codes for row in rows])


def file_kind(path: str | Path) -> str:
    """The ending of the file that an export goes to. Raises `ValueError` for one that can't be written."""
    kind = Path(path).suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise ValueError(f"{path}: the name must end in .parquet or .csv")
    return kind


def check_export(result: models.ExportResult) -> models.ExportResult:
    """The same result. Raises `ApiResponseError` if the export failed."""
    _ran(result.ran_successfully, result, "export")
    return result


def check_cube(result: models.CubeResult) -> models.CubeResult:
    """The same result. Raises `ApiResponseError` if the cube failed."""
    _ran(result.ran_successfully, result, "cube")
    return result


def _ran(ok: bool | None, result: Any, what: str) -> None:
    if ok is False:
        said = "; ".join(str(each.text) for each in getattr(result, "messages", None) or ())
        raise ApiResponseError(200, f"the {what} failed on the server: {said or 'no reason given'}")


def table_of(query: models.Query) -> str:
    """The table that a query selects on."""
    if query.selection is None:
        raise ValueError("the query has no selection")
    return query.selection.table_name


def arguments(operation: Any, **given: Any) -> tuple[Any, ...]:
    """The values of an operation's parameters, in order, from some of them by name."""
    return tuple(given.get(parameter.name) for parameter in operation.parameters)
