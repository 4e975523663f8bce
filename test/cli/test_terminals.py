"""Streams and terminals of every kind: encodings, closed and full outputs, narrow screens, hostile text."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.cli import output, plot, streams
from apteco_api.cli.parser import parse, show_help
from apteco_api.sandbox import Sandbox
from apteco_api.session.progress import TerminalBar

Run = Callable[..., str]
TITLE = "Zürich – Łódź → 東京 😀 ٠١ \ud800"


@pytest.fixture(scope="module")
def named(session: aa.Session) -> Iterator[Any]:
    """Yield an audience whose title few encodings can write."""
    made = session.audiences.create(TITLE.replace("\ud800", "").strip(), "Bookings")
    yield made
    made.delete()


@pytest.fixture
def started(run: Run) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command line of the shell with the sandbox's credentials; `$A` is the command."""

    def one(line: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        env = {**os.environ, "A": f"{sys.executable} -m apteco_api", **variables}
        return subprocess.run(["bash", "-c", line], env=env, capture_output=True, timeout=60)

    return one


@pytest.mark.slow
@pytest.mark.parametrize(
    "encoding", ["ascii", "cp437", "cp850", "cp1252", "latin-1", "gbk", "utf-8", "utf-16"]
)
@pytest.mark.parametrize("form", ["csv", "table", "json"])
def test_a_title_is_written_whole_in_every_encoding(
    started: Any, named: Any, encoding: str, form: str
) -> None:
    done = started(f"$A audiences ls --format {form}", PYTHONIOENCODING=encoding)
    text, told = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert (done.returncode, "Traceback" in told) == (0, False), told
    if form == "json":
        assert named.title in [each["title"] for each in json.loads(text)]
        assert told == ""
        return
    lost = named.title.encode(encoding, "ignore").decode(encoding) != named.title
    assert (named.title in text) is not lost
    assert ("written as escapes" in told) is lost
    assert named.title.encode(encoding, "backslashreplace").decode(encoding) in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("$A tables >&-", 1),
        ("$A export Bookings boURN --output rows.csv >&- && test -s rows.csv", 0),
        ("$A count Bookings > /dev/full", 1),
        ("$A --help > /dev/full", 1),
        ("$A export Bookings boURN Cost --format json > /dev/full", 1),
        ("$A count Nothing 2>&-", 4),
        ("$A count Nothing 2>/dev/full", 4),
        ("$A cuont 2>&-", 2),
        ("$A cuont 2>/dev/full", 2),
        ("$A help cuont 2>/dev/full", 2),
        ("$A audiences calculate nobody 2>/dev/full", 4),
        ("$A find tables 2>/dev/full >/dev/null", 0),
        ("echo $APTECO_API_PASSWORD | $A login --password-stdin --profile p 2>/dev/full", 0),
        ("$A count Bookings 2>/dev/full > /dev/full", 1),
        ("$A tables <&- | head -1; exit ${PIPESTATUS[0]}", 0),
        ("$A codes Destination --format json | head -c 3; exit ${PIPESTATUS[0]}", 0),
        ("$A files get 'Private/Bookings to France or Germany.xml' - > /dev/full", 1),
        ("$A call list > /dev/full", 1),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_closed_and_full_streams_end_without_a_traceback(
    started: Any, tmp_path: Path, line: str, status: int, unbuffered: str
) -> None:
    done = started(f"cd {tmp_path}; {line}", PYTHONUNBUFFERED=unbuffered)
    said = done.stdout + done.stderr
    assert b"Traceback" not in said
    assert b"Exception ignored" not in said
    assert done.returncode == status, said
    if "2>" in line:
        assert done.stdout == b""


class Screen(io.StringIO):
    """A terminal that keeps what is written."""

    encoding: str = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Screen]:
    """Make terminals of this width."""

    def made(columns: int) -> Screen:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "dumb")
        return Screen()

    return made


ROWS = [
    ("30000017", 1234567.5, "South Africa (with a very long name)", "2021-03-14", None),
    ("30000018", 12.25, "Éire 東京都港区", "2020-12-31", 7),
]
HEADERS = ("Booking URN", "Cost", "Destination", "Booking Date", "Days")


@pytest.mark.parametrize("columns", [8, 9, 12, 20, 23, 24, 30, 36, 40, 48, 60, 80, 200])
def test_a_table_fits_and_breaks_no_number(narrow: Any, columns: int) -> None:
    screen = narrow(columns)
    output.write_table(ROWS, HEADERS, screen)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert len(lines) == 3
    assert max(map(output.text_width, lines)) <= columns
    for whole in ("30000017", "1,234,567.50", "2021-03-14"):
        part = whole[:3]
        assert (whole in lines[1]) or part not in lines[1], (whole, lines[1])
    assert lines[1].startswith("30000017")
    assert ("…" in lines[1]) == (11 <= columns < 80)  # a narrower line has no space for "…"


