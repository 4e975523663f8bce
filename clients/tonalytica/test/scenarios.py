"""Scenarios with dashboards and queries, and their expected results on each version of the server.

`test_recorded.py` runs each scenario twice: against the sandbox, and against recorded exchanges with a real
server (`recorded/9.json`, `recorded/current.json`). So the sandbox must behave as real servers do.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from tonalytica_client import (
    AmbiguousSlugError,
    ConflictError,
    KeyRefusedError,
    NotFoundError,
    QueryFailedError,
    RequestError,
    TonalyticaAPIClient,
)
from tonalytica_client.cli import clone_dashboard, gdpr_scrub
from tonalytica_client.client import models

Scenario = Callable[[TonalyticaAPIClient, str], object]
TEXT: dict[str, Any] = {"position": {"col": 0, "row": 0, "sizeX": 3, "sizeY": 8}}


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    """Return status and message of the error that a call ends with."""
    with pytest.raises(RequestError) as caught:
        call()
    return caught.value.status, caught.value.message.split(".")[0]


def twins(client: TonalyticaAPIClient, redash: str) -> None:
    """Make two dashboards of one name."""
    one, two = (client.create_dashboard("Weekly twin") for _ in range(2))
    if redash == "current":
        assert one["slug"] == two["slug"] == "weekly-twin"
        with pytest.raises(AmbiguousSlugError) as caught:
            client.archive_dashboard("weekly-twin")
        assert sorted(caught.value.numbers) == [one["id"], two["id"]]
    else:
        assert (one["slug"], two["slug"]) == ("weekly-twin", "weekly-twin_1")
    assert client.archive_dashboard(two)["id"] == two["id"]
    assert not client.get_dashboard(one)["is_archived"]
    assert client.archive_dashboard("weekly-twin")["id"] == one["id"]


def renames(client: TonalyticaAPIClient, redash: str) -> None:
    """Rename a dashboard, and make a new one with the old name."""
    board = client.create_dashboard("Old ops")
    client.add_widget(board, "behind it")
    shown = client.update_dashboard(board, {"name": "New ops"})["slug"]
    assert shown == {"9": "old-ops", "current": "new-ops"}[redash]
    assert client.get_dashboard(shown)["id"] == client.get_dashboard("old-ops")["id"] == board["id"]
    heir = client.create_dashboard("Old ops")
    assert client.get_dashboard(heir["slug"])["id"] == heir["id"]
    for each in (board, heir):
        client.archive_dashboard(each)


def address_bar(client: TonalyticaAPIClient, redash: str) -> None:
    """Name a dashboard by the text of the address bar."""
    board = client.create_dashboard("Url form")
    number = board["id"]
    page = {"9": "dashboard/url-form", "current": f"dashboards/{number}-url-form"}[redash]
    assert client.dashboard_url(board) == f"{client.tonalytica_url}/{page}"
    for key in (f"{number}-url-form", f"{client.tonalytica_url}/{page}", "url-form", str(number)):
        assert client.get_dashboard(key)["id"] == client.dashboard(key)["id"] == number
    own = client.create_dashboard(f"{number} things")
    assert client.get_dashboard(f"{number}-things")["id"] == own["id"]
    assert client.archive_dashboard(f"{number}-url-form")["id"] == number
    client.archive_dashboard(own)


def copies(client: TonalyticaAPIClient, redash: str) -> None:
    """Copy dashboards: each copy is another dashboard, with the tags and texts of the first."""
    board = client.create_dashboard("To copy")
    client.update_dashboard(board, {"tags": ["a tag"]})
    client.create_widget(board, None, "a text", TEXT)
    made = [client.duplicate_dashboard(board["id"]) for _ in range(2)]
    assert len({each["id"] for each in [board, *made]}) == 3
    for each in made:
        assert each["name"] == "Copy of: To copy"
        assert each["tags"] == ["a tag"]
        assert [(widget["text"], widget["options"]) for widget in each["widgets"]] == [("a text", TEXT)]
    assert len({client.dashboard_url(each) for each in made}) == 2
    for each in [board, *made]:
        client.archive_dashboard(each)


def names_in_addresses(client: TonalyticaAPIClient, redash: str) -> None:
    """Send a slug and a number in addresses with each verb."""
    one, two = (client.create_dashboard("Verb by verb")["id"] for _ in range(2))
    missing, broken = (404, "The requested URL was not found on the server"), (500, "Internal Server Error")
    numbers, slugs = f"dashboards/{two}", "dashboards/verb-by-verb_1"
    right, wrong = (numbers, slugs) if redash == "current" else (slugs, numbers)
    assert client.get(right).json()["id"] == two
    assert refusal(lambda: client.get(wrong)) == {"current": broken, "9": missing}[redash]
    assert client.get("dashboards/verb-by-verb?legacy").json()["id"] == one
    assert client.get(f"{slugs}?legacy").json()["id"] == two
    assert refusal(lambda: client.get(f"{numbers}?legacy")) == missing
    assert refusal(lambda: client.delete(wrong)) == broken
    assert client.post(f"{right}/favorite").json() is None
    assert client.get(right).json()["is_favorite"]
    assert refusal(lambda: client.post(f"{wrong}/favorite")) == {"current": broken, "9": missing}[redash]
    assert client.post(numbers, {"name": "Other"}).json()["version"] == 2
    assert refusal(lambda: client.post(slugs, {"name": "Other"})) == broken
    assert client.get(f"{slugs}?legacy").json()["name"] == "Other"
    with pytest.raises(ConflictError):
        client.update_dashboard(two, {"name": "Late", "version": 1})
    assert client.delete(right).json()["is_archived"]
    client.archive_dashboard(one)


def slugs(client: TonalyticaAPIClient, redash: str) -> None:
    """Let the server make slugs from names."""
    names = {"Ünïcode ☃": "-n-code-", "☃": "-", "a_b--c ": "a_b--c-", "42 %": "42-", " ÆØÅ 7": "-7"}
    for name, slug in names.items():
        board = client.create_dashboard(name)
        assert board["slug"] == slug, name
        assert client.dashboard(slug)["id"] == board["id"]
        client.archive_dashboard(board)


def sharing(client: TonalyticaAPIClient, redash: str) -> None:
    """Publish dashboards by each kind of name, and set stars."""
    board = client.create_dashboard("To share")
    link = client.publish_dashboard(f"{board['id']}-to-share")
    assert link is not None
    assert link.startswith(f"{client.tonalytica_url}/public/dashboards/")
    whole = client.get_dashboard(board)
    assert (whole["public_url"], whole["is_draft"]) == (link, False)
    client.unshare_dashboard("to-share")
    assert "public_url" not in client.get_dashboard(board)
    client.create_favorite("dashboard", "to-share")
    assert [row["id"] for row in client.dashboards(only_favorites=True)["results"]] == [board["id"]]
    client.remove_favorite("dashboard", board)
    assert client.dashboards(only_favorites=True)["results"] == []
    assert isinstance(client.get_dashboard(board).model(), models.Dashboard)
    client.archive_dashboard(board)


def runs(client: TonalyticaAPIClient, redash: str) -> None:
    """Run queries that succeed, fail, are cached and have parameters."""
    source = client.get_data_sources()[0]["id"]
    query = client.create_query(
        source, "Some", "SELECT id, amount FROM transfers LIMIT 3", with_results=False
    )
    with pytest.raises(NotFoundError) as caught:
        client.get_cached_result(query["id"])
    assert caught.value.message == "No cached result found for this query."
    assert len(client.run_query(query["id"], max_age=0, poll_interval=0.3).rows) == 3
    cached = client.get_cached_result(query["id"])
    assert [column["name"] for column in cached.columns] == ["id", "amount"]
    number = cached["query_result"]["id"]
    assert client.get_result(number, "csv").text.splitlines()[0] == "id,amount"
    assert client.get_query(query["id"])["latest_query_data_id"] == number
    with pytest.raises(QueryFailedError, match="no such table: nowhere"):
        client.query_and_wait_result(source, "SELECT * FROM nowhere", poll_interval=0.3)
    client.archive_query(query["id"])
    assert client.get_query(query["id"])["is_archived"]


def searching(client: TonalyticaAPIClient, redash: str) -> None:
    """Run `gdpr-scrub` and `clone-dashboard-and-queries`, and check the addresses that they print."""
    twins = [client.create_dashboard("Search me") for _ in range(2)]
    renamed = client.update_dashboard(client.create_dashboard("Was"), {"name": "Is"})
    client.add_widget(twins[1], "mail: eve.unique@example.org")
    found = list(gdpr_scrub.matches(client, ["EVE.unique@"]))
    assert found == [client.dashboard_url(twins[1]["id"])]
    made = [clone_dashboard.clone(client, twins[1], "mine: ") for _ in range(2)]
    assert len({client.dashboard_url(each) for each in made}) == 2
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        gdpr_scrub.main([client.tonalytica_url, "eve.unique@", "--api-key", client.api_key])
    assert len(set(printed.getvalue().split())) == 3
    for each in [*twins, *made, renamed]:
        client.archive_dashboard(each)


def keys(client: TonalyticaAPIClient, redash: str) -> None:
    """Use a wrong key, and the key of a query."""
    wrong = TonalyticaAPIClient("wrong", client.host)
    with pytest.raises(KeyRefusedError, match=r"\(404\)"):
        wrong.queries()
    source = client.get_data_sources()[0]["id"]
    query = client.create_query(source, "Own key", "SELECT 1 AS one", with_results=False)
    client.run_query(query["id"], max_age=0, poll_interval=0.3)
    of_query = TonalyticaAPIClient(query["api_key"], client.host)
    assert not of_query.test_credentials()
    assert of_query.get_query(query["id"])["id"] == query["id"]
    assert of_query.run_query(query["id"]).rows == [{"one": 1}]
    client.archive_query(query["id"])


SCENARIOS: dict[str, Scenario] = {
    each.__name__: each
    for each in (
        *(twins, renames, address_bar, copies, names_in_addresses, slugs, sharing, runs, searching, keys),
    )
}
