"""``gdpr-scrub``: find queries and dashboards in which a text occurs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import RequestError
from ..facade import TonalyticaAPIClient
from ..results import members
from .common import add_key, connect, run


def matches(client: TonalyticaAPIClient, terms: Sequence[str]) -> Iterator[str]:
    """Yield the addresses of the queries and dashboards in which any of the terms occurs, in any case.

    Queries: name, text, description, tags and the rows of the latest result. Dashboards: name, slug, tags
    and the texts on them.
    """
    wanted = [term.casefold() for term in terms]

    def found(*texts: object) -> bool:
        whole = "\n".join(str(text) for text in texts if text).casefold()
        return any(term in whole for term in wanted)

    for query in client.iterate(client.queries):
        own = (query.get("name"), query.get("query"), query.get("description"), *(query.get("tags") or ()))
        if found(*own) or found(_result(client, query)):
            yield f"{client.tonalytica_url}/queries/{query['id']}"
    for board in client.iterate(client.dashboards):
        own = (board.get("name"), board.get("slug"), *(board.get("tags") or ()))
        if found(*own) or found(*_texts(client, board)):
            yield f"{client.tonalytica_url}/dashboards/{board['slug']}"


def _result(client: TonalyticaAPIClient, query: Mapping[str, Any]) -> str:
    """The latest result of a query as text, escapes undone; empty when there is none any more."""
    number = query.get("latest_query_data_id")
    if not number:
        return ""
    try:
        return json.dumps(client.get_result(number).json(), ensure_ascii=False)
    except RequestError as error:
        print(f"the result of query {query['id']} can't be read: {error}", file=sys.stderr)
        return ""


def _texts(client: TonalyticaAPIClient, board: Mapping[str, Any]) -> list[str]:
    return [widget.get("text") or "" for widget in members(client.dashboard(str(board["slug"])), "widgets")]


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="gdpr-scrub",
        description="Search for texts, such as email addresses, in the queries of a TONalytica, their latest "
        "results and the dashboards, and print the address of each query and dashboard in which one occurs.",
        epilog="example: gdpr-scrub https://tonalytica.redoubt.online ada@example.com",
    )
    parser.add_argument("host", help="address of the server")
    parser.add_argument("email", nargs="+", help="what to search for, in any case")
    add_key(parser)
    chosen = parser.parse_args(arguments)

    def work() -> None:
        with connect(chosen.host, chosen.api_key) as client:
            for address in matches(client, chosen.email):
                print(address, flush=True)

    return run(work)


if __name__ == "__main__":
    sys.exit(main())
