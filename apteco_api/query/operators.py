"""The operators that conditions lack. Using one raises an error that says what to write instead."""

from __future__ import annotations

from typing import Any, NoReturn

from .._runtime.exceptions import ApiTypeError


class Refusing:
    """A base class that refuses arithmetic, order, `and`, `or` and `not`."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        no_bool()

    def _refuse_operator(self, other: object = None) -> Any:
        raise ApiTypeError(
            f"{self!r} is a condition, which has only the operators & | ~: "
            "write a & ~b for what is in a and not in b"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __xor__ = __rxor__ = _refuse_operator
    __lt__ = __le__ = __gt__ = __ge__ = _refuse_operator


def no_bool() -> NoReturn:
    """Raise `TypeError`: `and`, `or` and chained comparisons need a truth value, which a condition lacks."""
    raise ApiTypeError(
        "a condition is neither true nor false: use & | ~ (with brackets) for and, or, not, and between()"
    )
