"""Dashboards and widgets: which dashboard a call names, and what calls change; on both versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tonalytica_client import (
    AmbiguousSlugError,
    NotFoundError,
    ServerError,
    TonalyticaAPIClient,
    TonalyticaError,
)
from tonalytica_client.cli import clone_dashboard, gdpr_scrub
from tonalytica_client.sandbox import USER_KEY, Sandbox

TEXT = {"position": {"col": 0, "row": 0, "sizeX": 3, "sizeY": 8}}
CALLS: dict[str, Callable[[TonalyticaAPIClient, Any], Any]] = {
    "get_dashboard": lambda c, key: c.get_dashboard(key)["id"],
    "dashboard": lambda c, key: c.dashboard(key)["id"],
    "update_dashboard": lambda c, key: c.update_dashboard(key, {"tags": ["t"]})["id"],
    "archive_dashboard": lambda c, key: c.archive_dashboard(key)["id"],
    "create_widget": lambda c, key: c.create_widget(key, None, "t", TEXT)["dashboard_id"],
    "add_widget": lambda c, key: c.add_widget(key, "t")["dashboard_id"],
}


ON_CURRENT = pytest.mark.parametrize("reusable", ["current"], indirect=True)
"""For behaviour of current servers only: Redash 9 shows the slug that it looks up."""


@pytest.mark.parametrize("call", CALLS)
def test_a_dashboard_is_named_by_number_row_slug_and_address(
    client: TonalyticaAPIClient, redash: str, call: str
) -> None:
    for _ in range(30):
        client.create_dashboard("Filler")
    number = client.create_dashboard("Url form")["id"]
    page = {"9": "dashboard/url-form", "current": f"dashboards/{number}-url-form"}[redash]
    row = next(each for each in client.iterate(client.dashboards) if each["id"] == number)
    keys: list[Any] = [
        number,
        str(number),
        row,
        client.get_dashboard(number),
        "url-form",
        f"{number}-url-form",
    ]
    keys += [f"{client.tonalytica_url}/{page}", f"/{page}?p_day=1#top", f" {number}-renamed-meanwhile "]
    assert client.dashboard_url(number) == f"{client.tonalytica_url}/{page}"
    for key in keys:
        assert CALLS[call](client, key) == number, key
        client.update_dashboard(number, {"is_archived": False})


@ON_CURRENT
@pytest.mark.parametrize("call", [*CALLS, "duplicate_dashboard", "create_favorite", "publish_dashboard"])
def test_a_slug_that_two_dashboards_have_is_refused(client: TonalyticaAPIClient, call: str) -> None:
    one, two = (client.create_dashboard("Weekly") for _ in range(2))
    assert one["slug"] == two["slug"] == "weekly"
    before = client.dashboards()
    ways: dict[str, Callable[[Any], Any]] = {
        **{name: lambda key, way=way: way(client, key) for name, way in CALLS.items()},
        "duplicate_dashboard": client.duplicate_dashboard,
        "create_favorite": lambda key: client.create_favorite("dashboard", key),
        "publish_dashboard": client.publish_dashboard,
    }
    with pytest.raises(AmbiguousSlugError) as caught:
        ways[call]("weekly")
    assert sorted(caught.value.numbers) == [one["id"], two["id"]]
    assert "2 dashboards are called 'weekly': give one of the numbers" in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert client.dashboards() == before
    ways[call](two)
    assert not client.get_dashboard(one)["is_archived"]


def test_a_slug_that_is_also_the_address_of_another_is_refused(client: TonalyticaAPIClient) -> None:
    plain = client.create_dashboard("things")
    twin = client.create_dashboard(f"{plain['id']} things")
    with pytest.raises(AmbiguousSlugError):
        client.get_dashboard(f"{plain['id']}-things")
    client.archive_dashboard(plain)
    assert client.get_dashboard(f"{plain['id']}-things")["id"] == twin["id"]


def test_a_slug_that_begins_with_a_number_is_found(client: TonalyticaAPIClient) -> None:
    number = client.create_dashboard("1 thing")["id"]
    assert client.get_dashboard("1-thing")["id"] == number
    assert client.dashboard("1-thing")["id"] == number


def test_a_renamed_dashboard_is_found_by_what_it_shows(client: TonalyticaAPIClient, redash: str) -> None:
    number = client.create_dashboard("Old name")["id"]
    shown = client.update_dashboard(number, {"name": "New name"})["slug"]
    assert shown == {"9": "old-name", "current": "new-name"}[redash]
    assert client.get_dashboard(shown)["id"] == client.get_dashboard("old-name")["id"] == number
    assert client.duplicate_dashboard(shown)["id"] == number + 1


def test_a_new_dashboard_with_the_old_name_of_another_is_itself(client: TonalyticaAPIClient) -> None:
    renamed = client.create_dashboard("Ops")["id"]
    client.update_dashboard(renamed, {"name": "Archive"})
    new = client.create_dashboard("Ops")
    assert client.get_dashboard(new["slug"])["id"] == new["id"]
    assert client.archive_dashboard(new["slug"])["id"] == new["id"]
    assert not client.get_dashboard(renamed)["is_archived"]


def test_each_copy_is_another(client: TonalyticaAPIClient) -> None:
    copies = [client.duplicate_dashboard(1) for _ in range(3)]
    assert [each["id"] for each in copies] == [2, 3, 4]
    assert all(len(each["widgets"]) == 3 for each in copies)
    clones = [clone_dashboard.clone(client, "1-chain-overview", "mine: ") for _ in range(2)]
    assert [each["id"] for each in clones] == [5, 6]
    assert len({client.dashboard_url(each) for each in [*copies, *clones]}) == 5


@pytest.mark.parametrize("key", ["", " ", "http://example.com/dashboards/1-x", "/queries/1", "https://"])
def test_what_names_no_dashboard_is_refused_before_anything_is_sent(
    client: TonalyticaAPIClient, fresh: Sandbox, key: str
) -> None:
    fresh.requests.clear()
    for call in (client.get_dashboard, client.archive_dashboard, client.publish_dashboard):
        with pytest.raises(ValueError, match=r"dashboard"):
            call(key)
    assert not fresh.requests


@pytest.mark.parametrize("key", [99, "99", "nowhere", "99-nowhere"])
def test_a_dashboard_that_is_not_there_is_not_found(client: TonalyticaAPIClient, key: int | str) -> None:
    for call in (
        client.get_dashboard,
        client.dashboard,
        client.archive_dashboard,
        client.duplicate_dashboard,
    ):
        with pytest.raises((NotFoundError, ServerError)) as caught:
            call(key)
        assert caught.value.status == 404


@ON_CURRENT
def test_an_archived_dashboard_is_found_by_number_on_a_current_server(client: TonalyticaAPIClient) -> None:
    number = client.archive_dashboard(client.create_dashboard("Gone"))["id"]
    for key in (number, f"{number}-gone", "gone"):
        assert client.get_dashboard(key)["id"] == number


def test_a_list_of_many_pages_is_looked_through(client: TonalyticaAPIClient) -> None:
    first = client.create_dashboard("The first")["id"]
    for number in range(260):
        client.create_dashboard(f"Filler {number}")
    assert client.get_dashboard("the-first")["id"] == first


def test_update_dashboard_changes_the_dashboard(client: TonalyticaAPIClient) -> None:
    assert client.update_dashboard(1, {"name": "New", "tags": ["x"]})["name"] == "New"
    assert client.get_dashboard(1)["tags"] == ["x"]


def test_duplicate_dashboard_copies_tags_and_widgets(client: TonalyticaAPIClient) -> None:
    copy = client.duplicate_dashboard("chain-overview")
    original = client.dashboard("chain-overview")
    assert (copy["name"], copy["tags"]) == ("Copy of: Chain overview", ["overview"])
    for mine, theirs in zip(copy["widgets"], original["widgets"], strict=True):
        assert (mine["text"], mine["options"]) == (theirs["text"], theirs["options"])
        assert mine.get("visualization", {}).get("id") == theirs.get("visualization", {}).get("id")
    assert client.duplicate_dashboard(1, "Mine")["slug"] == "mine"


def test_add_widget_finds_its_place_on_every_version(client: TonalyticaAPIClient) -> None:
    for n in range(30):  # so that the dashboard isn't on the first page
        client.create_dashboard(f"board {n}")
    made = client.add_widget(1, "a text")
    assert made["options"]["position"] == {"col": 3, "row": 16, "sizeX": 3, "sizeY": 8}
    board = client.create_dashboard("Layout")["id"]
    places = [
        client.add_widget(board, "t", full_width=wide)["options"]["position"] for wide in (False, False, True)
    ]
    assert [(place["col"], place["row"], place["sizeX"]) for place in places] == [
        (0, 0, 3),
        (3, 0, 3),
        (0, 8, 6),
    ]


def test_positions_of_widgets_without_one_count_as_half(client: TonalyticaAPIClient) -> None:
    board = client.create_dashboard("Bare")["id"]
    client.create_widget(board, None, "t", {})
    assert client.calculate_widget_position(board, False) == {"col": 3, "row": 0, "sizeX": 3, "sizeY": 8}
    assert client.calculate_widget_position(board, True) == {"col": 0, "row": 0, "sizeX": 6, "sizeY": 8}


def test_a_slug_of_digits_is_not_taken_for_a_number(client: TonalyticaAPIClient) -> None:
    made = client.create_dashboard("1")
    assert (made["id"], made["slug"]) == (2, "1")
    assert client.get_dashboard(1)["slug"] == "chain-overview"
    assert client.dashboard("1")["id"] == 2
    assert client.get_dashboard("1")["id"] == 1
    client.create_favorite("dashboard", 1)
    assert [row["id"] for row in client.dashboards(only_favorites=True)["results"]] == [1]


def test_favourites_by_number_or_slug_on_every_version(client: TonalyticaAPIClient) -> None:
    for key in (1, "chain-overview"):
        client.create_favorite("dashboard", key)
        assert client.dashboards(only_favorites=True)["count"] == 1
        client.remove_favorite("dashboard", key)
        assert client.dashboards(only_favorites=True)["count"] == 0
    client.create_favorite("query", 2)
    assert client.queries(only_favorites=True)["results"][0]["is_favorite"] is True
    client.remove_favorite("query", 2)
    assert client.queries(only_favorites=True)["count"] == 0
    assert client.create_favorite("alert", 1) is None


# --- gdpr-scrub reports everything that it could not read


@pytest.fixture
def scrub(
    client: TonalyticaAPIClient, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str, str]]:
    def run(term: str) -> tuple[int, str, str]:
        rc = gdpr_scrub.main([client.host, term, "--api-key", USER_KEY])
        printed = capsys.readouterr()
        return rc, printed.out.removeprefix(f"{client.host}/").strip(), printed.err

    return run


def test_gdpr_scrub_finds_the_text_on_each_of_two_twins_and_behind_a_rename(
    client: TonalyticaAPIClient, redash: str, scrub: Callable[[str], tuple[int, str, str]]
) -> None:
    client.update_dashboard(1, {"name": "Renamed"})
    one, two = (client.create_dashboard("Weekly") for _ in range(2))
    client.add_widget(two["id"], "mail: eve@example.org")
    found = {"9": "dashboard/weekly_1", "current": f"dashboards/{two['id']}-weekly"}[redash]
    assert scrub("EVE@example.org") == (0, found, "")
    client.create_query(
        1,
        "q",
        "SELECT {{ a }}",
        with_results=False,
        options={"parameters": [{"name": "a", "title": "a", "type": "text", "value": "mallory@example.org"}]},
    )
    assert scrub("mallory@")[1] == "queries/5"
    assert one["id"] != two["id"]


def test_gdpr_scrub_fails_when_something_could_not_be_read(
    client: TonalyticaAPIClient,
    fresh: Sandbox,
    scrub: Callable[[str], tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.run_query(2)
    real = TonalyticaAPIClient.get_result

    def refused(self: TonalyticaAPIClient, *arguments: Any, **options: Any) -> Any:
        self.get("query_results/4711")
        return real(self, *arguments, **options)

    monkeypatch.setattr(TonalyticaAPIClient, "get_result", refused)
    rc, out, err = scrub("questions:")
    assert rc == 1
    assert "chain-overview" in out
    assert err.splitlines() == [
        "the result of query 2 can't be read: [GET] /api/query_results/4711 (404)",
        "error: 1 of the things to search can't be read",
    ]


def test_a_widget_that_the_key_may_not_see_is_told(
    client: TonalyticaAPIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TonalyticaAPIClient.get_dashboard

    def closed(self: TonalyticaAPIClient, id: Any) -> Any:
        board = real(self, id)
        board["widgets"][0] = {"id": 7, "restricted": True, "options": {}}
        return board

    monkeypatch.setattr(TonalyticaAPIClient, "get_dashboard", closed)
    monkeypatch.setattr(TonalyticaAPIClient, "dashboard", closed)
    missed: list[str] = []
    list(gdpr_scrub.matches(client, ["x"], missed.append))
    assert missed == ["widget 7 of dashboard 1 can't be read: the key may not see it"]
    for copy in (client.duplicate_dashboard, lambda key: clone_dashboard.clone(client, key)):
        with pytest.raises(TonalyticaError, match="dashboard 1 has widgets that this key may not see: 7"):
            copy(1)
    monkeypatch.undo()
    assert client.dashboards()["count"] == 1
