"""The second opinion on cubes: every cell worked out by itself from what a cell counts."""

from __future__ import annotations

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
    """Header codes of each dimension, and each measure's cells by their header codes."""
    table = request["resolveTableName"]
    start, mask = frames.selection(request["baseQuery"]["selection"])
    selected = frames.move(mask, start, table)
    dimensions = request["dimensions"]
    headers = [_headers(frames, dimension) for dimension in dimensions]
    results = []
    for measure in request["measures"]:
        cells = {}
        table_of = _measured(measure)
        prepared = _prepare(frames, dimensions, table, table_of)
        for cell in itertools.product(*headers):
            keys = _records(frames, prepared, selected, table, table_of, cell)
            cells[cell] = _statistic(frames, measure, keys)
        results.append(cells)
    return headers, results


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
    variable = VARIABLES[dimension["variableName"]]
    if dimension["type"] == "Selector":
        return [code.code for code in variable.codes] + [TOTAL]
    banding = dimension["banding"]["type"]
    values = frames.values(variable.name).dropna()
    years = range(values.min().year, values.max().year + 1)
    bands = {
        "Years": [f"{year}" for year in years],
        "Quarters": [f"{year}Q{quarter}" for year in years for quarter in range(1, 5)],
        "Months": [f"{year}{month:02d}" for year in years for month in range(1, 13)],
        "DayOfWeek": [str(day) for day in range(1, 8)],
    }
    return [MISSING[banding], *bands[banding], TOTAL]


def _coded(frames: Frames, dimension: dict[str, Any], table: str) -> np.ndarray:
    """The header code of each record of a table at or below the dimension's."""
    variable = VARIABLES[dimension["variableName"]]
    if dimension["type"] == "Selector":
        codes = np.array([code.code for code in variable.codes], dtype=object)
        return codes[frames.values(variable.name, table).to_numpy()]
    return np.array(_band(frames.values(variable.name, table), dimension["banding"]["type"]), dtype=object)


def _below(table: str, other: str) -> bool:
    return table in ancestors(other)


def _prepare(
    frames: Frames, dimensions: list[dict[str, Any]], table: str, measured: str
) -> dict[str, list[tuple[int, np.ndarray]]]:
    """For each lowest table the dimensions seen from it, as the codes of its records."""
    own = [VARIABLES[dimension["variableName"]].table for dimension in dimensions]
    involved = {table, measured, *own}
    leaves = [name for name in involved if not any(_below(name, other) for other in involved)]
    found: dict[str, list[tuple[int, np.ndarray]]] = {leaf: [] for leaf in leaves}
    for place, (name, dimension) in enumerate(zip(own, dimensions, strict=True)):
        at = next(leaf for leaf in leaves if name == leaf or _below(name, leaf))
        found[at].append((place, _coded(frames, dimension, at)))
    return found


def _records(
    frames: Frames,
    prepared: dict[str, list[tuple[int, np.ndarray]]],
    selected: np.ndarray,
    table: str,
    measured: str,
    cell: tuple[str, ...],
) -> np.ndarray:
    """Keys of the measured records in one cell."""
    masks = {}
    for leaf, dimensions in prepared.items():
        mask = np.ones(frames.size(leaf), dtype=bool)
        for place, codes in dimensions:
            if cell[place] != TOTAL:
                mask &= codes == cell[place]
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
    return float(
        {
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
    )
