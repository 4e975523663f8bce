"""A cube: what to ask for, and the answer as labelled frames with the totals apart.

cube = session.cube("Bookings", ["boDest", "boDate by Years"], ["Count", "Sum(boCost)"])
cube.to_pandas()                 # one row a combination, one column a measure
cube.totals("boDest")            # the totals over destinations
"""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from . import models
from .catalogue import Catalogue, Facts
from .extras import need
from .frames import opened

if TYPE_CHECKING:
    import pandas
    import polars

TOTAL = "iTOTAL"
"""The server's code for the total of a dimension."""

FUNCTIONS = {
    "count": "Count",
    "sum": "Sum",
    "mean": "Mean",
    "populated": "VariableCount",
    "variablecount": "VariableCount",
    "min": "Minimum",
    "minimum": "Minimum",
    "max": "Maximum",
    "maximum": "Maximum",
    "median": "Median",
    "mode": "Mode",
    "variance": "Variance",
    "stddev": "StandardDeviation",
    "standarddeviation": "StandardDeviation",
    "lowerquartile": "LowerQuartile",
    "upperquartile": "UpperQuartile",
    "interquartilerange": "InterQuartileRange",
    "countdistinct": "CountDistinct",
    "maxdistinctcount": "MaxDistinctCount",
    "countmode": "MaxDistinctCount",
}
"""What a measure may be called, in any case, and the server's name for it."""

BANDS = {"year": "Years", "quarter": "Quarters", "month": "Months", "week": "Weeks", "day": "Day"}
"""Periods that dates can be grouped into; the plurals and the server's own names work as well."""

_MEASURE = re.compile(r"\s*(\w+)\s*(?:\(\s*(.+?)\s*\))?\s*$")


class CubeDimension(NamedTuple):
    """One axis of a cube: its label, the variable, and the headers in the server's order."""

    label: str
    facts: Facts
    banding: str
    codes: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()

    @property
    def unclassified(self) -> int:
        """The place of the unclassified header; -1 if there is none."""
        first = self.codes[0].strip() if self.codes else ""
        empty_period = bool(self.banding) and not first.strip("0")
        return 0 if first and (empty_period or not first.strip("!")) else -1


class CubeMeasure(NamedTuple):
    """One figure of a cube: its label, the server's function, and what it is worked out on."""

    label: str
    function: str
    table: str
    variable: str = ""

    @property
    def whole(self) -> bool:
        """Whether the figure is a count."""
        return self.function in ("Count", "VariableCount", "CountDistinct", "MaxDistinctCount")


def dimension(text: str | tuple[str, str], catalogue: Catalogue) -> CubeDimension:
    """A dimension from `"boDest"`, `"boDate by Months"` or `("boDate", "Months")`. Dates are by month if not
    said.
    """
    name, _, band = text.partition(" by ") if isinstance(text, str) else (text[0], "", text[1])
    facts = catalogue.facts(name.strip())
    band = band.strip()
    if facts.kind in ("date", "datetime"):
        band = BANDS.get(band.casefold().removesuffix("s"), band) or "Months"
    elif band:
        raise ValueError(f"{facts.name!r} is a {facts.kind} variable: only dates are grouped into periods")
    elif facts.kind != "selector":
        raise ValueError(f"{facts.name!r} is a {facts.kind} variable: a dimension is a selector or a date")
    label = facts.description or facts.name
    return CubeDimension(f"{label} by {band}" if band else label, facts, band)


def measure(text: str, table: str, catalogue: Catalogue) -> CubeMeasure:
    """A measure from `"Count"`, `"Count(People)"`, `"Sum(boCost)"`, or the name of a table (its distinct
    records).
    """
    if text in catalogue.parents():
        return CubeMeasure(text, "Count", text)
    match = _MEASURE.match(str(text))  # a pair, say, is told how a measure is written like any wrong text
    function = FUNCTIONS.get(match[1].casefold()) if match is not None else None
    if match is None or function is None:
        raise ValueError(
            f"{text!r} is no measure: write Count, a table's name, or a function such as Sum(boCost)"
        )
    if match[2] is None:
        if function != "Count":
            raise ValueError(f"{text!r} needs a variable: {match[1]}(boCost)")
        return CubeMeasure("Count", "Count", table)
    if function == "Count":
        if match[2] not in catalogue.parents():
            raise ValueError(f"Count counts the records of a table, and {match[2]!r} is none")
        return CubeMeasure(match[2], "Count", match[2])
    facts = catalogue.facts(match[2])
    return CubeMeasure(f"{match[1]}({facts.description or facts.name})", function, table, facts.name)