def test_a_number_is_whole_even_where_no_line_holds_it(narrow: Any) -> None:
    screen = narrow(5)
    output.write_table(ROWS, HEADERS, screen)
    assert "30000017" in screen.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
@pytest.mark.parametrize("columns", [20, 40, 100])
def test_bars_fit_and_are_of_characters_that_the_terminal_has(
    narrow: Any, session: aa.Session, columns: int, encoding: str
) -> None:
    frame = session.cube("Bookings", ["Product", "Destination"])
    screen = narrow(columns)
    screen.encoding = encoding
    plot.bars(frame, screen)
    lines = screen.getvalue().splitlines()
    assert len(lines) > 40
    assert max(map(output.text_width, lines)) <= columns
    screen.getvalue().encode(encoding)
    figures = [output.cell_text(row[2]) for row in frame.rows(unclassified=False)]
    assert all(figure in line for figure, line in zip(figures, lines[1:], strict=True))


@pytest.mark.parametrize("columns", [1, 5, 10, 20, 40, 41, 80])
def test_a_progress_bar_stays_on_its_line(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((columns, 24)))
    screen = SimpleNamespace(fileno=lambda: 2, drawn="", flush=lambda: None)
    screen.write = lambda text: setattr(screen, "drawn", screen.drawn + text)
    bar = TerminalBar("a title \x1b[2J of a server", screen)
    for done in range(0, 101, 10):
        bar.update(done, 100, f"{done * 1000:,} rows")
    bar.close()
    assert max(map(len, screen.drawn.split("\r"))) < max(columns, 2)
    assert "\x1b" not in screen.drawn


