"""``find-tables``: which tables the queries of a data source use."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Mapping

from ..errors import JobError, RequestError
from ..facade import TonalyticaAPIClient
from .common import run

_NOT_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
# a name, with or without quotes: parts with dots between them
_PART = r'(?:\[[^\]]+\]|"[^"]+"|`[^`]+`|\{\{[^}]*\}\}|[^\s(),;.]+)'
_NAME = re.compile(rf"{_PART}(?:\s*\.\s*{_PART})*")
_START = re.compile(r"\b(?:from|join)\b", re.IGNORECASE)
_NO_ALIAS = (
    "where|join|left|right|full|inner|outer|cross|natural|on|using|group|order|having|limit|offset|union|except|"
    "intersect|window|from|set|values|lateral"
)
_ALIAS = re.compile(rf"\s+(?:as\s+)?(?!(?:{_NO_ALIAS})\b)[\w\"`\[\]]+", re.IGNORECASE)
_BEFORE = re.compile(r"\s*(?:(?:lateral|only)\b\s*)?", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*")
_COMMON = re.compile(
    r"(?:\bwith\b(?:\s+recursive\b)?|,)\s*([\w\"`\[\]]+)\s*(?:\([^()]*\)\s*)?\bas\b\s*"
    r"(?:not\s+)?(?:materialized\s+)?\(",
    re.IGNORECASE,
)
_FUNCTIONS = re.compile(r"\b(?:extract|trim|substring|overlay|position)\s*\([^()]*\)", re.IGNORECASE)


def extract_table_names(sql: str) -> list[str]:
    """Return the names of the tables that a query reads, each once, in their order.

    These are the names after FROM and JOIN, with commas and aliases, also in subqueries. Comments and texts
    in quotes are skipped, and so are names that the query itself defines by WITH, and FROM inside of
    functions.
    """
    code = _FUNCTIONS.sub(" ", _NOT_CODE.sub(" ", sql))
    own = {_plain(name) for name in _COMMON.findall(code)}
    found: dict[int, str] = {}
    for start in _START.finditer(code):
        at = start.end()
        while True:
            at = _BEFORE.match(code, at).end()  # type: ignore[union-attr]  # it matches nothing, too
            name = _NAME.match(code, at)
            if name:
                after = name.end()
                is_call = code[after : after + 1] == "("
                if not is_call and _plain(name[0]) not in own:
                    found[name.start()] = re.sub(r"\s*\.\s*", ".", name[0])
                at = _closing(code, after) if is_call else after
            elif code[at : at + 1] == "(":
                at = _closing(code, at)  # a subquery has its own FROM
            else:
                break
            alias = _ALIAS.match(code, at)
            comma = _COMMA.match(code, alias.end() if alias else at)
            if comma is None:
                break
            at = comma.end()
    return list(dict.fromkeys(found[place] for place in sorted(found)))


def _closing(code: str, at: int) -> int:
    """Return the place after the bracket that closes the one at a place."""
    depth = 0
    for index in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[index], 0)
        if depth == 0:
            return index + 1
    return len(code)


def _plain(name: str) -> str:
    """Return a name without quotes, in lower case, for comparing."""
    return re.sub(r'[\[\]"`\s]', "", name).lower()


def find_table_names(client: TonalyticaAPIClient, data_source_id: int) -> dict[int, list[str]]:
    """Return the tables that each query of a data source uses, by the number of the query.

    If the server knows the tables of the data source, names of other tables are left out.
    """
    try:
        schema = {_plain(table["name"]) for table in client.get_schema(data_source_id)}
    except (JobError, RequestError) as error:
        print(
            f"the tables of data source {data_source_id} can't be read ({error}); all names count",
            file=sys.stderr,
        )
        schema = set[str]()
    used: dict[int, list[str]] = {}
    for query in client.iterate(client.queries):
        if query.get("data_source_id") == data_source_id:
            names = extract_table_names(query["query"])
            used[query["id"]] = [name for name in names if not schema or _known(name, schema)]
    return used


def _known(name: str, schema: set[str]) -> bool:
    """Return whether a table is in the schema, with or without the schema's own name in front."""
    plain = _plain(name)
    return plain in schema or plain.rpartition(".")[2] in schema


def summary(used: Mapping[int, list[str]]) -> list[str]:
    """Return the lines of a table: each name, and in how many queries it is used."""
    counts = Counter(name for names in used.values() for name in names)
    width = max(map(len, ["table", *counts]))
    lines = [f"{'table':>{width}} | {'number of queries':>17}", f"{'-' * width} | {'-' * 17}"]
    return lines + [f"{name:>{width}} | {count:>17}" for name, count in counts.most_common()]


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="find-tables",
        description="Print the tables that the queries of a data source use, and in how many queries.",
        epilog="example: find-tables https://tonalytica.redoubt.online KEY 1 --detail",
    )
    parser.add_argument("url", help="address of the server")
    parser.add_argument("key", help="user API key")
    parser.add_argument("data_source_id", type=int, help="number of the data source")
    parser.add_argument("--detail", action="store_true", help="print each pair of query and table instead")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        with TonalyticaAPIClient(chosen.key, chosen.url) as client:
            used = find_table_names(client, chosen.data_source_id)
        if chosen.detail:
            lines = [f"{number},{name}" for number, names in used.items() for name in names]
        else:
            lines = summary(used)
        for line in lines:
            print(line)

    return run(work)


if __name__ == "__main__":
    sys.exit(main())
