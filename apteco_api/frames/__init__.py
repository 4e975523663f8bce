"""Turn answers into rows, cubes and files. Pure: nothing here sends anything.

1. `requests`        the columns of an export become the `Export` model; answers are checked
2. `columns`         cell texts become values of the column's type
3. `rows`, `stream`  the rows of an export: all in memory, or in batches
4. `cube`, `cube_request`  the axes and measures of a cube, and its answer as a frame
5. `csv_text`, `parquet_file`, `html`  the formats that frames are written in
6. `partial_decode`  reads only the part of an answer that a stream needs; `extras` loads optional packages
"""

from typing import TYPE_CHECKING

from .._runtime.lazy import lazy

if TYPE_CHECKING:
    from .columns import BadCell as BadCell
    from .cube import CubeFrame as CubeFrame
    from .cube_request import bands as bands
    from .extras import MissingExtra as MissingExtra
    from .rows import Rows as Rows
    from .stream import RowStream as RowStream

_HOMES = {
    "bands": ".cube_request",
    "BadCell": ".columns",
    "CubeFrame": ".cube",
    "MissingExtra": ".extras",
    "RowStream": ".stream",
    "Rows": ".rows",
}
__all__ = [
    "BadCell",
    "CubeFrame",
    "MissingExtra",
    "RowStream",
    "Rows",
    "bands",
]
__getattr__, __dir__ = lazy(__name__, _HOMES)
