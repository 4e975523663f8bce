"""The command line: files, audiences, jobs, chores, any operation, profiles."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.cli import output
from apteco_api.cli.operations import every_operation
from apteco_api.sandbox import Sandbox

Run = Callable[..., str]


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


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
    sizes = [int(each["size"]) for each in largest if each["size"]]  # a folder has none
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
    assert section.collections_get_collection(copy).number_of_parts == 2, "the copy stands by itself"


# ---- any operation


def test_every_operation_has_a_help_with_all_its_arguments(capsys: Any) -> None:
    from apteco_api.cli.call import FILLED, flag_of, operation_parser

    every = list(every_operation())
    assert len(every) == 481
    for found in every:
        text = operation_parser(found).format_help()
        assert f"{found.operation.method} {found.operation.path}" in text
        assert f"example:\n  apteco-api call {found.method}" in text
        for parameter in found.operation.parameters:
            if parameter.location != "body" and parameter.name not in FILLED:
                assert f"{flag_of(parameter)} " in text


@pytest.mark.slow
def test_every_operation_becomes_a_request(run: Run, tmp_path: Path) -> None:
    from urllib.parse import urlsplit

    from apteco_api.cli.call import FILLED, flag_of

    upload = tmp_path / "upload.bin"
    upload.write_bytes(b"content")
    samples = {"int": "7", "path": "Private/a b.xml", "file": str(upload), "bool": "true"}
    for found in every_operation():
        words = ["call", found.method]
        for parameter in found.operation.parameters:
            if parameter.location == "body":
                words += ["--json", "[]" if parameter.type.startswith("list[") else "{}"]
            elif parameter.name not in FILLED:
                value = parameter.enum[0] if parameter.enum else samples.get(parameter.type, "text")
                words += [flag_of(parameter), str(value)]
        verb, _, url = run(*words, "--dry-run").splitlines()[0].partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(found.operation.path))
        assert verb == found.operation.method
        assert re.fullmatch(f"/OrbitAPI{pattern}", urlsplit(url).path), (url, pattern)


def test_an_operation_answers_in_json(run: Run) -> None:
    name = "fast_stats_systems_get_fast_stats_table"
    one = run("call", name, "--table-name", "Bookings")
    assert json.loads(one)["totalRecords"] == 20_000
    assert run("call", "FastStatsSystems_GetFastStatsTable", "--table-name", "Bookings") == one
    assert len(records(run("call", "list"))) == 481
    every = json.loads(run("call", "fast_stats_systems_get_fast_stats_variables", "--all"))
    assert len(every) == 94


def test_a_body_comes_from_the_line_or_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text('{"selection": {"tableName": "People"}}', "utf-8")
    name = "queries_perform_query_count_synchronously"
    for body in (path.read_text("utf-8"), f"@{path}"):
        assert json.loads(run("call", name, "--json", body))["counts"][0]["countValue"] == 10_860
    run("call", name, "--json", "{", status=2)
    run("call", "about_get_version", "--json", "{}", status=2)


def test_a_dry_run_sends_nothing_and_needs_no_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APTECO_API_PASSWORD")
    monkeypatch.setenv("APTECO_API_HOST", "http://127.0.0.1:9/OrbitAPI")
    words = ("call", "fast_stats_systems_get_fast_stats_table", "--table-name", "a/b", "--dry-run")
    lines = run(*words).splitlines()
    assert lines[0].startswith("GET http://127.0.0.1:9/OrbitAPI/")
    assert lines[0].endswith("/Tables/a%2Fb")
    assert "Authorization: Bearer ***" in lines
    login = ("call", "sessions_create_session_simple", "--user-login", "ann", "--password", "hunter2")
    assert "hunter2" not in run(*login, "--dry-run") + run(*login, "--as-curl")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_command_does_the_same(run: Run, session: Any) -> None:
    name = "queries_perform_query_count_synchronously"
    body = '{"selection": {"tableName": "People"}}'
    command = run("call", name, "--json", body, "--as-curl").strip()
    token = json.loads(session.to_token())["token"]
    assert token not in command
    environment = {**os.environ, "APTECO_API_TOKEN": token}
    done = subprocess.run(
        ["bash", "-c", f"{command} -s"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert json.loads(done.stdout)["counts"][0]["countValue"] == 10_860, done.stderr


def test_a_file_comes_back_as_bytes(run: Run, tmp_path: Path) -> None:
    path = "Private/Bookings to France or Germany.xml"
    text = run("call", "files_get_file", "--file-path", path)
    assert text.startswith("<")
    run("call", "files_get_file", "--file-path", path, "--save-to", str(tmp_path / "got.xml"))
    assert (tmp_path / "got.xml").read_text("utf-8") == text


# ---- profiles, terminals


def test_login_stores_a_profile_that_others_can_not_read(
    box: Sandbox, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "deep" / "config.toml"
    for name in ("HOST", "DATA_VIEW", "SYSTEM", "USER", "PASSWORD"):
        monkeypatch.delenv(f"APTECO_API_{name}")
    monkeypatch.setenv("APTECO_API_CONFIG", str(config))
    where = ("--host", box.url, "--data-view", box.data_view, "--system", box.system)
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    run("login", *where, "--user", box.username, "--password-stdin", status=3)
    assert not config.exists()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    assert run("login", *where, "--user", box.username, "--password-stdin", "--profile", "box") == ""
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert run("count", "Bookings") == "20000\n"
    assert run("count", "Bookings", "--profile", "box") == "20000\n"
    config.chmod(0o644)
    assert "chmod 600" in run("count", "Bookings", status=3)


def test_printed_text_can_not_control_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    output.write_table([["\x1b[31mred[bold]", 1]], ["name", "n"], out)
    assert "\x1b[31m" not in out.getvalue()
    assert "[31mred[bold]" in out.getvalue()


def test_a_command_starts_without_loading_what_it_does_not_need() -> None:
    code = (
        "import sys; from apteco_api.cli.parser import parse; parse(['tables']); "
        "heavy = {'urllib3', 'msgspec', 'rich', 'pandas', 'pyarrow', 'matplotlib', 'duckdb', 'starlette'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_an_interrupt_while_the_program_starts_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupting:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "apteco_api.cli.parser":
                raise KeyboardInterrupt

    from apteco_api.cli.__main__ import main

    monkeypatch.delitem(sys.modules, "apteco_api.cli.parser", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting, *sys.meta_path])
    assert main(["tables"]) == 130


def test_a_dash_is_standard_output(run: Run) -> None:
    plain = run("export", "Bookings", "Cost", "--limit", "2")
    assert run("export", "Bookings", "Cost", "--limit", "2", "--output", "-") == plain
    assert run("cube", "Bookings", "Product", "--output", "-", "--format", "json") == run(
        "cube", "Bookings", "Product", "--format", "json"
    )


def test_a_reader_that_stops_reading_gets_no_error(run: Run) -> None:
    command = f"{sys.executable} -m apteco_api.cli call list | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout == "operation,verb,what it does\n"
    assert done.stderr == ""


# ---- pictures


def test_a_cube_is_drawn_into_a_picture(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name, dimensions in {
        "one.png": ["Product"],
        "two.svg": ["Product", "Booking Date by Years"],
        "pair.png": ["Product", "Destination"],
    }.items():
        assert run("cube", "Bookings", *dimensions, "--plot", str(tmp_path / name)) == ""
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    drawn = (tmp_path / "two.svg").read_text("utf-8")
    assert drawn.startswith("<?xml")
    run("cube", "Bookings", "Product", "Destination", "Grade", "--plot", str(tmp_path / "x.png"), status=2)


def test_a_cube_is_drawn_as_bars_of_text(run: Run) -> None:
    lines = run("cube", "Bookings", "Product", "--plot").splitlines()
    assert lines[0] == "Count by Product"
    lengths = {line.split("  ")[0].strip(): line.count("█") for line in lines[1:]}
    assert max(lengths.values()) == 50
    assert lengths["Package Holiday"] > lengths["Flight Only"] > lengths["Accommodation Only"]


# ---- in a terminal


def in_terminal(words: list[str], answers: dict[str, str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command in a pseudo-terminal of 100 columns, answering questions; status and what it shows."""
    pty = pytest.importorskip("pty")
    import fcntl
    import select
    import struct
    import termios
    import time

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    command = [sys.executable, "-m", "apteco_api.cli", *words]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    shown, asked, until = "", dict(answers), time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.5)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece.decode("utf-8", "replace")
            for question in [each for each in asked if shown.rstrip().endswith(each)]:
                time.sleep(0.2)  # getpass drops what was typed before it asked
                os.write(ours, f"{asked.pop(question)}\n".encode())
        return process.wait(20), shown
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait(20)


