"""Turn conditions and names into the models that are sent. Pure: nothing here sends anything.

1. `where`         `aa.where("Cost") > 500`: how a condition is written
2. `conditions`    the tree of a condition: `&`, `|`, `~`, moved to another table, limited
3. `predicates`    one comparison of one variable, and its values as text
4. `clauses`       from a part of the tree to a clause of a selection
5. `criteria`      from one comparison to one `Criteria` model, whose parts are `rules` and `date_rules`
6. `limits`        samples, the highest records, a number for each record of a table above
7. `periods`       periods of dates: their names, their units, the days on which they start
8. `catalogue`     how names of tables, variables and codes are looked up
9. `requests`      from a condition, table or model to the `Query` that is sent
10. `record_count` the number that a count returns, with its table
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
