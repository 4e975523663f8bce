"""The second opinion on cubes: every cell is computed separately, from the definition of a cell."""

from __future__ import annotations

import bisect
import itertools
import math
from typing import Any

import numpy as np
import pandas as pd

from apteco_api.sandbox.holidays import Kind

from .frames import TOTAL, VARIABLES, Frames, ancestors

MISSING = {"Years": "0000", "Quarters": "000000", "Months": "000000", "DayOfWeek": "0"}


def cube(
    frames: Frames, request: dict[str, Any]
) -> tuple[list[list[str]], list[dict[tuple[str, ...], float]]]:
    """Return header codes of each dimension, and each measure's cells by their header codes."""
    table = request["resolveTableName"]
    start, mask = frames.selection(request["baseQuery"]["selection"])
    selected = frames.move(mask, start, table)
    dimensions = request["dimensions"]
    headers = [_headers(frames, dimension) for dimension in dimensions]
    headers = [
        _limited(frames, dimension, header, selected, table)
        for dimension, header in zip(dimensions, headers, strict=True)
    ]
    results = []
    for measure in request["measures"]:
        cells = {}
        table_of = _measured(measure)
        prepared = _prepare(frames, dimensions, table, table_of)
        for cell in itertools.product(*headers):
            keys = _records(frames, prepared, selected, table, table_of, cell)
            cells[cell] = _statistic(frames, measure, keys)
        results.append(cells)
    for measure, cells in zip(request["measures"], results, strict=True):
        if measure.get("sort", "None") != "None":
            headers = [
                _sorted(headers, place, cells, measure["sort"] == "Descending")
                for place in range(len(headers))
            ]
    return headers, results


def _own(dimension: dict[str, Any], table: str) -> str:
    """Return the table whose records have the dimension's values."""
    if dimension["type"] == "Query" or "function" in dimension:
        return table
    return VARIABLES[dimension["variableName"]].table


def _limited(
    frames: Frames, dimension: dict[str, Any], header: list[str], selected: np.ndarray, table: str
) -> list[str]:
    names = ("minimumCategoryCount", "topNCategoryCount", "percentageOfMaximumCategoryThreshold")
    least, most, percent = (dimension.get(name, 0) for name in names)
    if not (least or most or percent):
        return header
    prepared = _prepare(frames, [dimension], table, table)
    counts = {code: len(_records(frames, prepared, selected, table, table, (code,))) for code in header[:-1]}
    stay = [code for code in header[:-1] if counts[code] >= least]
    stay = [code for code in stay if counts[code] >= percent / 100 * max(counts.values())]
    if most:
        best = sorted(stay, key=lambda code: (-counts[code], header.index(code)))[:most]
        stay = [code for code in stay if code in best]
    return [*stay, TOTAL]


def _sorted(
    headers: list[list[str]], place: int, cells: dict[tuple[str, ...], float], down: bool
) -> list[str]:
    def key(code: str) -> tuple[bool, float]:
        value = cells[tuple(code if number == place else TOTAL for number in range(len(headers)))]
        return math.isnan(value), 0 if math.isnan(value) else -value if down else value

    return [*sorted(headers[place][:-1], key=key), TOTAL]


def _measured(measure: dict[str, Any]) -> str:
    if "variableName" in measure:
        return VARIABLES[measure["variableName"]].table
    return str(measure["resolveTableName"])


def _band(values: pd.Series, banding: str) -> list[str]:
    if banding == "Years":
        texts = values.dt.strftime("%Y")
    elif banding == "Months":
        texts = values.dt.strftime("%Y%m")
    elif banding == "Quarters":
        texts = (
            values.dt.year.astype("Int64").astype(str) + "Q" + values.dt.quarter.astype("Int64").astype(str)
        )
    else:
        texts = (values.dt.day_of_week + 1).astype("Int64").astype(str)
    return [MISSING[banding] if pd.isna(value) else text for value, text in zip(values, texts, strict=True)]


def _headers(frames: Frames, dimension: dict[str, Any]) -> list[str]:
    if dimension["type"] == "Query":
        return ["0", "1", TOTAL]
    variable = VARIABLES[dimension["variableName"]]
    if dimension["type"] == "Selector":
        return [code.code for code in variable.codes] + [TOTAL]
    if dimension["type"] == "Text":
        return ["!", *sorted(set(frames.values(variable.name)) - {""}), TOTAL]
    banding = dimension["banding"]["type"]
    if banding == "Custom":
        size = len(dimension["banding"]["customValues"].split("\t")) + 1
        width = len(str(size))
        return ["!".rjust(width), *(f"{number:0{width}d}" for number in range(1, size + 1)), TOTAL]
    values = frames.values(variable.name).dropna()
    years = range(values.min().year, values.max().year + 1)
    bands = {
        "Years": [f"{year}" for year in years],
        "Quarters": [f"{year}Q{quarter}" for year in years for quarter in range(1, 5)],
        "Months": [f"{year}{month:02d}" for year in years for month in range(1, 13)],
        "DayOfWeek": [str(day) for day in range(1, 8)],
    }
    return [MISSING[banding], *bands[banding], TOTAL]


def _coded(frames: Frames, dimension: dict[str, Any], table: str, cube_table: str) -> np.ndarray:
    """Return the header code of each record of a table at or below the dimension's, or None if left out."""
    own = _own(dimension, cube_table)
    considered = np.ones(frames.size(table), dtype=bool)
    if "filterQuery" in dimension and "function" not in dimension:
        start, mask = frames.selection(dimension["filterQuery"]["selection"])
        considered = frames.move(mask, start, own)[frames.keys(table, own)]
    codes = np.array(_values(frames, dimension, table, cube_table), dtype=object)
    codes[~considered] = None
    return codes


