"""Streams and terminals of every kind: encodings, closed and full outputs, narrow screens, hostile text."""

from __future__ import annotations

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
from apteco_api.sandbox import Sandbox
from apteco_api.session.progress import TerminalBar

from .conftest import Run

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


def test_printed_text_can_not_control_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    output.write_table([["\x1b[31mred[bold]", 1]], ["name", "n"], out)
    assert "\x1b[31m" not in out.getvalue()
    assert "[31mred[bold]" in out.getvalue()


def test_a_reader_that_stops_reading_gets_no_error(run: Run) -> None:
    command = f"{sys.executable} -m apteco_api.cli call list | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout == "operation,verb,what it does\n"
    assert done.stderr == ""


def test_a_terminal_gets_tables(terminal: Callable[..., tuple[int, str]]) -> None:
    status, shown = terminal("tables", "book")
    assert status == 0
    assert "20,000" in shown
    assert "table,parent" not in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= 100


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


def test_rows_in_a_terminal_share_no_line_with_the_bar(terminal: Any) -> None:
    status, shown = terminal("export", "Bookings", "boURN", "--limit", "3")
    assert status == 0
    bar, heading = shown.index("export ["), shown.index("Booking URN")
    assert "\r" + " " * 10 in shown[bar:heading], "the progress bar was not erased before the table"
    status, shown = terminal("export", "Bookings", "boURN", "--limit", "3", "--format", "csv")
    assert status == 0
    assert shown.splitlines()[0] == "Booking URN"
    assert "export [" not in shown


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
