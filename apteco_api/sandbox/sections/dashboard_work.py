"""The figures in dashboard items: cubes and Pareto analyses, and the records behind a dashboard."""

from __future__ import annotations

from itertools import accumulate

from ..call import Call
from ..data_rights import seen_variables
from ..jobs import Step
from ..problem import refused
from ..selections import combine, require_table, table_of
from ..store import Row, part
from .queries import run

_ROWS = 1000
_MOST_BANDS = 100


def figures(call: Call, query: Row, specification: Row, order: str, step: Step) -> Row:
    """Calculate a data specification over the records of a query."""
    step(0.1)
    if "cubeSpecification" in specification:
        return _cube(call, query, specification["cubeSpecification"], order)
    if "paretoSpecification" in specification:
        pareto: Row = specification["paretoSpecification"]
        return (
            _by_category(call, query, pareto)
            if pareto.get("categoryVariableName")
            else _by_band(call, query, pareto, step)
        )
    raise refused("A data specification holds a cube or a Pareto analysis.", where="dataSpecification")


def export(call: Call, row: Row, query: Row) -> Row:
    """Return the first thousand records of a query with the variables that a dashboard's items show."""
    table = table_of(query)
    variables = {variable["name"]: variable for variable in seen_variables(call)}
    usable = [name for name in _shown(row) if name in variables and _reaches(call, table, variables[name])]
    if not usable:
        usable = [name for name, variable in variables.items() if variable["tableName"] == table][:5]
    columns = [
        {"id": str(index), "variableName": name, "columnHeader": variables[name]["description"]}
        for index, name in enumerate(usable)
    ]
    limits = {"maximumNumberOfRowsToBrowse": _ROWS, "returnBrowseRows": True}
    request = {"baseQuery": query, "resolveTableName": table, "columns": columns, **limits}
    return {"columns": columns, "rows": run(call, "Export", request)["rows"]}


def _cube(call: Call, query: Row, specification: Row, order: str) -> Row:
    dimensions: list[Row] = specification.get("dimensions") or []
    measures: list[Row] = specification.get("measures") or []
    if not dimensions or not measures:
        raise refused("A cube has at least one dimension and one measure.", where="cubeSpecification")
    table = require_table(call, measures[0]["resolveTableName"])
    request = {"baseQuery": query, "resolveTableName": table, "storage": "Full"}
    result = run(call, "Cube", {**request, "dimensions": dimensions, "measures": measures})
    if order != "Natural" and len(dimensions) == 1:
        result = _sorted(result, descending=order == "DescendingByValue")
    return {"dimensionResults": result["dimensionResults"], "measureResults": result["measureResults"]}


def _sorted(result: Row, *, descending: bool) -> Row:
    """Sort the categories of a one-dimensional cube by the first measure; the total stays last."""
    values = [_number(cell) for cell in _cells(result["measureResults"][0])[:-1]]
    order = sorted(range(len(values)), key=lambda index: values[index], reverse=descending)
    order.append(len(values))

    def arranged(cells: list[str]) -> str:
        return "\t".join(cells[index] for index in order)

    header = result["dimensionResults"][0]
    names = ("headerCodes", "headerDescriptions")
    return {
        "dimensionResults": [{**header, **{name: arranged(header[name].split("\t")) for name in names}}],
        "measureResults": [
            {**measure, "rows": [arranged(_cells(measure))]} for measure in result["measureResults"]
        ],
    }


def _by_category(call: Call, query: Row, pareto: Row) -> Row:
    """Return categories in descending order of value, with the running share of the total in percent."""
    name: str = pareto["categoryVariableName"]
    table = require_table(call, pareto["resolveTableName"])
    dimension = {"id": name, "type": "Selector", "variableName": name}
    request = {"baseQuery": query, "resolveTableName": table, "storage": "Full", "dimensions": [dimension]}
    result = _sorted(run(call, "Cube", {**request, "measures": [_sum(pareto, table)]}), descending=True)
    values = [_number(cell) for cell in _cells(result["measureResults"][0])]
    return {**result, "measureResults": [*result["measureResults"], _shares(values[:-1])]}