@pytest.fixture
def terminal(box: Sandbox, run: Run) -> Callable[..., tuple[int, str]]:
    """Runs a command in a terminal, with the credentials of the fixture `run`."""
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[2])}

    def one(*words: str, answers: dict[str, str] | None = None, without: str = "") -> tuple[int, str]:
        given = {name: value for name, value in environment.items() if name != f"APTECO_API_{without}"}
        return in_terminal(list(words), answers or {}, given)

    return one


def test_a_terminal_gets_tables(terminal: Callable[..., tuple[int, str]]) -> None:
    status, shown = terminal("tables", "book")
    assert status == 0
    assert "20,000" in shown
    assert "table,parent" not in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= 100


def test_a_password_is_asked_for_and_not_shown(box: Sandbox, terminal: Any, tmp_path: Path) -> None:
    status, shown = terminal(
        "login",
        "--profile",
        "typed",
        answers={"Password:": box.password},
        without="PASSWORD",
    )
    assert status == 0, shown
    assert "Password:" in shown
    assert box.password not in shown
    assert stat.S_IMODE((tmp_path / "none.toml").stat().st_mode) == 0o600
    status, shown = terminal("count", "Bookings", "--profile", "typed", without="PASSWORD")
    assert (status, shown.strip()) == (0, "20,000 Bookings")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_progress_shows_in_a_terminal_only(terminal: Any, run: Run, tmp_path: Path, name: str) -> None:
    words = ("export", "Bookings", "boURN", "--output", str(tmp_path / name))
    status, shown = terminal(*words)
    assert status == 0
    assert "export [" in shown
    assert "20,000 rows" in shown
    done = subprocess.run(
        [sys.executable, "-m", "apteco_api.cli", *words], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_parquet_goes_through_a_pipe(run: Run) -> None:
    import pyarrow
    from pyarrow import parquet

    for words in (["export", "Bookings", "boURN", "--limit", "5"], ["tables"]):
        command = [sys.executable, "-m", "apteco_api.cli", *words, "--format", "parquet"]
        done = subprocess.run(command, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert parquet.read_table(pyarrow.BufferReader(done.stdout)).num_rows in (5, 9)


def test_an_audience_with_another_title_is_never_used(run: Run, session: Any) -> None:
    first, second = (run("audiences", "create", "Twice", "Bookings").strip() for _ in range(2))
    described = run("audiences", "create", "Once", "Bookings", "--description", "Gone soon").strip()
    try:
        session.audiences.refresh()
        message = run("audiences", "rm", "Twice", status=2)
        assert f"2 audiences are called 'Twice': say '{first}' or '{second}'" in message
        run("audiences", "rm", "Gone soon", status=4)  # a description: it names no audience
        run("audiences", "rm", second)
        assert run("audiences", "calculate", "Twice") == "20000\n"
    finally:
        for each in (first, described):
            run("audiences", "rm", each)


def test_a_keyring_that_does_not_store_a_password_is_a_local_failure(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
        message = run("login", "--keyring", "--password-stdin", status=1)
        assert "the keyring did not store the password: No recommended backend" in message
        assert len(message.splitlines()) == 1
        assert not (tmp_path / "none.toml").exists()
    finally:
        keyring.set_keyring(before)


def test_a_password_in_the_keyring_is_not_in_the_profile(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyring = pytest.importorskip("keyring")
    kept: dict[str, str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda _, name, password: kept.update({name: password}))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    run("login", "--keyring", "--password-stdin")
    assert list(kept.values()) == [box.password]
    assert box.password not in (tmp_path / "none.toml").read_text("utf-8")


def test_a_second_login_asks_for_the_password_again(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    run("login", "--profile", "mine", "--password-stdin")
    monkeypatch.delenv("APTECO_API_PASSWORD")
    assert "a login needs the password" in run("login", "--profile", "mine", status=3)


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


def test_login_without_a_terminal_says_which_option_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APTECO_API_DATA_VIEW")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "a login needs --data-view or APTECO_API_DATA_VIEW" in run("login", status=3)


def test_rows_in_a_terminal_share_no_line_with_the_bar(terminal: Any) -> None:
    status, shown = terminal("export", "Bookings", "boURN", "--limit", "3")
    assert status == 0
    bar, heading = shown.index("export ["), shown.index("Booking URN")
    assert "\r" + " " * 10 in shown[bar:heading], "the bar is wiped before the table"
    status, shown = terminal("export", "Bookings", "boURN", "--limit", "3", "--format", "csv")
    assert status == 0
    assert shown.splitlines()[0] == "Booking URN"
    assert "export [" not in shown
