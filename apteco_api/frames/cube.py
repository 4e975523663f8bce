"""The answer to a cube as a labelled frame, with totals apart.

cube = session.cube("Bookings", ["boDest", "boDate by Years"], ["Count", "Sum(boCost)"])
cube.to_pandas()                 # a row for each combination, a column for each measure
cube.totals("boDest")            # the totals over destinations
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TextIO

from .. import models
from .._runtime.exceptions import ApiValueError
from .._runtime.files import replacing
from ..query.catalogue import Catalogue, unknown
from ..query.requests import table_of
from .cube_request import (
    CubeDimension,
    CubeMeasure,
    Dimension,
    as_list,
    check_labels,
    cube_request,
    dimension,
    measure,
)
from .extras import need
from .requests import check_ran
from .rows import opened

if TYPE_CHECKING:
    import pandas
    import polars
    from matplotlib.axes import Axes

TOTAL = "iTOTAL"
"""The server's code for the total of a dimension."""
TOTAL_LABEL = "TOTAL"
"""The label of totals in frames."""


class CubeFrame:
    """The answer to a cube: all measures for each combination of headers, including totals.

    Args:
        dimensions: the axes with their headers, in the caller's order.
        measures: the figures.
        cells: the figures of each measure, by its label; the last dimension varies fastest.
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
                raise ApiValueError(
                    f"the measure {label!r} has {len(figures)} cells where {size} were expected"
                )

    @classmethod
    def from_result(
        cls, result: models.CubeResult, dimensions: Sequence[CubeDimension], measures: Sequence[CubeMeasure]
    ) -> CubeFrame:
        """Return the frame of a server's answer to `cube_request`.

        Raises `ValueError` if the answer does not fit the request.
        """
        heads = {each.id: each for each in result.dimension_results or ()}
        figures = {each.id: each for each in result.measure_results or ()}
        try:
            axes = [_with_headers(each, heads[str(number)]) for number, each in enumerate(dimensions)]
            cells = {
                each.label: _figures(figures[str(number)].rows, each.whole)
                for number, each in enumerate(measures)
            }
        except KeyError as error:
            raise ApiValueError(f"the cube's answer lacks the dimension or measure {error}") from None
        return cls(axes, measures, cells)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of headers of each dimension, including unclassified and total."""
        return tuple(len(each.codes) for each in self.dimensions)

    def rows(
        self,
        *,
        totals: bool = False,
        unclassified: bool | None = None,
        codes: bool = False,
        dates: bool = False,
    ) -> Iterator[tuple[Any, ...]]:
        """Yield a tuple for each combination: the headers, then the figures.

        Args:
            totals: include the combinations with a total.
            unclassified: include the unclassified headers. By default, they are included for selectors and
                bands, but not for periods, where they are not dates.
            codes: give headers as codes, not as descriptions.
            dates: give periods as their first days; None for unclassified and totals.
        """
        heads = [each.labels(codes, dates) for each in self.dimensions]
        keep = [self._kept(each, totals, unclassified) for each in self.dimensions]
        strides = [math.prod(self.shape[place + 1 :]) for place in range(len(self.shape))]
        for places in itertools.product(*keep):
            index = sum(place * stride for place, stride in zip(places, strides, strict=True))
            head = tuple(labels[place] for labels, place in zip(heads, places, strict=True))
            yield head + tuple(self._cells[each.label][index] for each in self.measures)

    def totals(self, *over: str) -> list[dict[str, Any]]:
        """Return the totals over some dimensions (by label or variable), for each combination of the others.

        Without a name, return the grand totals, in one dictionary. Raises `UnknownName` for a dimension that
        the cube does not have.
        """
        names = over or tuple(each.label for each in self.dimensions)
        for name in names:
            if not any(name in (each.label, each.facts.name) for each in self.dimensions):
                known = (text for each in self.dimensions for text in (each.label, each.facts.name))
                raise unknown("dimension", name, known)
        summed = [each.label in names or each.facts.name in names for each in self.dimensions]
        found: list[dict[str, Any]] = []
        coded = self.rows(totals=True, unclassified=True, codes=True)
        for codes, row in zip(coded, self.rows(totals=True, unclassified=True), strict=True):
            total = [code == TOTAL for code in codes[: len(summed)]]
            if total == summed:
                total += [False] * len(self.measures)
                named = zip(self.headers, row, total, strict=True)
                found.append({key: value for key, value, is_total in named if not is_total})
        return found

    @property
    def headers(self) -> list[str]:
        """The labels of the dimensions, then those of the measures."""
        return [each.label for each in self.dimensions] + [each.label for each in self.measures]

    def to_pandas(
        self,
        *,
        totals: bool = False,
        unclassified: bool | None = None,
        codes: bool = False,
        dates: bool = False,
    ) -> pandas.DataFrame:
        """Return a frame with the dimensions as index (in the server's order of headers) and a column for
        each measure.

        A cube without a dimension has one row.

        The arguments are those of `rows`; with `dates`, an index of periods is `datetime64[s]`.
        """
        from .pandas_frame import moments

        pd = need("pandas", "pandas")
        axes: list[Any] = []
        for each in self.dimensions:
            labels = each.labels(codes, dates)
            heads: list[Any] = [labels[place] for place in self._kept(each, totals, unclassified)]
            axis = moments(heads) if dates and each.dated else pd.Index(heads)
            axes.append(axis.rename(each.label))
        index: Any = pd.MultiIndex.from_product(axes) if len(axes) > 1 else axes[0] if axes else None
        table = list(self.rows(totals=totals, unclassified=unclassified, codes=codes, dates=dates))
        data = {
            each.label: pd.array(
                [row[len(axes) + number] for row in table], dtype="Int64" if each.whole else "Float64"
            )
            for number, each in enumerate(self.measures)
        }
        frame: pandas.DataFrame = pd.DataFrame(data, index=index)
        return frame

    def to_arrow(
        self,
        *,
        totals: bool = False,
        unclassified: bool | None = None,
        codes: bool = False,
        dates: bool = False,
    ) -> Any:
        """Return an Arrow table. A dimension is a dictionary column (`date32` for periods with `dates`), a
        measure is `int64` or `double`. The arguments are those of `rows`.
        """
        pa = need("pyarrow", "arrow")

        rows = self.rows(totals=totals, unclassified=unclassified, codes=codes, dates=dates)
        table = list(zip(*rows, strict=True))
        width = len(self.dimensions)
        kinds = [pa.int64() if each.whole else pa.float64() for each in self.measures]
        columns = table or [()] * len(self.headers)
        arrays: list[Any] = [
            pa.array(column, pa.date32())
            if dates and each.dated
            else pa.array(column, pa.string()).dictionary_encode()
            for each, column in zip(self.dimensions, columns, strict=False)
        ]
        arrays += [pa.array(column, kind) for column, kind in zip(columns[width:], kinds, strict=True)]
        return pa.Table.from_arrays(arrays, names=self.headers)

    def to_polars(
        self,
        *,
        totals: bool = False,
        unclassified: bool | None = None,
        codes: bool = False,
        dates: bool = False,
    ) -> polars.DataFrame:
        """Return a Polars frame. A dimension is an `Enum` column (`Date` for periods with `dates`), a measure
        is `Int64` or `Float64`. The arguments are those of `rows`.
        """
        pl = need("polars", "polars")

        schema: dict[str, Any] = {
            each.label: pl.Date
            if dates and each.dated
            else pl.Enum(list(dict.fromkeys(self._kept_labels(each, codes, totals, unclassified))))
            for each in self.dimensions
        }
        schema |= {each.label: pl.Int64 if each.whole else pl.Float64 for each in self.measures}
        rows = list(self.rows(totals=totals, unclassified=unclassified, codes=codes, dates=dates))
        frame: polars.DataFrame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Pass the cube to a library that uses Arrow's PyCapsule protocol, such as Polars or DuckDB."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def plot(
        self,
        path: str | Path | None = None,
        *,
        ax: Axes | None = None,
        measure: str | None = None,
        unclassified: bool = False,
    ) -> Axes:
        """Draw the cube (extra `plot`): bars for a selector or bands, lines over time for periods, a colour
        for each value of a second dimension.

        Args:
            path: a file to save the picture in, too, such as `cost.png`.
            ax: the Matplotlib axes to draw into; by default new ones.
            measure: the figure to draw, by its label; by default the first.
            unclassified: also draw the unclassified headers.

        Returns:
            The axes, for further changes.

        Raises:
            ValueError: the cube has no dimension, or more than two.
            UnknownName: the cube does not have the measure.
        """
        from .plot import plot_cube

        return plot_cube(self, path, ax, measure, unclassified)

    def to_excel(
        self,
        path: str | Path | BinaryIO,
        *,
        totals: bool = False,
        unclassified: bool | None = None,
        dates: bool = False,
    ) -> int:
        """Write an Excel workbook with a column for each dimension and measure (extra `excel`); return how
        many rows.

        The arguments are those of `rows`.
        """
        from .excel import write_workbook

        kinds = ["date" if dates and each.dated else "text" for each in self.dimensions]
        kinds += ["count" if each.whole else "amount" for each in self.measures]
        rows = self.rows(totals=totals, unclassified=unclassified, dates=dates)
        return write_workbook(path, self.headers, kinds, rows)

    def to_parquet(self, path: str | Path | BinaryIO, *, totals: bool = False) -> None:
        """Write a Parquet file; see `to_arrow`."""
        parquet, table = need("pyarrow.parquet", "arrow"), self.to_arrow(totals=totals)
        with replacing(path) as file:
            parquet.write_table(table, file)

    def to_csv(self, path: str | Path | TextIO, *, totals: bool = False) -> None:
        """Write CSV with a column for each dimension and measure; a missing figure is empty."""
        with opened(path) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.headers)
            writer.writerows(self.rows(totals=totals))

    @staticmethod
    def _kept(axis: CubeDimension, totals: bool, unclassified: bool | None) -> list[int]:
        unclassified = not axis.dated if unclassified is None else unclassified
        return [
            place
            for place, code in enumerate(axis.codes)
            if (totals or code != TOTAL) and (unclassified or place != axis.unclassified)
        ]

    def _kept_labels(
        self, axis: CubeDimension, codes: bool, totals: bool, unclassified: bool | None
    ) -> list[str]:
        labels = axis.labels(codes, False)
        return [labels[place] for place in self._kept(axis, totals, unclassified)]

    def __repr__(self) -> str:
        size = " × ".join(f"{each.label} ({len(each.codes)})" for each in self.dimensions)
        return f"<CubeFrame: {size}; {', '.join(each.label for each in self.measures)}>"

    def _repr_html_(self) -> str:
        from .html import html_table

        rows = list(self.rows())
        return html_table(self.headers, rows[:40], f"{len(rows):,} cells")


