"""Clauses of a selection: a comparison, a list of keys, a whole selection, a step to another table. Pure."""

from __future__ import annotations

import copy
from typing import Any, cast

from .. import models
from .._runtime.exceptions import ApiValueError
from .catalogue import Catalogue, Facts, ancestors, route, table_called
from .criteria import check_range, criteria
from .predicates import Predicate, key_text
from .rules import NothingMeets


def compared(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> models.Clause:
    """Return the clause of one comparison."""
    if facts.kind == "reference":
        return _of_keys(predicate, facts)
    if not predicate.values and predicate.operation != "missing":
        return _nothing(predicate, facts, catalogue)
    if predicate.operation == "between":
        check_range(predicate, facts)
        if facts.kind == "numeric":  # the list form of numbers has no ranges
            low, high = (
                models.Clause(
                    criteria=criteria(Predicate(predicate.variable, sign, (end,)), facts, catalogue)
                )
                for sign, end in zip((">=", "<="), predicate.values, strict=True)
            )
            return _included(predicate, facts, logic("AND", [low, high], facts.table))
    try:
        return models.Clause(criteria=criteria(predicate, facts, catalogue))
    except NothingMeets:
        return _nothing(predicate, facts, catalogue)


def logic(operation: Any, operands: list[models.Clause], table: str) -> models.Clause:
    """Return the clause that combines other clauses: AND, OR, NOT, ANY, THE."""
    return models.Clause(logic=models.Logic(operation=operation, operands=operands, table_name=table))


def _included(predicate: Predicate, facts: Facts, clause: models.Clause) -> models.Clause:
    return clause if predicate.include else logic("NOT", [clause], facts.table)


def _nothing(predicate: Predicate, facts: Facts, catalogue: Catalogue | None) -> models.Clause:
    """Return a clause that no record meets: the value is missing AND is not missing.

    An empty list would not do, as servers may read it in different ways.
    """
    missing = Predicate(predicate.variable, "missing")
    made = [
        models.Clause(criteria=criteria(missing._replace(include=include), facts, catalogue))
        for include in (True, False)
    ]
    return _included(predicate, facts, logic("AND", made, facts.table))


def _of_keys(predicate: Predicate, facts: Facts) -> models.Clause:
    """Return the clause of a list of keys, which the server takes as a record set."""
    if predicate.operation != "in":
        raise ApiValueError(
            f"{facts.name!r} is a key: select its records with == or isin(), which takes up to a million keys"
        )
    keys = models.RecordSet(
        type="URN",
        key_variable_name=facts.name,
        values="\n".join(key_text(key, facts) for key in predicate.values),
    )
    selection = models.Selection(table_name=facts.table, record_set=keys)
    return _included(predicate, facts, models.Clause(sub_selection=models.SubSelection(selection=selection)))


def sub_selection(found: models.Query | models.Selection) -> tuple[models.Clause, str]:
    """Return the clause of a query or selection as a whole, and its table."""
    selection = found.selection if isinstance(found, models.Query) else found
    if selection is None:
        raise ApiValueError("the query has no selection")
    return models.Clause(sub_selection=models.SubSelection(selection=selection)), selection.table_name


def selection_of(given: object) -> models.Selection | None:
    """Return the selection of a part of one, or of a selection of py-apteco; None for anything else."""
    if isinstance(given, models.Rule):
        return models.Selection(table_name=_table_of(given.clause), rule=given)
    if isinstance(given, models.Clause):
        return models.Selection(table_name=_table_of(given), rule=models.Rule(clause=given))
    make = getattr(given, "_to_model_selection", None)  # py-apteco has no other way
    return cast(models.Selection, make()) if callable(make) else None


def _table_of(clause: models.Clause | None) -> str:
    for part in ("logic", "criteria"):
        found = getattr(clause, part, None)
        if found is not None:
            return str(found.table_name)
    sub = getattr(clause, "sub_selection", None)
    selection = getattr(sub, "selection", None)
    if selection is None:
        raise ApiValueError("the clause names no table")
    return str(selection.table_name)


def by_behaviour(
    clause: models.Clause, own: str, per: str, rfv: models.RFV, catalogue: Catalogue | None
) -> tuple[models.Clause, str]:
    """Return the clause of records of a higher table, selected by the number or a figure of records below.

    Args:
        clause: the records below.
        own: the table of the records below.
        per: the higher table.
        rfv: the condition on the number or figure.
        catalogue: where names are looked up.

    Raises:
        ValueError: no catalogue tells how the tables relate, or `per` is not above `own`.
    """
    if catalogue is None:
        raise ApiValueError(
            f"how {own!r} and {per!r} relate is not known: resolve the condition with a session"
        )
    per = table_called(per, catalogue.parents())
    if per not in ancestors(catalogue.parents(), own):
        raise ApiValueError(
            f"{per!r} is not above {own!r}: records are counted for each record of a table above"
        )
    rfv = copy.deepcopy(rfv)
    # Servers ignore the pair that they don't know: 1.9.19 reads the first pair, 2022-12 and later the second.
    rfv.grouping_table, rfv.transactional_table = per, own
    rfv.grouping_table_name, rfv.transactional_table_name = per, own
    if rfv.value is not None and rfv.value.variable_name:
        rfv.value.variable_name = catalogue.facts(rfv.value.variable_name).name
    below = models.Selection(table_name=own, rule=models.Rule(clause=clause), rfv=rfv)
    return carry(sub_selection(below)[0], own, per, catalogue), per


def carry(clause: models.Clause, source: str, target: str, catalogue: Catalogue | None) -> models.Clause:
    """Return the clause on another table: one ANY or THE for each level between them.

    Raises `ValueError` if no catalogue tells how the tables relate.
    """
    if source == target:
        return clause
    if catalogue is None:
        raise ApiValueError(
            f"how {source!r} and {target!r} relate is not known: resolve the condition with a session"
        )
    for operation, table in route(catalogue.parents(), source, target):
        clause = logic(operation, [clause], table)
    return clause