def _by_band(call: Call, query: Row, pareto: Row, step: Step) -> Row:
    """Return equal bands of records in descending order of value, each with its sum and the running share."""
    bands: int = pareto.get("numberOfBands") or 10
    if not 2 <= bands <= _MOST_BANDS:
        raise refused(f"A Pareto analysis has 2 to {_MOST_BANDS} bands.", numberOfBands=bands)
    table = require_table(call, pareto["resolveTableName"])
    selectors = [v for v in seen_variables(call) if v["tableName"] == table and _is_plain_selector(v)]
    if not selectors:
        raise refused(f"The table '{table}' has no selector to work with.", resolveTableName=table)
    name = selectors[0]["name"]
    dimension = {"id": name, "type": "Selector", "variableName": name}
    request = {"resolveTableName": table, "storage": "Full", "dimensions": [dimension]}
    base = combine(call, table, [query])
    tops: list[float] = []
    for band in range(1, bands + 1):
        step(band / bands)
        top = {
            "variableName": pareto["valueVariableName"],
            "direction": "Top",
            "value": 0,
            "percent": 100 * band / bands,
        }
        clause = {"subSelection": {"selection": base["selection"]}}
        selection = {"tableName": table, "rule": {"clause": clause}, "topN": top}
        cube = run(
            call,
            "Cube",
            {**request, "baseQuery": {"selection": selection}, "measures": [_sum(pareto, table)]},
        )
        tops.append(_number(_cells(cube["measureResults"][0])[-1]))
    values = [after - before for before, after in zip([0.0, *tops], tops, strict=False)]
    codes = [str(band) for band in range(1, bands + 1)]
    words = [f"{100 * (band - 1) / bands:g}-{100 * band / bands:g}%" for band in range(1, bands + 1)]
    header = {"id": "band", "headerCodes": "\t".join(codes), "headerDescriptions": "\t".join(words)}
    sums = {"id": "value", "rows": ["\t".join(f"{value:.2f}" for value in values)], "cells": []}
    return {"dimensionResults": [header], "measureResults": [sums, _shares(values)]}


def _shares(values: list[float]) -> Row:
    total = sum(values)
    running = [100 * value / total if total else 0.0 for value in accumulate(values)]
    return {"id": "cumulativePercent", "rows": ["\t".join(f"{share:.2f}" for share in running)], "cells": []}


def _sum(pareto: Row, table: str) -> Row:
    value: str = pareto["valueVariableName"]
    return {"id": "value", "resolveTableName": table, "function": "Sum", "variableName": value}


def _cells(measure: Row) -> list[str]:
    return "\t".join(measure["rows"]).split("\t")


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return 0.0


def _shown(row: Row) -> list[str]:
    """Return the variables in the items of a dashboard, without duplicates."""
    names: list[str] = []
    for item in row.get("dashboardItems") or ():
        for detail in item.get("dashboardItemDetails") or ():
            cube = part(part(detail, "dataSpecification"), "cubeSpecification")
            for axis in (*cube.get("dimensions", ()), *cube.get("measures", ())):
                if axis.get("variableName"):
                    names.append(axis["variableName"])
    return list(dict.fromkeys(names))


def _reaches(call: Call, table: str, variable: Row) -> bool:
    """Return whether each record of the table has one value of the variable."""
    parents = {row["name"]: row["parentTable"] for row in call.world.data.tables()}
    above = [table]
    while parents.get(above[-1]):
        above.append(parents[above[-1]])
    kind = part(variable, "selectorInfo").get("selectorType", "SingleValue")
    return variable["tableName"] in above and kind == "SingleValue"


def _is_plain_selector(variable: Row) -> bool:
    details = part(variable, "selectorInfo")
    return details.get("subType") == "Categorical" and details.get("selectorType") == "SingleValue"
