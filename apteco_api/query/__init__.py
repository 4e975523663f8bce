"""From what a user asks for to the models that are sent. Pure: nothing here sends anything.

1. `where`       `aa.where("Cost") > 500`: how a condition is written
2. `conditions`  conditions and how they combine: `&`, `|`, `~`, carried to other tables
3. `criteria`    one comparison becomes one `Criteria` model
4. `catalogue`   how names of tables, variables and codes are looked up
5. `periods`     the periods that dates are grouped by
6. `requests`    a condition, table or model becomes the `Query` that is sent
"""

from typing import TYPE_CHECKING

from .._runtime.lazy import lazy

if TYPE_CHECKING:
    from .catalogue import AmbiguousName as AmbiguousName
    from .catalogue import Catalogue as Catalogue
    from .catalogue import Facts as Facts
    from .catalogue import StaticCatalogue as StaticCatalogue
    from .catalogue import UnknownName as UnknownName
    from .conditions import Condition as Condition
    from .conditions import saved as saved
    from .record_count import RecordCount as RecordCount
    from .requests import Queryable as Queryable
    from .where import Where as Where
    from .where import where as where

_HOMES = {
    "saved": ".conditions",
    "RecordCount": ".record_count",
    "AmbiguousName": ".catalogue",
    "Catalogue": ".catalogue",
    "Condition": ".conditions",
    "Facts": ".catalogue",
    "Queryable": ".requests",
    "StaticCatalogue": ".catalogue",
    "UnknownName": ".catalogue",
    "Where": ".where",
}
__all__ = [
    "AmbiguousName",
    "Catalogue",
    "Condition",
    "Facts",
    "Queryable",
    "RecordCount",
    "StaticCatalogue",
    "UnknownName",
    "Where",
    "saved",
]
__getattr__, __dir__ = lazy(__name__, _HOMES)
