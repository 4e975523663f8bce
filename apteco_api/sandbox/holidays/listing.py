"""Tables, variables, codes and folders in the API's form, with figures from the records."""

# ruff: noqa: S608 - identifiers come from this package's own tables, values are bound
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import tables, variables
from .model import Kind, Table, Variable
from .tables import SCHEMA, TABLES
from .variables import VARIABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Wire = dict[str, Any]
"""A JSON object with the API's names."""

DAY_CODE = "%Y%m%d"
NO_DAY = "00000000"


def table_details(cursor: DuckDBPyConnection) -> list[Wire]:
    """Return all tables in listing order, in the form of the schema `Table`."""
    return [
        {
            "name": table.name,
            "singularDisplayName": table.singular,
            "pluralDisplayName": table.plural,
            "isDefaultTable": table.name == "People",
            "isPeopleTable": table.name == "People",
            "totalRecords": _number(cursor, f"SELECT count(*) FROM {SCHEMA}.{table.sql}"),
            "childRelationshipName": table.child_phrase,
            "parentRelationshipName": table.parent_phrase,
            "hasChildTables": bool(tables.children(table)),
            "parentTable": table.parent,
        }
        for table in TABLES
    ]


def variable_details(cursor: DuckDBPyConnection) -> list[Wire]:
    """Return all variables in listing order, in the form of the schema `Variable`.

    Ranges and code counts are computed from the records at the time of the call (about half a second for
    a million bookings), so a caller that lists often should cache the result.
    """
    return [_variable(cursor, variable) for variable in VARIABLES]


def folders() -> list[tuple[str, list[str]]]:
    """Return the folders of the system, one for each table: its name and the names of its variables."""
    return [
        (table.name, [variable.name for variable in VARIABLES if variable.table == table.name])
        for table in TABLES
    ]


def codes(
    cursor: DuckDBPyConnection, variable_name: str, offset: int = 0, count: int | None = None
) -> tuple[list[Wire], int]:
    """Return one page of a variable's codes, in the form of the schema `VarCode`, and the number of all
    codes.

    Selectors list every value with its number of records, the unclassified code first. Arrays and flag arrays
    count a record once for each of its values. Dates list the days that occur.

    Args:
        variable_name: name of the variable.
        offset: number of codes to skip.
        count: the most codes to return; None for all.

    Raises:
        KeyError: the variable does not exist.
        ValueError: the variable has no codes (numeric, text and reference variables).
    """
    variable = variables.BY_NAME[variable_name]
    rows = _codes(cursor, variable)
    return rows[offset : None if count is None else offset + count], len(rows)


def _codes(cursor: DuckDBPyConnection, variable: Variable) -> list[Wire]:
    if variable.kind in (Kind.SELECTOR, Kind.FLAGS):
        counts = _counts(cursor, variable)
        return [
            {"code": code.code, "description": code.description, "count": counts[place]}
            for place, code in enumerate(variable.codes)
        ]
    if variable.kind in (Kind.DATE, Kind.DATETIME):
        found = cursor.execute(
            f"SELECT {variable.column}::DATE AS day, count(*) FROM {_source(variable)}"
            " GROUP BY day ORDER BY day NULLS FIRST"
        ).fetchall()
        listed = [
            {"code": day.strftime(DAY_CODE), "description": day.strftime("%d-%m-%Y"), "count": number}
            for day, number in found
            if day is not None
        ]
        missing = sum(number for day, number in found if day is None)
        return [{"code": NO_DAY, "description": "Unclassified", "count": missing}, *listed]
    raise ValueError(f"the variable {variable.name} has no codes: it is a {variable.kind.value} variable")


def _counts(cursor: DuckDBPyConnection, variable: Variable) -> list[int]:
    """Return the number of records with each code, by the code's position."""
    size = len(variable.codes)
    if variable.kind is Kind.SELECTOR:
        counts = [0] * size
        for place, number in cursor.execute(
            f"SELECT {variable.column}, count(*) FROM {_source(variable)} GROUP BY 1"
        ).fetchall():
            counts[place] = number
        return counts
    parts = [f"count(*) FILTER ({variable.column} = 0)"]
    parts += [f"count(*) FILTER ({variable.column} & {1 << bit} <> 0)" for bit in range(size - 1)]
    row = cursor.execute(f"SELECT {', '.join(parts)} FROM {_source(variable)}").fetchone()
    return list(row or ())


def _variable(cursor: DuckDBPyConnection, variable: Variable) -> Wire:
    kind = variable.kind
    shown: Wire = {
        "name": variable.name,
        "description": variable.description,
        "type": {Kind.NUMERIC: "Numeric", Kind.TEXT: "Text", Kind.REFERENCE: "Reference"}.get(
            kind, "Selector"
        ),
        "folderName": variable.table,
        "tableName": variable.table,
        "isSelectable": True,
        "isBrowsable": True,
        "isExportable": True,
        "isVirtual": variable.virtual,
    }
    if kind is Kind.NUMERIC:
        low, high = _range(cursor, variable)
        info: Wire = {
            "minimum": float(low or 0),
            "maximum": float(high or 0),
            "isCurrency": variable.currency,
        }
        if variable.currency:
            info |= {"currencyLocale": "en-GB", "currencySymbol": "£"}
        shown["numericInfo"] = info
    elif kind is Kind.TEXT:
        shown["textInfo"] = {"maximumTextLength": variable.text_length}
    elif kind is Kind.REFERENCE:
        shown["referenceInfo"] = {}
    else:
        shown["selectorInfo"] = _selector(cursor, variable)
    return shown


def _selector(cursor: DuckDBPyConnection, variable: Variable) -> Wire:
    dated = variable.kind in (Kind.DATE, Kind.DATETIME)
    if dated:
        rows, number = codes(cursor, variable.name)
        counts = [row["count"] for row in rows]
    else:
        counts = _counts(cursor, variable)
        number = len(counts)
    sub_type = "Date" if variable.kind is Kind.DATE or variable.dates else "Categorical"
    several = "OrArray" if variable.array else "OrBitArray"
    info: Wire = {
        "selectorType": several if variable.kind is Kind.FLAGS else "SingleValue",
        "subType": "DateTime" if variable.kind is Kind.DATETIME else sub_type,
        "varCodeOrder": "Ascending" if dated or variable.dates else "Nominal",
        "numberOfCodes": number,
        "codeLength": {Kind.DATE: 8, Kind.DATETIME: 14}.get(variable.kind, variable.code_length),
        "minimumVarCodeCount": min(counts, default=0),
        "maximumVarCodeCount": max(counts, default=0),
    }
    if dated:
        low, high = _range(cursor, variable)
        if low is not None:
            info |= {
                "minimumDate": low.strftime("%Y-%m-%dT%H:%M:%S"),
                "maximumDate": high.strftime("%Y-%m-%dT%H:%M:%S"),
            }
    elif variable.dates:
        days = [code.code for code in variable.codes[1:]]
        for key, day in (("minimumDate", min(days)), ("maximumDate", max(days))):
            info[key] = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00"
    return info


def _range(cursor: DuckDBPyConnection, variable: Variable) -> tuple[Any, Any]:
    row = cursor.execute(
        f"SELECT min({variable.column}), max({variable.column}) FROM {_source(variable)}"
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _source(variable: Variable) -> str:
    table: Table = tables.BY_NAME[variable.table]
    return f"{SCHEMA}.{table.sql}"


def _number(cursor: DuckDBPyConnection, sql: str) -> int:
    row = cursor.execute(sql).fetchone()
    return int(row[0]) if row else 0