def _values(frames: Frames, dimension: dict[str, Any], table: str, cube_table: str) -> list[str]:
    kind = dimension["type"]
    if kind == "Query":
        start, mask = frames.selection(dimension["query"]["selection"])
        met = frames.move(mask, start, cube_table)[frames.keys(table, cube_table)]
        return ["1" if inside else "0" for inside in met]
    variable = VARIABLES[dimension["variableName"]]
    if "function" in dimension:
        values = _summarised(frames, dimension, cube_table).iloc[frames.keys(table, cube_table)]
    else:
        values = frames.values(variable.name, table)
    if kind == "Selector":
        return [variable.codes[place].code for place in values]
    if kind == "Text":
        return [text or "!" for text in values]
    if dimension["banding"]["type"] != "Custom":
        return _band(values, dimension["banding"]["type"])
    marks = [float(mark) for mark in dimension["banding"]["customValues"].split("\t")]
    missing, *bands = _headers(frames, dimension)[:-1]
    return [missing if pd.isna(x) else bands[bisect.bisect_right(marks, float(x))] for x in values]


def _summarised(frames: Frames, dimension: dict[str, Any], table: str) -> pd.Series:
    """Return one value for each record of the cube's table, aggregated from the values below it."""
    variable = VARIABLES[dimension["variableName"]]
    considered = np.ones(frames.size(variable.table), dtype=bool)
    if "filterQuery" in dimension:
        start, mask = frames.selection(dimension["filterQuery"]["selection"])
        considered = frames.move(mask, start, variable.table)
    keys = frames.keys(variable.table, table)[considered]
    values = frames.values(variable.name)[considered].reset_index(drop=True)
    every = range(frames.size(table))
    grouped = values.groupby(keys)
    function = dimension["function"]
    if function == "Frequency":
        return pd.Series(keys).groupby(keys).size().reindex(every, fill_value=0)
    if function == "Distinct":
        return grouped.nunique().reindex(every, fill_value=0)
    if function == "Sum":
        return grouped.sum(min_count=1).reindex(every)
    if function == "Mode":
        return grouped.agg(lambda own: own.mode().min() if own.notna().any() else math.nan).reindex(every)
    name = {"Mean": "mean", "Min": "min", "Max": "max", "Median": "median", "Recency": "max"}[function]
    return grouped.agg(name).reindex(every)


def _below(table: str, other: str) -> bool:
    return table in ancestors(other)


def _prepare(
    frames: Frames, dimensions: list[dict[str, Any]], table: str, measured: str
) -> dict[str, list[tuple[int, np.ndarray]]]:
    """For each lowest table the dimensions seen from it, as the codes of its records."""
    own = [_own(dimension, table) for dimension in dimensions]
    involved = {table, measured, *own}
    leaves = [name for name in involved if not any(_below(name, other) for other in involved)]
    found: dict[str, list[tuple[int, np.ndarray]]] = {leaf: [] for leaf in leaves}
    for place, (name, dimension) in enumerate(zip(own, dimensions, strict=True)):
        at = next(leaf for leaf in leaves if name == leaf or _below(name, leaf))
        found[at].append((place, _coded(frames, dimension, at, table)))
    return found


def _records(
    frames: Frames,
    prepared: dict[str, list[tuple[int, np.ndarray]]],
    selected: np.ndarray,
    table: str,
    measured: str,
    cell: tuple[str, ...],
) -> np.ndarray:
    """Return keys of the measured records in one cell."""
    masks = {}
    for leaf, dimensions in prepared.items():
        mask = np.ones(frames.size(leaf), dtype=bool)
        for place, codes in dimensions:
            mask &= codes != None if cell[place] == TOTAL else codes == cell[place]  # noqa: E711
        masks[leaf] = mask
    if len(masks) == 1:
        leaf, mask = next(iter(masks.items()))
        mask = mask & (selected[frames.keys(leaf, table)])
        return np.unique(frames.keys(leaf, measured)[mask])
    chosen = selected.copy()
    for leaf, mask in masks.items():
        chosen &= frames.move(mask, leaf, table)
    return np.unique(frames.keys(table, measured)[chosen])


def _statistic(frames: Frames, measure: dict[str, Any], keys: np.ndarray) -> float:
    function = measure["function"]
    if function == "Count":
        return len(keys)
    variable = VARIABLES[measure["variableName"]]
    values = frames.values(variable.name).iloc[keys]
    if function == "VariableCount":
        return int(values.notna().sum()) if variable.kind is Kind.NUMERIC else len(values)
    if function == "CountDistinct":
        return len(set(values.dropna())) if variable.kind is Kind.NUMERIC else len(set(values))
    values = values.dropna() if variable.kind is Kind.NUMERIC else values
    if function == "MaxDistinctCount":
        return int(values.value_counts().max()) if len(values) else 0
    if function == "Sum":
        return float(values.sum())
    if function == "InterQuartileRange":
        return float(values.quantile(0.75) - values.quantile(0.25)) if len(values) else 0.0
    if values.empty:
        return math.nan
    found = {
        "Mean": values.mean,
        "Minimum": values.min,
        "Maximum": values.max,
        "Median": values.median,
        "Mode": lambda: values.mode().min(),
        "Variance": values.var,
        "StandardDeviation": values.std,
        "LowerQuartile": lambda: values.quantile(0.25),
        "UpperQuartile": lambda: values.quantile(0.75),
    }[function]()
    return math.nan if pd.isna(found) else float(found)
