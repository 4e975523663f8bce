"""``clone-dashboard-and-queries``: copy a dashboard together with its queries and visualizations."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..boards import DashboardKey
from ..dashboards import check_readable
from ..facade import TonalyticaAPIClient
from ..results import ResultObject, member, members
from .common import add_key, connect, run


def clone(client: TonalyticaAPIClient, slug: DashboardKey, prefix: str = "") -> ResultObject:
    """Copy a dashboard, with copies of its queries and of the visualizations it shows.

    Args:
        client: the client.
        slug: slug or number of the dashboard, or what the address bar shows.
        prefix: prefix for the names of the copied queries.

    Returns:
        The new dashboard; its name is `Copy of: ` and the old name.
    """
    original = client.dashboard(slug)
    check_readable(original)
    widgets = members(original, "widgets")
    new_board = client.copy_shell(original)
    copied: dict[int, int] = {}
    queries = [widget["visualization"]["query"] for widget in widgets if widget.get("visualization")]
    names = {query["id"]: query["name"] for query in queries}
    for number, name in names.items():
        copied.update(_copy_query(client, number, prefix + name))
    for widget in widgets:
        shown = widget.get("visualization")
        number = copied[shown["id"]] if shown else None
        client.create_widget(new_board["id"], number, widget.get("text") or "", member(widget, "options"))
    return client.get_dashboard(new_board)


def _copy_query(client: TonalyticaAPIClient, number: int, name: str) -> dict[int, int]:
    """Copy a query; return the numbers of the new visualizations by the numbers of the old ones.

    Visualizations are matched by type, name and options, and equal ones by their order. Those that the server
    did not copy are created.
    """
    old = client.get_query(number)["visualizations"]
    copy = client.duplicate_query(number, new_name=name)
    rest: list[dict[str, Any]] = list(copy["visualizations"])
    pairs: dict[int, int] = {}
    for each in sorted(old, key=lambda item: int(item["id"])):
        twin = next((new for new in rest if _alike(each, new)), None)
        if twin is not None:
            rest.remove(twin)
        else:
            twin = client.post(
                "visualizations",
                {
                    "query_id": copy["id"],
                    **{key: each.get(key) for key in ("type", "name", "description", "options")},
                },
            ).json()
        pairs[each["id"]] = twin["id"]
    return pairs


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(key) == other.get(key) for key in ("type", "name", "options"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="clone-dashboard-and-queries",
        description="Copy a dashboard with its queries and visualizations; print the address of the copy.",
        epilog='example: clone-dashboard-and-queries https://tonalytica.redoubt.online overview "mine: "',
    )
    parser.add_argument("host", help="address of the server")
    parser.add_argument("slug", help="slug or number of the dashboard, or what the address bar shows")
    parser.add_argument("prefix", help="prefix for the names of the copied queries")
    add_key(parser)
    chosen = parser.parse_args(arguments)

    def work() -> None:
        with connect(chosen.host, chosen.api_key) as client:
            board = clone(client, chosen.slug, chosen.prefix)
            print(client.dashboard_url(board))

    return run(work)


if __name__ == "__main__":
    sys.exit(main())
