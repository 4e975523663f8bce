"""The command line: files, audiences, jobs, saved queries, copies of dashboards and collections."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox

from .conftest import Run, records


def test_files_go_up_and_come_down(run: Run, session: aa.Session, tmp_path: Path) -> None:
    local = tmp_path / "note.txt"
    local.write_bytes(b"bonjour\x00")
    assert run("files", "put", str(local), "Private/") == "Private/note.txt\n"
    assert "Private/note.txt" in [each["path"] for each in records(run("files", "ls", "Private"))]
    assert "Private/note.txt" in [each["path"] for each in records(run("files", "ls", "--recursive"))]
    listed = {each["path"]: each for each in records(run("files", "ls", "--recursive"))}
    assert int(listed["Private/note.txt"]["size"]) == len(session.files.read("Private/note.txt"))
    changed = dt.datetime.fromisoformat(listed["Private/note.txt"]["modified"])
    assert changed == session.files.stat("Private/note.txt").modified
    assert abs(dt.datetime.now(dt.UTC) - changed) < dt.timedelta(days=1)
    assert (listed["Private"]["size"], listed["Private"]["modified"]) == ("", "")
    largest = records(run("files", "ls", "Private", "--sort", "-size", "--columns", "size"))
    sizes = [int(each["size"]) for each in largest if each["size"]]  # a folder has no size
    assert sizes == sorted(sizes, reverse=True)
    assert list(records(run("files", "ls", "Private", "--short"))[0]) == ["path", "name", "type"]
    assert run("files", "get", "Private/note.txt", "-") == "bonjour\x00"
    saved = run("files", "get", "Private/note.txt", str(tmp_path / "copy.txt")).strip()
    assert Path(saved).read_bytes() == b"bonjour\x00"
    run("files", "rm", "Private/note.txt")
    run("files", "get", "Private/note.txt", "-", status=4)


def test_an_audience_is_made_calculated_and_deleted(run: Run, session: Any) -> None:
    number = run("audiences", "create", "CLI", "People", "--where", "Destination=France").strip()
    try:
        expected = session.count(aa.where("Destination") == "France", table="People")
        assert int(run("audiences", "calculate", "CLI")) == expected
        token = run("audiences", "calculate", number, "--no-wait").strip()
        assert json.loads(run("jobs", "wait", token))["bodyResults"]["counts"][0]["countValue"] == expected
        listed = [each for each in records(run("audiences", "ls", "cli")) if each["id"] == number]
        assert listed[0]["records"] == str(expected)
    finally:
        run("audiences", "rm", "CLI")
    run("audiences", "rm", "CLI", status=4)


def test_the_newest_jobs_come_first(run: Run) -> None:
    run("count", "Bookings")
    ids = [int(each["id"]) for each in records(run("jobs", "ls", "--limit", "3"))]
    assert ids == sorted(ids, reverse=True)


def test_a_job_that_does_not_exist_has_its_own_exit_status(run: Run, session: Any) -> None:
    token = {"family": "audience-calculate", "ids": [999_999], "many": False, "version": 1}
    token["values"] = {"audience_id": 999_999, "data_view_name": session.data_view}
    assert "apteco-api jobs wait" in run("jobs", "wait", json.dumps(token), status=8)
    run("jobs", "wait", "nonsense", status=2)


def test_a_term_is_found_in_queries_and_audiences(run: Run, session: Any) -> None:
    audience = session.audiences.create("Find me", aa.where("Destination") == "Sweden", description="Nordic")
    try:
        names = {(each["kind"], each["name"]) for each in records(run("find", "term", "BODEST"))}
        assert ("query", "Private/People who went to Sweden.xml") in names
        assert ("audience", f"{audience.id} Find me") in names
        found = records(run("find", "term", "^nord.c$", "--regex"))
        assert [(each["place"], each["text"]) for each in found] == [("description", "Nordic")]
        assert records(run("find", "term", "Sweden"))[0]["place"] == "path"
    finally:
        audience.delete()
    from apteco_api.cli.__main__ import main

    assert main(["find", "term", "NORDIC", "--case"]) == 4


def test_tables_and_variables_that_saved_queries_use_are_listed(run: Run) -> None:
    found = records(run("find", "tables"))
    sweden = [each for each in found if each["name"] == "Private/People who went to Sweden.xml"]
    assert {(each["uses"], each["used"]) for each in sweden} == {
        ("table", "People"),
        ("table", "Bookings"),
        ("variable", "boDest"),
    }
    only = records(run("find", "tables", "boCost"))
    assert {each["used"] for each in only} == {"boCost"}
    assert len({each["name"] for each in only}) >= 2


def test_every_saved_query_becomes_a_text_file(run: Run, tmp_path: Path) -> None:
    names = run("export-queries", str(tmp_path)).splitlines()
    assert len(names) >= 7
    text = (tmp_path / "Private" / "Students or young women.xml.txt").read_text("utf-8")
    assert text.splitlines()[2:5] == [
        "People where",
        "    any of (People)",
        "        People.peOccu is '4'",
    ]
    run("export-queries", str(tmp_path), "--json")
    exported = tmp_path / "Private" / "Bookings to France or Germany.xml.json"
    assert run("count", "--query", str(exported)) == run("count", "--where", "Destination=France,Germany")


def test_a_dashboard_is_cloned_with_its_items_and_queries(run: Run, session: Any) -> None:
    item = {"id": "1", "title": "Destinations", "breakpoints": [], "dashboardItemDetails": []}
    made = json.loads(
        run(
            "call",
            "dashboards_create_dashboard",
            "--json",
            json.dumps(
                {
                    "title": "Original",
                    "description": "All of it",
                    "systemName": session.system_name,
                    "baseQuery": {"selection": {"tableName": "Bookings"}},
                    "dashboardItems": [item],
                }
            ),
        )
    )
    number = run("clone", "dashboard", str(made["id"]), "Copy").strip()
    copy = session.users.users_get_user_dashboard(session.user.username, int(number))
    dashboard = copy
    assert int(number) != made["id"]
    assert dashboard.title == "Copy"
    assert dashboard.base_query.selection.table_name == "Bookings"
    assert [each.title for each in dashboard.dashboard_items] == ["Destinations"]


def test_a_collection_is_cloned_with_its_parts(run: Run, session: Any) -> None:
    parts = [{"title": "One", "notes": "first", "visualisationType": "Cube"}, {"title": "Two"}]
    session.files.upload("Private/original.json", json.dumps({"parts": parts}).encode())
    body = {
        "title": "Original",
        "description": "Two parts",
        "creationDate": "2026-01-01T00:00:00",
        "filePath": "Private/original.json",
    }
    run("call", "collections_create_collection", "--json", json.dumps(body))
    listed = json.loads(run("call", "collections_get_collections", "--all"))
    number = next(each["id"] for each in listed if each["title"] == "Original")
    copy = int(run("clone", "collection", str(number), "Copy: mine"))
    section = session.collections
    assert copy != number
    assert section.collections_get_collection(copy).file_path == "Private/Copy_ mine.json"
    titles = [each.title for each in aa.paginate(section.collections_get_collection_parts, copy)]
    assert titles == ["One", "Two"]
    run("clone", "collection", str(number), "Copy: mine", status=2)
    section.collections_delete_collection(number)
    session.files.remove("Private/original.json")
    assert section.collections_get_collection(copy).number_of_parts == 2, "the copy lost its parts"


def test_files_are_moved_copied_and_put_into_folders(run: Run, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes(b"bonjour")
    run("files", "put", str(tmp_path / "note.txt"), "Private/")
    try:
        run("files", "mkdir", "Private/old")
        assert run("files", "cp", "Private/note.txt", "Private/old/").strip() == "Private/old/note.txt"
        assert run("files", "mv", "Private/old/note.txt", "Private/old/n.txt").strip() == "Private/old/n.txt"
        assert "--force replaces it" in run("files", "cp", "Private/note.txt", "Private/old/n.txt", status=2)
        run("files", "cp", "Private/note.txt", "Private/old/n.txt", "--force")
        run("files", "get", "Private/old/note.txt", "-", status=4)
        saved = run("files", "get", "Private/old/n.txt", f"{tmp_path}/new/folder/").strip()
        assert Path(saved) == tmp_path / "new" / "folder" / "n.txt"
        assert Path(saved).read_bytes() == b"bonjour"
    finally:
        run("files", "rm", "Private/note.txt", "Private/old/n.txt")


def test_an_audience_is_exported_and_shared(run: Run, session: aa.Session, box: Sandbox) -> None:
    run("audiences", "create", "Shared by CLI", "--where", "Destination=Sweden")
    try:
        rows = records(run("audiences", "export", "Shared by CLI", "boURN", "Cost"))
        assert len(rows) == session.count(aa.where("Destination") == "Sweden")
        run("audiences", "share", "Shared by CLI", "analyst")
        with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as other:
            assert "Shared by CLI" in other.audiences.names()
    finally:
        run("audiences", "rm", "Shared by CLI")


def test_a_query_is_saved_listed_and_counted(run: Run) -> None:
    path = "Private/Saved by CLI.xml"
    assert run("queries", "save", path, "People", "--where", "Destination=Sweden").strip() == path
    try:
        assert path in run("queries", "ls", "Private")
        assert run("count", "--query-file", path) == run("count", "People", "--where", "Destination=Sweden")
    finally:
        run("files", "rm", path)


def test_every_exported_file_can_be_counted(run: Run, session: aa.Session, tmp_path: Path) -> None:
    made = session.audiences.create("Exported", aa.where("Destination") == "Sweden")
    try:
        run("export-queries", str(tmp_path / "all"), "--json")
        files = [path for path in (tmp_path / "all").rglob("*.json") if "Exported" in path.name or path.parts]
        assert len(files) >= 4
        for path in files:
            number = int(run("count", "--query", str(path)))
            if "Exported" in path.name:
                assert number == session.count(aa.where("Destination") == "Sweden")
    finally:
        made.delete()


def test_an_audience_of_several_queries_says_so(run: Run, tmp_path: Path) -> None:
    query = {"selection": {"tableName": "Bookings"}}
    path = tmp_path / "audience.json"
    path.write_text(json.dumps({"title": "x", "body_query": query, "exclude_query": query}), "utf-8")
    assert "body_query, exclude_query" in run("count", "--query", str(path), status=2)


def test_an_audience_with_another_title_is_never_used(run: Run, session: Any) -> None:
    first, second = (run("audiences", "create", "Twice", "Bookings").strip() for _ in range(2))
    described = run("audiences", "create", "Once", "Bookings", "--description", "Gone soon").strip()
    try:
        session.audiences.refresh()
        message = run("audiences", "rm", "Twice", status=2)
        assert f"2 audiences are called 'Twice': say '{first}' or '{second}'" in message
        run("audiences", "rm", "Gone soon", status=4)  # its description, not its title
        run("audiences", "rm", second)
        assert run("audiences", "calculate", "Twice") == "20000\n"
    finally:
        for each in (first, described):
            run("audiences", "rm", each)


def test_an_export_of_all_saved_queries_needs_the_right_to_list_some(capsys: Any) -> None:
    from apteco_api.cli import saved

    class Closed:
        """A session whose user may list neither saved queries nor audiences."""

        def saved(self, folder: str) -> Any:
            raise aa.ApiForbidden(status=403, reason="Forbidden")

        def __iter__(self) -> Any:
            raise aa.ApiForbidden(status=403, reason="Forbidden")

        queries = audiences = property(lambda self: self)

    session: Any = Closed()
    with pytest.raises(aa.ApiForbidden):
        list(saved.everything_saved(session))
    assert capsys.readouterr().err == "left out the saved queries, which you may not list\n"


@pytest.mark.parametrize("command", ["mv", "cp"])
def test_a_file_in_the_way_is_refused_with_the_option_of_the_shell(
    command: str, run: Run, session: aa.Session
) -> None:
    for name in ("one", "two"):
        session.files.upload(f"Private/{command} {name}.txt", name.encode())
    message = run("files", command, f"Private/{command} one.txt", f"Private/{command} two.txt", status=2)
    assert "--force" in message
    assert "overwrite" not in message
    assert session.files.read(f"Private/{command} two.txt") == b"two"


@pytest.mark.parametrize(
    ("given", "words"),
    [({}, "is"), ({"include": True}, "is"), ({"include": False}, "not is")],
)
def test_a_query_in_words_says_whether_values_are_left_out(given: dict[str, bool], words: str) -> None:
    from apteco_api.cli.query_text import query_text

    values = {"listRule": {"list": "01\t02"}}
    criteria = {"tableName": "Bookings", "variableName": "boDest", "valueRules": [values], **given}
    rule = {"clause": {"criteria": criteria}}
    told = query_text({"selection": {"tableName": "Bookings", "rule": rule}}).splitlines()
    assert told[-1].strip() == f"Bookings.boDest {words} '01', '02'"


def test_a_long_list_of_what_is_left_out_is_cut(capsys: Any) -> None:
    from apteco_api.cli.streams import leave_out

    leave_out("files", [])
    leave_out("files", list("abcde"))
    leave_out("files", list("abcdefg"))
    told = "left out files: a, b, c, d, e\nleft out files: a, b, c, d, e and 2 more\n"
    assert capsys.readouterr().err == told
