"""The base class of models that select records. It lets `&`, `|` and `~` take them as conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conditions import Condition
    from .requests import Selects


class Selecting:
    """A model that selects records: a saved query, a query, a selection or a part of one."""

    __slots__ = ()

    def __and__(self, other: Condition | Selecting | Selects) -> Condition:
        from .conditions import combined

        return combined("AND", self, other)

    def __or__(self, other: Condition | Selecting | Selects) -> Condition:
        from .conditions import combined

        return combined("OR", self, other)

    def __rand__(self, other: Selects) -> Condition:
        from .conditions import combined

        return combined("AND", other, self)

    def __ror__(self, other: Selects) -> Condition:
        from .conditions import combined

        return combined("OR", other, self)

    def __invert__(self) -> Condition:
        from .conditions import as_condition

        return ~as_condition(self, "~")
