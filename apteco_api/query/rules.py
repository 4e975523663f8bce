"""The rules of one `Criteria` model, made from one comparison. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from .. import models
from .._runtime.exceptions import ApiValueError
from .catalogue import Facts
from .predicates import METHODS, Predicate


class NothingMeets(Exception):
    """Raised for a comparison that no record can meet; `clauses` turns it into an empty selection."""


class Rules(NamedTuple):
    """The parts of a `Criteria` model that depend on the comparison.

    Args:
        rules: the values to look for.
        match: how texts are compared.
        negated: whether the comparison selects the records that the rules do not match.
        ignore_case: whether the server ignores case, even if the caller did not ask for it.
    """

    rules: list[models.ValueRule]
    match: Literal["Is", "Begins", "Ends", "Contains", "Ranges"] = "Is"
    negated: bool = False
    ignore_case: bool = False


def list_rule(facts: Facts, items: Sequence[str], **more: Any) -> models.ValueRule:
    """Return the rule of a list of values, which are separated by tabs.

    Raises `ValueError` for a value that contains a separator.
    """
    for item in items:
        if "\t" in item or "\n" in item or "\r" in item:
            raise ApiValueError(
                f"a value for {facts.name!r} holds a tab or a line break, which separate values"
            )
    return models.ValueRule(
        list_rule=models.ListRule(list="\t".join(items), variable_name=facts.name), **more
    )


def refuse(predicate: Predicate, facts: Facts) -> ValueError:
    """Return the error for a comparison that this kind of variable does not support."""
    said = METHODS.get(predicate.operation, predicate.operation)
    return ApiValueError(f"{facts.name!r} is a {facts.kind} variable and can't be compared with {said!r}")
