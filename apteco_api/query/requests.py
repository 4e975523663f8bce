"""Make the `Query` model from a table, a condition or another model. Pure: the sessions send it."""

from __future__ import annotations

import copy
from pathlib import PurePath
from typing import Any, Protocol, TypeAlias

from .. import models
from .._runtime.exceptions import ApiTypeError, ApiValueError
from .catalogue import Catalogue, Facts, Named, UnknownName, name_of, table_called
from .clauses import carry, selection_of
from .conditions import Condition
from .where import Where


class Selects(Protocol):
    """A selection of py-apteco: any object that can convert itself to a `Selection` model."""

    def _to_model_selection(self) -> models.Selection: ...


Written: TypeAlias = "models.Query | models.QueryFile | models.Selection | models.Rule | models.Clause"
"""The models that select records."""

Queryable: TypeAlias = "str | Condition | Written | Selects | Named"
"""Anything that selects records: a table (all its records), a condition, a saved query, a model, or a
selection of py-apteco.
"""


def as_query(
    asked: Queryable, catalogue: Catalogue, table: str | Named = "", *, ancestors: bool = False
) -> models.Query:
    """Return the `Query` model of anything that selects records.

    Args:
        asked: a table's name, a condition, a `Query`, `Selection`, `Rule` or `Clause`, a selection of
            py-apteco. (The session reads a saved query beforehand.)
        catalogue: where names are looked up.
        table: select on this table instead of the query's own.
        ancestors: ask for the counts of the tables above as well.

    Raises:
        UnknownName: a name does not exist in the system.
        TypeError: the value does not select records.
    """
    selection = _selection(asked, catalogue, table)
    if ancestors and not selection.ancestor_counts:
        selection = copy.copy(selection)
        selection.ancestor_counts = True
    if isinstance(asked, models.Query) and selection is asked.selection:
        return asked
    moment = asked.today_at if isinstance(asked, models.Query) else None
    return models.Query(selection=selection, today_at=moment)


def to_keep(query: models.Query, asked: Queryable) -> models.Query:
    """Return a query for storing: without the date of today, from which rolling periods of a condition count.

    The server then counts them from the day on which the stored query is used.
    """
    if not isinstance(asked, Condition):
        return query
    kept = copy.deepcopy(query)
    parts: list[Any] = [kept]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += part
        elif isinstance(part, models.Criteria):
            part.today_at = None
        elif hasattr(part, "__struct_fields__"):
            parts += [getattr(part, field) for field in part.__struct_fields__]
    return kept


def _selection(asked: Queryable, catalogue: Catalogue, given: str | Named) -> models.Selection:
    table = table_called(name_of(given), catalogue.parents()) if name_of(given) else ""
    if isinstance(asked, PurePath):
        asked = str(asked)
    if isinstance(asked, Condition):
        return asked.to_selection(catalogue, table)
    if isinstance(asked, str):
        try:
            asked = table_called(asked, catalogue.parents())
        except UnknownName:
            if any(sign in asked for sign in "=<>~"):
                raise UnknownName(
                    f"there is no table {asked!r}; a condition is aa.where(variable) == value"
                ) from None
            if "/" in asked or asked.lower().endswith(".xml"):
                raise UnknownName(
                    f"there is no table {asked!r}; a saved query is aa.QueryFile({asked!r})"
                ) from None
            raise
        found = models.Selection(table_name=asked)
    elif isinstance(asked, models.Query):
        found = asked.selection or models.Selection(table_name=table)
    elif isinstance(asked, models.Selection):
        found = asked
    elif (selection := selection_of(asked)) is not None:
        found = selection
    elif isinstance(asked, Where) or isinstance(getattr(asked, "facts", None), Facts):
        raise ApiTypeError(f"{asked!r} selects no records: compare it, as in aa.where(variable) == value")
    elif isinstance(name := getattr(asked, "name", None), str) and not isinstance(asked, models.QueryFile):
        return _selection(name, catalogue, table)
    else:
        raise ApiTypeError(
            f"{type(asked).__name__} does not select records: give a table's name, a condition or a query"
        )
    if not table or found.table_name == table:
        return found
    inner = models.Clause(sub_selection=models.SubSelection(selection=found))
    return models.Selection(
        table_name=table, rule=models.Rule(clause=carry(inner, found.table_name, table, catalogue))
    )


def table_of(query: models.Query) -> str:
    """Return the table that a query selects on."""
    if query.selection is None:
        raise ApiValueError("the query has no selection")
    return query.selection.table_name
