"""From `--where`, `--query` and `--query-file` to something that selects records."""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..query.conditions import Condition
from ..query.where import values_in, where

if TYPE_CHECKING:
    from ..models import Query
    from ..query.catalogue import Catalogue, Facts
    from ..session.session import Session

_CONDITION = re.compile(r"\s*(?P<name>[^=<>!~]+?)\s*(?P<sign>!=|<=|>=|=|<|>|~)(?P<value>.*)", re.DOTALL)


def asked_query(session: Session, options: Namespace) -> str | Condition | Query:
    """Return what the options select: a table's name, a condition or a model.

    Raises:
        ValueError: the options exclude each other, select nothing, or can't be read.
    """
    given = [name for name in ("where", "query", "query_file") if getattr(options, name)]
    if len(given) > 1:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise ValueError(f"{names} exclude each other")
    if options.where:
        return conditions(options.where, session.catalogue, options.table or "", files=True)
    if options.query:
        return read_query(options.query)
    if options.query_file:
        return session.queries.read(options.query_file)
    if not options.table:
        raise ValueError("nothing is selected: give a table or --where")
    table: str = options.table
    return table


def conditions(texts: list[str], catalogue: Catalogue, table: str = "", *, files: bool = False) -> Condition:
    """Combine conditions into one. Conditions on one table must hold for the same record. The condition of
    each table is then transferred to `table`, by default the table of the first condition.

    Args:
        texts, files: as for `condition`.
        catalogue: where names are looked up.
        table: the table to select on.
    """
    groups: dict[str, list[Condition]] = {}
    for text in texts:
        facts, made = condition(text, catalogue, files=files)
        groups.setdefault(facts.table, []).append(made)
    target = table or next(iter(groups))
    return _all([_all(group).on(target) for group in groups.values()])


def _all(found: list[Condition]) -> Condition:
    first, *others = found
    for each in others:
        first = first & each
    return first


def condition(text: str, catalogue: Catalogue, *, files: bool = False) -> tuple[Facts, Condition]:
    """Parse one condition, and return it with the facts of its variable.

    Args:
        text: name, comparison and values.
        catalogue: where names are looked up.
        files: whether `NAME=@FILE` reads values from a local file. Leave it False for callers that are not
            the user of this machine, such as a language model.

    Raises:
        ValueError: the text can't be read, or does not suit the variable.
        UnknownName: the variable does not exist.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a condition: write NAME=VALUE, NAME>=VALUE …")
    facts = catalogue.facts(match["name"])
    variable, sign, value = where(facts.name), match["sign"], match["value"].strip()
    if not value:
        if sign not in ("=", "!="):
            raise ValueError(f"{text!r}: a value is missing")
        missing = variable.is_missing()
        return facts, missing if sign == "=" else ~missing
    if sign in ("=", "!="):
        low, dots, high = value.partition("..")
        if files and value.startswith("@"):
            found = variable.isin([_value(each, facts) for each in values_in(value[1:])])
        elif facts.kind in ("date", "datetime") and value[0].isalpha():
            found = variable.during(*_values(value, facts))
        elif dots and facts.kind != "selector":
            found = variable.between(_value(low, facts), _value(high, facts))
        else:
            found = variable.isin([_value(part, facts) for part in _values(value, facts)])
        return facts, found if sign == "=" else ~found
    if sign == "~":
        return facts, variable.contains(value, ignore_case=True)
    one = _value(value, facts)
    signs = {"<": variable.__lt__, "<=": variable.__le__, ">": variable.__gt__, ">=": variable.__ge__}
    return facts, signs[sign](one)


def _values(text: str, facts: Facts) -> list[str]:
    """Return the parts between commas; a comma after a backslash is part of a value."""
    parts = re.split(r"(?<!\\),", text)
    return [re.sub(r"^\\(?=@)|\\(?=,)", "", part.strip()) for part in parts]


def _value(text: str, facts: Facts) -> str | int | float:
    text = text.strip()
    if facts.kind != "numeric":
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{facts.name!r} holds numbers, not {text!r}") from None


def read_query(path: str) -> Query:
    """Return the query in a JSON file or on standard input: a `Query`, or an audience from `export-queries`.

    Raises:
        ValueError: the file does not hold a query, or holds an audience of several queries.
    """
    from .._runtime.codec.decode import decode
    from ..exceptions import ApiException

    data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    place = "standard input" if path == "-" else path
    try:
        query: Query = decode(_of_audience(data, place), "Query", strict=True)
    except ApiException as error:
        raise ValueError(f"{place} does not hold a Query: {error.reason}") from None
    if query.selection is None:
        raise ValueError(f"{place} holds a Query without a selection: it selects nothing")
    return query


def _of_audience(data: bytes, place: str) -> bytes:
    """Return the query of an exported audience as JSON; return any other text unchanged."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if not isinstance(content, dict) or "body_query" not in content:
        return data
    found = cast("dict[str, Any]", content)
    more = [name for name in ("include_query", "exclude_query") if found.get(name)]
    if more:
        raise ValueError(
            f"{place} holds an audience of several queries ({', '.join(['body_query', *more])}): "
            "use `apteco-api audiences calculate`, or a file with one of them"
        )
    return json.dumps(found["body_query"]).encode()