def cube_request(
    query: models.Query, table: str, dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]
) -> models.Cube:
    """The plain `Cube` model.

    The dimensions are sent last one first: in the answer the first one sent varies fastest, so that the cells
    come back in the order in which the caller named the dimensions.
    """
    return models.Cube(
        base_query=query,
        resolve_table_name=table,
        storage="Full",
        dimensions=[
            models.Dimension(
                id=str(number),
                type="DateBand" if each.banding else "Selector",
                variable_name=each.facts.name,
                banding=models.DimensionBanding(type=each.banding) if each.banding else None,
            )
            for number, each in reversed(list(enumerate(dimensions)))
        ],
        measures=[
            models.Measure(
                id=str(number),
                resolve_table_name=each.table,
                function=each.function,
                variable_name=each.variable or None,
            )
            for number, each in enumerate(measures)
        ],
    )


class CubeFrame:
    """The answer to a cube: every figure for every combination of headers, totals included.

    Args:
        dimensions: the axes with their headers, in the caller's order.
        measures: the figures.
        cells: measure label to its figures, the last dimension varying fastest.
    """

    def __init__(
        self,
        dimensions: Sequence[CubeDimension],
        measures: Sequence[CubeMeasure],
        cells: Mapping[str, Sequence[float | int | None]],
    ) -> None:
        self.dimensions = tuple(dimensions)
        """The axes, in the caller's order."""
        self.measures = tuple(measures)
        """The figures."""
        self._cells = dict(cells)
        size = math.prod(self.shape)
        for label, figures in self._cells.items():
            if len(figures) != size:
                raise ValueError(f"the measure {label!r} has {len(figures)} cells where {size} were expected")

    @classmethod
    def from_result(
        cls, result: models.CubeResult, dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]
    ) -> CubeFrame:
        """The frame of a server's answer to `cube_request`. Raises `ValueError` if the answer does not fit
        it.
        """
        heads = {each.id: each for each in result.dimension_results or ()}
        figures = {each.id: each for each in result.measure_results or ()}
        try:
            axes = [
                each._replace(
                    codes=tuple(heads[str(number)].header_codes.split("\t")),
                    descriptions=tuple(heads[str(number)].header_descriptions.split("\t")),
                )
                for number, each in enumerate(dimensions)
            ]
            cells = {
                each.label: _figures(figures[str(number)].rows, each.whole)
                for number, each in enumerate(measures)
            }
        except KeyError as error:
            raise ValueError(f"the cube's answer lacks the dimension or measure {error}") from None
        return cls(axes, measures, cells)

    @property
    def shape(self) -> tuple[int, ...]:
        """Headers of each dimension, unclassified and total included."""
        return tuple(len(each.codes) for each in self.dimensions)

    def rows(
        self, *, totals: bool = False, unclassified: bool = True, codes: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """One tuple a combination: the headers, then the figures.

        Args:
            totals: keep the combinations with a total in them.
            unclassified: keep the unclassified headers.
            codes: headers as codes, not as descriptions.
        """
        keep = [self._kept(each, totals, unclassified) for each in self.dimensions]
        strides = [math.prod(self.shape[place + 1 :]) for place in range(len(self.shape))]
        for places in itertools.product(*keep):
            index = sum(place * stride for place, stride in zip(places, strides, strict=True))
            yield self._head(places, codes) + tuple(self._cells[each.label][index] for each in self.measures)

    def totals(self, *over: str) -> list[dict[str, Any]]:
        """The totals over the dimensions named (by label or variable), for each combination of the others.

        With no name: the grand totals, one dictionary.
        """
        names = over or tuple(each.label for each in self.dimensions)
        for name in names:
            if not any(name in (each.label, each.facts.name) for each in self.dimensions):
                raise KeyError(name)
        summed = [each.label in names or each.facts.name in names for each in self.dimensions]
        found: list[dict[str, Any]] = []
        for row in self.rows(totals=True):
            heads = row[: len(summed)]
            if all((head == TOTAL) == over_all for head, over_all in zip(heads, summed, strict=True)):
                named = dict(zip(self.headers, row, strict=True))
                found.append({key: value for key, value in named.items() if value != TOTAL})
        return found

    @property
    def headers(self) -> list[str]:
        """The labels of the dimensions, then those of the measures."""
        return [each.label for each in self.dimensions] + [each.label for each in self.measures]

    def to_pandas(
        self, *, totals: bool = False, unclassified: bool = True, codes: bool = False
    ) -> pandas.DataFrame:
        """A frame with the dimensions as index (in the server's header order) and a column a measure."""
        pd = need("pandas", "pandas")

        axes: list[Any] = []
        for each in self.dimensions:
            heads = each.codes if codes else each.descriptions
            axes.append(
                pd.Index([heads[place] for place in self._kept(each, totals, unclassified)], name=each.label)
            )
        index: Any = axes[0] if len(axes) == 1 else pd.MultiIndex.from_product(axes)
        table = list(self.rows(totals=totals, unclassified=unclassified, codes=codes))
        data = {
            each.label: pd.array(
                [row[len(axes) + number] for row in table], dtype="Int64" if each.whole else "Float64"
            )
            for number, each in enumerate(self.measures)
        }
        frame: pandas.DataFrame = pd.DataFrame(data, index=index)
        return frame

    def to_arrow(self, *, totals: bool = False, unclassified: bool = True, codes: bool = False) -> Any:
        """An Arrow table: a dictionary column a dimension, `int64` or `double` a measure."""
        pa = need("pyarrow", "arrow")

        table = list(zip(*self.rows(totals=totals, unclassified=unclassified, codes=codes), strict=True))
        width = len(self.dimensions)
        kinds = [pa.int64() if each.whole else pa.float64() for each in self.measures]
        columns = table or [()] * len(self.headers)
        arrays: list[Any] = [pa.array(column, pa.string()).dictionary_encode() for column in columns[:width]]
        arrays += [pa.array(column, kind) for column, kind in zip(columns[width:], kinds, strict=True)]
        return pa.Table.from_arrays(arrays, names=self.headers)

    def to_polars(
        self, *, totals: bool = False, unclassified: bool = True, codes: bool = False
    ) -> polars.DataFrame:
        """A Polars frame: an `Enum` column a dimension, `Int64` or `Float64` a measure."""
        pl = need("polars", "polars")

        schema: dict[str, Any] = {
            each.label: pl.Enum(list(dict.fromkeys(each.codes if codes else each.descriptions)))
            for each in self.dimensions
        }
        schema |= {each.label: pl.Int64 if each.whole else pl.Float64 for each in self.measures}
        rows = list(self.rows(totals=totals, unclassified=unclassified, codes=codes))
        frame: polars.DataFrame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame

    def to_parquet(self, path: str | Path, *, totals: bool = False) -> None:
        """Write a Parquet file; see `to_arrow`."""
        need("pyarrow.parquet", "arrow").write_table(self.to_arrow(totals=totals), path)

    def to_csv(self, path: str | Path | TextIO, *, totals: bool = False) -> None:
        """Write CSV: a column a dimension, a column a measure, nothing for a missing figure."""
        with opened(path) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.headers)
            writer.writerows(self.rows(totals=totals))

    @staticmethod
    def _kept(axis: CubeDimension, totals: bool, unclassified: bool) -> list[int]:
        return [
            place
            for place, code in enumerate(axis.codes)
            if (totals or code != TOTAL) and (unclassified or place != axis.unclassified)
        ]

    def _head(self, places: Sequence[int], codes: bool) -> tuple[str, ...]:
        return tuple(
            (axis.codes if codes else axis.descriptions)[place]
            for axis, place in zip(self.dimensions, places, strict=True)
        )

    def __repr__(self) -> str:
        size = " × ".join(f"{each.label} ({len(each.codes)})" for each in self.dimensions)
        return f"<CubeFrame: {size}; {', '.join(each.label for each in self.measures)}>"

    def _repr_html_(self) -> str:
        from .cards import html_table

        rows = list(self.rows())
        return html_table(self.headers, rows[:40], f"{len(rows):,} cells")


def _figures(rows: Sequence[str], whole: bool) -> list[float | int | None]:
    """The figures of tab-joined rows; a text that is no number is a missing figure."""
    found: list[float | int | None] = []
    for row in rows:
        for text in row.split("\t"):
            try:
                figure = float(text)
            except ValueError:
                found.append(None)
                continue
            found.append(int(figure) if whole and figure.is_integer() else figure)
    return found
