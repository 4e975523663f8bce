"""Every command with an administrator, an ordinary user, and a user who lacks one right that it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.sandbox import calls_of, without_right

import apteco_api as aa
from apteco_api.cli.__main__ import main
from apteco_api.cli.table import COMMANDS
from apteco_api.sandbox import Sandbox

from .conftest import Run

FRANCE = aa.where("Destination") == "France"
FILE = "Private/Bookings to France or Germany.xml"
LINES: dict[str, tuple[str, ...]] = {
    "login": ("--profile", "p", "--no-password"),
    "token": (),
    "tables": (),
    "variables": ("cost",),
    "codes": ("Product",),
    "count": ("Bookings", "--where", "Destination=France"),
    "export": ("Bookings", "boURN", "Cost", "--limit", "2"),
    "cube": ("Bookings", "Product"),
    "files ls": ("--recursive",),
    "files get": (FILE, "got/"),
    "files put": ("note.txt", "Private/note.txt"),
    "files mv": ("Private/one.txt", "Private/moved.txt"),
    "files cp": ("Private/one.txt", "Private/copied.txt"),
    "files mkdir": ("Private/folder",),
    "files rm": ("Private/one.txt",),
    "audiences ls": (),
    "audiences create": ("Made", "Bookings", "--where", "Cost>2000"),
    "audiences calculate": ("Own",),
    "audiences export": ("Own", "boURN", "--limit", "2"),
    "audiences share": ("Fresh", "{address}"),
    "audiences rm": ("Fresh",),
    "queries ls": (),
    "queries save": ("Private/saved.xml", "Bookings", "--where", "Cost>2000"),
    "jobs wait": ("{token}",),
    "jobs cancel": ("{token}",),
    "find term": ("boDest",),
    "find tables": (),
    "clone dashboard": ("{dashboard}", "Copy"),
    "clone collection": ("{collection}", "Copy of a collection"),
    "dashboards ls": (),
    "dashboards refresh": ("{dashboard}",),
    "dashboards copy": ("{dashboard}", "Copied board"),
    "dashboards transfer": ("{board}", "Administrator"),
    "dashboards rm": ("{board}",),
    "favourites ls": (),
    "favourites rename": ("{favourite}", "Renamed"),
    "favourites rm": ("{favourite}",),
    "templates ls": (),
    "templates create": ("Made", "boDest", "boCost"),
    "templates export": ("{template}", "Own", "--limit", "2"),
    "templates rm": ("{template}",),
    "campaigns ls": ("--recursive",),
    "campaigns status": (),
    "temporary-url": ("/{{dataViewName}}/TemporaryFiles/x",),
    "export-queries": ("all",),
    "call": ("users_get_user_details", "--username", "analyst"),
    "names": ("variables",),
}
ADMINISTRATORS = {"jobs ls": (), "call": LINES["call"]}
"""What only an administrator may do, in the words of the API's own description."""
ELSEWHERE = {"mcp", "completion", "help", "sandbox", "demo", "jobs ls", "server"}
"""`mcp` is tested in test_mcp; `server` needs no right; the others send
nothing to a server that has users."""
CAMPAIGNS = ("pause", "resume", "check-out", "check-in", "publish")
"""Changes of campaigns: an ordinary user needs a right that nobody has by default."""
SESSIONS = {"Sessions_CreateSessionSimple", "Sessions_LogoutSession"}


def test_every_command_is_tried() -> None:
    assert {command.name for command in COMMANDS} == {
        *LINES,
        *ELSEWHERE,
        *(f"campaigns {change}" for change in CAMPAIGNS),
    }


@pytest.fixture(scope="module")
def other(box: Sandbox) -> Iterator[aa.Session]:
    """Yield an ordinary user's session, with an audience."""
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as found:
        found.audiences.create("Own", FRANCE)
        yield found
        for each in list(found.audiences):
            each.delete()