def _with_headers(axis: CubeDimension, result: models.DimensionResult) -> CubeDimension:
    codes = tuple(result.header_codes.split("\t"))
    texts = tuple(result.header_descriptions.split("\t"))
    if len(codes) == len(texts):
        texts = tuple(TOTAL_LABEL if code == TOTAL else text for code, text in zip(codes, texts, strict=True))
    return axis._replace(codes=codes, descriptions=texts)


def _figures(rows: Sequence[str], whole: bool) -> list[float | int | None]:
    """Return the figures in tab-separated rows; a text that is not a number is a missing figure."""
    found: list[float | int | None] = []
    for row in rows:
        for text in row.split("\t"):
            try:
                figure = float(text)
            except ValueError:
                figure = float("nan")
            if not math.isfinite(figure):
                found.append(None)
                continue
            found.append(int(figure) if whole and figure.is_integer() else figure)
    return found


class CubePlan(NamedTuple):
    """The request of a cube, and the axes and measures that convert its answer."""

    dimensions: Sequence[CubeDimension]
    measures: Sequence[CubeMeasure]
    request: models.Cube

    def frame(self, result: models.CubeResult) -> CubeFrame:
        """Return the frame of an answer. Raises `ApiResponseError` if the cube failed."""
        check_ran(result.ran_successfully, result, "cube")
        return CubeFrame.from_result(result, self.dimensions, self.measures)


def plan_cube(
    query: models.Query,
    dimensions: Sequence[Dimension],
    measures: Sequence[str],
    catalogue: Catalogue,
) -> CubePlan:
    """Return the plan of a cube over the query's own table.

    Raises:
        UnknownName: a variable does not exist in the system.
        ValueError: there is no measure, or two axes or measures have the same label.
    """
    table = table_of(query)
    axes = [dimension(each, catalogue) for each in as_list(dimensions)]
    figures = [measure(each, table, catalogue) for each in as_list(measures)]
    check_labels(axes, figures)
    return CubePlan(axes, figures, cube_request(query, table, axes, figures))
