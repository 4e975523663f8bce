"""``gdpr-scrub``: find queries and dashboards in which a text occurs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import RequestError, TonalyticaError
from ..facade import TonalyticaAPIClient
from ..results import members
from .common import add_key, connect, run


def matches(
    client: TonalyticaAPIClient, terms: Sequence[str], unread: Callable[[str], object] = lambda what: None
) -> Iterator[str]:
    """Yield the addresses of the queries and dashboards in which any of the terms occurs, in any case.

    Queries: name, text, description, tags, settings and the rows of the latest result. Dashboards: name,
    slug, tags and the texts on them.

    Args:
        client: the client.
        terms: what to search for.
        unread: called with a message for each object that can't be read, and so may have a term.
    """
    wanted = [term.casefold() for term in terms]

    def found(*texts: object) -> bool:
        whole = "\n".join(str(text) for text in texts if text).casefold()
        return any(term in whole for term in wanted)

    for query in client.iterate(client.queries):
        own = (query.get("name"), query.get("query"), query.get("description"), *(query.get("tags") or ()))
        if found(*own, _text(query.get("options"))) or found(_result(client, query, unread)):
            yield f"{client.tonalytica_url}/queries/{query['id']}"
    for row in client.iterate(client.dashboards):
        own = (row.get("name"), row.get("slug"), *(row.get("tags") or ()))
        try:
            board = client.get_dashboard(row)
        except RequestError as error:
            unread(f"dashboard {row['id']} can't be read: {error}")
            if found(*own):
                yield f"{client.tonalytica_url}/dashboards/{row['id']}"
            continue
        widgets = members(board, "widgets")
        for widget in widgets:
            if widget.get("restricted"):
                unread(
                    f"widget {widget['id']} of dashboard {row['id']} can't be read: the key may not see it"
                )
        if found(*own, *(widget.get("text") for widget in widgets)):
            yield client.dashboard_url(board)


def _result(client: TonalyticaAPIClient, query: Mapping[str, Any], unread: Callable[[str], object]) -> str:
    """Return the latest result of a query as text, without escapes; empty without a result."""
    number = query.get("latest_query_data_id")
    if not number:
        return ""
    try:
        return _text(client.get_result(number))
    except RequestError as error:
        unread(f"the result of query {query['id']} can't be read: {error}")
        return ""


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="gdpr-scrub",
        description="Search for texts, such as email addresses, in the queries of a TONalytica, their latest "
        "results and the dashboards, and print the address of each query and dashboard in which one occurs.",
        epilog="example: gdpr-scrub https://tonalytica.redoubt.online ada@example.com",
    )
    parser.add_argument("host", help="address of the server")
    parser.add_argument("email", nargs="+", help="texts to search for, in upper or lower case")
    add_key(parser)
    chosen = parser.parse_args(arguments)

    missed: list[str] = []

    def unread(what: str) -> None:
        missed.append(what)
        print(what, file=sys.stderr)

    def work() -> None:
        with connect(chosen.host, chosen.api_key) as client:
            for address in matches(client, chosen.email, unread):
                print(address, flush=True)
        if missed:
            raise TonalyticaError(f"{len(missed)} of the things to search can't be read")

    return run(work)


if __name__ == "__main__":
    sys.exit(main())