class Shell:
    """A place in which each command can be tried again and again as an ordinary user."""

    def __init__(self, admin: aa.Session, user: aa.Session, folder: Path, capfd: Any, caplog: Any) -> None:
        self.user, self.folder, self.capfd, self.caplog = user, folder, capfd, caplog
        self.values = {"address": admin.users.users_get_user_details("Administrator").email_address}

    def prepare(self, command: str) -> None:
        """Bring the server to the state that the command starts from."""
        for path in ("moved", "copied", "note", "one"):
            with suppress(aa.ApiException):
                self.user.files.remove(f"Private/{path}.txt")
        (self.folder / "note.txt").write_bytes(b"x")
        if command.startswith("files"):
            self.user.files.upload("Private/one.txt", b"x")
        if command in ("audiences rm", "audiences share"):
            self.user.audiences.refresh()
            for each in list(self.user.audiences):
                if each.title == "Fresh":
                    each.delete()
            self.user.audiences.create("Fresh", FRANCE)
        if command.startswith("jobs"):
            self.user.audiences.refresh()
            self.values["token"] = self.user.audiences["Own"].start().token
        if command in ("clone dashboard", "dashboards refresh", "dashboards copy"):
            self.values.setdefault("dashboard", self.board())
        if command in ("dashboards transfer", "dashboards rm"):
            self.values["board"] = self.board()
        if command.startswith("favourites"):
            self.values["favourite"] = str(self.user.favourites.create("Fresh").id)
        if command.startswith("templates"):
            made = self.user.audience_export_templates.create("Fresh", ["boDest", "boCost"])
            self.values["template"] = str(made.id)
        if command.startswith("campaigns"):
            every = self.user.people_stage.walk()
            self.values["campaign"] = next(each.id for each in every if each.type == "Campaign")
        if command == "clone collection":
            for entry in self.user.files.entries("Private"):
                if entry.name.startswith("Copy of"):
                    self.user.files.remove(entry.path)
            if "collection" not in self.values:
                self.values["collection"] = str(self.collection())

    def board(self) -> str:
        """Make a dashboard; its id."""
        cube = aa.CubeSpecification(
            dimensions=[aa.Dimension(id="0", type="Selector", variable_name="boDest")],
            measures=[aa.Measure(id="0", resolve_table_name="Bookings", function="Count")],
        )
        level = aa.DashboardContentItemDetail(
            drilldown_level=0,
            chart_type="Bar",
            sort_order="Natural",
            data_specification=aa.DashboardItemDataSpecification(cube_specification=cube),
        )
        detail = aa.CreateDashboardDetail(
            title="Board",
            system_name=self.user.system_name,
            base_query=self.user.query("Bookings"),
            dashboard_items=[aa.DashboardContentItem("a", "Where to", dashboard_item_details=[level])],
        )
        return str(self.user.dashboards.dashboards_create_dashboard(dashboard_detail=detail).id)

    def collection(self) -> int:
        """Make a collection; its id."""
        self.user.files.upload("Private/parts.json", b'{"parts": [{"title": "One"}]}')
        self.user.collections.collections_create_collection(
            collection_detail=aa.UpsertCollectionDetail(
                title="Parts",
                description="",
                creation_date=dt.datetime(2026, 1, 1),
                file_path="Private/parts.json",
            )
        )
        own = aa.paginate(self.user.users.users_get_user_collections, "analyst")
        return max(each.id for each in own)

    def try_it(self, command: str) -> tuple[int, str]:
        """Run a command; its status and what it says on standard error, the log included."""
        words = [*command.split(), *(word.format(**self.values) for word in LINES[command])]
        self.capfd.readouterr()
        self.caplog.clear()
        status = main(words)
        logged = [each.getMessage() for each in self.caplog.records if each.levelname == "WARNING"]
        return status, "\n".join([*logged, self.capfd.readouterr().err])

    def operations(self, command: str) -> set[str]:
        """Run a command; the operations that it calls."""
        self.prepare(command)
        (status, said), operations = calls_of(lambda: self.try_it(command))
        assert status == 0, said
        return operations - SESSIONS


@pytest.fixture
def shell(
    run: Run,
    session: aa.Session,
    other: aa.Session,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: Any,
    caplog: Any,
) -> Shell:
    """Return a shell with the ordinary user's credentials, in a folder of its own."""
    monkeypatch.setenv("APTECO_API_USER", "analyst")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return Shell(session, other, tmp_path, capfd, caplog)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", LINES)
def test_a_missing_right_is_named_or_what_it_hides_is_left_out(
    shell: Shell, session: aa.Session, command: str
) -> None:
    for operation in sorted(shell.operations(command)):
        for cache in (shell.folder / "cache").rglob("*.json"):
            cache.unlink()
        shell.prepare(command)
        with without_right(session, operation):
            status, said = shell.try_it(command)
        lines = [line for line in said.splitlines() if line and "own and shared ones" not in line]
        assert "Traceback" not in said
        if status == 3:
            assert operation.lower() in said.lower(), (operation, said)
            assert 1 <= len(lines) <= 2, (operation, said)
        else:
            assert (operation, status) == (operation, 0), said
            assert lines, f"{command} succeeded without {operation} and does not say what it left out"
            assert all("left out" in line for line in lines), (operation, said)


@pytest.mark.parametrize("change", CAMPAIGNS)
def test_a_change_of_a_campaign_names_the_right_that_it_needs(shell: Shell, run: Run, change: str) -> None:
    shell.prepare("campaigns")
    said = run("campaigns", change, shell.values["campaign"], status=3)
    assert f"AccessRights/Write on PeopleStageElement '{shell.values['campaign']}'" in said


@pytest.mark.parametrize("command", ADMINISTRATORS)
def test_what_only_an_administrator_may_do_names_the_role(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    words = (*command.split(), *ADMINISTRATORS[command])
    run(*words)
    monkeypatch.setenv("APTECO_API_USER", "analyst")
    said = run(*words, status=3) if command == "jobs ls" else run(*words)
    assert ("OrbitAdmin" in said) is (command == "jobs ls")