@pytest.mark.parametrize(
    "text", ["\x1b]0;owned\x07", "\x9b2J", "\x1b[2J", "\x08\x08", "\u202e", "a\rb", "\x7f"]
)
def test_control_characters_of_a_server_do_not_reach_a_terminal(text: str) -> None:
    screen = Screen()
    streams.terminal_safe(screen).write(f"before{text}after\n")
    assert re.fullmatch(r"before[^\x00-\x1f\x7f-\x9f\u202e]*after\n", screen.getvalue())
    assert streams.clean(f"a{text}").isprintable()
    piped = io.StringIO()
    streams.terminal_safe(piped).write(text)
    assert piped.getvalue() == text  # a pipe gets the text unchanged


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cuont", "Bookings"], "did you mean 'count'"),
        (["files", "gte"], "did you mean 'get'"),
        (["audiences", "sahre", "x"], "did you mean 'share'"),
        (["count", "--were", "x"], "did you mean '--where'"),
        (["tables", "--format", "excel"], "choose from table, csv, json, parquet, xlsx"),
        (["help", "exprot"], "did you mean 'export'"),
        (["help", "files", "lss"], "did you mean 'ls'"),
        (["zzzz"], "choose from login"),
    ],
)
def test_the_error_for_a_misspelled_word_names_the_nearest(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        show_help(parse(words))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert said in error, error
    assert error.startswith("usage: apteco-api")


def test_the_error_for_a_misspelled_operation_names_the_nearest(run: Run) -> None:
    message = run("call", "queries_perform_query_count_synchronuosly", status=4)
    assert "did you mean 'queries_perform_query_count_synchronously'" in message


@pytest.mark.parametrize("words", [[], ["files"], ["audiences"], ["queries"], ["jobs"], ["find"], ["clone"]])
def test_a_command_without_its_words_shows_its_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 0
    assert "example:" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_printed(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([flag])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"apteco-api {aa.__version__}\n")


def test_the_help_command_prints_the_help_of_the_command(run: Run, capfd: Any) -> None:
    for words in ("count", "files get", "files", "call", ""):
        shown = run("help", *words.split())
        with pytest.raises(SystemExit):
            parse([*words.split(), "--help"])
        assert capfd.readouterr().out == shown, words
    assert "--table-name" in run("help", "call", "fast_stats_systems_get_fast_stats_table")


def test_a_token_serves_in_place_of_a_login(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    token = run("token").strip()
    for name in ("USER", "PASSWORD"):
        monkeypatch.delenv(f"APTECO_API_{name}")
    monkeypatch.setenv("APTECO_API_TOKEN", token)
    assert run("count", "Bookings") == "20000\n"
    assert run("token").strip() == token


def test_the_operations_are_listed_by_words(run: Run) -> None:
    found = list(csv.DictReader(io.StringIO(run("call", "list", "audience", "job"))))
    assert 0 < len(found) < 60
    assert all("audience" in str(each).lower() and "job" in str(each).lower() for each in found)
    assert "zebra" in run("call", "list", "zebra", status=4)


@pytest.mark.parametrize(("sort", "order"), [("records", 1), ("-records", -1), ("table", 1), ("-Table", -1)])
def test_a_listing_is_sorted_and_cut_to_columns(run: Run, sort: str, order: int) -> None:
    found = list(csv.DictReader(io.StringIO(run("tables", "--sort", sort, "--columns", "records,table"))))
    assert list(found[0]) == ["records", "table"]
    name = sort.strip("-").lower()
    keys = [int(each[name]) if name == "records" else each[name].casefold() for each in found]
    assert keys == sorted(keys, reverse=order < 0)  # type: ignore[type-var]


def test_the_error_for_an_unknown_column_names_the_nearest(run: Run) -> None:
    assert "did you mean 'records'" in run("tables", "--sort", "record", status=2)
    assert "did you mean 'parent'" in run("tables", "--columns", "table,parnt", status=2)


def test_an_export_is_sorted_by_its_columns(run: Run, session: aa.Session) -> None:
    words = ("export", "Bookings", "boURN", "Cost", "--where", "Cost>2000", "--limit", "5", "--sort", "-Cost")
    found = [each["Cost"] for each in csv.DictReader(io.StringIO(run(*words)))]
    right = session.export(aa.where("Cost") > 2000, ["boURN", "Cost"], order_by="-Cost", limit=5)["Cost"]
    assert [float(cost) for cost in found] == right


@pytest.mark.parametrize(
    "words",
    [
        ("export", "Bookings", "boURN", "Cost", "Booking Date", "--limit", "20"),
        ("export", "Bookings", "boURN", "Cost", "--limit", "20", "--sort", "Cost"),
        ("cube", "Bookings", "Product", "--measure", "Sum(Cost)"),
        ("tables",),
        ("files", "ls", "Private"),
    ],
)
def test_every_command_writes_excel(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "found.xlsx"
    assert run(*words, "--output", str(path)) == ""
    rows = list(openpyxl.load_workbook(path).active.values)
    text = list(csv.reader(io.StringIO(run(*words))))
    assert [str(cell) for cell in rows[0]] == text[0]
    assert len(rows) == len(text)
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".toml")] == ["found.xlsx"]


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
        rows = list(csv.DictReader(io.StringIO(run("audiences", "export", "Shared by CLI", "boURN", "Cost"))))
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


def test_an_answer_is_saved_to_standard_output(run: Run) -> None:
    words = ("call", "about_get_version", "--save-to", "-")
    assert json.loads(run(*words)) == json.loads(run("call", "about_get_version"))
    assert not Path("-").exists()


def test_names_are_cached_for_the_completion(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, box: Sandbox
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert run("names", "tables").split("\n")[:2] == ["Households", "People"]
    assert "boDest" in run("names", "variables").split()
    assert "Private/Bookings to France or Germany.xml" in run("names", "queries").splitlines()
    from apteco_api.session.session import Session

    monkeypatch.setattr(Session, "connect", lambda self: pytest.fail("the cache was not used"))
    assert "People" in run("names", "tables").split()
    for path in (tmp_path / "cache").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    for path in (tmp_path / "cache").rglob("*.json"):
        path.write_text("{")
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("apteco-api count Bo", "Bookings"),
        ("apteco-api export Bookings boDes", "boDest"),
        ("apteco-api cube Bookings Product boPr", "boProd boProfit"),
        ("apteco-api codes peInco", "peIncome"),
        ("apteco-api count --query-file Private/Pe", r"Private/People\ who\ went\ to\ Sweden.xml"),
        ("apteco-api variables --table Hou", "Households"),
    ],
)
def test_bash_completes_names_of_the_system(run: Run, tmp_path: Path, line: str, found: str) -> None:
    command = tmp_path / "apteco-api"
    command.write_text(f'#!/bin/bash\nexec {sys.executable} -m apteco_api "$@"\n', "utf-8")
    command.chmod(0o755)
    script = tmp_path / "completion.bash"
    script.write_text(run("completion", "bash"), "utf-8")
    words = line.split()
    quoted = " ".join(f"'{word}'" for word in words)
    code = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _apteco_api; "
    done = subprocess.run(
        ["bash", "-c", code + 'echo "${COMPREPLY[@]}"'],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert done.stdout.strip() == found, done.stderr


COMMANDS: list[tuple[str, ...]] = [
    ("tables",),
    ("variables", "cost"),
    ("codes", "Product"),
    ("count", "Bookings"),
    ("export", "Bookings", "boURN", "--limit", "2"),
    ("cube", "Bookings", "Product"),
    ("files", "ls"),
    ("queries", "ls"),
    ("audiences", "ls"),
    ("find", "term", "boDest"),
    ("find", "tables"),
    ("export-queries", "all"),
    ("names", "queries"),
    ("token",),
    ("call", "about_get_version"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("user", ["Administrator", "analyst"])
def test_every_user_may_use_what_is_not_an_administrators(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("APTECO_API_USER", user)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    run(*words)
